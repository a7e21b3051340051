"""What a school's accepted returns say of the year that is under way, and how its forecasts have been."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist, fmean
from typing import Any

from kpis.rules.wording import join
from schools.rules.terms import label
from trajectories.rules import DATA
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import Table, percentile_in

NORMAL = NormalDist()
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


@cache
def early_warning() -> Mapping[str, Any]:
    """Return the numbers of early warning, as they stand in ``data/early_warning.toml``."""
    return tomllib.loads((DATA / "early_warning.toml").read_text(encoding="utf-8"))


def score_of(percentile: float) -> float:
    """Return the normal score of a national percentile; the ends of the scale are kept finite.

    >>> score_of(50.0), round(score_of(97.5), 2), score_of(100.0) == score_of(99.9)
    (0.0, 1.96, True)
    """
    return NORMAL.inv_cdf(min(max(percentile, 0.1), 99.9) / 100)


def percentile_at(score: float) -> float:
    """Return the national percentile of a normal score."""
    return 100 * NORMAL.cdf(score)


def score_in(table: Table, value: float) -> float:
    """Return the normal score of a value in a national table."""
    return score_of(float(percentile_in(table, value)))


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
    errors = [score_in(table, each.said) - score_in(table, each.was) for each in past]
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
    unit = {"%": " percentage point", "points": " point"}.get(measure.unit, "")
    far = size + unit + ("s" if unit and float(size) != 1 else "")
    return f"{over} were {far} {'above' if mean > 0 else 'below'} the result on average: that is allowed for."
