"""Collect the tasks of everyone in a trust from all apps, and the reminders that are due."""

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
    """Everything that decides a trust's reminders at one moment."""

    duties: tuple[Duty, ...]
    known: Known
    users: Mapping[int, User]
    schools: Mapping[int, School]
    terms: Mapping[int, Term]

    def words(self, duties: Sequence[Duty], *, to: int | None, on: date) -> str:
        """Describe a task in one sentence: one duty in a return, or proposed targets of any number of schools."""
        first = duties[0]
        if first.kind is Kind.APPROVE:
            return targets_sentence(duties, schools={urn: school.name for urn, school in self.schools.items()})
        school, term = self.schools[first.school].name, str(self.terms[first.term])
        return sentence(first, to=to, on=on, school=school, term=term)


def letters_due(trust: Trust, *, now: datetime) -> list[Letter]:
    """Return the emails to send now; an empty list in quiet hours. At most thirteen queries."""
    local = timezone.localtime(now)
    if not reminder_rules().hours.holds(local, school_days(trust, on=local.date())):
        return []
    stand = standing(trust, now=now)
    due = to_send(stand.duties, on=local.date(), known=stand.known)
    return [
        Letter(
            to=stand.users[person],
            items=tuple(
                Item(words=stand.words([notice.duty for notice in told], to=person, on=local.date()), notices=told)
                for told in told_together(notices)
            ),
        )
        for person, notices in sorted(due.items())
    ]


def standing(trust: Trust, *, now: datetime) -> Standing:
    """Return everyone's tasks in the trust in scope. Twelve queries, however many schools."""
    on = timezone.localdate(now)
    schools = {school.pk: school for school in School.objects.filter(trust=trust).by_name()}
    calendar = {term.pk: term for term in Term.objects.newest_first()}
    held = list(_memberships(trust, on=on))
    people = people_of(held)
    returns = open_returns(schools, calendar, held, on=on)
    told = known(trust, on=on, days=school_days_of(calendar.values(), on=on))
    return Standing(
        duties=(
            *(duty for open_return in returns for duty in duties_of(open_return, people)),
            *(
                duty
                for proposal in proposals(schools, calendar)
                for duty in approvals(proposal, board=people.board, known=told)
            ),
        ),
        known=told,
        users={membership.user_id: membership.user for membership in held},
        schools=schools,
        terms=calendar,
    )


def chains_of(user: User, trust: Trust, *, on: date) -> list[tuple[int, ...]]:
    """Return everyone who can do each of a person's possible tasks. At most two queries."""
    held = list(_memberships(trust, on=on))
    people = people_of(held)
    chains: list[tuple[int, ...]] = [*people.heads.values(), people.directors]
    chains += [(*people.managers, *people.directors), people.board]
    chains += contributor_chains(user, held, people)
    return [chain for chain in chains if user.pk in chain]


def is_only_one(user: User, trust: Trust, *, on: date) -> bool:
    """Return whether any task could go unnoticed if this person got no reminders. Three queries."""
    paces = {row.user_id: Pace(row.pace) for row in ReminderPace.objects.order_by("pk")}
    return only_one(user.pk, chains_of(user, trust, on=on), Known(days=SchoolDays(terms=()), paces=paces))


def _memberships(trust: Trust, *, on: date) -> Iterable[Membership]:
    held = Membership.objects.of(trust).current(on=on).filter(role__in=WHO_ACTS, user__is_active=True)
    return held.select_related("user").order_by("starts_date", "pk")


NEXT_HEADS = ["Will be sent", "To", "Email", "School", "URN", "Term", "Task", "When", "Text"]


@dataclass(frozen=True, kw_only=True)
class NextRow:
    """One reminder that will be sent if nothing changes."""

    coming: Coming
    to: User | None  # None: nobody has a role that can do it.
    school: School
    term: Term
    words: str

    @property
    def what(self) -> str:
        return self.coming.duty.kind.label

    @property
    def when(self) -> str:
        """Return the step in words, like *3 days before the due date*."""
        return step_in_words(self.coming.duty.since, self.coming.step)


NEXT_SORTS: dict[str, tuple[str, Callable[[NextRow], Any]]] = {
    "when": ("Will be sent", lambda row: row.coming.at),
    "to": ("To", lambda row: row.to.name.casefold() if row.to else ""),
    "school": ("About", lambda row: row.school.name.casefold()),
    "what": ("What", lambda row: row.what),
}


def next_rows(trust: Trust, *, now: datetime, kind: str, sort: str) -> list[NextRow]:
    """Return the next reminders in the order asked for, then the soonest first. Twelve queries."""
    stand = standing(trust, now=now)
    found = coming(stand.duties, now=timezone.localtime(now), known=stand.known)
    rows = [_next_row(reminder, stand) for reminder in found if kind in ("", reminder.duty.kind)]
    return in_order(rows, NEXT_SORTS, sort)


def next_table(rows: Iterable[NextRow]) -> list[list[object]]:
    """Return the next reminders as a table with column headings, for a file."""
    table: list[list[object]] = [list(NEXT_HEADS)]
    for row in rows:
        to = [row.to.name, row.to.email] if row.to else ["Nobody has a role that can do it", None]
        about = [row.school.name, row.school.pk, str(row.term), row.what, row.when, row.words]
        table.append([f"{row.coming.at:%Y-%m-%d %H:%M}", *to, *about])
    return table


def _next_row(reminder: Coming, stand: Standing) -> NextRow:
    duty = reminder.duty
    return NextRow(
        coming=reminder,
        to=stand.users[reminder.person] if reminder.person else None,
        school=stand.schools[duty.school],
        term=stand.terms[duty.term],
        words=stand.words([duty], to=reminder.person, on=reminder.at.date()),
    )
