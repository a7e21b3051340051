"""Sharpening: what figures accepted during the year say of the result that is still to come.

Everything happens on normal scores of the national percentile, where a forecast is a mean and a spread. Absence moves
the mean; the school's own forecast is a second, independent reading, combined with the first by how sure each is. For
a given past of the school, a better figure never worsens the outlook: every weight is positive.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from statistics import NormalDist, fmean
from typing import Any

from kpis.rules.terms import label
from kpis.rules.wording import MINUS, join
from trajectories.rules import DATA
from trajectories.rules.measures import measures
from trajectories.rules.outlook import Driver, Forecast
from trajectories.rules.percentiles import Table, percentile_in, value_at

NORMAL = NormalDist()
EIGHTY = NORMAL.inv_cdf(0.9)  # Spreads either way that hold eight results in ten.
TERMS_IN_A_YEAR = 3
FIFTH = 20.0
DRIVERS_SHOWN = 3
LINE_FIELDS = {"floor": "p_below_floor", "coasting": "p_below_coasting", "average": "p_below_average"}
RATES = {"AB1": "Overall absence", "AB2": "Persistent absence"}  # The first that is held counts: they say the same.


@dataclass(frozen=True, kw_only=True)
class Rate:
    """One accepted rate of absence of one term, in percent, and that of the same term a year earlier."""

    indicator: str
    term: str
    now: float
    before: float


@dataclass(frozen=True, kw_only=True)
class OwnForecast:
    """What the school itself expects of the measure, as it said in one term's return; in the measure's unit."""

    term: str
    value: float


@dataclass(frozen=True, kw_only=True)
class PastForecast:
    """What the school said in the same term of an earlier year, and the result that was then published."""

    year: int
    said: float
    was: float


@dataclass(frozen=True, kw_only=True)
class InYear:
    """All that a school's accepted returns say about one measure of the year that is under way."""

    rates: tuple[Rate, ...] = ()
    own: OwnForecast | None = None
    past: tuple[PastForecast, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """How a school's forecasts have been, in normal scores: how far too hopeful, and how far they scatter."""

    bias: float
    spread: float
    pairs: int
    says: str


@dataclass(frozen=True, kw_only=True)
class Sharpened:
    """A forecast with the year's figures in it, and what each of them did.

    ``effects`` are in national percentile points and add up to the whole movement from ``before``, the forecast as
    published history alone makes it."""

    forecast: Forecast
    before: Forecast
    effects: tuple[Driver, ...] = ()
    reliability: Reliability | None = None


@cache
def early_warning() -> Mapping[str, Any]:
    """Return the numbers of early warning, as they stand in ``data/early_warning.toml``."""
    return tomllib.loads((DATA / "early_warning.toml").read_text(encoding="utf-8"))


def sharpen(
    forecast: Forecast,
    in_year: InYear,
    *,
    table: Table,
    lines: Mapping[str, float],
    decline: Callable[[float, float], float] | None = None,
) -> Sharpened:
    """Return a forecast with the accepted figures of the year worked in.

    ``table`` is the national table of the forecast's measure and year, ``lines`` the national percentile of each of
    Carter's lines in it. ``decline`` gives the probability of journey C, D or G for a result with a mean and spread
    in normal scores; without it that of the forecast is kept. With no figures the forecast stays as it is, to the
    last digit.

    Source: trajectories/README.md, rules W11 to W14.
    """
    if forecast.percentile is None or forecast.percentile_low80 is None or forecast.percentile_high80 is None:
        return Sharpened(forecast=forecast, before=forecast)
    low, mean, high = (
        score_of(each) for each in (forecast.percentile_low80, forecast.percentile, forecast.percentile_high80)
    )
    spread = (high - low) / (2 * EIGHTY)
    effects: list[Driver] = []
    if (moved := _by_absence(forecast.measure, in_year.rates)) is not None:
        shift, says = moved
        effects.append(_effect(says[0], mean, mean + shift, says[1]))
        mean += shift
    reliability = None
    if in_year.own is not None:
        reliability = reliability_of(in_year.past, table)
        before, (mean, spread) = mean, _combined(mean, spread, in_year.own, reliability, table)
        effects.append(_effect("The school’s own forecast", before, mean, _own_says(in_year.own, reliability, table)))
    if not effects:
        return Sharpened(forecast=forecast, before=forecast)
    ahead = _rewritten(forecast, mean, spread, table, lines)
    if decline is not None:
        ahead = replace(ahead, p_decline=round(decline(mean, spread), 4))
    drivers = sorted((*forecast.drivers, *effects), key=lambda each: -abs(each.effect))[:DRIVERS_SHOWN]
    return Sharpened(
        forecast=replace(ahead, drivers=tuple(drivers)),
        before=forecast,
        effects=tuple(effects),
        reliability=reliability,
    )


def score_of(percentile: float) -> float:
    """Return the normal score of a national percentile; the ends of the scale are kept finite.

    >>> score_of(50.0), round(score_of(97.5), 2), score_of(100.0) == score_of(99.9)
    (0.0, 1.96, True)
    """
    return NORMAL.inv_cdf(min(max(percentile, 0.1), 99.9) / 100)


def percentile_at(score: float) -> float:
    """Return the national percentile of a normal score."""
    return 100 * NORMAL.cdf(score)


def reliability_of(past: Sequence[PastForecast], table: Table) -> Reliability:
    """Return how far a school's forecasts have been from what was then published.

    All pairs are read in one national table, that of the year ahead: what counts is how far apart they were. With
    fewer than three pairs the cautious default holds, and is said.

    Source: trajectories/README.md, rule W13.
    """
    rule = early_warning()["own_forecast"]
    if len(past) < rule["needed"]:
        count = f"{len(past) or 'no'} earlier forecast{'' if len(past) == 1 else 's'}"
        says = f"There {'is' if len(past) == 1 else 'are'} {count} with a published result to judge by, and "
        says += f"{rule['needed']} are needed: it is taken as somewhat too hopeful and counts for little."
        return Reliability(bias=rule["bias"], spread=rule["spread"], pairs=len(past), says=says)
    errors = [_score_in(table, each.said) - _score_in(table, each.was) for each in past]
    bias, usual = fmean(errors), rule["usual_pairs"]
    squares = sum((each - bias) ** 2 for each in errors) + usual * rule["spread"] ** 2
    scatter = max((squares / (len(errors) - 1 + usual)) ** 0.5, rule["least_spread"])
    spread = scatter * (1 + 1 / len(errors)) ** 0.5  # The bias itself is known from these pairs only.
    return Reliability(bias=bias, spread=spread, pairs=len(errors), says=_record(past, table))


def _record(past: Sequence[PastForecast], table: Table) -> str:
    measure = measures()[table.measure]
    mean = fmean(each.said - each.was for each in past)
    over = (
        f"Over {len(past)} years ({join([label(year) for year in sorted(each.year for each in past)])}) its forecasts"
    )
    size = f"{abs(mean):.{measure.decimals}f}"
    if float(size) == 0:
        return f"{over} were right on average."
    unit = {"%": " percentage points", "points": " points"}.get(measure.unit, "")
    return f"{over} were {size}{unit} {'above' if mean > 0 else 'below'} the result on average: that is allowed for."


def _by_absence(code: str, rates: Sequence[Rate]) -> tuple[float, tuple[str, str]] | None:
    """Return how far absence moves the mean, in normal scores, with its name and sentence; None where it says nothing.

    Terms that are not in yet are taken to be as they were a year ago: one term of three moves a third.
    """
    known = early_warning()
    effects = known["effects"].get(code, {})
    for indicator, name in RATES.items():
        held = [each for each in rates if each.indicator == indicator]
        if held and indicator in effects:
            most = known["most_change"][indicator]
            change = fmean(max(-most, min(most, each.now - each.before)) for each in held)
            share = min(len(held), TERMS_IN_A_YEAR) / TERMS_IN_A_YEAR
            return effects[indicator]["per_point"] * change * share, (f"{name} this year", _rates_say(name, held))
    return None


def _rates_say(name: str, held: Sequence[Rate]) -> str:
    now, before = fmean(each.now for each in held), fmean(each.before for each in held)
    terms = held[0].term if len(held) == 1 else f"{held[0].term} to {held[-1].term}"
    change = round(now - before, 1)
    if change == 0:
        return f"{name} in {terms} was {now:.1f}%, as a year earlier."
    size = abs(change)
    points = f"{size:g} percentage point{'' if size == 1 else 's'}"
    return f"{name} in {terms} was {now:.1f}%, {points} {'more' if change > 0 else 'less'} than a year earlier."


def _combined(
    mean: float, spread: float, own: OwnForecast, reliability: Reliability, table: Table
) -> tuple[float, float]:
    """Combine two independent normal readings: each weighs as the inverse of its squared spread."""
    reading = _score_in(table, own.value) - reliability.bias
    first, second = spread**-2, reliability.spread**-2
    return (first * mean + second * reading) / (first + second), (first + second) ** -0.5


def _own_says(own: OwnForecast, reliability: Reliability, table: Table) -> str:
    return f"The school expected {_written(own.value, table)} in {own.term}. {reliability.says}"


def _effect(name: str, before: float, after: float, sentence: str) -> Driver:
    return Driver(name=name, effect=round(percentile_at(after) - percentile_at(before), 2), sentence=sentence)


def _rewritten(forecast: Forecast, mean: float, spread: float, table: Table, lines: Mapping[str, float]) -> Forecast:
    ends = {"_low80": mean - EIGHTY * spread, "": mean, "_high80": mean + EIGHTY * spread}
    percentiles = {f"percentile{end}": round(percentile_at(score), 2) for end, score in ends.items()}
    values = {
        name: round(value_at(table, percentile_at(ends[end])), 4)
        for name, end in (("low80", "_low80"), ("expected", ""), ("high80", "_high80"))
    }
    result = NormalDist(mean, spread)
    below = {field: round(result.cdf(score_of(lines[code])), 4) for code, field in LINE_FIELDS.items() if code in lines}
    fifth = round(result.cdf(score_of(FIFTH)), 4)
    changed: dict[str, Any] = {**percentiles, **values, **below, "p_bottom_fifth": fifth}
    return replace(forecast, **changed)


def _score_in(table: Table, value: float) -> float:
    return score_of(float(percentile_in(table, value)))


def _written(value: float, table: Table) -> str:
    measure = measures()[table.measure]
    return f"{value:.{measure.decimals}f}{'%' if measure.unit == '%' else ''}".replace("-", MINUS)
