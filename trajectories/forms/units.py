from typing import Any

from django import forms
from django.utils.html import format_html

from schools.models import School
from trajectories.forms.judgements import LONGEST_REASON
from trajectories.models import Unit
from trajectories.rules.areas import areas
from trajectories.rules.rubric import RubricLine
from trajectories.rules.units import unit_rubric

LONGEST_NAME = 60
TOO_LONG = f"Your answer must be {LONGEST_REASON:,} characters or fewer"


class UnitForm(forms.Form):
    """The name, kind and area of a unit. The action saves it."""

    name = forms.CharField(
        max_length=LONGEST_NAME,
        help_text="The school’s own name for it, such as Mathematics, Year 6 or Early years.",
        error_messages={"required": "Enter a name", "max_length": f"Name must be {LONGEST_NAME} characters or fewer"},
    )
    kind = forms.ChoiceField(
        choices=Unit.Kind.choices, widget=forms.RadioSelect, error_messages={"required": "Choose a kind"}
    )
    area = forms.ChoiceField(
        required=False,
        help_text="The unit’s phase then counts towards what the school can give or needs in that area.",
        error_messages={"invalid_choice": "Choose an area from the list"},
    )

    def __init__(self, *args: Any, school: School, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [(area.code, area.name) for area in areas().values() if area.in_phase(school.phase)]
        self.fields["area"].choices = [("", "None of these"), *own]  # type: ignore[attr-defined]  # a ChoiceField


class CloseUnitForm(forms.Form):
    """Why a unit is closed."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_REASON,
        help_text="The unit will leave the lists. Its judgements and phases will stay on its page.",
        error_messages={"required": "Say why it is closed", "max_length": TOO_LONG},
    )


class UnitJudgementForm(forms.Form):
    """One voice's judgement of a unit: a phase for each line that was seen, the reason and the evidence."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST_REASON,
        help_text="Say what you saw, where and when. Do not name pupils or members of staff.",
        error_messages={"required": "Say what you have seen that supports these phases", "max_length": TOO_LONG},
    )
    evidence = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_REASON,
        help_text="The books, visits, assessments or papers you looked at, with their dates.",
        error_messages={"max_length": TOO_LONG},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = {line.code: _line_field(line) for line in unit_rubric().lines}
        self.fields = {**lines, **self.fields}

    @property
    def levels(self) -> dict[str, str]:
        """Return the phase of each line that was seen."""
        codes = [line.code for line in unit_rubric().lines]
        return {code: self.cleaned_data[code] for code in codes if self.cleaned_data.get(code)}

    def clean(self) -> dict[str, Any]:
        """Require at least one line."""
        cleaned = super().clean() or {}
        if not self.levels:
            self.add_error(unit_rubric().lines[0].code, "Choose a phase for at least one line")
        return cleaned


def _line_field(line: RubricLine) -> forms.ChoiceField:
    phases = [
        (
            phase,
            format_html(
                '<strong>{}</strong> <span class="sl-reason">{}.</span>', phase.capitalize(), line.feature(phase)
            ),
        )
        for phase in unit_rubric().phases
    ]
    return forms.ChoiceField(
        label=line.name,
        required=False,
        choices=[("", "Not seen this time"), *phases],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choose one of the four phases, or “Not seen this time”"},
    )
