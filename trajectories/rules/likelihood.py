"""How well the paths of each journey fit the results of many schools at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trajectories.rules.journey_paths import ANSWERS, FEATURES, JourneyPaths, paths_of
from trajectories.rules.journey_rules import JourneyRules
from trajectories.rules.shape import Floats

# Schools calculated together: below this many steps a product of matrices stays in the processor's cache and on one
# core, which is several times faster than sharing it between cores.
STEPS_TOGETHER = 250_000
Singles = npt.NDArray[np.float32]
MIDDLE = 50.0  # Subtracted from percentiles, so that single precision is enough.


@dataclass(frozen=True, kw_only=True)
class PathFit:
    """What the results say about each school, one row or entry a school: NaN and −1 if it has too few years.

    ``probabilities`` has one column for each of ``ANSWERS``. ``first`` and ``second`` are the positions in ``ANSWERS``
    of the most and the second most probable answer. ``likely`` has the mean shape of the first answer's paths, each
    weighted by how well it fits. ``now`` is the mean of the last year's percentile over the paths of every journey.
    """

    probabilities: Floats
    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    likely: Mapping[str, Floats]
    now: Floats


def fit_paths(
    percentiles: npt.ArrayLike,
    standard_errors: npt.ArrayLike,
    *,
    rules: JourneyRules,
    bounds: Mapping[str, float],
) -> PathFit:
    """Return the probability of each journey, for many schools at once, from how well its paths fit.

    Both arrays are schools by consecutive calendar years. Percentiles are NaN where nothing was published, and such a
    year has no weight. The last column is each school's own last known year, as ``comparable_years_of`` lays them out,
    and its period starts with its own first year. Before any result the nine answers are equally likely. A path fits as
    well as the normal density of the results around it. There is no loop over schools.

    Source: trajectories/README.md, rules T4 to T15; Bayes' rule.
    """
    values = np.asarray(percentiles, dtype=np.float32) - np.float32(MIDDLE)
    errors = np.maximum(np.broadcast_to(np.asarray(standard_errors, dtype=np.float32), values.shape), rules.sharpest)
    known = ~np.isnan(values)
    weights = np.where(known, 1 / np.square(errors), 0).astype(np.float32)
    values = np.where(known, values, 0).astype(np.float32)
    enough = known.sum(axis=1) >= rules.years_needed
    period = np.where(enough, known.shape[1] - known.argmax(axis=1), 0)
    fitted = PathFit(
        probabilities=np.full((len(values), len(ANSWERS)), np.nan),
        first=np.full(len(values), -1),
        second=np.full(len(values), -1),
        likely={name: np.full(len(values), np.nan) for name in FEATURES},
        now=np.full(len(values), np.nan),
    )
    for years in np.unique(period[enough]):
        rows = np.flatnonzero(period == years)
        seen, counts = values[rows, -years:], weights[rows, -years:]
        given = np.concatenate([counts * seen, counts, np.ones((len(rows), 1), np.float32)], axis=1)
        _fill(fitted, rows, given, paths_of(int(years), rules, bounds))
    return fitted


def _fill(fitted: PathFit, rows: npt.NDArray[np.int64], given: Singles, paths: JourneyPaths) -> None:
    """Calculate the schools of one period and write them into their rows."""
    # The squared misfit of each path, without the part that is the same for every path: one product of matrices.
    levels = paths.percentiles.T - MIDDLE
    terms = np.concatenate([levels, -np.square(levels) / 2, np.log(paths.weight)[None, :]]).astype(np.float32)
    answers = paths.answer[:, None] == np.arange(len(ANSWERS))
    sums = _weighed(given, terms, np.concatenate([answers, paths.features["end"][:, None]], axis=1))
    probabilities = sums[:, :-1] / sums[:, :-1].sum(axis=1, keepdims=True)
    fitted.now[rows] = sums[:, -1] / sums[:, :-1].sum(axis=1)
    fitted.probabilities[rows] = probabilities
    first = probabilities.argmax(axis=1)
    probabilities[np.arange(len(rows)), first] = -1
    fitted.first[rows], fitted.second[rows] = first, probabilities.argmax(axis=1)
    shapes = np.stack([np.ones(len(paths.answer)), *(paths.features[name] for name in FEATURES)], axis=1)
    for answer in np.unique(first):
        own, ours = paths.rows_of(int(answer)), np.flatnonzero(first == answer)
        sums = _weighed(given[ours], terms[:, own], shapes[own])
        for name, column in zip(FEATURES, sums.T[1:], strict=True):
            fitted.likely[name][rows[ours]] = column / sums[:, 0]


def _weighed(given: Singles, terms: Singles, columns: npt.NDArray[Any]) -> Floats:
    """Return, for each school, the sums of some columns over the paths, each path weighted by how well it fits."""
    columns = columns.astype(np.float32)
    together = max(STEPS_TOGETHER // (terms.shape[1] * max(len(terms), columns.shape[1])), 1)
    sums = np.empty((len(given), columns.shape[1]), np.float32)
    room = np.empty((together, terms.shape[1]), np.float32)
    for start in range(0, len(given), together):
        some = given[start : start + together]
        fits = np.matmul(some, terms, out=room[: len(some)])
        fits -= fits.max(axis=1, keepdims=True)
        np.matmul(np.exp(fits, out=fits), columns, out=sums[start : start + together])
    return sums.astype(float)
