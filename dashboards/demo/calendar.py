"""The school years, terms and days that the demonstration is about, as seen on one day."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from kpis.rules.terms import Period, term_on, usual_starts

YEARS_OF_HISTORY = 5


@dataclass
class Calendar:
    """The school years, terms and days that the demonstration is about, as seen on one day."""

    on: date
    current: Period = field(init=False)
    past: list[Period] = field(init=False)

    def __post_init__(self) -> None:
        self.current = term_on(self.on)
        self.past = [self.current.previous()]
        first = self.current.school_year - YEARS_OF_HISTORY
        while self.past[0].previous().school_year >= first:
            self.past.insert(0, self.past[0].previous())

    @property
    def result_years(self) -> list[int]:
        return list(range(self.current.school_year - YEARS_OF_HISTORY, self.current.school_year))

    def days(self, period: Period) -> tuple[date, date, date]:
        """Return the first day, the last day and the day returns are due."""
        starts = usual_starts(period.school_year)
        number = period.term.number if period.term else 1
        after = date(period.school_year, 7, 22) if number == 3 else starts[2 * number + 1] - timedelta(days=10)
        return starts[2 * number - 1], after, after - timedelta(days=7)
