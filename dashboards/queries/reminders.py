"""What waits for whom in a trust, as the rules of reminders read it, and the letters that are due."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone

from kpis.models import Reminder, ReminderPace, TargetProposal
from kpis.rules.duties import OpenReturn, People, Proposals, approvals, duties_of
from kpis.rules.quiet import SchoolDays, Span
from kpis.rules.reminder_words import sentence, targets_sentence
from kpis.rules.reminders import (
    Duty,
    Kind,
    Known,
    Notice,
    Pace,
    Reason,
    only_one,
    reminder_rules,
    to_send,
    told_together,
)
from returns.models import LineAssignment, LineDecision, Return, ReturnDecision, ReturnLine
from returns.queries.allowances import NOTHING, Allowed, allowances
from schools.models import School, Term
from schools.queries import season_of
from schools.rules import terms
from schools.rules.terms import Period, usual_days
from trusts.models import Membership, Role, Trust, User
from trusts.permissions import MODERATED_AREAS

LONGEST = timedelta(days=90)  # After a day that is counted from, nobody is reminded of it any more.
WHO_ACTS = (
    Role.HEADTEACHER, Role.SCHOOL_CONTRIBUTOR, Role.EXECUTIVE_DIRECTOR, Role.BUSINESS_MANAGER, Role.BOARD_MEMBER,
)  # fmt: skip
MANAGED = MODERATED_AREAS[Role.BUSINESS_MANAGER] or frozenset()


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All that decides on a trust's reminders at one moment."""

    duties: tuple[Duty, ...]
    known: Known
    users: Mapping[int, User]
    schools: Mapping[int, School]
    terms: Mapping[int, Term]

    def words(self, duties: Sequence[Duty], *, to: int | None, on: date) -> str:
        """Say in one sentence what waits: one thing in a return, or targets of any number of schools."""
        first = duties[0]
        if first.kind is Kind.APPROVE:
            return targets_sentence(duties, schools={urn: school.name for urn, school in self.schools.items()})
        school, term = self.schools[first.school].name, str(self.terms[first.term])
        return sentence(first, to=to, on=on, school=school, term=term)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One sentence of a letter, and what it tells of."""

    words: str
    notices: tuple[Notice, ...]


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What one person is to be told now."""

    to: User
    items: tuple[Item, ...]


def letters_due(trust: Trust, *, now: datetime) -> list[Letter]:
    """Return the letters that are to go out now: none in quiet hours. At most thirteen queries."""
    local = timezone.localtime(now)
    if not reminder_rules().hours.holds(local, school_days(trust, on=local.date())):
        return []
    stand = standing(trust, now=now)
    due = to_send(stand.duties, on=local.date(), known=stand.known)
    return [
        Letter(
            to=stand.users[person],
            items=tuple(
                Item(words=stand.words([each.duty for each in told], to=person, on=local.date()), notices=told)
                for told in told_together(notices)
            ),
        )
        for person, notices in sorted(due.items())
    ]


def standing(trust: Trust, *, now: datetime) -> Standing:
    """Return what waits for whom in the trust in scope. Twelve queries, whatever the number of schools."""
    on = timezone.localdate(now)
    schools = {each.pk: each for each in School.objects.filter(trust=trust).by_name()}
    calendar = {each.pk: each for each in Term.objects.newest_first()}
    held = list(_memberships(trust, on=on))
    people = _people(held)
    returns = _open_returns(schools, calendar, held, on=on)
    told = known(trust, on=on, days=_school_days(calendar.values(), on=on))
    return Standing(
        duties=(
            *(duty for each in returns for duty in duties_of(each, people)),
            *(duty for each in _proposals(schools, calendar) for duty in approvals(each, people=people, known=told)),
        ),
        known=told,
        users={each.user_id: each.user for each in held},
        schools=schools,
        terms=calendar,
    )


def school_days(trust: Trust, *, on: date) -> SchoolDays:
    """Return the days on which the trust's schools are open. One query."""
    return _school_days(Term.objects.newest_first(), on=on)


def known(trust: Trust, *, on: date, days: SchoolDays) -> Known:
    """Return how often people want to be told, and what they were told before. Two queries."""
    told: set[Reason] = set()
    last: dict[int, date] = {}
    recent = Reminder.objects.filter(Q(anchor__gte=on - LONGEST) | Q(sent_at__date__gte=on - LONGEST))
    fields = ("kind", "since", "anchor", "school_id", "term_id", "step", "user_id", "sent_at")
    for *reason, sent_at in recent.values_list(*fields):
        each = Reason(*reason)
        told.add(each)
        last[each.person] = max(timezone.localdate(sent_at), last.get(each.person, date.min))
    paces = dict(ReminderPace.objects.values_list("user_id", "pace"))
    return Known(days=days, told=told, last=last, paces={user: Pace(pace) for user, pace in paces.items()})


def chains_of(user: User, trust: Trust, *, on: date) -> list[tuple[int, ...]]:
    """Return, for each thing that may wait for a person, everybody who can do it. At most two queries."""
    held = list(_memberships(trust, on=on))
    people = _people(held)
    chains: list[tuple[int, ...]] = [*people.heads.values(), people.directors]
    chains += [(*people.managers, *people.directors), people.board]
    current = {(each.school_id, each.user_id) for each in held if each.role == Role.SCHOOL_CONTRIBUTOR}
    assigned = LineAssignment.objects.filter(user=user).values_list("school_id", "user_id").distinct()
    chains += [(person, *people.heads.get(urn, ())) for urn, person in assigned if (urn, person) in current]
    return [each for each in chains if user.pk in each]


def is_only_one(user: User, trust: Trust, *, on: date) -> bool:
    """Say whether something would wait unseen if this person were not reminded of it. Three queries."""
    paces = {each.user_id: Pace(each.pace) for each in ReminderPace.objects.order_by("pk")}
    return only_one(user.pk, chains_of(user, trust, on=on), Known(days=SchoolDays(terms=()), paces=paces))


def pace_of(user: User) -> Pace:
    """Return how often a person wants to be reminded in the trust in scope."""
    chosen = ReminderPace.objects.filter(user=user).first()
    return Pace(chosen.pace) if chosen else Pace.DAILY


def _memberships(trust: Trust, *, on: date) -> Iterable[Membership]:
    held = Membership.objects.of(trust).current(on=on).filter(role__in=WHO_ACTS, user__is_active=True)
    return held.select_related("user").order_by("starts_date", "pk")


def _people(held: Iterable[Membership]) -> People:
    heads: dict[int, tuple[int, ...]] = defaultdict(tuple)
    wide: dict[str, tuple[int, ...]] = defaultdict(tuple)
    for each in held:
        if each.role == Role.HEADTEACHER and each.school_id:
            heads[each.school_id] += (each.user_id,)
        else:
            wide[each.role] += (each.user_id,)
    return People(
        heads=heads,
        directors=wide[Role.EXECUTIVE_DIRECTOR],
        managers=wide[Role.BUSINESS_MANAGER],
        board=wide[Role.BOARD_MEMBER],
    )


def _proposals(schools: Mapping[int, School], calendar: Mapping[int, Term]) -> list[Proposals]:
    """Return what waits for the Board by school. One query.

    The term is that of the proposal, so that a new term does not tell of it anew; before the first, it is the first.
    """
    if not calendar:
        return []
    first = list(calendar)[-1]
    waiting = TargetProposal.objects.filter(state=TargetProposal.State.WAITING, school__in=schools)
    counted = waiting.values_list("school_id").annotate(count=Count("pk"), newest=Max("proposed_at"))
    return [
        Proposals(
            school=urn,
            term=next((pk for pk, term in calendar.items() if term.starts_date <= day), first),
            count=count,
            newest=day,
        )
        for urn, count, newest in counted.order_by("school_id")
        for day in [timezone.localdate(newest)]
    ]


def _school_days(calendar: Iterable[Term], *, on: date) -> SchoolDays:
    """Take the usual days for terms near ``on`` that the trust has not entered, so that chasing goes on."""
    entered = list(calendar)
    there = {(each.school_year, each.season) for each in entered}
    year = terms.school_year_on(on)
    near = [Period(each, term) for each in (year - 1, year, year + 1) for term in terms.Term]
    usual = [usual_days(each) for each in near if (each.school_year, season_of(each)) not in there]
    return SchoolDays(
        terms=(
            *(Span(each.starts_date, each.ends_date) for each in entered),
            *(Span(each.starts, each.ends) for each in usual),
        ),
        breaks=tuple(
            Span(each.break_starts_date, each.break_ends_date)
            for each in entered
            if each.break_starts_date and each.break_ends_date
        ),
    )


def _open_returns(
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
            found, of = there.get((urn, term.pk)), allowed.get((urn, term.pk), NOTHING)
            if found is None:
                if on - of.due(term) <= LONGEST:
                    yield _unopened(urn, term, of)
            elif found.state != Return.State.ACCEPTED:
                yield _open_return(found, term, of, lines.get(found.pk, []), returned.get(found.pk))


def _unopened(urn: int, term: Term, of: Allowed) -> OpenReturn:
    return OpenReturn(school=urn, term=term.pk, due=of.due(term), is_exempt=of.exemption is not None)


def _open_return(
    found: Return, term: Term, of: Allowed, lines: Collection["LineNow"], returned: datetime | None
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
class LineNow:
    """One line of an open return, as far as somebody may be reminded of it."""

    area: str
    is_open: bool
    is_waiting: bool
    is_answered: bool
    is_signed: bool
    contributors: tuple[int, ...]  # Who fill it in: those it is assigned to by itself before those by its area.


def _lines(returns: Collection[Return], held: Iterable[Membership]) -> Mapping[int, list[LineNow]]:
    """Return the lines by return. Three queries."""
    current = {(each.school_id, each.user_id) for each in held if each.role == Role.SCHOOL_CONTRIBUTOR}
    assigned: dict[tuple[int, str], tuple[int, ...]] = defaultdict(tuple)
    for one in LineAssignment.objects.order_by("assigned_at", "pk"):
        if (one.school_id, one.user_id) in current:
            assigned[one.school_id, one.indicator_id or one.area] += (one.user_id,)
    steps = LineDecision.objects.filter(line__termly_return__in=returns, step=LineDecision.Step.SIGNED_OFF)
    signed = dict(steps.values_list("line_id").annotate(version=Max("line_version")).order_by())
    found: dict[int, list[LineNow]] = defaultdict(list)
    for line in ReturnLine.objects.filter(termly_return__in=returns).select_related("definition").order_by("pk"):
        area, urn = line.asked.area.value if line.asked else "", line.school_id
        found[line.termly_return_id].append(
            LineNow(
                area=area,
                is_open=line.is_open,
                is_waiting=line.state == ReturnLine.State.SUBMITTED,
                is_answered=line.is_answered,
                is_signed=signed.get(line.pk) == line.version,
                contributors=assigned[urn, line.indicator_id] + assigned[urn, area],
            )
        )
    return found
