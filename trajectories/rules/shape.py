"""The shape of a school's history: level, slope and turn, for many schools at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class HistoryShapes:
    """Level, slope and turn of each school. Every field is an array with one entry for each school.

    Levels are in percentile points, slopes in percentile points a year. ``before`` and ``after`` are the slopes of the
    two halves of the period, ``end`` is the fitted percentile in the last comparable year. Each ``_se`` is a standard
    error in the same unit.
    """

    years: npt.NDArray[np.int64]
    level: Floats
    level_se: Floats
    slope: Floats
    slope_se: Floats
    before: Floats
    after: Floats
    turn: Floats
    turn_se: Floats
    end: Floats


def shapes_of(years: npt.ArrayLike, percentiles: npt.ArrayLike, standard_errors: npt.ArrayLike) -> HistoryShapes:
    """Fit level, slope and turn to every school's percentiles by weighted least squares.

    ``years`` has one entry for each column. ``percentiles`` and ``standard_errors`` are schools by years, with NaN
    where nothing was published. Such a year has no weight, but its time still counts: slopes are per calendar year.
    The weight of a year is the inverse of its squared standard error. The turn is the difference between the slopes of
    a line with one bend at the middle of the school's own period. Schools with fewer than three years get NaN
    everywhere but in the counts.

    Source: trajectories/README.md, rules T2 to T4.

    >>> shape = shapes_of([2016, 2017, 2018, 2019], [[20.0, 30.0, float("nan"), 50.0]], [[5.0] * 4])
    >>> float(shape.level[0].round(1)), float(shape.slope[0].round(1)), int(shape.years[0])
    (33.3, 10.0, 3)
    """
    values = np.atleast_2d(np.asarray(percentiles, dtype=float))
    errors = np.broadcast_to(np.asarray(standard_errors, dtype=float), values.shape)
    calendar = np.asarray(years, dtype=float)
    calendar = calendar - calendar.min()  # So that a shift of all years changes nothing at all.
    known = ~np.isnan(values)
    weights = np.where(known, 1.0 / np.square(np.where(known, errors, 1.0)), 0.0)
    counts = known.sum(axis=1)
    enough = counts >= 3
    first = np.where(known, calendar, calendar.max()).min(axis=1)  # Not used where nothing is known.
    last = np.where(known, calendar, calendar.min()).max(axis=1)

    line = _straight(calendar, np.where(known, values, 0.0), weights, enough)
    bend = _bent(calendar, np.where(known, values, 0.0), weights, enough, (first + last) / 2)
    mean, mean_se, slope, slope_se, centre = line
    end = mean + slope * (last - centre)
    return HistoryShapes(
        years=counts,
        level=mean,
        level_se=mean_se,
        slope=slope,
        slope_se=slope_se,
        end=end,
        **bend,
    )


def _straight(calendar: Floats, values: Floats, weights: Floats, enough: npt.NDArray[np.bool_]) -> tuple[Floats, ...]:
    total = np.where(enough, weights.sum(axis=1), np.nan)
    centre = (weights * calendar).sum(axis=1) / total
    mean = (weights * values).sum(axis=1) / total
    time = calendar - centre[:, None]
    spread = (weights * time**2).sum(axis=1)
    slope = (weights * time * values).sum(axis=1) / spread
    return mean, 1 / np.sqrt(total), slope, 1 / np.sqrt(spread), centre


def _bent(
    calendar: Floats, values: Floats, weights: Floats, enough: npt.NDArray[np.bool_], middle: Floats
) -> dict[str, Floats]:
    names = ("before", "after", "turn", "turn_se")
    shapes = {name: np.full(len(values), np.nan) for name in names}
    if not enough.any():
        return shapes
    time = calendar - middle[enough, None]
    design = np.stack([np.ones_like(time), np.minimum(time, 0), np.maximum(time, 0)], axis=2)
    weighted = design * weights[enough, :, None]
    covariance = np.linalg.inv(np.einsum("syi,syj->sij", weighted, design))
    _, before, after = np.einsum("sij,syj,sy->is", covariance, weighted, values[enough])
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    turn_se = np.sqrt(variance[:, 1] + variance[:, 2] - 2 * covariance[:, 1, 2])
    fitted = (before, after, after - before, turn_se)
    for name, column in zip(names, fitted, strict=True):
        shapes[name][enough] = column
    return shapes
