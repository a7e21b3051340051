"""How schools' results are related over the years: the covariances behind every forecast."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from trajectories.rules import DATA
from trajectories.rules.forecast_arrays import ContextScale, ForecastArrays
from trajectories.rules.shape import Floats

# What is read and what is forecast. The mean progress percentile is forecast but not read: its parts are.
READ = {
    "secondary": ("P8MEA", "ATT8SCR"),
    "primary": ("PTRWM_EXP", "READPROG", "WRITPROG", "MATPROG", "PTRWM_HIGH"),
}
FORETOLD = {
    "secondary": ("P8MEA", "ATT8SCR"),
    "primary": ("PTRWM_EXP", "KS2PROGRESS", "READPROG", "WRITPROG", "MATPROG"),
}
CONTEXT = ("PERCTOT", "PPERSABS10", "PNUMFSMEVER", "PNUMEAL", "PSENELK", "PSENELSE")
KEPT = 0.4  # The share of what fades that is still there a year later.
YEARS_NEEDED = 3  # Years of results needed to tell what lasts from what fades.
SIZES = 4  # Groups of schools by cohort, equally large, that each have a spread.
LEAST_PASSING = 0.02  # As a share of a variance of 1: no result is known exactly.
FADES_LITTLE = 1e-3  # If only one lag is known, all of it counts as lasting.


@dataclass(frozen=True, kw_only=True, eq=False)
class ForecastModel:
    """What lasts, what fades and what passes, for one phase of education.

    Two figures of a school, in normal scores, covary by ``lasting + fading * KEPT ** years between``, and within one
    year by ``passing`` as well. The three are matrices over ``measures`` and then the context measures. ``size_edges``
    divide the schools by cohort. ``widths`` say, by measure, how much wider or narrower the spread of the next result
    is in each group than the covariances say.
    """

    phase: str
    measures: tuple[str, ...]
    context: Mapping[str, ContextScale]
    lasting: Floats
    fading: Floats
    passing: Floats
    size_edges: Floats
    widths: Mapping[str, Floats]
    years: tuple[int, ...]
    schools: int
    source: str = ""

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the variables of the matrices, in the order of their rows."""
        return (*self.measures, *self.context)

    def size_of(self, cohort: Floats) -> np.ndarray:
        """Return each school's group by cohort, −1 if the cohort is not known."""
        return np.where(np.isnan(cohort), -1, np.searchsorted(self.size_edges, cohort))


def measures_of(phase: str) -> tuple[str, ...]:
    """Return every measure of a phase of education that is read or forecast. Those that are read come first."""
    return tuple(dict.fromkeys((*READ[phase], *FORETOLD[phase])))


def covariances(panel: ForecastArrays) -> tuple[Floats, Floats, Floats]:
    """Return what lasts, what fades and what passes, from the panel of a whole country.

    For each number of years between two figures, the products of all pairs of known figures are averaged. The line
    through those averages against ``KEPT ** years`` gives what lasts and what fades. Both then become the nearest
    matrices that can be covariances.

    Source: trajectories/README.md, rule W1.
    """
    values = np.concatenate([panel.scores, panel.context], axis=1)
    known = (~np.isnan(values)).astype(float)
    filled = np.nan_to_num(values)
    lags = values.shape[2]
    total: Floats = np.zeros((lags, values.shape[1], values.shape[1]))
    pairs: Floats = np.zeros_like(total)
    for first in range(lags):
        for second in range(first, lags):
            products, counts = filled[:, :, first].T @ filled[:, :, second], known[:, :, first].T @ known[:, :, second]
            total[second - first] += products + products.T
            pairs[second - first] += counts + counts.T
    means: Floats = total / np.maximum(pairs, 1)
    lasting, fading = _line(means[1:], pairs[1:], np.power(KEPT, np.arange(1, lags, dtype=np.float64)))
    read = len(panel.measures)
    left = means[0] - lasting - fading
    passing = np.diag(np.maximum(np.diag(left), LEAST_PASSING / 2))
    passing[:read, :read] = _possible(left[:read, :read], LEAST_PASSING)
    return lasting, fading, passing


def _line(means: Floats, pairs: Floats, kept: Floats) -> tuple[Floats, Floats]:
    weights = pairs / max(pairs.max(), 1.0)
    total, first = weights.sum(axis=0), np.einsum("hab,h->ab", weights, kept)
    second = np.einsum("hab,h->ab", weights, kept**2) + FADES_LITTLE
    value, product = (weights * means).sum(axis=0), np.einsum("hab,h->ab", weights * means, kept)
    unknown = total == 0
    slope = (total * product - first * value) / np.where(unknown, 1, total * second - first**2)
    level = np.where(unknown, 0, (value - slope * first) / np.where(unknown, 1, total))
    return _possible(level), _possible(np.where(unknown, 0, slope))


def _possible(matrix: Floats, least: float = 0.0) -> Floats:
    """Return the nearest symmetric matrix whose eigenvalues are all at least ``least``."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, least)) @ vectors.T)


@cache
def shipped_model(phase: str) -> ForecastModel:
    """Return the model that ships with Sightline, estimated on all the years for which there are files."""
    data = tomllib.loads((DATA / "forecast.toml").read_text(encoding="utf-8"))
    return from_plain(data[phase])


def from_plain(plain: Mapping[str, Any]) -> ForecastModel:
    """Return a model from its table in the data file."""
    matrices = {name: np.array(plain[name], dtype=float) for name in ("lasting", "fading", "passing", "size_edges")}
    return ForecastModel(
        phase=plain["phase"],
        measures=tuple(plain["measures"]),
        context={code: ContextScale(**scale) for code, scale in plain["context"].items()},
        widths={code: np.array(row, dtype=float) for code, row in plain["widths"].items()},
        years=tuple(plain["years"]),
        schools=plain["schools"],
        source=plain["source"],
        **matrices,
    )


def as_toml(model: ForecastModel) -> str:
    """Return a model as its table in the data file, with four decimals."""

    def row(values: Any) -> str:
        return "[" + ", ".join(f"{float(value):.4f}" for value in values) + "]"

    def words(values: Any) -> str:
        return "[" + ", ".join(f'"{value}"' if isinstance(value, str) else str(value) for value in values) + "]"

    lines = [
        f"[{model.phase}]",
        f'phase = "{model.phase}"',
        f"measures = {words(model.measures)}",
        f"years = {words(model.years)}",
        f"schools = {model.schools}",
        f'source = "{model.source}"',
        f"size_edges = {row(model.size_edges)}",
    ]
    for name in ("lasting", "fading", "passing"):
        lines += [f"{name} = [", *(f"  {row(numbers)}," for numbers in getattr(model, name)), "]"]
    lines += ["", f"[{model.phase}.widths]", *(f"{code} = {row(numbers)}" for code, numbers in model.widths.items())]
    lines += ["", f"[{model.phase}.context]"]
    lines += [
        f"{code} = {{ mean = {scale.mean:.4f}, spread = {scale.spread:.4f} }}" for code, scale in model.context.items()
    ]
    return "\n".join(lines) + "\n"
