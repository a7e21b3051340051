"""How often a person wants to be reminded."""

from collections.abc import Mapping
from typing import Any

from django import forms

from followup.rules.reminders import Pace

WORDS = {
    Pace.DAILY: "As things come up: at most one message a day",
    Pace.WEEKLY: "At most one message in seven days",
    Pace.OFF: "Not at all",
}


class PaceForm(forms.Form):
    """One of the three paces."""

    pace = forms.ChoiceField(
        label="How often do you want to be reminded?",
        choices=[(pace.value, words) for pace, words in WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how often", "invalid_choice": "Choose one of these"},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, now: Pace) -> None:
        super().__init__(data, initial={"pace": now.value})

    @property
    def words(self) -> str:
        """Say what was chosen, within a sentence."""
        said = WORDS[Pace(self.cleaned_data["pace"])]
        return said[0].lower() + said[1:]

    def refuse_off(self) -> None:
        """Say why reminders stay on."""
        self.add_error("pace", "You are the only one who can act on something here, so choose weekly at least")
