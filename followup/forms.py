"""Let a person choose how often they get reminders."""

from collections.abc import Mapping
from typing import Any

from django import forms

from followup.rules.reminders import Pace

WORDS = {
    Pace.DAILY: "When you have a new task: at most one email a day",
    Pace.WEEKLY: "At most one email in 7 days",
    Pace.OFF: "Not at all",
}


class PaceForm(forms.Form):
    """One of the three paces."""

    pace = forms.ChoiceField(
        label="How often would you like reminders?",
        choices=[(pace.value, words) for pace, words in WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how often you want reminders", "invalid_choice": "Choose one of these"},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, now: Pace) -> None:
        super().__init__(data, initial={"pace": now.value})

    @property
    def words(self) -> str:
        """Return the choice in words, to continue a sentence."""
        words = WORDS[Pace(self.cleaned_data["pace"])]
        return words[0].lower() + words[1:]

    def refuse_off(self) -> None:
        """Add the error that says why reminders stay on."""
        self.add_error("pace", "Choose weekly instead: nobody else can do one of your tasks")
