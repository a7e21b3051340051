"""The school years and terms of the demonstration, as seen on one day."""

from dataclasses import dataclass, field
from datetime import date

from schools.rules.calendar import usual_plan
from schools.rules.terms import Period, TermOfYear, term_on

YEARS_OF_HISTORY = 5


@dataclass
class StoryCalendar:
    """The school years and terms of the demonstration, as seen on one day."""

    on: date
    current: Period = field(init=False)
    past: list[Period] = field(init=False)

    def __post_init__(self) -> None:
        self.current = term_on(self.on)
        if usual_plan(self.current).starts > self.on:  # The first day is a bank holiday, so the term has not started.
            self.current = self.current.previous()
        self.past = [self.current.previous()]
        first = self.current.school_year - YEARS_OF_HISTORY
        while self.past[0].previous().school_year >= first:
            self.past.insert(0, self.past[0].previous())

    @property
    def later(self) -> list[Period]:
        """Return the terms of the current school year that are still to come."""
        year = [Period(self.current.school_year, term) for term in TermOfYear]
        return [period for period in year if period.order > self.current.order]

    @property
    def result_years(self) -> list[int]:
        return list(range(self.current.school_year - YEARS_OF_HISTORY, self.current.school_year))
