"""How well the paths of each journey fit the results of many schools at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trajectories.rules.paths import ANSWERS, FEATURES, Paths, paths_of
from trajectories.rules.ruleset import RuleSet
from trajectories.rules.shape import Floats

TOGETHER = 512  # Schools worked out at once: their paths then stay in the processor's cache.
MIDDLE = 50.0  # Percentiles are taken from here, so that single precision is ample.


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What the results say of each school; one row or entry a school, NaN and −1 where it has too few years.

    ``probabilities`` has one column for each of ``ANSWERS``. ``first`` and ``second`` are the positions in
    ``ANSWERS`` of the most and the second most probable. ``likely`` has the mean shape of the first one's paths,
    each counted by how well it fits; ``now`` is the same mean over every journey, of the last year's percentile.
    """

    probabilities: Floats
    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    likely: Mapping[str, Floats]
    now: Floats


def fit(
    percentiles: npt.ArrayLike,
    standard_errors: npt.ArrayLike,
    *,
    rules: RuleSet,
    bounds: Mapping[str, float],
) -> Fit:
    """Return the probability of each journey, for many schools at once, from how well its paths fit.

    Both arrays are schools by calendar years without a break, percentiles NaN where nothing was published: such a
    year has no weight. Each school's period runs from its own first to its own last known year. Before any result
    the nine answers are equally likely; a path fits as the normal density of the results around it says. There is
    no loop over schools.

    Source: trajectories/README.md, rules T4 to T15; Bayes' rule.
    """
    values = np.asarray(percentiles, dtype=np.float32) - np.float32(MIDDLE)
    errors = np.maximum(np.broadcast_to(np.asarray(standard_errors, dtype=np.float32), values.shape), rules.sharpest)
    known = ~np.isnan(values)
    weights = np.where(known, 1 / np.square(errors), 0).astype(np.float32)
    values = np.where(known, values, 0).astype(np.float32)
    first = known.argmax(axis=1)
    period = np.where(
        known.sum(axis=1) >= rules.years_needed, known.shape[1] - known[:, ::-1].argmax(axis=1) - first, 0
    )
    found = Fit(
        probabilities=np.full((len(values), len(ANSWERS)), np.nan),
        first=np.full(len(values), -1),
        second=np.full(len(values), -1),
        likely={name: np.full(len(values), np.nan) for name in FEATURES},
        now=np.full(len(values), np.nan),
    )
    for years in np.unique(period[period > 0]):
        paths = paths_of(int(years), rules, bounds)
        laid = _Laid.of(paths)
        rows = np.flatnonzero(period == years)
        for start in range(0, len(rows), TOGETHER):
            some = rows[start : start + TOGETHER]
            columns = first[some, None] + np.arange(years)
            _fill(found, some, np.take_along_axis(values[some], columns, 1), weights[some[:, None], columns], laid)
    return found


@dataclass(frozen=True, kw_only=True)
class _Laid:
    """A library of paths as the matrices that the sums need."""

    paths: Paths
    terms: npt.NDArray[np.float32]  # Years, years again and one more, by paths.
    answers: npt.NDArray[np.float32]  # Paths by answers and one more column: the last year.

    @classmethod
    def of(cls, paths: Paths) -> "_Laid":
        levels = paths.percentiles.T - MIDDLE
        terms = np.concatenate([levels, -np.square(levels) / 2, np.log(paths.weight)[None, :]]).astype(np.float32)
        answers = np.zeros((len(paths.answer), len(ANSWERS) + 1), np.float32)
        answers[np.arange(len(paths.answer)), paths.answer] = 1
        answers[:, -1] = paths.percentiles[:, -1]
        return cls(paths=paths, terms=terms, answers=answers)


def _fill(found: Fit, rows: npt.NDArray[np.int64], values: npt.NDArray, weights: npt.NDArray, laid: _Laid) -> None:
    """Work out some schools of one period, and put them in their places."""
    # The square of what a path misses, less the part that is the same for every path: one product of matrices.
    fits = np.concatenate([weights * values, weights, np.ones((len(rows), 1), np.float32)], axis=1) @ laid.terms
    fits -= fits.max(axis=1, keepdims=True)
    np.exp(fits, out=fits)
    sums = fits @ laid.answers
    found.now[rows] = sums[:, -1] / sums[:, :-1].sum(axis=1)
    probabilities = sums[:, :-1] / sums[:, :-1].sum(axis=1, keepdims=True)
    found.probabilities[rows] = probabilities
    first = probabilities.argmax(axis=1)
    probabilities[np.arange(len(rows)), first] = -1
    found.first[rows], found.second[rows] = first, probabilities.argmax(axis=1)
    for answer in np.unique(first):
        own, ours = laid.paths.rows_of(int(answer)), np.flatnonzero(first == answer)
        shapes = np.stack([laid.paths.features[name][own] for name in FEATURES], axis=1)
        part = fits[ours, own]
        means = (part @ shapes) / part.sum(axis=1, keepdims=True)
        for name, column in zip(FEATURES, means.T, strict=True):
            found.likely[name][rows[ours]] = column
