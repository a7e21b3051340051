"""A forecast and the result that it forecast, side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from schools.rules.terms import school_year_label
from trajectories.rules.measures import measures


@dataclass(frozen=True, kw_only=True)
class ForecastResult:
    """One forecast of one school whose result is known. Both are of the same measure and the same school year.

    ``expected``, ``low80``, ``high80`` and ``was`` are in the measure's unit, the percentiles as they were when the
    forecast was made. ``made_on`` is a date (2026-11-20), ``known_to`` the last school year whose results the forecast
    used.
    """

    measure: str
    year: int
    made_on: str
    known_to: int
    expected: float
    low80: float
    high80: float
    percentile: float
    percentile_low80: float
    percentile_high80: float
    was: float
    release: str

    @property
    def difference(self) -> float:
        """Return the result less the forecast, as printed: above 0 the result was higher."""
        return self._printed(self._printed(self.was) - self._printed(self.expected))

    @property
    def place(self) -> str:
        """Return where the result was: "within" the likely range, "above" it or "below" it, by the printed figures."""
        was = self._printed(self.was)
        if was > self._printed(self.high80):
            return "above"
        return "below" if was < self._printed(self.low80) else "within"

    @property
    def name(self) -> str:
        return measures()[self.measure].name

    @property
    def when(self) -> str:
        return school_year_label(self.year)

    @property
    def made_on_day(self) -> date:
        return date.fromisoformat(self.made_on)

    @property
    def expected_written(self) -> str:
        return measures()[self.measure].written(self.expected)

    @property
    def range_written(self) -> str:
        known = measures()[self.measure]
        return f"{known.written(self.low80)} to {known.written(self.high80)}"

    @property
    def was_written(self) -> str:
        return measures()[self.measure].written(self.was)

    @property
    def sentence(self) -> str:
        """Say what was expected, what the result was, and how they compare."""
        known = measures()[self.measure]
        return (
            f"{known.name} in {school_year_label(self.year)}: {known.written(self.expected)} was expected, likely "
            f"between {known.written(self.low80)} and {known.written(self.high80)}. The result was "
            f"{known.written(self.was)}, {self.place} the likely range and {self.compared}."
        )

    @property
    def compared(self) -> str:
        """Say by how much the result was higher or lower than expected."""
        if not self.difference:
            return "as expected"
        direction = "higher" if self.difference > 0 else "lower"
        return f"{size_in_words(self.measure, self.difference)} {direction} than expected"

    def _printed(self, value: float) -> float:
        return round(value, measures()[self.measure].decimals) + 0.0  # Without a minus before zero.


def size_in_words(measure: str, difference: float) -> str:
    """Write the size of a difference with its unit, without its sign.

    >>> size_in_words("PTRWM_EXP", -4.0), size_in_words("ATT8SCR", 1.25), size_in_words("P8MEA", 0.1)
    ('4 percentage points', '1.2 points', '0.10')
    """
    known = measures()[measure]
    units = {"%": "percentage point", "points": "point", "percentile": "percentile point"}
    number, unit = f"{abs(difference):.{known.decimals}f}", units.get(known.unit)
    return number if unit is None else f"{number} {unit}{'' if float(number) == 1 else 's'}"


FIELDS = ("expected", "low80", "high80", "percentile", "percentile_low80", "percentile_high80")


def forecast_results(
    forecasts: Iterable[Mapping[str, Any]], results: Mapping[tuple[str, int], tuple[float, str]]
) -> list[ForecastResult]:
    """Return the forecasts of one school whose result is known, with that result, by measure and year.

    ``forecasts`` has ``measure, year, made_on, known_to`` and the six numbers of each forecast, in the order in which
    they were made. ``results`` has the value and the release of each known result by measure and year. Of several
    forecasts of one result the last counts, because it used the most. A forecast that already used results of its own
    year does not count, and a forecast is never compared with another measure.

    Source: trajectories/README.md, rule W16.
    """
    found: dict[tuple[str, int], ForecastResult] = {}
    for forecast in forecasts:
        about = (forecast["measure"], forecast["year"])
        known = all(forecast[name] is not None for name in (*FIELDS, "known_to"))
        if about in results and known and forecast["known_to"] < forecast["year"]:
            was, release = results[about]
            found[about] = ForecastResult(**forecast, was=was, release=release)
    return [found[about] for about in sorted(found)]


@dataclass(frozen=True, kw_only=True)
class ForecastSummary:
    """How reliable the forecasts of one measure were, over several schools and years."""

    measure: str
    forecasts: int
    within: int
    above: int  # Above the likely range.
    below: int
    higher: int  # Results higher than expected, within the range or not.
    lower: int
    mean_difference: float  # In the measure's unit; above 0: the results were higher than expected.
    mean_size: float  # The mean difference without its sign.

    @property
    def name(self) -> str:
        return measures()[self.measure].name

    @property
    def on_average(self) -> str:
        """Say by how much the results were higher or lower than expected on average."""
        size = size_in_words(self.measure, self.mean_difference)
        if not float(f"{self.mean_difference:.{measures()[self.measure].decimals}f}"):
            return "as expected"
        return f"{size} {'higher' if self.mean_difference > 0 else 'lower'}"

    @property
    def usual_miss(self) -> str:
        """Write the mean difference without its sign."""
        return size_in_words(self.measure, self.mean_size)


def summary_of(found: Sequence[ForecastResult]) -> list[ForecastSummary]:
    """Return one summary for each measure, in the order in which measures first come."""
    by_measure: dict[str, list[ForecastResult]] = {}
    for row in found:
        by_measure.setdefault(row.measure, []).append(row)
    return [_summary(measure, rows) for measure, rows in by_measure.items()]


def _summary(measure: str, rows: Sequence[ForecastResult]) -> ForecastSummary:
    places = [row.place for row in rows]
    differences = [row.difference for row in rows]
    return ForecastSummary(
        measure=measure,
        forecasts=len(rows),
        within=places.count("within"),
        above=places.count("above"),
        below=places.count("below"),
        higher=sum(difference > 0 for difference in differences),
        lower=sum(difference < 0 for difference in differences),
        mean_difference=sum(differences) / len(rows),
        mean_size=sum(map(abs, differences)) / len(rows),
    )
