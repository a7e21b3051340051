"""What the engine knows about each published measure: name, unit, direction, phases, years without figures."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from kpis.rules.figures_in_words import MINUS
from trajectories.rules import DATA


@dataclass(frozen=True, kw_only=True)
class PublishedMeasure:
    """One published measure, by the Department for Education's column name."""

    code: str
    name: str
    unit: str
    phases: tuple[str, ...]  # Phases of education whose schools are compared on this measure.
    decimals: int
    not_published: tuple[int, ...] = ()  # School years, as the year they end in.
    first_year: int = 0  # The measure did not exist before this year.
    lowest: float | None = None
    highest: float | None = None
    average: float | None = None  # Fixed by the measure's definition.
    lower_is_better: bool = False
    made_from: tuple[str, ...] = ()  # The measures whose mean percentile this measure is.

    def is_published(self, year: int) -> bool:
        """Return whether schools' figures were published for the school year that ends in ``year``."""
        return year >= self.first_year and year not in self.not_published

    def written(self, value: float) -> str:
        """Return a figure as a page prints it, with its percent sign."""
        rounded = round(value, self.decimals) + 0.0  # Never a negative zero.
        return f"{rounded:.{self.decimals}f}{'%' if self.unit == '%' else ''}".replace("-", MINUS)


@cache
def measures() -> Mapping[str, PublishedMeasure]:
    """Return every measure that the engine knows, by code.

    >>> [measures()["P8MEA"].is_published(year) for year in (2015, 2016, 2025)]
    [False, True, False]
    """
    data = tomllib.loads((DATA / "measures.toml").read_text(encoding="utf-8"))
    lists = ("phases", "not_published", "made_from")
    return {
        code: PublishedMeasure(code=code, **row | {name: tuple(row.get(name, ())) for name in lists})
        for code, row in data.items()
    }


def years_without_results(years: Iterable[int]) -> tuple[int, ...]:
    """Return those of some school years, in order, for which no school's results of any kind were published.

    They are the years from 2016 without a published measure of attainment or progress; absence is not a result.

    Source: trajectories/README.md, rule S3.

    >>> years_without_results([2018, 2019, 2020, 2021, 2022, 2025])
    (2020, 2021)
    """
    results = [measure for measure in measures().values() if not measure.lower_is_better]
    started = min(measure.first_year for measure in results if measure.first_year)
    return tuple(
        year
        for year in sorted(set(years))
        if year >= started and not any(measure.is_published(year) for measure in results)
    )
