from typing import Any

from django import forms

from trajectories.forms.judgements import LONGEST_REASON
from trajectories.models import LETTERS
from trajectories.rules.capacity import journeys
from trajectories.rules.rubric import standard_rubric

TAKE_BACK = "back"  # What the form sends for taking a decision back: a radio button needs a value.


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


class JourneyDecisionForm(forms.Form):
    """The journey a person decides a school to be on, or that the engine's answer counts again."""

    letter = forms.ChoiceField(
        label="Which journey is the school on?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a journey", "invalid_choice": "Choose one of the journeys"},
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=LONGEST_REASON,
        help_text="What the published results do not say. The school and the Board read this. Name no pupil.",
        error_messages={
            "required": "Say why",
            "max_length": f"Keep the reason to {LONGEST_REASON:,} characters",
        },
    )

    def __init__(self, *args: Any, engine: str, decided: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        marks = {engine: " (the engine’s answer)"} | ({decided: " (decided now)"} if decided else {})
        choices = [
            (
                letter,
                f"{letter}, {journeys()[letter].name.lower()}: {journeys()[letter].journey}{marks.get(letter, '')}",
            )
            for letter in LETTERS
        ]
        if decided:
            choices.append((TAKE_BACK, "Take the decision back: the engine’s answer counts again"))
        self.fields["letter"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean_letter(self) -> str:
        """Return the letter as the action takes it: empty for taking the decision back."""
        letter: str = self.cleaned_data["letter"]
        return "" if letter == TAKE_BACK else letter
