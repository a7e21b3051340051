"""Sharpening: what figures accepted during the year say about the result that is still to come.

Everything happens on normal scores of the national percentile, where a forecast is a mean and a spread. Absence moves
the mean. The school's own forecast is a second, independent reading, combined with the first according to how certain
each is. For a given past of the school, a better figure never worsens the outlook: every weight is positive.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, fmean
from typing import Any

from trajectories.rules.in_year_figures import (
    NORMAL,
    RATES,
    AbsenceRate,
    ForecastReliability,
    InYearFigures,
    SchoolForecast,
    early_warning,
    normal_score,
    normal_score_in,
    percentile_of_score,
    reliability_of,
)
from trajectories.rules.measures import measures
from trajectories.rules.outlook import Forecast, ForecastDriver
from trajectories.rules.percentiles import PercentileTable, value_at

EIGHTY = NORMAL.inv_cdf(0.9)  # Spreads on either side that contain eight results in ten.
TERMS_IN_A_YEAR = 3
FIFTH = 20.0
DRIVERS_SHOWN = 3
OWN = "The school’s own forecast"
LEAST_LEFT = 0.5  # The least share of a spread that remains, whatever another measure says.
LINE_FIELDS = {"floor": "p_below_floor", "coasting": "p_below_coasting", "average": "p_below_average"}


@dataclass(frozen=True, kw_only=True)
class SharpenedForecast:
    """A forecast that includes the year's figures, and what each of them did.

    ``effects`` are in national percentile points and add up to the whole movement from ``before``, the forecast from
    published history alone. ``own_says`` describes the school's own forecast and its record. ``shift`` and ``narrowed``
    are what it did to the mean and to the squared spread, in normal scores.
    """

    forecast: Forecast
    before: Forecast
    effects: tuple[ForecastDriver, ...] = ()
    reliability: ForecastReliability | None = None
    own_says: str = ""
    shift: float = 0.0
    narrowed: float = 0.0


def leads_first(forecasts: Iterable[Forecast]) -> list[Forecast]:
    """Return forecasts with those first that other forecasts depend on, as ``sharpen`` needs them."""
    leads = {link["from"] for link in early_warning()["carried"].values()}
    return sorted(forecasts, key=lambda forecast: forecast.measure not in leads)


def sharpen(
    forecast: Forecast,
    in_year: InYearFigures,
    *,
    table: PercentileTable,
    lines: Mapping[str, float],
    decline: Callable[[float, float], float | None] | None = None,
    others: Mapping[str, SharpenedForecast] | None = None,
) -> SharpenedForecast:
    """Return a forecast that includes the accepted figures of the year.

    ``table`` is the national table of the forecast's measure and year, ``lines`` the national percentile of each of
    Carter's lines in it. ``decline`` gives the probability of journey C, D or G for a result with a mean and spread in
    normal scores; without it the forecast's probability stays. ``others`` are the school's sharpened forecasts of other
    measures, by measure: news of Attainment 8 says something about Progress 8. Without figures the forecast stays
    exactly as it is.

    Source: trajectories/README.md, rules W12 to W14.
    """
    if forecast.percentile is None or forecast.percentile_low80 is None or forecast.percentile_high80 is None:
        return SharpenedForecast(forecast=forecast, before=forecast)
    low, first, high = (
        normal_score(value) for value in (forecast.percentile_low80, forecast.percentile, forecast.percentile_high80)
    )
    mean, spread = first, (high - low) / (2 * EIGHTY)
    effects: list[ForecastDriver] = []
    reliability, own_says, carried = None, "", _carried(forecast.measure, others or {})
    if (moved := _by_absence(forecast.measure, in_year.rates)) is not None:
        effects.append(_effect(moved.name, mean, mean + moved.shift, moved.sentence))
        mean += moved.shift
    before = mean, spread
    if in_year.own is not None:
        reliability = reliability_of(in_year.past, table)
        mean, spread = _combined(mean, spread, in_year.own, reliability, table)
        own_says = _own_says(in_year.own, reliability, table)
        effects.append(_effect(OWN, before[0], mean, own_says))
    elif carried is not None:
        mean += carried.shift
        spread = max(spread**2 - carried.narrowed, (LEAST_LEFT * spread) ** 2) ** 0.5
        effects.append(_effect(carried.name, before[0], mean, carried.sentence))
    if not effects:
        return SharpenedForecast(forecast=forecast, before=forecast)
    ahead = _rewritten(forecast, mean, spread, table, lines)
    if decline is not None and (declines := decline(mean, spread)) is not None:
        ahead = replace(ahead, p_decline=round(declines, 4))
    drivers = sorted((*forecast.drivers, *effects), key=lambda driver: -abs(driver.effect))[:DRIVERS_SHOWN]
    return SharpenedForecast(
        forecast=replace(ahead, drivers=tuple(drivers)),
        before=forecast,
        effects=tuple(effects),
        reliability=reliability,
        own_says=own_says,
        shift=mean - before[0],
        narrowed=before[1] ** 2 - spread**2,
    )


@dataclass(frozen=True, kw_only=True)
class _Move:
    name: str
    shift: float
    sentence: str
    narrowed: float = 0.0


def _by_absence(code: str, rates: Sequence[AbsenceRate]) -> _Move | None:
    """Return how far absence moves the mean, in normal scores, or None if there are no rates.

    Terms that are not in yet count as they were a year ago, so one term of three has a third of the effect.
    """
    known = early_warning()
    effects = known["effects"].get(code, {})
    for indicator, name in RATES.items():
        held = [rate for rate in rates if rate.indicator == indicator]
        if held and indicator in effects:
            most = known["most_change"][indicator]
            change = fmean(max(-most, min(most, rate.now - rate.before)) for rate in held)
            share = min(len(held), TERMS_IN_A_YEAR) / TERMS_IN_A_YEAR
            shift = effects[indicator]["per_point"] * change * share
            return _Move(name=f"{name} this year", shift=shift, sentence=_rates_say(name, held))
    return None


def _carried(code: str, others: Mapping[str, SharpenedForecast]) -> _Move | None:
    """Return what the school's own forecast of another measure says about this one, or None if there is not one."""
    link = early_warning()["carried"].get(code)
    lead = others.get(link["from"]) if link else None
    if link is None or lead is None or lead.reliability is None:
        return None
    name, times = measures()[link["from"]].name, link["times"]
    return _Move(
        name=f"The school’s own forecast of {name}",
        shift=times * lead.shift,
        narrowed=times**2 * lead.narrowed,
        sentence=f"{name}: {lead.own_says[0].lower()}{lead.own_says[1:]}",
    )


def _rates_say(name: str, held: Sequence[AbsenceRate]) -> str:
    now, before = fmean(rate.now for rate in held), fmean(rate.before for rate in held)
    terms = held[0].term if len(held) == 1 else f"{held[0].term} to {held[-1].term}"
    change = round(now - before, 1)
    if change == 0:
        return f"{name} in {terms} was {now:.1f}%, the same as a year earlier."
    size = abs(change)
    points = f"{size:g} percentage point{'' if size == 1 else 's'}"
    return f"{name} in {terms} was {now:.1f}%, {points} {'more' if change > 0 else 'less'} than a year earlier."


def _combined(
    mean: float, spread: float, own: SchoolForecast, reliability: ForecastReliability, table: PercentileTable
) -> tuple[float, float]:
    """Combine two independent normal readings, each weighted by the inverse of its squared spread."""
    reading = normal_score_in(table, own.value) - reliability.bias
    first, second = spread**-2, reliability.spread**-2
    return (first * mean + second * reading) / (first + second), (first + second) ** -0.5


def _own_says(own: SchoolForecast, reliability: ForecastReliability, table: PercentileTable) -> str:
    return f"The school expected {measures()[table.measure].written(own.value)} in {own.term}. {reliability.says}"


def _effect(name: str, before: float, after: float, sentence: str) -> ForecastDriver:
    moved = percentile_of_score(after) - percentile_of_score(before)
    size = f"{abs(moved):.1f}"
    if not float(size):
        return ForecastDriver(
            name=name, effect=round(moved, 2), sentence=f"{sentence} That does not change the expected result."
        )
    does = f"{'raises' if moved > 0 else 'lowers'} the expected result by {size} percentile points"
    return ForecastDriver(name=name, effect=round(moved, 2), sentence=f"{sentence} That {does}.")


def _rewritten(
    forecast: Forecast, mean: float, spread: float, table: PercentileTable, lines: Mapping[str, float]
) -> Forecast:
    ends = {"_low80": mean - EIGHTY * spread, "": mean, "_high80": mean + EIGHTY * spread}
    percentiles = {f"percentile{end}": round(percentile_of_score(score), 2) for end, score in ends.items()}
    values = {
        name: round(value_at(table, percentile_of_score(ends[end])), 4)
        for name, end in (("low80", "_low80"), ("expected", ""), ("high80", "_high80"))
    }
    result = NormalDist(mean, spread)
    below = {
        field: round(result.cdf(normal_score(lines[code])), 4) for code, field in LINE_FIELDS.items() if code in lines
    }
    fifth = round(result.cdf(normal_score(FIFTH)), 4)
    changed: dict[str, Any] = {**percentiles, **values, **below, "p_bottom_fifth": fifth}
    return replace(forecast, **changed)
