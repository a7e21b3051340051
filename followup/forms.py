"""Let a person choose how often they get reminders, and who gets them while they are away."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms

from followup.rules.reminders import Pace
from trusts.forms import day_field
from trusts.models import User

WORDS = {
    Pace.DAILY: "When you have a new task: at most one email a day",
    Pace.WEEKLY: "At most one email in 7 days",
    Pace.OFF: "Not at all",
}


LONGEST_AWAY = timedelta(days=366)


class CoverForm(forms.Form):
    """Say from when to when a headteacher is away, and who is told in their place."""

    deputy = forms.ChoiceField(
        label="Who do we tell instead?",
        help_text="Somebody who fills in your school’s return. Their role does not change.",
        error_messages={"required": "Choose who we tell instead", "invalid_choice": "Choose one of these people"},
    )
    starts_date = day_field("First day away", asked="Enter your first day away")
    ends_date = day_field("Last day away", asked="Enter your last day away")

    def __init__(self, data: Mapping[str, Any] | None = None, *, people: Sequence[User], today: date) -> None:
        super().__init__(data)
        self.people, self.today = {str(person.pk): person for person in people}, today
        choices = [("", "Choose a person"), *((pk, person.name) for pk, person in self.people.items())]
        self.fields["deputy"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        first, last = cleaned.get("starts_date"), cleaned.get("ends_date")
        if first and last:
            if last < first or last < self.today:
                self.add_error("ends_date", "The last day must be today or later, and not before the first day")
            elif last - first > LONGEST_AWAY:
                self.add_error("ends_date", "The last day can be a year after the first at the latest")
        if deputy := cleaned.get("deputy"):
            cleaned["deputy"] = self.people[deputy]
        return cleaned


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
