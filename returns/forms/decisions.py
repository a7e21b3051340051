"""What is decided of a return, and who fills it in: declared, accepted, sent back, corrected, assigned, allowed."""

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
    """The headteacher's word that the return is right."""

    declared = forms.BooleanField(
        label="I have checked this return, and to the best of my knowledge it is right and complete",
        error_messages={"required": "Tick the box to say that you have checked the return"},
    )


class SendBackForm(forms.Form):
    """Why everything that waits goes back to the school."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=COMMENT_LENGTH,
        label="Reason",
        help_text="The headteacher reads this first. Every line that waits is the school’s again.",
        error_messages={
            "required": "Say why you are sending this return back",
            "max_length": f"Shorten the reason to {COMMENT_LENGTH:,} characters",
        },
    )


class VerdictForm(forms.Form):
    """What is decided on one line that waits."""

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
        said = super().clean() or {}
        if said.get("verdict") == "back" and not said.get("reason"):
            self.add_error("reason", "Say why you are sending this line back")
        if said.get("reason") and said.get("verdict") != "back":
            self.add_error("verdict", "Choose “Send back”, or clear the reason")
        return said

    @property
    def faults(self) -> list[str]:
        """Return what is wrong, in words."""
        return [str(error) for errors in self.errors.values() for error in errors]


class VerdictsForm:
    """The lines of a return as the trust reads them: each with its decision, where it is this person's to take."""

    def __init__(self, page: ReturnPage, areas: Collection[str] | None, data: Mapping[str, Any] | None = None) -> None:
        self.page = page
        theirs = (row for row in page.waiting if areas is None or row.indicator.area in areas)
        self.lines = {row.code: VerdictForm(data, row) for row in theirs}

    @property
    def areas(self) -> list[tuple[Area, list[tuple[ReturnLineRow, VerdictForm | None]]]]:
        """Return every line with its form, None where there is nothing for this person to decide."""
        return [(area, [(row, self.lines.get(row.code)) for row in rows]) for area, rows in self.page.areas]

    @property
    def faulty(self) -> list[VerdictForm]:
        return [form for form in self.lines.values() if not form.is_valid()]

    def verdicts(self, *, accept_rest: bool) -> list[LineVerdict]:
        """Return what was decided; ``accept_rest`` accepts every line that nothing was said of."""
        said = ((code, form.cleaned_data) for code, form in self.lines.items())
        chosen = ((code, each["verdict"] or ("accept" if accept_rest else ""), each["reason"]) for code, each in said)
        return [LineVerdict(code=code, accepted=how == "accept", reason=why) for code, how, why in chosen if how]


class CorrectionForm(forms.Form):
    """Which lines of an accepted return are corrected, and why."""

    lines = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Lines to correct",
        error_messages={"required": "Choose the lines to correct"},
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=COMMENT_LENGTH,
        label="Reason",
        help_text="It stays beside the new version for good.",
        error_messages={
            "required": "Say why the figures are corrected",
            "max_length": f"Shorten the reason to {COMMENT_LENGTH:,} characters",
        },
    )

    def __init__(self, page: ReturnPage, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        field = self.fields["lines"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(row.code, f"{row.indicator.title}: {row.answer}") for row in page.rows]


class AssignmentForm(forms.Form):
    """What one contributor fills in: whole areas, and single lines of others."""

    areas = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Every line of these areas"
    )
    codes = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label="These single lines")

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
    """What a school is allowed in one term, and why."""

    kind = forms.ChoiceField(
        widget=forms.RadioSelect,
        label="What changes",
        choices=[
            (Allowance.Kind.EXTENDED.value, "The school gets more time"),
            (Allowance.Kind.EXEMPT.value, "The school is exempt: no return is asked for"),
            (Allowance.Kind.ASKED.value, "The return is asked for after all"),
        ],
        error_messages={"required": "Choose what changes"},
    )
    due_date = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        label="New due date",
        help_text="For more time only",
        error_messages={"invalid": "Enter the new due date, like 19 December 2025"},
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=COMMENT_LENGTH,
        label="Reason",
        help_text="It stands beside the return for everybody who sees it.",
        error_messages={"required": "Say why"},
    )

    def __init__(self, term: Term, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.term = term

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("kind") != Allowance.Kind.EXTENDED or "due_date" in self.errors:
            return said
        if said.get("due_date") is None:
            self.add_error("due_date", "Enter the new due date")
        elif said["due_date"] <= self.term.due_date:
            self.add_error("due_date", f"Enter a day after {day_in_words(self.term.due_date)}, when it is due anyway")
        return said

    @property
    def said(self) -> str:
        """Return what was changed, in words."""
        kind = self.cleaned_data["kind"]
        if kind == Allowance.Kind.EXTENDED:
            return f"the return is due on {day_in_words(self.cleaned_data['due_date'])}"
        return "exempt from the return" if kind == Allowance.Kind.EXEMPT else "the return is asked for again"


class DefaultAreasForm(forms.Form):
    """The areas that contributors fill in by default."""

    areas = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Contributors fill in every line of",
        choices=[(area.value, area.label) for area in Area],
        error_messages={"invalid_choice": "Choose among the areas"},
    )

    def __init__(self, data: Mapping[str, Any] | None, *, now: Sequence[str]) -> None:
        super().__init__(data, initial={"areas": list(now)})
