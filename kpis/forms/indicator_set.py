"""What the trust's returns ask, as it is chosen on the page."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from schools.models import School
from trusts.forms import day_field

REASON_LENGTH = 1000


def reason_field(*, help_text: str = "It stands beside the indicator for good.") -> forms.CharField:
    """Return a field for the reason of a change."""
    return forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=REASON_LENGTH,
        label="Reason",
        help_text=help_text,
        error_messages={"required": "Say why", "max_length": f"Shorten the reason to {REASON_LENGTH:,} characters"},
    )


class IndicatorChoiceForm(forms.Form):
    """Whether all schools are asked an indicator, from which day on, and why."""

    is_asked = forms.TypedChoiceField(
        widget=forms.RadioSelect,
        label="Do returns ask it?",
        choices=[("yes", "Yes, of every school it applies to"), ("no", "No, of no school")],
        coerce=lambda said: said == "yes",
        error_messages={"required": "Choose whether returns ask it"},
    )
    from_date = day_field(
        "From",
        asked="Enter the first day",
        help_text="Returns of terms that begin on this day or later. Opened returns keep their lines.",
    )
    reason = reason_field()

    def __init__(self, *, on: date, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, prefix="trust")
        self.on = on

    def clean_from_date(self) -> date:
        chosen: date = self.cleaned_data["from_date"]
        if chosen < self.on:
            raise forms.ValidationError("Enter today or a later day: earlier returns were made without this change")
        return chosen


class SchoolChoiceForm(forms.Form):
    """A school that is spared an indicator for a time, or asked it again, and why."""

    school = forms.TypedChoiceField(
        coerce=int,
        label="School",
        error_messages={"required": "Choose the school", "invalid_choice": "Choose a school"},
    )
    is_asked = forms.TypedChoiceField(
        widget=forms.RadioSelect,
        label="What changes",
        choices=[("no", "Switch it off for this school"), ("yes", "Ask it again")],
        coerce=lambda said: said == "yes",
        error_messages={"required": "Choose what changes"},
    )
    from_date = day_field(
        "From",
        asked="Enter the first day",
        help_text="Returns of terms that begin on this day or later, where they are not opened yet.",
    )
    until_date = day_field(
        "Until", asked="Enter the last day", required=False, help_text="Leave empty for until further notice"
    )
    reason = reason_field()

    def __init__(self, schools: Sequence[School], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, prefix="school")
        self.schools = {each.pk: each for each in schools}
        field = self.fields["school"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose a school"), *((each.pk, each.name) for each in schools)]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        begins, ends = said.get("from_date"), said.get("until_date")
        if ends and said.get("is_asked"):
            self.add_error("until_date", "Leave the last day empty: it is asked again until further notice")
        elif begins and ends and ends < begins:
            self.add_error("until_date", "Enter a last day that is not before the first")
        return said
