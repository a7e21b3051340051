"""What a school's accepted returns say about the current year, and how good its forecasts have been."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist, fmean
from typing import Any

from schools.rules.terms import school_year_label
from tables.word_lists import join_in_words
from trajectories.rules import DATA
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import PercentileTable, percentile_in

NORMAL = NormalDist()
RATES = {
    "AB1": "Overall absence",
    "AB2": "Persistent absence",
}  # The first that a school has counts: both say the same.


@dataclass(frozen=True, kw_only=True)
class AbsenceRate:
    """One accepted rate of absence of one term, in per cent, with that of the same term a year earlier."""

    indicator: str
    term: str
    now: float
    before: float


@dataclass(frozen=True, kw_only=True)
class SchoolForecast:
    """What the school itself expects of the measure, from one term's return, in the measure's unit."""

    term: str
    value: float


@dataclass(frozen=True, kw_only=True)
class PastSchoolForecast:
    """What the school expected in the same term of an earlier year, and the result that was then published."""

    year: int
    expected: float
    was: float


@dataclass(frozen=True, kw_only=True)
class InYearFigures:
    """What a school's accepted returns say about one measure of the current year."""

    rates: tuple[AbsenceRate, ...] = ()
    own: SchoolForecast | None = None
    past: tuple[PastSchoolForecast, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ForecastReliability:
    """How good a school's forecasts have been, in normal scores: how far too hopeful, and how far they scatter."""

    bias: float
    spread: float
    pairs: int
    says: str


@cache
def early_warning() -> Mapping[str, Any]:
    """Return the numbers of early warning from ``data/early_warning.toml``."""
    return tomllib.loads((DATA / "early_warning.toml").read_text(encoding="utf-8"))


def normal_score(percentile: float) -> float:
    """Return the normal score of a national percentile. The ends of the scale stay finite.

    >>> normal_score(50.0), round(normal_score(97.5), 2), normal_score(100.0) == normal_score(99.9)
    (0.0, 1.96, True)
    """
    return NORMAL.inv_cdf(min(max(percentile, 0.1), 99.9) / 100)


def percentile_of_score(score: float) -> float:
    """Return the national percentile of a normal score."""
    return 100 * NORMAL.cdf(score)


def normal_score_in(table: PercentileTable, value: float) -> float:
    """Return the normal score of a value in a national table."""
    return normal_score(float(percentile_in(table, value)))


def reliability_of(past: Sequence[PastSchoolForecast], table: PercentileTable) -> ForecastReliability:
    """Return how far a school's forecasts have been from what was then published.

    All pairs are read in one national table, that of the year ahead, because what counts is how far apart they were.
    With fewer than three pairs the cautious default applies, and ``says`` says so.

    Source: trajectories/README.md, rule W13.
    """
    rule = early_warning()["own_forecast"]
    if len(past) < rule["needed"]:
        count = {0: "None of its earlier forecasts has", 1: "Only 1 of its earlier forecasts has"}.get(len(past))
        says = f"{count or f'Only {len(past)} of its earlier forecasts have'} a published result to compare with, and "
        says += f"{rule['needed']} are needed. Sightline treats this forecast as somewhat too hopeful and gives it "
        says += "little weight."
        return ForecastReliability(bias=rule["bias"], spread=rule["spread"], pairs=len(past), says=says)
    errors = [normal_score_in(table, pair.expected) - normal_score_in(table, pair.was) for pair in past]
    bias, usual = fmean(errors), rule["usual_pairs"]
    squares = sum((error - bias) ** 2 for error in errors) + usual * rule["spread"] ** 2
    scatter = max((squares / (len(errors) - 1 + usual)) ** 0.5, rule["least_spread"])
    spread = scatter * (1 + 1 / len(errors)) ** 0.5  # The bias itself is known only from these pairs.
    return ForecastReliability(bias=bias, spread=spread, pairs=len(errors), says=_record(past, table))


def _record(past: Sequence[PastSchoolForecast], table: PercentileTable) -> str:
    measure = measures()[table.measure]
    mean = fmean(pair.expected - pair.was for pair in past)
    years = join_in_words([school_year_label(year) for year in sorted(pair.year for pair in past)])
    over = f"Over {len(past)} years ({years}) its forecasts"
    size = f"{abs(mean):.{measure.decimals}f}"
    if float(size) == 0:
        return f"{over} were right on average."
    unit = {"%": " percentage point", "points": " point"}.get(measure.unit, "")
    far = size + unit + ("s" if unit and float(size) != 1 else "")
    return f"{over} were on average {far} {'above' if mean > 0 else 'below'} the result. Sightline allows for that."
