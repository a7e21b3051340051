"""The forms in which targets are typed into a grid, sent as a file, and decided on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from kpis.catalogue import Indicator
from kpis.forms.indicator_set import reason_field
from kpis.models import TargetProposal
from kpis.queries.targets import TargetGridRow, is_same_target
from kpis.rules.figures_in_words import number_as_typed
from kpis.rules.typed_targets import (
    TARGET_FILE_HEADINGS,
    TargetFault,
    TypedTarget,
    UnreadableTarget,
    read_target,
)
from tables.faults import SpreadsheetFault, SpreadsheetRefused
from tables.table_reader import read_table

LARGEST_FILE = 2_000_000  # Bytes. The longest list of targets is smaller.


@dataclass(frozen=True, kw_only=True)
class TargetGridLine:
    """One school's fields in the grid: the text in them, the target read from it, and its fault."""

    row: TargetGridRow
    value: str
    upper: str
    tolerance: str
    typed: TypedTarget | None = None
    fault: TargetFault | None = None

    @property
    def is_changed(self) -> bool:
        """Return whether the typed target differs from the proposed target, or else from the current target."""
        return self.typed is not None and not is_same_target(self.row.waiting or self.row.target, self.typed)


class TargetGridForm(forms.Form):
    """The targets for one indicator and school year, one for each school, with one reason for all changes."""

    reason = reason_field(help_text="The Board reads this with each target that you change.")

    def __init__(
        self,
        indicator: Indicator,
        rows: Sequence[TargetGridRow],
        data: Mapping[str, Any] | None = None,
        *,
        copy: bool = False,
        fill: str = "",
    ) -> None:
        super().__init__(data)
        if data is None:
            self.lines = [_shown(row, copy=copy, fill=fill) for row in rows]
        else:
            self.lines = [_typed(indicator, row, data) for row in rows]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.faulty:
            self.add_error(None, f"Correct {len(self.faulty)} of the targets: a message under each says how")
        elif not self.changed:
            self.add_error(None, "You have not changed any targets")
        return cleaned

    @property
    def faulty(self) -> list[TargetGridLine]:
        return [line for line in self.lines if line.fault]

    @property
    def changed(self) -> list[TargetGridLine]:
        return [line for line in self.lines if line.is_changed]


def _shown(row: TargetGridRow, *, copy: bool, fill: str) -> TargetGridLine:
    """Show the proposed target, else the current one. Without either, show last year's or ``fill`` if asked for."""
    stands = row.waiting or row.target or (row.before if copy else None)
    if stands is None:
        return TargetGridLine(row=row, value=fill, upper="", tolerance="")
    upper, tolerance = number_as_typed(stands.upper_value), number_as_typed(stands.tolerance)
    return TargetGridLine(row=row, value=number_as_typed(stands.value), upper=upper, tolerance=tolerance)


def _typed(indicator: Indicator, row: TargetGridRow, data: Mapping[str, Any]) -> TargetGridLine:
    value, upper, tolerance = (str(data.get(f"{row.school.pk}-{name}", "")) for name in ("value", "upper", "tolerance"))
    line = TargetGridLine(row=row, value=value, upper=upper, tolerance=tolerance)
    try:
        return replace(line, typed=read_target(indicator, value, upper, tolerance))
    except UnreadableTarget as unfit:
        return replace(line, fault=unfit.fault)


class TargetFileForm(forms.Form):
    """A file of targets."""

    file = forms.FileField(
        label="File",
        help_text="CSV or a workbook, with the same columns as the file that you can download here.",
        error_messages={"required": "Choose a file", "empty": "The file is empty"},
    )

    def clean_file(self) -> str:
        """Return the file's table as CSV."""
        sent: UploadedFile = self.cleaned_data["file"]
        if (sent.size or 0) > LARGEST_FILE:
            raise forms.ValidationError("The file must be 2 MB or smaller")
        try:
            table = read_table(sent.read(), fits=_are_of_targets)
        except SpreadsheetRefused as refused:
            raise forms.ValidationError([_in_words(fault) for fault in refused.faults]) from refused
        for row in table.rows():
            for at, cell in enumerate(row.cells):
                if cell.problem:
                    what = f"found {cell.problem}; type a number or a text instead"
                    raise forms.ValidationError(f"Row {row.number}, column {table.place(at)}: {what}")
        return table.as_csv()


def _are_of_targets(headings: Sequence[str]) -> bool:
    return set(TARGET_FILE_HEADINGS) <= set(headings)


def _in_words(fault: SpreadsheetFault) -> str:
    return f"{fault.place}: {fault.what}. {fault.todo}."


class DecideTargetsForm(forms.Form):
    """Approve or decline proposed targets. Declining needs a reason."""

    proposals = forms.TypedMultipleChoiceField(
        coerce=int,
        label="Targets",
        error_messages={
            "required": "Choose at least one target",
            "invalid_choice": "Someone has already decided one of these",
        },
    )
    decision = forms.ChoiceField(choices=[("approve", "Approve"), ("decline", "Decline")])
    reason = forms.CharField(required=False, max_length=1000, label="Reason for declining")

    def __init__(self, waiting: Sequence[TargetProposal], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        field = self.fields["proposals"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(proposal.pk, str(proposal)) for proposal in waiting]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == "decline" and not cleaned.get("reason"):
            self.add_error("reason", "Say why, so that another target can be proposed")
        return cleaned
