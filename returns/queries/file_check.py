"""Compare a file with the return, line by line: what it would change, or what came of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from kpis.catalogue.kinds import Labelled
from kpis.rules.figures_in_words import figure_in_words
from returns.models import FigureProposal, LineChange, ReceivedFile, ReturnLine
from returns.queries.files import FileAnswer
from returns.queries.line_row import ANSWER_NEEDED, ReturnLineRow, missing_words
from returns.queries.return_page import ReturnPage
from returns.queries.return_reading import contradictions
from returns.rules.return_lines import LineState, TypedLine, check_typed_line, count_in_words, line_state


class FileEffect(Labelled):
    """What a file would do, or did, to a line."""

    CHANGE = "change", "Will change"
    PROPOSE = "propose", "Will be suggested, to confirm"
    SAME = "same", "Already the same"
    SAVED_SINCE = "saved_since", "Not saved: somebody has saved this line since"
    CLOSED = "closed", "Not saved: this line is not open"
    NOT_THEIRS = "not_theirs", "Not saved: somebody else fills in this line"
    IMPOSSIBLE = "impossible", "Not suggested: the figure is not possible"
    # After the file was used.
    SAVED_AGAIN = "saved_again", "Saved, but somebody has changed this line since"
    PROPOSED = "proposed", "Suggested, to confirm"
    NOT_USED = "not_used", "Not used"


@dataclass(frozen=True, kw_only=True)
class FileCheckRow:
    """A line on the check page: what is stored now, what the file says, and what would happen."""

    now: ReturnLineRow
    then: ReturnLineRow  # The line as it would be.
    outcome: FileEffect
    row: int | None = None  # The row in the file.

    @property
    def will_change(self) -> bool:
        return self.outcome in (FileEffect.CHANGE, FileEffect.PROPOSE)

    @property
    def answer(self) -> str:
        """Write the answer in the file, with the figure calculated from its parts."""
        typed, checked = self.then.typed, self.then.checked
        if self.is_impossible:
            return typed.in_short
        if typed.status:
            return missing_words(typed.status, checked.follows_on)
        if checked.value is None:
            return typed.in_short
        return figure_in_words(checked.value, self.then.indicator.unit, self.then.indicator.decimals)

    @property
    def parts(self) -> str:
        """Write the parts that the figure was calculated from; empty if it was given alone."""
        counts = (self.then.checked.numerator, self.then.checked.denominator)
        return " of ".join(count_in_words(count) for count in counts if count is not None)

    @property
    def is_impossible(self) -> bool:
        return self.then.state is LineState.INVALID

    @property
    def messages(self) -> tuple[str, ...]:
        """Return what to correct or explain in the file's answer, if the line will change or is impossible.

        The request to answer a line that was sent back is left out, because saving the file answers it.
        """
        if self.then.state is LineState.EMPTY or not (self.will_change or self.is_impossible):
            return ()
        return tuple(message for message in self.then.messages if message != ANSWER_NEEDED)

    @property
    def saved_by_another(self) -> ReturnLine | None:
        """Return the line as somebody saved it after the file was downloaded or used."""
        return self.now.line if self.outcome in (FileEffect.SAVED_SINCE, FileEffect.SAVED_AGAIN) else None

    @property
    def clears(self) -> bool:
        """Return whether the file removes an answer."""
        return self.will_change and self.then.typed.says_nothing and not self.now.stored.says_nothing

    @property
    def words_now(self) -> list[tuple[str, str]]:
        """Return the stored comment and explanation with their labels, if they differ from the file's."""
        return _words(self.now.stored) if self._words_differ else []

    @property
    def words_then(self) -> list[tuple[str, str]]:
        """Return the file's comment and explanation with their labels, if they differ from what is stored."""
        return _words(self.then.typed) if self._words_differ else []

    @property
    def _words_differ(self) -> bool:
        return TypedLine(**self.now.stored.words).fingerprint != TypedLine(**self.then.typed.words).fingerprint


@dataclass(frozen=True, kw_only=True)
class FileCheck:
    """A file compared with the return as it is stored now."""

    rows: tuple[FileCheckRow, ...]
    untouched: int  # Lines of the return that the file does not change.

    @cached_property
    def changes(self) -> list[FileCheckRow]:
        return [row for row in self.rows if row.will_change]

    @property
    def left_out(self) -> list[FileCheckRow]:
        """Return the lines where the file differs but nothing would be saved."""
        return [row for row in self.rows if not row.will_change and row.outcome is not FileEffect.SAME]

    @property
    def to_look_at(self) -> list[FileCheckRow]:
        """Return the changes that would stop the return being submitted, or that remove an answer."""
        return [row for row in self.changes if row.clears or row.then.state not in (LineState.SAVED, LineState.EMPTY)]


def check_file(page: ReturnPage, received: ReceivedFile) -> FileCheck:
    """Compare a file with the return as it is stored now, by the rules of each line and between lines."""
    answers = {line["code"]: FileAnswer(**line) for line in received.lines}
    then = {now.code: _then(now, answers[now.code]) for now in page.rows if now.code in answers}
    rows = [
        FileCheckRow(
            now=now, then=held, outcome=_outcome(now, held, answers[now.code], received), row=answers[now.code].row
        )
        for now, held in zip(page.rows, _held_together(page, then), strict=True)
        if now.code in then
    ]
    if received.saved_at:
        came_of = _came_of(page, received, received.saved_at)
        rows = [replace(row, outcome=_outcome_of_used(row, came_of)) for row in rows]
    touched = sum(row.will_change for row in rows)
    return FileCheck(rows=tuple(rows), untouched=len(page.rows) - touched)


def _then(now: ReturnLineRow, answer: FileAnswer) -> ReturnLineRow:
    # Fields that the file does not have keep their stored text.
    typed = replace(now.stored, **answer.typed)
    checked = check_typed_line(now.indicator, typed, now.history, now.target)
    return replace(now, typed=typed, checked=checked, state=line_state(typed, checked))


def _held_together(page: ReturnPage, then: Mapping[str, ReturnLineRow]) -> Iterator[ReturnLineRow]:
    """Return every line as it would be, with its contradictions to other lines."""
    rows = [then.get(row.code, row) for row in page.rows]
    found = contradictions(rows)
    for row in rows:
        checked = replace(row.checked, findings=(*row.checked.findings, *found.get(row.code, ())))
        yield replace(row, checked=checked, state=line_state(row.typed, checked)) if row.code in then else row


def _outcome(now: ReturnLineRow, then: ReturnLineRow, answer: FileAnswer, received: ReceivedFile) -> FileEffect:
    if then.typed.fingerprint == now.stored.fingerprint:
        return FileEffect.SAME
    if not now.line.is_open:
        return FileEffect.CLOSED
    if not received.is_form:  # The figure is only suggested, so it overwrites nothing.
        return FileEffect.IMPOSSIBLE if then.state is LineState.INVALID else FileEffect.PROPOSE
    if not now.theirs:
        return FileEffect.NOT_THEIRS
    return FileEffect.CHANGE if answer.version == now.line.version else FileEffect.SAVED_SINCE


def _outcome_of_used(row: FileCheckRow, came_of: Mapping[str, FileEffect]) -> FileEffect:
    if row.outcome is FileEffect.SAME:
        return FileEffect.SAME
    return came_of.get(row.now.code, FileEffect.NOT_USED if row.will_change else row.outcome)


def _came_of(page: ReturnPage, received: ReceivedFile, saved_at: datetime) -> dict[str, FileEffect]:
    """Return what happened to the lines of a file that was used, by code. One query."""
    termly_return, now = page.termly_return, {row.code: row.line for row in page.rows}
    if received.is_form:
        saves = LineChange.objects.filter(
            line__termly_return=termly_return, source=LineChange.Source.FILE, changed_at=saved_at
        )
        made = dict(saves.values_list("line__indicator_id", "line_version"))
        still = {code for code, line in now.items() if line.version == made.get(code)}
        return {code: FileEffect.SAME if code in still else FileEffect.SAVED_AGAIN for code in made}
    proposals = FigureProposal.objects.filter(
        school_id=termly_return.school_id, term_id=termly_return.term_id, source=received.in_words
    )
    codes = proposals.values_list("indicator_id", flat=True)
    return {code: FileEffect.PROPOSED for code in codes if code in now and now[code].is_open}


def _words(typed: TypedLine) -> list[tuple[str, str]]:
    comment = [("Comment", typed.comment.strip())] if typed.comment.strip() else []
    return [*comment, *typed.explanation.labelled]
