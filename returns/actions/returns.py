"""Open, fill in and submit a return. Decisions on it are in ``moderation``."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from kpis.actions.definitions import keep_definitions
from kpis.queries.catalogue import trust_indicators
from returns.actions.contested_lines import contest_lines, settle_line
from returns.models import LineChange, LineDecision, Return, ReturnDecision, ReturnLine
from returns.queries.line_row import ReturnLineRow
from returns.queries.return_reading import return_page
from returns.queries.submitted_returns import snapshot_of
from returns.rules.return_lines import WORD_FIELDS
from schools.models import School, Term
from trusts.locks import locked
from trusts.models import User


class LineSavedByAnother(Exception):
    """Somebody else saved this line after it was shown. ``line`` is what they saved."""

    def __init__(self, line: ReturnLine) -> None:
        super().__init__(f"line {line.pk} was saved by somebody else")
        self.line = line


class LineNotOpen(Exception):
    """The return or a line of it was submitted or accepted, so the school cannot change it."""


class ReturnNotReady(Exception):
    """The return has unfinished lines, so it cannot be submitted."""

    def __init__(self, unfinished: Sequence[ReturnLineRow]) -> None:
        super().__init__(f"{len(unfinished)} lines are not finished")
        self.unfinished = unfinished


class LineNotAssigned(Exception):
    """A contributor can fill in only the lines that the headteacher assigned to them."""


@dataclass(frozen=True, kw_only=True)
class LineEntry:
    """What a school says in a line: a value with any parts, or why there is no value."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    missing_reason: str = ""
    follows_on: date | None = None  # The date by which a figure will follow.
    comment: str = ""
    what: str = ""  # What an off-target figure shows, why, and what happens next.
    why: str = ""
    what_next: str = ""
    # Typed text that cannot be read as a figure, by field. The stored figures do not change.
    unread: Mapping[str, str] = field(default_factory=dict)
    source: LineChange.Source = LineChange.Source.TYPED
    file_name: str = ""  # The file that the entry came from.


@dataclass(frozen=True, kw_only=True)
class LineToSave:
    """What to save in a line, and the version that the person saw."""

    line: ReturnLine
    entry: LineEntry
    version: int
    in_short: str = ""  # The typed text that colleagues see if the person has to choose; empty if nothing was typed.


@transaction.atomic
def open_return(*, school: School, term: Term, indicator_codes: Iterable[str]) -> Return:
    """Open a school's return for a term, with a line for each indicator. Opening it again adds missing lines only.

    Each line keeps the definition that applies on the term's first day. Once the return is submitted, no line is
    added, because nobody could decide on a line that was not submitted.
    """
    made, _ = Return.objects.get_or_create(trust_id=term.trust_id, school=school, term=term)
    if made.state not in (Return.State.NOT_STARTED, Return.State.IN_PROGRESS):
        return made
    there = set(made.lines.values_list("indicator_id", flat=True))
    new = [code for code in indicator_codes if code not in there]
    known = trust_indicators(on=term.starts_date) if new else {}
    kept = keep_definitions(trust_id=term.trust_id, indicators=[known[code] for code in new if code in known])
    ReturnLine.objects.bulk_create(
        ReturnLine(
            trust_id=term.trust_id, school=school, termly_return=made, indicator_id=code, definition=kept.get(code)
        )
        for code in new
    )
    return made


@transaction.atomic
def save_line(*, line: ReturnLine, entry: LineEntry, version: int, by: User, at: datetime) -> ReturnLine:
    """Save a line as typed. ``version`` is the version that the person saw.

    Raises:
        LineNotOpen: the school can no longer change the return.
        LineSavedByAnother: somebody else has saved the line since. Nothing is overwritten.
    """
    refused = save_lines(
        termly_return_id=line.termly_return_id,
        changes=[LineToSave(line=line, entry=entry, version=version)],
        by=by,
        at=at,
    )
    if refused:
        raise LineSavedByAnother(refused[0])
    return ReturnLine.objects.select_related("saved_by").get(pk=line.pk)


@transaction.atomic
def save_lines(
    *,
    termly_return_id: int,
    changes: Sequence[LineToSave],
    by: User,
    at: datetime,
    only: Collection[str] | None = None,
) -> list[ReturnLine]:
    """Save lines of a return as typed. Return the lines that somebody else has saved since, as they are stored.

    ``only`` has the codes of the lines that this person fills in; None means every line.

    Raises:
        LineNotOpen: the school can no longer change the return or one of the lines. Nothing is saved.
        LineNotAssigned: somebody else fills in one of the lines. Nothing is saved.
    """
    termly_return = locked_return(termly_return_id)
    if not termly_return.is_open:
        raise LineNotOpen(termly_return.state)
    pks = [change.line.pk for change in changes]
    # The return is locked, so nobody else is saving its lines now.
    stored = {
        line.pk: line for line in termly_return.lines.filter(pk__in=pks).select_related("saved_by").order_by("pk")
    }
    if any(not line.is_open for line in stored.values()):
        raise LineNotOpen(termly_return.state)
    if only is not None and any(line.indicator_id not in only for line in stored.values()):
        raise LineNotAssigned(", ".join(sorted(only)) or "no lines")
    refused = []
    for change in changes:
        line = stored[change.line.pk]
        if line.version == change.version:
            write_line(line, change.entry, by=by, at=at)
        elif not _says(line, change.entry):  # A page that got no answer may send a save twice.
            refused.append(line)
    if len(refused) < len(changes) and termly_return.state == Return.State.NOT_STARTED:
        termly_return.state = Return.State.IN_PROGRESS
        termly_return.save(update_fields=["state"])
    return refused


@transaction.atomic
def save_page(
    *,
    termly_return_id: int,
    changes: Sequence[LineToSave],
    settled: Collection[str],
    only: Collection[str],
    by: User,
    at: datetime,
) -> list[ReturnLine]:
    """Save the lines that a page sent, and tell colleagues which lines have two texts to choose between.

    ``settled`` has the codes of the lines where the person has chosen. Returns and raises as ``save_lines``.
    """
    refused = save_lines(termly_return_id=termly_return_id, changes=changes, by=by, at=at, only=only)
    for code in settled:
        settle_line(return_id=termly_return_id, code=code)
    typed = {change.line.pk: change.in_short for change in changes}
    to_choose = {line.indicator_id: typed[line.pk] for line in refused if typed[line.pk]}
    contest_lines(return_id=termly_return_id, typed=to_choose, by=by)
    return refused


def _says(line: ReturnLine, entry: LineEntry) -> bool:
    """Return whether the stored line already says what the entry says."""
    figures = () if entry.unread else ("value", "numerator", "denominator", "missing_reason", "follows_on")
    same = all(getattr(line, name) == getattr(entry, name) for name in (*WORD_FIELDS, *figures))
    return same and line.unread == dict(entry.unread)


def write_line(line: ReturnLine, entry: LineEntry, *, by: User, at: datetime) -> None:
    """Save an entry in a line and in the line's history. The caller has locked the return."""
    line.unread, line.comment = dict(entry.unread), entry.comment
    line.what, line.why, line.what_next = entry.what, entry.why, entry.what_next
    if not entry.unread:
        line.value, line.numerator, line.denominator = entry.value, entry.numerator, entry.denominator
        line.missing_reason, line.follows_on = entry.missing_reason, entry.follows_on
    line.version, line.saved_by, line.saved_at = line.version + 1, by, at
    line.save()
    LineChange.objects.create(
        trust_id=line.trust_id, school_id=line.school_id, line=line, line_version=line.version, value=line.value,
        numerator=line.numerator, denominator=line.denominator, missing_reason=line.missing_reason,
        follows_on=line.follows_on, comment=line.comment, what=line.what, why=line.why, what_next=line.what_next,
        unread=line.unread, source=entry.source, file_name=entry.file_name, changed_by=by,
        changed_at=at,
    )  # fmt: skip


@transaction.atomic
def submit_return(*, termly_return: Return, by: User, at: datetime) -> Return:
    """Submit the open lines to the trust, and keep a snapshot of them.

    The lines are checked again while the return is locked.

    Raises:
        LineNotOpen: the return was already submitted or accepted.
        ReturnNotReady: lines are empty, impossible, unusual without a comment, off target without an explanation, or
            sent back and not answered.
    """
    termly_return = locked_return(termly_return.pk)
    if not termly_return.is_open:
        raise LineNotOpen(termly_return.state)
    page = return_page(termly_return.school, termly_return.term)
    if page is None or page.unfinished or not page.rows:
        raise ReturnNotReady(page.unfinished if page else [])
    termly_return.lines.filter(state__in=[ReturnLine.State.OPEN, ReturnLine.State.SENT_BACK]).update(
        state=ReturnLine.State.SUBMITTED, marked=False
    )
    note_marks_ended((row.line for row in page.rows), why="The return was submitted", by=by, at=at)
    termly_return.state, termly_return.submitted_by, termly_return.submitted_at = Return.State.SUBMITTED, by, at
    termly_return.save(update_fields=["state", "submitted_by", "submitted_at"])
    note_return_step(termly_return, ReturnDecision.Step.SUBMITTED, by=by, at=at, snapshot=snapshot_of(page))
    return termly_return


def locked_return(pk: int) -> Return:
    """Return the return, locked until the transaction ends."""
    return locked(Return.objects.select_related("term", "school")).get(pk=pk)


def note_return_step(
    termly_return: Return,
    step: ReturnDecision.Step,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    snapshot: list[dict[str, object]] | None = None,
) -> ReturnDecision:
    """Add a step to the return's history."""
    return ReturnDecision.objects.create(
        trust_id=termly_return.trust_id, school_id=termly_return.school_id, termly_return=termly_return, step=step,
        reason=reason, snapshot=snapshot, decided_by=by, decided_at=at,
    )  # fmt: skip


def note_marks_ended(lines: Iterable[ReturnLine], *, why: str, by: User, at: datetime) -> None:
    """Record in the history of marked lines that their mark has ended."""
    note_line_steps([(line, LineDecision.Step.UNMARKED, why) for line in lines if line.marked], by=by, at=at)


def note_line_steps(
    steps: Iterable[tuple[ReturnLine, LineDecision.Step, str]], *, by: User, at: datetime
) -> list[LineDecision]:
    """Add a step to the history of each line. Each step is the line, the step and the reason."""
    return LineDecision.objects.bulk_create(
        LineDecision(
            trust_id=line.trust_id, school_id=line.school_id, line=line, step=step, reason=reason,
            line_version=line.version, decided_by=by, decided_at=at,
        )
        for line, step, reason in steps
    )  # fmt: skip
