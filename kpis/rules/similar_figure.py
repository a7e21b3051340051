"""One indicator among a school's similar schools, and which year is compared with the school's figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kpis.catalogue import Indicator
from kpis.catalogue.national_figures import ADDS_UP
from kpis.rules.figures_in_words import figure_in_words
from schools.rules.terms import school_year_label


@dataclass(frozen=True, kw_only=True)
class SimilarFigure:
    """One indicator among a school's similar schools in one school year, in the indicator's unit."""

    indicator: Indicator
    school_year: int
    median: Decimal
    lower: Decimal
    upper: Decimal
    count: int  # Similar schools with a figure.
    schools: int  # All similar schools.
    releases: tuple[str, ...]

    @property
    def value(self) -> str:
        return self._written(self.median)

    @property
    def quartiles(self) -> str:
        return f"{self._written(self.lower)} to {self._written(self.upper)}"

    @property
    def period(self) -> str:
        return school_year_label(self.school_year)

    @property
    def note(self) -> str:
        """Return the quartiles, the number of schools and the year, for the small print under a figure."""
        return f"Middle half {self.quartiles}; {self.count} of {self.schools} schools, {self.period}"

    @property
    def sentence(self) -> str:
        return (
            f"Among the {self.schools} schools most like this one, half of the {self.count} with a figure for "
            f"{self.period} have {self.value} or more, and the middle half have {self.quartiles}."
        )

    def _written(self, value: Decimal) -> str:
        return figure_in_words(value, self.indicator.unit, self.indicator.decimals)


def nearest_similar(
    figures: Mapping[int, SimilarFigure], *, school_year: int, whole_year: bool
) -> SimilarFigure | None:
    """Return the newest figure to compare with one of ``school_year``; never one of a later year.

    If terms add up to the year's figure, a whole year is not compared with one term.

    Source: trajectories/README.md, rule N7.
    """
    year = max((year_with_figure for year_with_figure in figures if year_with_figure <= school_year), default=None)
    if year is None or (not whole_year and figures[year].indicator.unit in ADDS_UP):
        return None
    return figures[year]
