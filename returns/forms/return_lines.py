"""Read what a school typed into a return, line by line. ``kpis.rules`` reads the figures in it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any

from django import forms

from kpis.rules.explanations import EXPLANATION_FIELDS
from returns.actions.returns import LineEntry, LineToSave
from returns.models import LineChange, ReturnLine
from returns.queries.line_row import REASONS, ReturnLineRow
from returns.queries.return_page import ReturnPage
from returns.rules.return_lines import WORD_FIELDS, LineState, TypedLine, check_typed_line

FIGURE_LENGTH = 40  # Characters; no readable figure needs more.
COMMENT_LENGTH = 4000
EXPLANATION_LENGTH = 1000
TOO_LONG = f"Shorten the comment to {COMMENT_LENGTH:,} characters"


def _short_text(name: str) -> forms.CharField:
    too_long = f"Shorten “{EXPLANATION_FIELDS[name]}” to {EXPLANATION_LENGTH:,} characters"
    return forms.CharField(required=False, max_length=EXPLANATION_LENGTH, error_messages={"max_length": too_long})


class LineForm(forms.Form):
    """A line as it was sent, with the version and the fingerprint that its fields were based on."""

    value = forms.CharField(required=False, max_length=FIGURE_LENGTH)
    numerator = forms.CharField(required=False, max_length=FIGURE_LENGTH)
    denominator = forms.CharField(required=False, max_length=FIGURE_LENGTH)
    status = forms.ChoiceField(required=False, choices=REASONS)
    follows = forms.CharField(required=False, max_length=FIGURE_LENGTH)
    comment = forms.CharField(required=False, max_length=COMMENT_LENGTH, error_messages={"max_length": TOO_LONG})
    what = _short_text("what")
    why = _short_text("why")
    what_next = _short_text("what_next")
    version = forms.IntegerField(min_value=0)
    shown = forms.CharField(max_length=16)

    def __init__(self, data: Mapping[str, Any], row: ReturnLineRow) -> None:
        super().__init__(data, prefix=row.code)
        self.row = row

    @cached_property
    def typed(self) -> TypedLine:
        """Return the text of the fields, even if the form is not valid."""
        texts = {name: str(self.data.get(self.add_prefix(name), "")) for name in asdict(TypedLine())}
        if texts["status"] not in dict(REASONS):
            texts["status"] = ""
        return TypedLine(**texts)

    @property
    def is_changed(self) -> bool:
        """Return whether the person changed the line to something other than what is stored now."""
        mark = self.typed.fingerprint
        return mark not in (self.cleaned_data["shown"], self.row.stored.fingerprint)

    def confirmation(self) -> LineToSave | None:
        """Return what to save of a suggested figure that was confirmed, or None if something was typed instead."""
        proposal = self.row.proposal
        if proposal is None or (self.is_changed and not self.typed.says_nothing):
            return None
        entry = LineEntry(
            value=proposal.value,
            numerator=proposal.numerator,
            denominator=proposal.denominator,
            **self.typed.words,
            source=LineChange.Source.CONFIRMED,
            file_name=proposal.source,
        )
        in_short = self.typed.in_short if self.is_changed else ""
        return LineToSave(line=self.row.line, entry=entry, version=self.cleaned_data["version"], in_short=in_short)

    def change(self, over: int | None) -> LineToSave:
        """Return what to save. ``over`` is the version that the person saw and chose to overwrite."""
        version = self.cleaned_data["version"] if over is None else over
        entry = entry_of(self.row, self.typed)
        return LineToSave(line=self.row.line, entry=entry, version=version, in_short=self.typed.in_short)


class ReturnForm:
    """The lines of a return that were sent together: all lines, or a single line that was saved automatically."""

    def __init__(self, page: ReturnPage, data: Mapping[str, Any]) -> None:
        keep = data.get("keep", "")
        self.lines = [LineForm(data, row) for row in page.rows if f"{row.code}-version" in data and row.code != keep]
        self.confirmed = data.get("confirm", "")  # The code of the line whose suggested figure was confirmed.
        code, _, version = str(data.get("over", "")).partition(":")
        self.over = {code: int(version)} if version.isdecimal() else {}
        self.settled = {str(keep), *self.over} - {""}  # The codes of lines with a choice between two texts.

    def changes(self) -> list[LineToSave]:
        """Return what to save from the lines that could be read and were changed."""
        readable = [form for form in self.lines if form.is_valid()]
        confirmed = {form.row.code: form.confirmation() for form in readable if form.row.code == self.confirmed}
        typed = (
            form.change(self.over.get(form.row.code))
            for form in readable
            if confirmed.get(form.row.code) is None and (form.is_changed or form.row.code in self.over)
        )
        return [*(change for change in confirmed.values() if change is not None), *typed]

    @property
    def unusable(self) -> list[LineForm]:
        return [form for form in self.lines if not form.is_valid()]

    def over_page(self, page: ReturnPage, refused: Sequence[ReturnLine]) -> ReturnPage:
        """Return the page as it is stored now, with what was typed and not saved on top."""
        refused_lines = {line.pk for line in refused}
        # Somebody who confirmed a figure and typed nothing does not need to choose.
        laid = {
            form.row.code: self._laid(form)
            for form in self.lines
            if not form.is_valid()
            or (form.row.line.pk in refused_lines and (form.is_changed or form.row.code != self.confirmed))
        }
        rows = (replace(row, **laid[row.code]) if row.code in laid else row for row in page.rows)
        return replace(page, rows=tuple(rows))

    def _laid(self, form: LineForm) -> dict[str, Any]:
        if form.is_valid():
            # The form keeps the old version, so that nothing is overwritten until the person has chosen.
            version, shown = form.cleaned_data["version"], form.cleaned_data["shown"]
            return {"typed": form.typed, "state": LineState.CONFLICT, "version": version, "shown": shown}
        faults = tuple(str(error) for errors in form.errors.values() for error in errors)
        return {"typed": form.typed, "state": LineState.INVALID, "faults": faults}


def entry_of(row: ReturnLineRow, typed: TypedLine) -> LineEntry:
    """Return what to save in a line: its figures, or what was typed if it cannot be read as a figure."""
    checked = check_typed_line(row.indicator, typed, row.history)
    if not typed.says_nothing and checked.is_wrong:
        unread = {name: text for name, text in asdict(typed).items() if name not in WORD_FIELDS and text.strip()}
        return LineEntry(**typed.words, unread=unread)
    return LineEntry(
        value=checked.value,
        numerator=checked.numerator,
        denominator=checked.denominator,
        missing_reason=typed.status,
        follows_on=checked.follows_on,
        **typed.words,
    )


def closed_rows(form: ReturnForm) -> list[ReturnLineRow]:
    """Return what was typed into a return that is no longer open, so that the person can copy it."""
    return [
        replace(line.row, typed=line.typed, state=LineState.CLOSED)
        for line in form.lines
        if not line.is_valid() or line.is_changed
    ]
