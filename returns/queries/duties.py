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
    begun = [each for each in calendar.values() if each.starts_date <= on]
    allowed = allowances(begun)
    opened = list(Return.objects.filter(school__in=schools).order_by("pk"))
    lines = _lines([each for each in opened if each.state != Return.State.ACCEPTED], held)
    returned = dict(
        ReturnDecision.objects.filter(step__in=[ReturnDecision.Step.SENT_BACK, ReturnDecision.Step.CORRECTION])
        .values_list("termly_return_id")
        .annotate(latest=Max("decided_at"))
        .order_by()
    )
    there = {(each.school_id, each.term_id): each for each in opened}
    for term in begun:
        for urn in schools:
            found, of = there.get((urn, term.pk)), allowed.get((urn, term.pk), NO_ALLOWANCES)
            if found is None:
                if on - of.due(term) <= CHASED_FOR:
                    yield _unopened(urn, term, of)
            elif found.state != Return.State.ACCEPTED:
                yield _open_return(found, term, of, lines.get(found.pk, []), returned.get(found.pk))


def _unopened(urn: int, term: Term, of: AllowancesInForce) -> OpenReturn:
    return OpenReturn(school=urn, term=term.pk, due=of.due(term), is_exempt=of.exemption is not None)


def _open_return(
    found: Return, term: Term, of: AllowancesInForce, lines: Collection["OpenReturnLine"], returned: datetime | None
) -> OpenReturn:
    open_, waiting = [each for each in lines if each.is_open], [each for each in lines if each.is_waiting]
    unanswered = [each for each in open_ if not each.is_answered]
    return OpenReturn(
        school=found.school_id,
        term=found.term_id,
        due=of.due(term),
        is_exempt=of.exemption is not None and found.submitted_at is None,
        submitted_on=timezone.localdate(found.submitted_at) if found.submitted_at else None,
        submitted_by=found.submitted_by_id,
        returned_on=timezone.localdate(returned) if returned and found.is_open else None,
        total=len(lines),
        open=len(open_),
        unanswered=len(unanswered),
        own_unanswered=sum(not each.contributors for each in unanswered),
        unsigned=Counter(each.contributors for each in open_ if each.contributors and not each.is_signed),
        waiting=sum(each.area not in MANAGED for each in waiting),
        waiting_for_managers=sum(each.area in MANAGED for each in waiting),
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


def people_who_can_act(held: Iterable[Membership]) -> PeopleWhoCanAct:
    heads: dict[int, tuple[int, ...]] = defaultdict(tuple)
    wide: dict[str, tuple[int, ...]] = defaultdict(tuple)
    for each in held:
        if each.role == Role.HEADTEACHER and each.school_id:
            heads[each.school_id] += (each.user_id,)
        else:
            wide[each.role] += (each.user_id,)
    return PeopleWhoCanAct(
        headteachers=heads,
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
    return {(each.school_id, each.user_id) for each in held if each.role == Role.SCHOOL_CONTRIBUTOR}
