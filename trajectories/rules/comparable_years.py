"""What is known about many schools: their comparable years, checked and laid out in arrays."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from trajectories.rules.journey_rules import JourneyRules
from trajectories.rules.shape import Floats

SCATTER_YEARS, SCATTER_SCHOOLS = 4, 100  # The fewest that show how results scatter.


@dataclass(frozen=True, kw_only=True)
class ComparableYears:
    """The comparable years of each school. Arrays have one row for each of ``schools``.

    ``percentiles`` and ``errors`` have one column for each calendar year, and every school's last known year is in the
    last column. Percentiles are NaN where nothing is known.
    """

    schools: list[int | str]
    known: pd.DataFrame  # The rows used, by year: school, year, percentile, standard_error, measure, estimated.
    latest: npt.NDArray[np.int64]  # The last known year. It has no meaning where nothing is known.
    percentiles: Floats
    errors: Floats


def comparable_years_of(
    history: pd.DataFrame, *, phase: str, cut_off: int, rules: JourneyRules, usual_error: float | None = None
) -> ComparableYears:
    """Check a history, keep the comparable years that count, and lay them out in arrays. No loop over schools.

    Source: trajectories/README.md, rules T1 and T2.

    Raises:
        ValueError: as for ``refuse_faults``, or the phase of education has no rules.
    """
    if phase not in rules.standard_error:
        raise ValueError(f"{phase!r} schools are not placed; the phases are {', '.join(rules.standard_error)}")
    refuse_faults(history)
    usual = rules.standard_error[phase] if usual_error is None else max(usual_error, rules.sharpest)
    given = history.assign(
        standard_error=history["standard_error"].astype(float).fillna(usual) if "standard_error" in history else usual,
        measure=history.get("measure"),
        estimated=history.get("estimated", False),
    )
    return _laid_out(given, cut_off, rules.oldest)


def usual_error_of(history: pd.DataFrame, *, years: int = 8) -> float | None:
    """Return the usual standard error of one year, from how schools scatter around their own straight lines.

    ``history`` is as ``place_schools`` takes it. The last ``years`` calendar years of each school count. The answer is
    that of the median school with at least four years, so that a few journeys with a bend do not matter. It is in
    percentile points, and None with fewer than 100 such schools.

    Source: trajectories/README.md, rule T2.

    >>> rows = [(school, year, 50.0) for school in range(100) for year in range(2016, 2020)]
    >>> history = pd.DataFrame(rows, columns=["school", "year", "percentile"])
    >>> usual_error_of(history), usual_error_of(history.head(40))
    (0.0, None)
    """
    refuse_faults(history)
    last = int(history["year"].max()) if len(history) else 0
    values = _laid_out(history.assign(standard_error=1.0), last, years).percentiles
    rows = values[(~np.isnan(values)).sum(axis=1) >= SCATTER_YEARS]
    if len(rows) < SCATTER_SCHOOLS:
        return None
    free = (~np.isnan(rows)).sum(axis=1) - 2
    time = np.where(np.isnan(rows), np.nan, np.arange(years))
    time = time - np.nanmean(time, axis=1, keepdims=True)
    rest = rows - np.nanmean(rows, axis=1, keepdims=True)
    slope = np.nansum(time * rest, axis=1) / np.nansum(time**2, axis=1)
    squares = np.nansum((rest - slope[:, None] * time) ** 2, axis=1)
    medians = free * (1 - 2 / (9 * free)) ** 3  # Medians of chi-squared, after Wilson and Hilferty.
    return float(np.sqrt(np.median(squares / medians)))


def refuse_faults(history: pd.DataFrame) -> None:
    """Refuse a history that cannot be placed, and name the row.

    Raises:
        ValueError: a column is missing, a school has a year twice, a percentile is not 0 to 100, or a standard error
            is not above 0.
    """
    missing = [column for column in ("school", "year", "percentile") if column not in history]
    if missing:
        raise ValueError(f"a history needs the columns {', '.join(missing)}")
    twice = history[history.duplicated(["school", "year"])]
    if len(twice):
        raise ValueError(f"two rows for school {twice['school'].iloc[0]} in {twice['year'].iloc[0]}")
    out = history[~history["percentile"].between(0, 100) & history["percentile"].notna()]
    if len(out):
        school, year, percentile = (out[name].iloc[0] for name in ("school", "year", "percentile"))
        raise ValueError(f"school {school} in {year}: {percentile} is not a percentile from 0 to 100")
    bad = history[history["standard_error"] <= 0] if "standard_error" in history else history.iloc[:0]
    if len(bad):
        raise ValueError(f"school {bad['school'].iloc[0]} in {bad['year'].iloc[0]}: a standard error must be above 0")


def _laid_out(history: pd.DataFrame, cut_off: int, oldest: int) -> ComparableYears:
    """Lay out the known rows up to ``cut_off`` that are less than ``oldest`` years older than the school's last row."""
    numbers, schools = pd.factorize(history["school"])
    years = history["year"].to_numpy(np.int64)
    values = history["percentile"].to_numpy(float)
    counts = ~np.isnan(values) & (years <= cut_off)
    latest = np.full(len(schools), -oldest)
    np.maximum.at(latest, numbers[counts], years[counts])
    counts &= years > latest[numbers] - oldest
    row, column = numbers[counts], (oldest - 1 - latest[numbers] + years)[counts]
    percentiles = np.full((len(schools), oldest), np.nan)
    errors = np.ones_like(percentiles)
    percentiles[row, column] = values[counts]
    errors[row, column] = history["standard_error"].to_numpy(float)[counts]
    rows: npt.NDArray[np.intp] = np.flatnonzero(counts)
    known = history.iloc[rows[np.argsort(years[rows], kind="stable")]]
    return ComparableYears(schools=list(schools), known=known, latest=latest, percentiles=percentiles, errors=errors)
