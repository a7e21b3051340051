"""A forecast and the result that it forecast, side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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

    def _printed(self, value: float) -> float:
        return round(value, measures()[self.measure].decimals) + 0.0  # Without a minus before zero.


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
    """How near the forecasts of one measure were to their results, over several schools and years."""

    measure: str
    forecasts: int
    within: int
    above: int  # Above the likely range.
    below: int
    higher: int  # Results higher than expected, within the range or not.
    lower: int
    mean_difference: float  # In the measure's unit; above 0: the results were higher than expected.
    mean_size: float  # The mean difference without its sign.


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
