"""Forms to send a file: its size, its kind and its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from returns.actions.figure_proposals import ProposedFigure
from returns.actions.files import SentFile
from returns.actions.returns import LineToSave
from returns.files.export_questions import ExportQuestion, as_json
from returns.files.exports import EXPORT_FIELDS, NEEDED_FIELDS, ExportKind, column_choice_faults
from returns.files.sanction_texts import Sanction
from returns.forms.return_lines import entry_of
from returns.models import LineChange, ReceivedFile, SanctionMeaning
from returns.queries.file_check import FileCheck
from tables.file_safety import MOST_BYTES

TOO_LARGE = f"The file is larger than {MOST_BYTES // 1024**2} MB: send only the sheet with the return or the export"


class UploadForm(forms.Form):
    """A file, which is refused before it is read if it is too large."""

    file = forms.FileField(
        label="File",
        help_text=f"A workbook (.xlsx or .ods) or CSV, up to {MOST_BYTES // 1024**2} MB",
        allow_empty_file=True,  # Refused with a message and listed, like every other file that cannot be used.
        widget=forms.FileInput(attrs={"class": "govuk-file-upload"}),
        error_messages={"required": "Choose a file", "invalid": "Choose a file"},
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return file

    def sent(self, kind: ReceivedFile.Kind) -> SentFile:
        """Return the file with its content, which is at most ``MOST_BYTES`` long."""
        file = self.cleaned_data["file"]
        return SentFile(kind=kind, name=file.name or "", data=file.read())


class ExportForm(UploadForm):
    """An export from a management information system. Its columns are asked for once the headings are known."""

    kind = forms.ChoiceField(
        label="What the export lists",
        choices=[(kind.value, kind.label) for kind in ExportKind],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the export lists"},
    )
    on_roll = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=5000,
        label="Pupils on roll",
        help_text="For suspensions and exclusions only: the list does not say how many pupils there are",
        error_messages={
            "invalid": "Enter a whole number of pupils",
            "min_value": "Enter at least 1 pupil",
            "max_value": "Enter at most 5,000 pupils",
        },
    )
    field_order = ["kind", "on_roll", "file"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == ExportKind.BEHAVIOUR and not cleaned.get("on_roll") and "on_roll" not in self.errors:
            self.add_error("on_roll", "Enter the number of pupils on roll")
        return cleaned

    @property
    def export_kind(self) -> ExportKind:
        return ExportKind(self.cleaned_data["kind"])


class ExportColumnsForm(forms.Form):
    """Which column of an export has which field."""

    def __init__(
        self,
        kind: ExportKind,
        headings: tuple[str, ...],
        data: Mapping[str, Any] | None = None,
        proposed: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, prefix="column", initial=dict(proposed or {}))
        self.kind, self.headings = kind, [head for head in dict.fromkeys(headings) if head]
        choices = [("", "Not in this export"), *((head, head) for head in self.headings)]
        for field in EXPORT_FIELDS[kind]:
            self.fields[field.value] = forms.ChoiceField(
                required=field in NEEDED_FIELDS[kind],
                label=field.label,
                choices=choices,
                error_messages={"required": f"Choose the column for “{field.label}”"},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for fault in column_choice_faults(self.kind, self.columns) if not self.errors else []:
            self.add_error(None, fault)
        return cleaned

    @property
    def columns(self) -> dict[str, str]:
        """Return the column heading of each field that was chosen."""
        return {name: head for name, head in self.cleaned_data.items() if head}


class ExportQuestionsForm(forms.Form):
    """The questions that an export leaves open. The prefix is the file's, so that no answer is about another file."""

    def __init__(self, questions: Sequence[ExportQuestion], prefix: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, prefix=prefix, initial={question.name: question.suggested for question in questions})
        self.as_json = as_json(questions)
        self.has_texts = any(question.is_text for question in questions)
        for question in questions:
            choices = [("", "Choose"), *question.choices] if question.is_text else question.choices
            self.fields[question.name] = forms.ChoiceField(
                label=question.words,
                help_text=question.hint,
                choices=choices,
                widget=forms.Select if question.is_text else forms.RadioSelect,
                error_messages={"required": f"Answer: {question.words}"},
            )


class MeaningsForm(forms.Form):
    """What a school's texts for kinds of sanction mean. Any can be changed or forgotten."""

    FORGET = "ask"

    def __init__(self, meanings: Sequence[SanctionMeaning], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.meanings = meanings
        choices = [*((meaning.value, meaning.label) for meaning in Sanction), (self.FORGET, "Ask again next time")]
        for row in meanings:
            self.fields[f"text-{row.pk}"] = forms.ChoiceField(
                label=f"What “{row.text}” means",
                choices=choices,
                initial=row.meaning,
                error_messages={"required": f"Choose what “{row.text}” means"},
            )

    @property
    def rows(self) -> list[tuple[SanctionMeaning, forms.BoundField]]:
        """Return each text with its field."""
        return [(row, self[f"text-{row.pk}"]) for row in self.meanings]

    @property
    def changed(self) -> dict[str, Sanction]:
        """Return the texts that now mean something else."""
        answers = ((row, self.cleaned_data[f"text-{row.pk}"]) for row in self.meanings)
        return {row.text: Sanction(answer) for row, answer in answers if answer not in (row.meaning, self.FORGET)}

    @property
    def forgotten(self) -> list[str]:
        """Return the texts to forget."""
        return [row.text for row in self.meanings if self.cleaned_data[f"text-{row.pk}"] == self.FORGET]


def lines_to_save(check: FileCheck, received: ReceivedFile) -> list[LineToSave]:
    """Return what to save from a filled-in return, with the name of the file."""
    return [
        LineToSave(
            line=row.now.line,
            entry=replace(entry_of(row.then, row.then.typed), source=LineChange.Source.FILE, file_name=received.name),
            version=row.now.version,
        )
        for row in check.changes
    ]


def figures_to_propose(check: FileCheck) -> list[ProposedFigure]:
    """Return the figures from an export to suggest."""
    return [
        ProposedFigure(
            code=row.now.code, value=checked.value, numerator=checked.numerator, denominator=checked.denominator
        )
        for row in check.changes
        if (checked := row.then.checked).value is not None
    ]
