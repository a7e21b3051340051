"""Outlook: the forecast of a school's next result, how certain it is, and what moved it."""

from dataclasses import dataclass

from trajectories.rules.measures import measures

FURTHEST = 4  # The most years ahead for which forecasts were tested.


@dataclass(frozen=True, kw_only=True)
class ForecastDriver:
    """One thing that moved a forecast away from the national middle, and by how much.

    ``effect`` is in national percentile points: above 0 it raised the expected result, below 0 it lowered it.
    """

    name: str
    effect: float
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The forecast for one school, one measure and one year, or why there is not one.

    ``expected``, ``low80`` and ``high80`` are in the measure's own unit. The three percentiles are national and 100 is
    best. Eight results in ten fall within the interval. The ``p_below_`` fields are the probabilities that the result
    is below the line, ``p_decline`` that the school would then be placed on journey C, D or G, and ``p_bottom_fifth``
    that the result is in the lowest fifth nationally. All are None, and ``drivers`` is empty, if there is no forecast;
    ``reason`` then says why.
    """

    urn: int
    measure: str
    year: int
    expected: float | None = None
    low80: float | None = None
    high80: float | None = None
    percentile: float | None = None
    percentile_low80: float | None = None
    percentile_high80: float | None = None
    p_below_floor: float | None = None
    p_below_coasting: float | None = None
    p_below_average: float | None = None
    p_decline: float | None = None
    p_bottom_fifth: float | None = None
    drivers: tuple[ForecastDriver, ...] = ()
    reason: str = ""


def next_year(latest: int, *, now: int, measure: str) -> int:
    """Return the school year to forecast, from the latest year with results and the current school year.

    It is the current year. If the latest results are too old for that, it is the first later year in which results were
    published, so that the forecast is never further ahead than was tested. The page then says that Sightline does not
    have later results.

    Source: trajectories/README.md, rule W11.

    >>> next_year(2026, now=2027, measure="ATT8SCR"), next_year(2019, now=2027, measure="ATT8SCR")
    (2027, 2022)
    """
    if now - latest <= FURTHEST:
        return now
    return next(year for year in range(latest + 1, now + 1) if measures()[measure].is_published(year))
