"""The forms that choose what the trust's returns ask for."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from schools.models import School
from trusts.forms import day_field

REASON_LENGTH = 1000


def reason_field(*, help_text: str = "This stays on record with the indicator.") -> forms.CharField:
    """Return a field for the reason for a change."""
    return forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=REASON_LENGTH,
        label="Reason",
        help_text=help_text,
        error_messages={"required": "Say why", "max_length": f"Shorten the reason to {REASON_LENGTH:,} characters"},
    )


class IndicatorChoiceForm(forms.Form):
    """Ask all schools for an indicator, or stop asking, from a date and with a reason."""

    is_asked = forms.TypedChoiceField(
        widget=forms.RadioSelect,
        label="Do returns ask for this indicator?",
        choices=[("yes", "Yes, from every school it applies to"), ("no", "No, not from any school")],
        coerce=lambda answer: answer == "yes",
        error_messages={"required": "Choose whether returns ask for this indicator"},
    )
    from_date = day_field(
        "From",
        asked="Enter the first day",
        help_text="For returns of terms that begin on this date or later. Opened returns do not change.",
    )
    reason = reason_field()

    def __init__(self, *, on: date, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, prefix="trust")
        self.on = on

    def clean_from_date(self) -> date:
        chosen: date = self.cleaned_data["from_date"]
        if chosen < self.on:
            raise forms.ValidationError("Enter today or a later date: you cannot change earlier returns")
        return chosen


class SchoolChoiceForm(forms.Form):
    """Stop asking one school for an indicator for a time, or ask again, with a reason."""

    school = forms.TypedChoiceField(
        coerce=int,
        label="School",
        error_messages={"required": "Choose the school", "invalid_choice": "Choose a school"},
    )
    is_asked = forms.TypedChoiceField(
        widget=forms.RadioSelect,
        label="What changes",
        choices=[("no", "Stop asking this school"), ("yes", "Ask this school again")],
        coerce=lambda answer: answer == "yes",
        error_messages={"required": "Choose what changes"},
    )
    from_date = day_field(
        "From",
        asked="Enter the first day",
        help_text="For returns of terms that begin on this date or later. Opened returns do not change.",
    )
    until_date = day_field("Until", asked="Enter the last day", required=False, help_text="Leave empty for no end date")
    reason = reason_field()

    def __init__(self, schools: Sequence[School], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, prefix="school")
        self.schools = {school.pk: school for school in schools}
        field = self.fields["school"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose a school"), *((school.pk, school.name) for school in schools)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        begins, ends = cleaned.get("from_date"), cleaned.get("until_date")
        if ends and cleaned.get("is_asked"):
            self.add_error("until_date", "Leave the last day empty: asking again has no end date")
        elif begins and ends and ends < begins:
            self.add_error("until_date", "The last day must be the same as or after the first day")
        return cleaned
