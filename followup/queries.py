"""Read which reminders people got, how often they would like them, and when a trust's schools are open."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from followup.models import Cover, Reminder, ReminderPace, ReminderTurn
from followup.rules.quiet_hours import DateRange, SchoolDays
from followup.rules.reminder_words import step_in_words
from followup.rules.reminders import (
    CHASED_FOR,
    CountedFrom,
    DueReminder,
    DutyKind,
    Pace,
    ReminderHistory,
    ReminderReason,
)
from schools.models import School, Term
from schools.queries import season_of
from schools.rules import terms
from schools.rules.terms import Period, usual_days
from tables.lists import in_order
from trusts.models import Membership, Role, Trust, User


def reminder_history(trust: Trust, *, on: date, days: SchoolDays) -> ReminderHistory:
    """Return how often people would like reminders, and their earlier reminders. Two queries."""
    told: set[ReminderReason] = set()
    last: dict[int, date] = {}
    recent = Reminder.objects.filter(Q(anchor__gte=on - CHASED_FOR) | Q(sent_at__date__gte=on - CHASED_FOR))
    fields = ("kind", "since", "anchor", "school_id", "term_id", "step", "user_id", "sent_at")
    for *values, sent_at in recent.values_list(*fields):
        reason = ReminderReason(*values)
        told.add(reason)
        last[reason.person] = max(timezone.localdate(sent_at), last.get(reason.person, date.min))
    paces = dict(ReminderPace.objects.values_list("user_id", "pace"))
    return ReminderHistory(days=days, told=told, last=last, paces={user: Pace(pace) for user, pace in paces.items()})


def covers_on(on: date) -> dict[tuple[int, int], int]:
    """Return the deputies of headteachers who are away on a day, by school and headteacher. One query."""
    away = Cover.objects.filter(starts_date__lte=on, ends_date__gte=on).order_by("named_at", "pk")
    return {(cover.school_id, cover.headteacher_id): cover.deputy_id for cover in away}


def coming_covers(school: School, headteacher: User, *, on: date) -> list[Cover]:
    """Return a headteacher's times away at a school that are not over, soonest first. One query."""
    found = Cover.objects.filter(school=school, headteacher=headteacher, ends_date__gte=on).select_related("deputy")
    return list(found.order_by("starts_date", "pk"))


def possible_deputies(school: School, headteacher: User, *, on: date) -> list[User]:
    """Return who can be told in place of a headteacher: the others who fill in the school's return. One query."""
    roles = [Role.HEADTEACHER, Role.SCHOOL_CONTRIBUTOR]
    held = Membership.objects.current(on=on).filter(school_id=school.pk, role__in=roles, user__is_active=True)
    held = held.filter(trust=school.trust).exclude(user=headteacher).select_related("user").order_by("pk")
    people = {membership.user_id: membership.user for membership in held}
    return sorted(people.values(), key=lambda person: (person.name.casefold(), person.pk))


def pace_of(user: User) -> Pace:
    """Return how often a person would like reminders from the trust in scope."""
    chosen = ReminderPace.objects.filter(user=user).first()
    return Pace(chosen.pace) if chosen else Pace.DAILY


def school_days(trust: Trust, *, on: date) -> SchoolDays:
    """Return the days on which the trust's schools are open. One query."""
    return school_days_of(Term.objects.newest_first(), on=on)


def school_days_of(calendar: Iterable[Term], *, on: date) -> SchoolDays:
    """Return a calendar's school days, with usual days for the terms near ``on`` that the trust has not entered."""
    entered = list(calendar)
    there = {(term.school_year, term.season) for term in entered}
    year = terms.school_year_on(on)
    near = [Period(near_year, term) for near_year in (year - 1, year, year + 1) for term in terms.TermOfYear]
    usual = [usual_days(period) for period in near if (period.school_year, season_of(period)) not in there]
    return SchoolDays(
        terms=(
            *(DateRange(term.starts_date, term.ends_date) for term in entered),
            *(DateRange(period.starts, period.ends) for period in usual),
        ),
        breaks=tuple(
            DateRange(term.break_starts_date, term.break_ends_date)
            for term in entered
            if term.break_starts_date and term.break_ends_date
        ),
    )


@dataclass(frozen=True, kw_only=True)
class LetterItem:
    """One sentence of an email, and the reminders in it."""

    words: str
    notices: tuple[DueReminder, ...]


@dataclass(frozen=True, kw_only=True)
class ReminderLetter:
    """One email to one person."""

    to: User
    items: tuple[LetterItem, ...]


SENT_REMINDER_HEADINGS = [
    "Sent", "To", "Email", "School", "URN", "Term", "What", "When in its course", "Outcome", "Answer", "Words",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SentReminderRow:
    """One reminder to one person."""

    row: Reminder

    @property
    def what(self) -> str:
        return DutyKind(self.row.kind).label

    @property
    def when(self) -> str:
        """Say which step it was, like *3 days before the due date*."""
        return step_in_words(CountedFrom(self.row.since), self.row.step)


SENT_REMINDER_SORTS: dict[str, tuple[str, Callable[[SentReminderRow], Any]]] = {
    "sent": ("Sent", lambda row: row.row.sent_at),
    "to": ("To", lambda row: row.row.user.name.casefold()),
    "school": ("About", lambda row: row.row.school.name.casefold()),
    "what": ("What", lambda row: row.what),
    "outcome": ("Outcome", lambda row: row.row.outcome),
}


def sent_reminder_rows(*, term: Term | None, kind: str, outcome: str, sort: str) -> list[SentReminderRow]:
    """Return the sent reminders, sorted by ``sort``, then the newest first. One query."""
    found = Reminder.objects.select_related("user", "school", "term").order_by("-sent_at", "user__name", "pk")
    filters = {"term": term, "kind": kind, "outcome": outcome}
    rows = found.filter(**{name: value for name, value in filters.items() if value})
    return in_order([SentReminderRow(row=reminder) for reminder in rows], SENT_REMINDER_SORTS, sort)


def newest_term() -> str:
    """Return the id of the newest reminder's term for a URL, or an empty string without reminders."""
    newest = Reminder.objects.order_by("-sent_at", "-pk").values_list("term_id", flat=True).first()
    return str(newest or "")


def mail_trouble(trust: Trust) -> str:
    """Return what the mail server last did wrong; empty if it works."""
    found = ReminderTurn.objects.filter(trust=trust).first()
    return found.trouble if found else ""


def sent_reminders_table(rows: Iterable[SentReminderRow]) -> list[list[object]]:
    """Return the sent reminders as a table with column headings, for a file."""
    table: list[list[object]] = [list(SENT_REMINDER_HEADINGS)]
    for sent_row in rows:
        row = sent_row.row
        sent = f"{timezone.localtime(row.sent_at):%Y-%m-%d %H:%M}"
        about = [row.school.name, row.school_id, str(row.term), sent_row.what, sent_row.when]
        outcome = [row.get_outcome_display(), row.detail, row.words]
        table.append([sent, row.user.name, row.sent_to, *about, *outcome])
    return table
