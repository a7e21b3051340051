from typing import Any

from django import forms

from trajectories.forms.judgements import LONGEST_REASON
from trajectories.rules.phase import standard_rubric


class PhaseDecisionForm(forms.Form):
    """The phase a person decides a school to be in. Saving is the action's job."""

    phase = forms.ChoiceField(
        label="Which phase is the school in?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a phase", "invalid_choice": "Choose one of the four phases"},
    )
    reason = forms.CharField(
        label="Reason",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=LONGEST_REASON,
        help_text="Needed where you decide otherwise. The school and the Board read this. Name no pupil.",
        error_messages={"max_length": f"Keep the reason to {LONGEST_REASON:,} characters"},
    )

    def __init__(self, *args: Any, proposed: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proposed = proposed
        self.fields["phase"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (each, f"{each.capitalize()} (proposed)" if each == proposed else each.capitalize())
            for each in standard_rubric().phases
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for a reason where the decision is not the proposal."""
        cleaned = super().clean() or {}
        if cleaned.get("phase") and cleaned["phase"] != self.proposed and not cleaned.get("reason"):
            self.add_error("reason", "Say why the school is not in the proposed phase")
        return cleaned
