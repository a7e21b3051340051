"""Forms that decide on a return, and on who fills it in: submit, accept, send back, correct, assign, extend, exempt."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms

from kpis.catalogue import Indicator
from kpis.catalogue.kinds import Area
from returns.actions.moderation import LineVerdict
from returns.forms.return_lines import COMMENT_LENGTH
from returns.models import Allowance
from returns.queries.contributors import Contributor
from returns.queries.line_row import ReturnLineRow
from returns.queries.return_page import ReturnPage
from schools.models import Term
from tables.dates import day_in_words


class DeclarationForm(forms.Form):
    """The headteacher's declaration that the return is correct."""

    declared = forms.BooleanField(
        label="I have checked this return. To the best of my knowledge, it is correct and complete",
        error_messages={"required": "Tick the box to say that you have checked the return"},
    )


class SendBackForm(forms.Form):
    """Why the trust sends a whole return back to the school."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=COMMENT_LENGTH,
        label="Reason",
        help_text="The headteacher reads this first. Every line still waiting goes back to the school.",
        error_messages={
            "required": "Say why you are sending this return back",
            "max_length": f"Shorten the reason to {COMMENT_LENGTH:,} characters",
        },
    )


class VerdictForm(forms.Form):
    """The decision on a submitted line."""

    CHOICES = [("", "Not yet"), ("accept", "Accept"), ("back", "Send back")]

    verdict = forms.ChoiceField(required=False, choices=CHOICES)
    reason = forms.CharField(
        required=False,
        max_length=COMMENT_LENGTH,
        error_messages={"max_length": f"Shorten the reason to {COMMENT_LENGTH:,} characters"},
    )

    def __init__(self, data: Mapping[str, Any] | None, row: ReturnLineRow) -> None:
        super().__init__(data, prefix=row.code)
        self.row = row

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("verdict") == "back" and not cleaned.get("reason"):
            self.add_error("reason", "Say why you are sending this line back")
        if cleaned.get("reason") and cleaned.get("verdict") != "back":
            self.add_error("verdict", "Choose “Send back”, or clear the reason")
        return cleaned

    @property
    def faults(self) -> list[str]:
        """Return the error messages."""
        return [str(error) for errors in self.errors.values() for error in errors]


class VerdictsForm:
    """The lines of a return, each with its decision if this person can take it."""

    def __init__(self, page: ReturnPage, areas: Collection[str] | None, data: Mapping[str, Any] | None = None) -> None:
        self.page = page
        theirs = (row for row in page.waiting if areas is None or row.indicator.area in areas)
        self.lines = {row.code: VerdictForm(data, row) for row in theirs}

    @property
    def areas(self) -> list[tuple[Area, list[tuple[ReturnLineRow, VerdictForm | None]]]]:
        """Return every line by area with its form, or None if this person cannot decide on it."""
        return [(area, [(row, self.lines.get(row.code)) for row in rows]) for area, rows in self.page.areas]

    @property
    def faulty(self) -> list[VerdictForm]:
        return [form for form in self.lines.values() if not form.is_valid()]

    def verdicts(self, *, accept_rest: bool) -> list[LineVerdict]:
        """Return what was decided. ``accept_rest`` accepts every line without a decision."""
        answers = ((code, form.cleaned_data) for code, form in self.lines.items())
        chosen = (
            (code, answer["verdict"] or ("accept" if accept_rest else ""), answer["reason"]) for code, answer in answers
        )
        return [LineVerdict(code=code, accepted=how == "accept", reason=why) for code, how, why in chosen if how]


class CorrectionForm(forms.Form):
    """Which lines of an accepted return to correct, and why."""

    lines = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Lines to correct",
        error_messages={"required": "Choose the lines to correct"},
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=COMMENT_LENGTH,
        label="Reason",
        help_text="This stays on record.",
        error_messages={
            "required": "Say why you are correcting these figures",
            "max_length": f"Shorten the reason to {COMMENT_LENGTH:,} characters",
        },
    )

    def __init__(self, page: ReturnPage, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        field = self.fields["lines"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(row.code, f"{row.indicator.title}: {row.answer}") for row in page.rows]


class AssignmentForm(forms.Form):
    """What a contributor fills in: whole areas, and individual lines in other areas."""

    areas = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Every line in these areas"
    )
    codes = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label="Individual lines")

    def __init__(self, person: Contributor, lines: Sequence[Indicator], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"areas": sorted(person.areas), "codes": sorted(person.codes)})
        asked = {line.area for line in lines}
        choices = {
            "areas": [(area.value, area.label) for area in Area if area in asked],
            "codes": [(line.code, f"{line.area.label}: {line.title}") for line in lines],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = offered


class AllowanceForm(forms.Form):
    """An extension or exemption for a school in a term, and why."""

    kind = forms.ChoiceField(
        widget=forms.RadioSelect,
        label="What changes",
        choices=[
            (Allowance.Kind.EXTENDED.value, "The school gets more time"),
            (Allowance.Kind.EXEMPT.value, "The school is exempt and does not need to submit a return"),
            (Allowance.Kind.ASKED.value, "The exemption ends and the school needs to submit its return"),
        ],
        error_messages={"required": "Choose what changes"},
    )
    due_date = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        label="New due date",
        help_text="Only if the school gets more time",
        error_messages={"invalid": "Enter the new due date, like 19 December 2025"},
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=COMMENT_LENGTH,
        label="Reason",
        help_text="Everybody who can see the return can read this.",
        error_messages={"required": "Enter a reason"},
    )

    def __init__(self, term: Term, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.term = term

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") != Allowance.Kind.EXTENDED or "due_date" in self.errors:
            return cleaned
        if cleaned.get("due_date") is None:
            self.add_error("due_date", "Enter the new due date")
        elif cleaned["due_date"] <= self.term.due_date:
            self.add_error(
                "due_date", f"Enter a date after {day_in_words(self.term.due_date)}, when every return is due"
            )
        return cleaned

    @property
    def in_words(self) -> str:
        """Describe what was changed."""
        kind = self.cleaned_data["kind"]
        if kind == Allowance.Kind.EXTENDED:
            return f"the return is due on {day_in_words(self.cleaned_data['due_date'])}"
        return "exempt from the return" if kind == Allowance.Kind.EXEMPT else "the exemption has ended"


class DefaultAreasForm(forms.Form):
    """The areas that contributors fill in by default."""

    areas = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Contributors fill in every line in",
        choices=[(area.value, area.label) for area in Area],
        error_messages={"invalid_choice": "Choose areas from the list"},
    )

    def __init__(self, data: Mapping[str, Any] | None, *, now: Sequence[str]) -> None:
        super().__init__(data, initial={"areas": list(now)})
