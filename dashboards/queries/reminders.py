"""What waits for whom in a trust, gathered from every app, and the letters that are due."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from followup.models import ReminderPace
from followup.queries import Item, Letter, known, school_days, school_days_of
from followup.rules.quiet import SchoolDays
from followup.rules.reminder_words import step_in_words
from followup.rules.reminders import (
    Coming,
    Duty,
    Kind,
    Known,
    Pace,
    coming,
    only_one,
    reminder_rules,
    to_send,
    told_together,
)
from kpis.queries.target_duties import proposals
from kpis.rules.target_duties import approvals, targets_sentence
from returns.queries.duties import contributor_chains, open_returns, people_of
from returns.rules.duties import duties_of
from returns.rules.duty_words import sentence
from schools.models import School, Term
from tables.lists import in_order
from trusts.models import Membership, Role, Trust, User

WHO_ACTS = (
    Role.HEADTEACHER, Role.SCHOOL_CONTRIBUTOR, Role.EXECUTIVE_DIRECTOR, Role.BUSINESS_MANAGER, Role.BOARD_MEMBER,
)  # fmt: skip


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
    people = people_of(held)
    returns = open_returns(schools, calendar, held, on=on)
    told = known(trust, on=on, days=school_days_of(calendar.values(), on=on))
    return Standing(
        duties=(
            *(duty for each in returns for duty in duties_of(each, people)),
            *(
                duty
                for each in proposals(schools, calendar)
                for duty in approvals(each, board=people.board, known=told)
            ),
        ),
        known=told,
        users={each.user_id: each.user for each in held},
        schools=schools,
        terms=calendar,
    )


def chains_of(user: User, trust: Trust, *, on: date) -> list[tuple[int, ...]]:
    """Return, for each thing that may wait for a person, everybody who can do it. At most two queries."""
    held = list(_memberships(trust, on=on))
    people = people_of(held)
    chains: list[tuple[int, ...]] = [*people.heads.values(), people.directors]
    chains += [(*people.managers, *people.directors), people.board]
    chains += contributor_chains(user, held, people)
    return [each for each in chains if user.pk in each]


def is_only_one(user: User, trust: Trust, *, on: date) -> bool:
    """Say whether something would wait unseen if this person were not reminded of it. Three queries."""
    paces = {each.user_id: Pace(each.pace) for each in ReminderPace.objects.order_by("pk")}
    return only_one(user.pk, chains_of(user, trust, on=on), Known(days=SchoolDays(terms=()), paces=paces))


def _memberships(trust: Trust, *, on: date) -> Iterable[Membership]:
    held = Membership.objects.of(trust).current(on=on).filter(role__in=WHO_ACTS, user__is_active=True)
    return held.select_related("user").order_by("starts_date", "pk")


NEXT_HEADS = ["Will be sent", "To", "E-mail", "School", "URN", "Term", "What", "When in its course", "Words"]


@dataclass(frozen=True, kw_only=True)
class NextRow:
    """One thing that somebody will be told if nothing changes."""

    coming: Coming
    to: User | None  # Nobody holds the role that can act.
    school: School
    term: Term
    words: str

    @property
    def what(self) -> str:
        return self.coming.duty.kind.label

    @property
    def when(self) -> str:
        """Say which step it is, like *3 days before the due date*."""
        return step_in_words(self.coming.duty.since, self.coming.step)


NEXT_SORTS: dict[str, tuple[str, Callable[[NextRow], Any]]] = {
    "when": ("Will be sent", lambda each: each.coming.at),
    "to": ("To", lambda each: each.to.name.casefold() if each.to else ""),
    "school": ("About", lambda each: each.school.name.casefold()),
    "what": ("What", lambda each: each.what),
}


def next_rows(trust: Trust, *, now: datetime, kind: str, sort: str) -> list[NextRow]:
    """Return what will be sent next, in the order wanted, then the soonest first. Twelve queries."""
    stand = standing(trust, now=now)
    found = coming(stand.duties, now=timezone.localtime(now), known=stand.known)
    rows = [_next_row(each, stand) for each in found if kind in ("", each.duty.kind)]
    return in_order(rows, NEXT_SORTS, sort)


def next_table(rows: Iterable[NextRow]) -> list[list[object]]:
    """Return what will be sent as a table with its heads, for a file."""
    table: list[list[object]] = [list(NEXT_HEADS)]
    for each in rows:
        to = [each.to.name, each.to.email] if each.to else ["Nobody holds the role that can act", None]
        about = [each.school.name, each.school.pk, str(each.term), each.what, each.when, each.words]
        table.append([f"{each.coming.at:%Y-%m-%d %H:%M}", *to, *about])
    return table


def _next_row(each: Coming, stand: Standing) -> NextRow:
    duty = each.duty
    return NextRow(
        coming=each,
        to=stand.users[each.person] if each.person else None,
        school=stand.schools[duty.school],
        term=stand.terms[duty.term],
        words=stand.words([duty], to=each.person, on=each.at.date()),
    )
