"""Check the terms of a school year that a person types."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms

from schools.rules.calendar import CalendarFault, TermPlan, calendar_faults, calendar_warnings
from schools.rules.terms import Period, TermOfYear
from trusts.forms import day_field

FIELDS = {
    "starts": "First day",
    "break_starts": "Half-term holiday, first day",
    "break_ends": "Half-term holiday, last day",
    "ends": "Last day",
    "due": "Returns due",
}
OPTIONAL = ("break_starts", "break_ends")


class CalendarForm(forms.Form):
    """The days of a school year's terms. Faults are refused; unusual days are saved after a confirmation.

    Terms can be added one by one: a term that is not in the calendar yet can be left empty.
    """

    anyway = forms.BooleanField(required=False, label="These days are correct")

    def __init__(
        self,
        school_year: int,
        plans: Sequence[TermPlan],
        others: Sequence[TermPlan],
        data: Mapping[str, Any] | None = None,
        *,
        in_calendar: Collection[TermOfYear | None] = (),
    ) -> None:
        super().__init__(data)
        self.school_year, self.others, self.in_calendar = school_year, others, in_calendar
        self.warnings: list[str] = []
        there = {plan.period.term: plan for plan in plans}
        for term in TermOfYear:
            for name, words in FIELDS.items():
                named = f"{Period(school_year, term).label.capitalize()}, {words[0].lower()}{words[1:]}"
                field = day_field(words, asked=f"{named}: enter a day", required=False)
                field.initial = getattr(there.get(term), name, None)
                self.fields[f"{term}_{name}"] = field

    @property
    def terms(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields by term."""
        return [
            (Period(self.school_year, term).label.capitalize(), [self[f"{term}_{name}"] for name in FIELDS])
            for term in TermOfYear
        ]

    def plans(self) -> list[TermPlan]:
        """Return the typed terms."""
        return [
            TermPlan(
                period=Period(self.school_year, term), **{name: self.cleaned_data[f"{term}_{name}"] for name in FIELDS}
            )
            for term in TermOfYear
            if not self._left_empty(term)
        ]

    def _left_empty(self, term: TermOfYear) -> bool:
        return term not in self.in_calendar and not any(self[f"{term}_{name}"].data for name in FIELDS)

    def _require_days(self) -> None:
        terms = [term for term in TermOfYear if not self._left_empty(term)]
        if not terms:
            self.add_error(None, "Enter the days of at least one term")
        for term in terms:
            for name in FIELDS:
                field = f"{term}_{name}"
                if name not in OPTIONAL and field not in self.errors and not self.cleaned_data[field]:
                    self.add_error(field, self.fields[field].error_messages["required"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._require_days()
        if self.errors:
            return cleaned
        self._hold(calendar_faults(self.plans(), self.others))
        if not self.errors:
            self.warnings = calendar_warnings(self.plans())
            if self.warnings and not cleaned["anyway"]:
                self.add_error("anyway", "Change the unusual days, or confirm that they are correct")
        return cleaned

    def _hold(self, faults: Sequence[CalendarFault]) -> None:
        for fault in faults:
            self.add_error(f"{fault.term}_{fault.field}", fault.message)
