from collections.abc import Mapping
from typing import Any

from django import forms

from schools.rules.terms import school_year_label
from trajectories.queries.references import PHASES
from trajectories.rules.reference_lines import LINES, ReferenceSet, line_percentiles_of
from trajectories.rules.trust_lines import HIGHEST, LOWEST, TrustLine, faults_in, with_trust_lines

FIRST_YEAR = 2016  # The first results with percentile tables.


class ProvenanceForm(forms.Form):
    """Who decided on the lines, and when. The action saves it."""

    provenance = forms.CharField(
        label="Who decided this, and when?",
        max_length=200,
        help_text="For example: set by the Board, 14 October 2026. We show it with every line and every placement.",
        error_messages={
            "required": "Say who decided this and when",
            "max_length": "Your answer must be 200 characters or fewer",
        },
    )


class ReferenceForm(ProvenanceForm):
    """A trust's own lines: a percentile for each line it sets, and the first results they apply to."""

    def __init__(
        self,
        *args: Any,
        standard: ReferenceSet,
        own: Mapping[tuple[str, str], float],
        first_year: int | None,
        last_year: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.standard = standard
        for phase in PHASES:
            usual = line_percentiles_of(standard, phase)
            for code in LINES:
                self.fields[f"{phase}_{code}"] = self._percentile(
                    f"{phase.capitalize()}: {standard.names[code].lower()}",
                    f"The standard line is {usual[code]:g}. Leave empty to keep it.",
                    own.get((phase, code)),
                )
        years = range(last_year, FIRST_YEAR - 1, -1)
        self.fields["first_year"] = forms.TypedChoiceField(
            label="Which school year’s results should they apply from?",
            coerce=int,
            choices=[(year, school_year_label(year)) for year in years],
            initial=first_year or FIRST_YEAR,
            help_text="Earlier years keep the standard lines.",
            error_messages={"required": "Choose a school year", "invalid_choice": "Choose one of the school years"},
        )
        self.order_fields([*(name for name in self.fields if name != "provenance"), "provenance"])

    @staticmethod
    def _percentile(name: str, help_text: str, initial: float | None) -> forms.FloatField:
        # Django fills the limit and the value into these two messages with "%".
        in_limit = name.replace("%", "%%")
        return forms.FloatField(
            label=name,
            required=False,
            initial=initial,
            min_value=LOWEST,
            max_value=HIGHEST,
            help_text=help_text,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-4"}),
            error_messages={
                "invalid": f"{name} must be a number, like 12.5",
                "min_value": f"{in_limit} must be {LOWEST} or more",
                "max_value": f"{in_limit} must be {HIGHEST} or less",
            },
        )

    def lines(self) -> list[TrustLine]:
        """Return the lines that were filled in."""
        return [
            TrustLine(code=code, phase=phase, first_year=self.cleaned_data["first_year"], percentile=percentile)
            for phase in PHASES
            for code in LINES
            if (percentile := self.cleaned_data.get(f"{phase}_{code}")) is not None
        ]

    def clean(self) -> dict[str, Any]:
        """Compare the lines with each other and with the standard ones that stay."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        lines = self.lines()
        if not lines:
            raise forms.ValidationError("Set at least one line, or use the standard lines")
        proposed = with_trust_lines(self.standard, lines, number=1, provenance=cleaned["provenance"])
        for phase in PHASES:
            for fault in faults_in(proposed, [phase]):
                first_set = next((code for code in LINES if cleaned.get(f"{phase}_{code}") is not None), LINES[0])
                self.add_error(f"{phase}_{first_set}", fault)
        return cleaned
