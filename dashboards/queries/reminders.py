"""Collect the tasks of everyone in a trust from all apps, and the reminders that are due."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from followup.models import ReminderPace
from followup.queries import LetterItem, ReminderLetter, covers_on, reminder_history, school_days, school_days_of
from followup.rules.quiet_hours import SchoolDays
from followup.rules.reminder_words import step_in_words
from followup.rules.reminders import (
    Duty,
    DutyKind,
    NextReminder,
    Pace,
    ReminderHistory,
    is_only_recipient,
    next_reminders,
    reminder_rules,
    reminders_by_sentence,
    reminders_due,
)
from kpis.queries.target_duties import waiting_targets
from kpis.rules.target_duties import approval_duties, targets_sentence
from returns.queries.duties import contributor_chains, open_returns, people_who_can_act
from returns.rules.duties import duties_of
from returns.rules.duty_words import duty_sentence
from schools.models import School, Term
from tables.lists import in_order
from trusts.models import Membership, Role, Trust, User

ROLES_WHO_ACT = (
    Role.HEADTEACHER, Role.SCHOOL_CONTRIBUTOR, Role.EXECUTIVE_DIRECTOR, Role.BUSINESS_MANAGER, Role.BOARD_MEMBER,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ReminderFacts:
    """Everything that decides a trust's reminders at one moment."""

    duties: tuple[Duty, ...]
    known: ReminderHistory
    users: Mapping[int, User]
    schools: Mapping[int, School]
    terms: Mapping[int, Term]

    def words(self, duties: Sequence[Duty], *, to: int | None, on: date) -> str:
        """Describe a task in one sentence: one duty in a return, or proposed targets of any number of schools."""
        first = duties[0]
        if first.kind is DutyKind.APPROVE:
            return targets_sentence(duties, schools={urn: school.name for urn, school in self.schools.items()})
        school, term = self.schools[first.school].name, str(self.terms[first.term])
        return duty_sentence(first, to=to, on=on, school=school, term=term)


def letters_due(trust: Trust, *, now: datetime) -> list[ReminderLetter]:
    """Return the emails to send now; an empty list in quiet hours. At most fourteen queries."""
    local = timezone.localtime(now)
    if not reminder_rules().hours.holds(local, school_days(trust, on=local.date())):
        return []
    facts = reminder_facts(trust, now=now)
    due = reminders_due(facts.duties, on=local.date(), known=facts.known)
    return [
        ReminderLetter(
            to=facts.users[person],
            items=tuple(
                LetterItem(
                    words=facts.words([notice.duty for notice in told], to=person, on=local.date()), notices=told
                )
                for told in reminders_by_sentence(notices)
            ),
        )
        for person, notices in sorted(due.items())
    ]


def reminder_facts(trust: Trust, *, now: datetime) -> ReminderFacts:
    """Return everyone's tasks in the trust in scope. Thirteen queries, however many schools."""
    on = timezone.localdate(now)
    schools = {school.pk: school for school in School.objects.filter(trust=trust).by_name()}
    calendar = {term.pk: term for term in Term.objects.newest_first()}
    held = list(_memberships(trust, on=on))
    people = people_who_can_act(held, covers_on(on))
    returns = open_returns(schools, calendar, held, on=on)
    told = reminder_history(trust, on=on, days=school_days_of(calendar.values(), on=on))
    return ReminderFacts(
        duties=(
            *(duty for open_return in returns for duty in duties_of(open_return, people)),
            *(
                duty
                for proposal in waiting_targets(schools, calendar)
                for duty in approval_duties(proposal, board=people.board, known=told)
            ),
        ),
        known=told,
        users={membership.user_id: membership.user for membership in held},
        schools=schools,
        terms=calendar,
    )


def chains_of(user: User, trust: Trust, *, on: date) -> list[tuple[int, ...]]:
    """Return everyone who can do each of a person's possible tasks. At most three queries."""
    held = list(_memberships(trust, on=on))
    people = people_who_can_act(held, covers_on(on))
    chains: list[tuple[int, ...]] = [*people.headteachers.values(), people.directors]
    chains += [(*people.managers, *people.directors), people.board]
    chains += contributor_chains(user, held, people)
    return [chain for chain in chains if user.pk in chain]


def is_only_one(user: User, trust: Trust, *, on: date) -> bool:
    """Return whether any task could go unnoticed if this person got no reminders. Four queries."""
    paces = {row.user_id: Pace(row.pace) for row in ReminderPace.objects.order_by("pk")}
    return is_only_recipient(
        user.pk, chains_of(user, trust, on=on), ReminderHistory(days=SchoolDays(terms=()), paces=paces)
    )


def _memberships(trust: Trust, *, on: date) -> Iterable[Membership]:
    held = Membership.objects.of(trust).current(on=on).filter(role__in=ROLES_WHO_ACT, user__is_active=True)
    return held.select_related("user").order_by("starts_date", "pk")


NEXT_REMINDER_HEADINGS = ["Will be sent", "To", "Email", "School", "URN", "Term", "Task", "When", "Text"]


@dataclass(frozen=True, kw_only=True)
class NextReminderRow:
    """One reminder that will be sent if nothing changes."""

    coming: NextReminder
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


NEXT_REMINDER_SORTS: dict[str, tuple[str, Callable[[NextReminderRow], Any]]] = {
    "when": ("Will be sent", lambda row: row.coming.at),
    "to": ("To", lambda row: row.to.name.casefold() if row.to else ""),
    "school": ("About", lambda row: row.school.name.casefold()),
    "what": ("What", lambda row: row.what),
}


def next_reminder_rows(trust: Trust, *, now: datetime, kind: str, sort: str) -> list[NextReminderRow]:
    """Return the next reminders in the order asked for, then the soonest first. Thirteen queries."""
    facts = reminder_facts(trust, now=now)
    found = next_reminders(facts.duties, now=timezone.localtime(now), known=facts.known)
    rows = [_next_row(reminder, facts) for reminder in found if kind in ("", reminder.duty.kind)]
    return in_order(rows, NEXT_REMINDER_SORTS, sort)


def next_reminders_table(rows: Iterable[NextReminderRow]) -> list[list[object]]:
    """Return the next reminders as a table with column headings, for a file."""
    table: list[list[object]] = [list(NEXT_REMINDER_HEADINGS)]
    for row in rows:
        to = [row.to.name, row.to.email] if row.to else ["Nobody has a role that can do it", None]
        about = [row.school.name, row.school.pk, str(row.term), row.what, row.when, row.words]
        table.append([f"{row.coming.at:%Y-%m-%d %H:%M}", *to, *about])
    return table


def _next_row(reminder: NextReminder, facts: ReminderFacts) -> NextReminderRow:
    duty = reminder.duty
    return NextReminderRow(
        coming=reminder,
        to=facts.users[reminder.person] if reminder.person else None,
        school=facts.schools[duty.school],
        term=facts.terms[duty.term],
        words=facts.words([duty], to=reminder.person, on=reminder.at.date()),
    )
