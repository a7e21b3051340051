from typing import Any

from django import forms

from trajectories.forms.judgements import LONGEST_REASON
from trajectories.models import LETTERS
from trajectories.rules.capacity import journeys
from trajectories.rules.rubric import standard_rubric

TAKE_BACK = "back"  # What the form sends to withdraw a decision: a radio button needs a value.


class PhaseDecisionForm(forms.Form):
    """The phase that a person decides a school is in. The action saves it."""

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
        help_text="Needed if you choose another phase. The school and the Board will read it. Do not name pupils.",
        error_messages={"max_length": f"Reason must be {LONGEST_REASON:,} characters or fewer"},
    )

    def __init__(self, *args: Any, proposed: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proposed = proposed
        self.fields["phase"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (phase, f"{phase.capitalize()} (proposed)" if phase == proposed else phase.capitalize())
            for phase in standard_rubric().phases
        ]

    def clean(self) -> dict[str, Any]:
        """Require a reason if the decision is not the proposal."""
        cleaned = super().clean() or {}
        if cleaned.get("phase") and cleaned["phase"] != self.proposed and not cleaned.get("reason"):
            self.add_error("reason", "Say why the school is not in the proposed phase")
        return cleaned


class JourneyDecisionForm(forms.Form):
    """The journey that a person decides a school is on, or the withdrawal of that decision. The action saves it."""

    letter = forms.ChoiceField(
        label="Which journey is the school on?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a journey", "invalid_choice": "Choose one of the journeys"},
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=LONGEST_REASON,
        help_text="What the published results do not show. The school and the Board will read it. Do not name pupils.",
        error_messages={
            "required": "Say why",
            "max_length": f"Reason must be {LONGEST_REASON:,} characters or fewer",
        },
    )

    def __init__(self, *args: Any, engine: str, decided: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        marks = {engine: " (Sightline’s answer)"} | ({decided: " (decided now)"} if decided else {})
        choices = [
            (
                letter,
                f"{letter}, {journeys()[letter].name.lower()}: {journeys()[letter].journey}{marks.get(letter, '')}",
            )
            for letter in LETTERS
        ]
        if decided:
            choices.append((TAKE_BACK, "Withdraw the decision and use Sightline’s answer again"))
        self.fields["letter"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean_letter(self) -> str:
        """Return the letter as the action takes it: empty to withdraw the decision."""
        letter: str = self.cleaned_data["letter"]
        return "" if letter == TAKE_BACK else letter
