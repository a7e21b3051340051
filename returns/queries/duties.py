"""Read the tasks in a trust's returns, and who can do them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max
from django.utils import timezone

from followup.rules.reminders import CHASED_FOR
from returns.models import LineAssignment, LineDecision, Return, ReturnDecision, ReturnLine
from returns.queries.allowances import NO_ALLOWANCES, AllowancesInForce, allowances
from returns.rules.duties import OpenReturn, PeopleWhoCanAct
from schools.models import School, Term
from trusts.models import Membership, Role, User
from trusts.permissions import MODERATED_AREAS


def open_returns(
    schools: Mapping[int, School], calendar: Mapping[int, Term], held: Iterable[Membership], *, on: date
) -> Iterator[OpenReturn]:
    begun = [known for known in calendar.values() if known.starts_date <= on]
    allowed = allowances(begun)
    opened = list(Return.objects.filter(school__in=schools).order_by("pk"))
    lines = _lines([termly_return for termly_return in opened if termly_return.state != Return.State.ACCEPTED], held)
    returned = dict(
        ReturnDecision.objects.filter(step__in=[ReturnDecision.Step.SENT_BACK, ReturnDecision.Step.CORRECTION])
        .values_list("termly_return_id")
        .annotate(latest=Max("decided_at"))
        .order_by()
    )
    there = {(termly_return.school_id, termly_return.term_id): termly_return for termly_return in opened}
    for term in begun:
        for urn in schools:
            found, allowed_for_school = there.get((urn, term.pk)), allowed.get((urn, term.pk), NO_ALLOWANCES)
            if found is None:
                if on - allowed_for_school.due(term) <= CHASED_FOR:
                    yield _unopened(urn, term, allowed_for_school)
            elif found.state != Return.State.ACCEPTED:
                yield _open_return(found, term, allowed_for_school, lines.get(found.pk, []), returned.get(found.pk))


def _unopened(urn: int, term: Term, allowed: AllowancesInForce) -> OpenReturn:
    return OpenReturn(school=urn, term=term.pk, due=allowed.due(term), is_exempt=allowed.exemption is not None)


def _open_return(
    found: Return,
    term: Term,
    allowed: AllowancesInForce,
    lines: Collection["OpenReturnLine"],
    returned: datetime | None,
) -> OpenReturn:
    open_, waiting = [line for line in lines if line.is_open], [line for line in lines if line.is_waiting]
    unanswered = [line for line in open_ if not line.is_answered]
    return OpenReturn(
        school=found.school_id,
        term=found.term_id,
        due=allowed.due(term),
        is_exempt=allowed.exemption is not None and found.submitted_at is None,
        submitted_on=timezone.localdate(found.submitted_at) if found.submitted_at else None,
        submitted_by=found.submitted_by_id,
        returned_on=timezone.localdate(returned) if returned and found.is_open else None,
        total=len(lines),
        open=len(open_),
        unanswered=len(unanswered),
        own_unanswered=sum(not line.contributors for line in unanswered),
        unsigned=Counter(line.contributors for line in open_ if line.contributors and not line.is_signed),
        waiting=sum(line.area not in MANAGED for line in waiting),
        waiting_for_managers=sum(line.area in MANAGED for line in waiting),
    )


@dataclass(frozen=True, kw_only=True)
class OpenReturnLine:
    """What reminders need to know about a line of an open return."""

    area: str
    is_open: bool
    is_waiting: bool
    is_answered: bool
    is_signed: bool
    contributors: tuple[int, ...]  # Assigned the line alone first, then assigned its area.


def _lines(returns: Collection[Return], held: Iterable[Membership]) -> Mapping[int, list[OpenReturnLine]]:
    """Return the lines of each return, by its ID. Three queries."""
    current = contributors_in(held)
    assigned: dict[tuple[int, str], tuple[int, ...]] = defaultdict(tuple)
    for one in LineAssignment.objects.order_by("assigned_at", "pk"):
        if (one.school_id, one.user_id) in current:
            assigned[one.school_id, one.indicator_id or one.area] += (one.user_id,)
    steps = LineDecision.objects.filter(line__termly_return__in=returns, step=LineDecision.Step.SIGNED_OFF)
    signed = dict(steps.values_list("line_id").annotate(version=Max("line_version")).order_by())
    found: dict[int, list[OpenReturnLine]] = defaultdict(list)
    for line in ReturnLine.objects.filter(termly_return__in=returns).select_related("definition").order_by("pk"):
        area, urn = line.asked.area.value if line.asked else "", line.school_id
        found[line.termly_return_id].append(
            OpenReturnLine(
                area=area,
                is_open=line.is_open,
                is_waiting=line.state == ReturnLine.State.SUBMITTED,
                is_answered=line.is_answered,
                is_signed=signed.get(line.pk) == line.version,
                contributors=assigned[urn, line.indicator_id] + assigned[urn, area],
            )
        )
    return found


def people_who_can_act(held: Collection[Membership], covers: Mapping[tuple[int, int], int]) -> PeopleWhoCanAct:
    """Return who can act in a trust. ``covers`` has the deputies of headteachers who are away, by school and person."""
    in_school = {(membership.school_id, membership.user_id) for membership in held if membership.school_id}
    headteachers: dict[int, tuple[int, ...]] = defaultdict(tuple)
    wide: dict[str, tuple[int, ...]] = defaultdict(tuple)
    for membership in held:
        if membership.role == Role.HEADTEACHER and membership.school_id:
            person = covers.get((membership.school_id, membership.user_id), membership.user_id)
            if (membership.school_id, person) not in in_school:  # The deputy has left.
                person = membership.user_id
            if person not in headteachers[membership.school_id]:
                headteachers[membership.school_id] += (person,)
        else:
            wide[membership.role] += (membership.user_id,)
    return PeopleWhoCanAct(
        headteachers=headteachers,
        directors=wide[Role.EXECUTIVE_DIRECTOR],
        managers=wide[Role.BUSINESS_MANAGER],
        board=wide[Role.BOARD_MEMBER],
    )


MANAGED = MODERATED_AREAS[Role.BUSINESS_MANAGER] or frozenset()


def contributor_chains(user: User, held: Iterable[Membership], people: PeopleWhoCanAct) -> list[tuple[int, ...]]:
    """Return the person and who acts in their place, for each school where they have lines.

    One query.
    """
    current = contributors_in(held)
    assigned = LineAssignment.objects.filter(user=user).values_list("school_id", "user_id").distinct()
    return [(person, *people.headteachers.get(urn, ())) for urn, person in assigned if (urn, person) in current]


def contributors_in(held: Iterable[Membership]) -> set[tuple[int | None, int]]:
    """Return the URN and person of each contributor's membership."""
    return {
        (membership.school_id, membership.user_id) for membership in held if membership.role == Role.SCHOOL_CONTRIBUTOR
    }
