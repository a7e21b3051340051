"""What was sent to whom, when and about what; and what will be sent next."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from dashboards.queries.reminders import Standing, standing
from kpis.models import Reminder, ReminderTurn
from kpis.rules.reminder_words import step_in_words
from kpis.rules.reminders import Coming, Kind, Since, coming
from schools.models import School, Term
from tables.lists import in_order
from trusts.models import Trust, User

SENT_HEADS = [
    "Sent", "To", "E-mail", "School", "URN", "Term", "What", "When in its course", "Outcome", "Answer", "Words",
]  # fmt: skip
NEXT_HEADS = ["Will be sent", "To", "E-mail", "School", "URN", "Term", "What", "When in its course", "Words"]


@dataclass(frozen=True, kw_only=True)
class SentRow:
    """One thing that one person was told."""

    row: Reminder

    @property
    def what(self) -> str:
        return Kind(self.row.kind).label

    @property
    def when(self) -> str:
        """Say which step it was, like *3 days before the due date*."""
        return step_in_words(Since(self.row.since), self.row.step)


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


SENT_SORTS: dict[str, tuple[str, Callable[[SentRow], Any]]] = {
    "sent": ("Sent", lambda each: each.row.sent_at),
    "to": ("To", lambda each: each.row.user.name.casefold()),
    "school": ("About", lambda each: each.row.school.name.casefold()),
    "what": ("What", lambda each: each.what),
    "outcome": ("Outcome", lambda each: each.row.outcome),
}
NEXT_SORTS: dict[str, tuple[str, Callable[[NextRow], Any]]] = {
    "when": ("Will be sent", lambda each: each.coming.at),
    "to": ("To", lambda each: each.to.name.casefold() if each.to else ""),
    "school": ("About", lambda each: each.school.name.casefold()),
    "what": ("What", lambda each: each.what),
}


def sent_rows(*, term: Term | None, kind: str, outcome: str, sort: str) -> list[SentRow]:
    """Return what was sent, in the order wanted, then the newest first. One query."""
    found = Reminder.objects.select_related("user", "school", "term").order_by("-sent_at", "user__name", "pk")
    wanted = {"term": term, "kind": kind, "outcome": outcome}
    rows = found.filter(**{name: value for name, value in wanted.items() if value})
    return in_order([SentRow(row=each) for each in rows], SENT_SORTS, sort)


def newest_term() -> str:
    """Return the number of the term that the newest reminder is about, as an address has it; empty where none is."""
    newest = Reminder.objects.order_by("-sent_at", "-pk").values_list("term_id", flat=True).first()
    return str(newest or "")


def next_rows(trust: Trust, *, now: datetime, kind: str, sort: str) -> list[NextRow]:
    """Return what will be sent next, in the order wanted, then the soonest first. Twelve queries."""
    stand = standing(trust, now=now)
    found = coming(stand.duties, now=timezone.localtime(now), known=stand.known)
    rows = [_next_row(each, stand) for each in found if kind in ("", each.duty.kind)]
    return in_order(rows, NEXT_SORTS, sort)


def trouble(trust: Trust) -> str:
    """Return what the mail server last did wrong; empty while it works."""
    found = ReminderTurn.objects.filter(trust=trust).first()
    return found.trouble if found else ""


def sent_table(rows: Iterable[SentRow]) -> list[list[object]]:
    """Return what was sent as a table with its heads, for a file."""
    table: list[list[object]] = [list(SENT_HEADS)]
    for each in rows:
        row = each.row
        sent = f"{timezone.localtime(row.sent_at):%Y-%m-%d %H:%M}"
        about = [row.school.name, row.school_id, str(row.term), each.what, each.when]
        said = [row.get_outcome_display(), row.detail, row.words]
        table.append([sent, row.user.name, row.sent_to, *about, *said])
    return table


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
