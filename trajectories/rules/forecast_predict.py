"""The best linear forecast in which a better result never worsens the outlook, for many schools at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls
from scipy.special import ndtri

from trajectories.rules.forecast_arrays import ForecastArrays
from trajectories.rules.forecast_model import KEPT, READ, ForecastModel
from trajectories.rules.shape import Floats

YEARS_READ = 6  # The last known year and the five before it.
EIGHTY = float(ndtri(0.9))  # Spreads on either side that contain eight results in ten.
NARROWEST = 0.15  # Normal scores: no forecast is more certain than a large school's pupils allow.
JITTER = 1e-9  # Keeps a matrix of almost identical figures invertible.


@dataclass(frozen=True, kw_only=True, eq=False)
class PredictedScores:
    """The next result of many schools on one measure, in normal scores; NaN if nothing is known about a school.

    ``items`` are the figures read, each a measure and a year. ``shares`` (schools by items) are the parts of the mean
    that each item contributed; they add up to it.
    """

    measure: str
    year: int
    mean: Floats
    spread: Floats
    items: tuple[tuple[str, int], ...]
    shares: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class _Read:
    """The figures that can be read, one column for each item."""

    place: npt.NDArray[np.int64]  # The item's variable in the model.
    year: npt.NDArray[np.int64]
    is_result: npt.NDArray[np.bool_]
    values: Floats


def predict(
    model: ForecastModel, panel: ForecastArrays, measure: str, year: int, *, widths: bool = True
) -> PredictedScores:
    """Forecast one measure's normal score in a school year from what was known before that year.

    The forecast is a weighted sum of the school's own results of the last six years and of its newest context. The
    weights are those of the best linear predictor under the model, except that no result may have a weight below 0. So
    a better result, in any year, never lowers the mean, and it does not change the spread. There is one set of weights
    for each pattern of known figures, and no loop over schools.

    Source: trajectories/README.md, rules W2 to W4.
    """
    past = panel.up_to(year - 1)
    read = _read(model, past)
    target = model.variables.index(measure)
    mean, variance = np.full(len(panel.schools), np.nan), np.full(len(panel.schools), np.nan)
    shares = np.zeros(read.values.shape)
    known = ~np.isnan(read.values)
    any_result = (known & read.is_result).any(axis=1)
    patterns, which = np.unique(known[any_result], axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        rows = np.flatnonzero(any_result)[which.ravel() == number]
        weights, left = _weights(model, target, year, read, pattern)
        shares[np.ix_(rows, pattern)] = read.values[np.ix_(rows, pattern)] * weights
        mean[rows], variance[rows] = shares[rows].sum(axis=1), left
    spread = np.maximum(np.sqrt(np.maximum(variance, 0)), NARROWEST)
    if widths:
        spread = spread * _width(model, measure, past, year)
    items = tuple(zip((model.variables[variable] for variable in read.place), read.year.tolist(), strict=True))
    return PredictedScores(measure=measure, year=year, mean=mean, spread=spread, items=items, shares=shares)


def _read(model: ForecastModel, past: ForecastArrays) -> _Read:
    columns: list[tuple[int, int, bool, Floats]] = []
    results = past.scores[:, [past.measures.index(code) for code in READ[model.phase]]]
    held = np.flatnonzero((~np.isnan(results)).any(axis=(0, 1)))
    newest = held[-1] if len(held) else -1
    for code in READ[model.phase]:
        values = past.known(code)
        for at in range(max(newest - YEARS_READ + 1, 0), newest + 1):
            if not np.isnan(values[:, at]).all():
                columns.append((model.variables.index(code), int(past.years[at]), True, values[:, at]))
    for place, code in enumerate(past.context_measures):
        values = past.context[:, place]
        years = np.flatnonzero((~np.isnan(values)).any(axis=0))
        if len(years):
            columns.append((model.variables.index(code), int(past.years[years[-1]]), False, _newest(values)))
    return _Read(
        place=np.array([column[0] for column in columns], dtype=np.int64),
        year=np.array([column[1] for column in columns], dtype=np.int64),
        is_result=np.array([column[2] for column in columns], dtype=bool),
        values=np.stack([column[3] for column in columns], axis=1) if columns else np.empty((len(past.schools), 0)),
    )


def _newest(values: Floats) -> Floats:
    """Return each school's last known figure, because context changes slowly."""
    answer = values[:, -1]
    for at in range(values.shape[1] - 2, -1, -1):
        answer = np.where(np.isnan(answer), values[:, at], answer)
    return answer


def _weights(
    model: ForecastModel, target: int, year: int, read: _Read, pattern: npt.NDArray[np.bool_]
) -> tuple[Floats, float]:
    """Return the weight of each known item, and the variance that remains."""
    place, when, results = read.place[pattern], read.year[pattern], read.is_result[pattern]
    between = np.abs(when[:, None] - when[None, :])
    both = np.ix_(place, place)
    within = (
        model.lasting[both]
        + model.fading[both] * KEPT**between
        + np.where(between == 0, model.passing[both], 0)
        + JITTER * np.eye(len(place))
    )
    ahead = model.lasting[place, target] + model.fading[place, target] * KEPT ** (year - when)
    weights = np.zeros(len(place))
    about = ~results
    # Context may have weights of either sign, so it is solved first. What remains decides the results' weights.
    solved = np.linalg.solve(within[np.ix_(about, about)], np.c_[within[np.ix_(about, results)], ahead[about]])
    inner = within[np.ix_(results, results)] - within[np.ix_(results, about)] @ solved[:, :-1]
    outer = ahead[results] - within[np.ix_(results, about)] @ solved[:, -1]
    root = np.linalg.cholesky((inner + inner.T) / 2 + JITTER * np.eye(len(inner)))
    weights[results], _ = nnls(root.T, np.linalg.solve(root, outer))
    weights[about] = solved[:, -1] - solved[:, :-1] @ weights[results]
    total = model.lasting[target, target] + model.fading[target, target] + model.passing[target, target]
    return weights, float(total - 2 * weights @ ahead + weights @ within @ weights)


def _width(model: ForecastModel, measure: str, past: ForecastArrays, year: int) -> Floats:
    """Return how much wider or narrower each school's spread is than the covariances say.

    The widths are measured one year ahead. After a gap only the differences between small and large schools count:
    nobody has measured the certainty after a gap, and the covariances give the wider spread.
    """
    widths = model.widths.get(measure, np.ones(len(model.size_edges) + 1))
    size = model.size_of(past.cohort)
    usual = float(np.sqrt(np.mean(widths**2)))
    width = np.where(size < 0, usual, widths[np.maximum(size, 0)])
    known = (~np.isnan(past.scores)).any(axis=1)
    last = np.where(known, past.years, past.years[0]).max(axis=1)
    return np.where(year - last > 1, width / min(usual, 1.0), width)
