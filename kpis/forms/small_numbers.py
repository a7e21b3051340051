"""The form for the Board's decision about small numbers."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from kpis.catalogue import FigureSubject
from kpis.forms.indicator_set import reason_field
from kpis.rules.privacy import CHOSEN, HIDEABLE, MOST_HIDDEN, Audience, SmallNumberRules, rule_faults
from trusts.forms import day_field


class SmallNumbersForm(forms.Form):
    """From which count on each audience sees figures, by what they are about, with the day and the reason."""

    decided_on = day_field("Day of the Board’s decision", asked="Enter the day of the decision")
    reason = reason_field(help_text="This stays on record with the decision.")

    def __init__(self, *, now: SmallNumberRules, on: date, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.now, self.on = now, on
        for about in HIDEABLE:
            for audience in CHOSEN:
                self.fields[_name(about, audience)] = _number(audience.label, now.fewest_shown(about, audience))

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the numbers under what the figures are about."""
        return [(about.label, [self[_name(about, audience)] for audience in CHOSEN]) for about in HIDEABLE]

    @property
    def rules(self) -> SmallNumberRules:
        """Return the rules as typed. The form must be valid."""
        return SmallNumberRules(
            fewest={
                (about, audience): self.cleaned_data[_name(about, audience)]
                for about in HIDEABLE
                for audience in CHOSEN
            }
        )

    def clean_decided_on(self) -> date:
        decided: date = self.cleaned_data["decided_on"]
        if decided > self.on:
            raise forms.ValidationError("Enter today or an earlier day")
        return decided

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if not self.errors:
            rules = self.rules
            for (about, audience), message in rule_faults(rules):
                self.add_error(_name(about, audience), message)
            if rules == self.now:
                self.add_error(None, "Nothing has changed: change a number, or cancel")
        return typed


def _name(about: FigureSubject, audience: Audience) -> str:
    return f"{about.value}_{audience.value}"


def _number(label: str, now: int) -> forms.IntegerField:
    asked = f"Enter a whole number from 1 to {MOST_HIDDEN}"
    messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), asked)
    return forms.IntegerField(
        label=label,
        initial=now,
        min_value=1,
        max_value=MOST_HIDDEN,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-2"}),
        error_messages=messages,
    )
