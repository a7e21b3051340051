"""How schools' results hang together over the years: the covariances that every forecast rests on."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from trajectories.rules import DATA
from trajectories.rules.forecast_panel import Panel, Scale
from trajectories.rules.shape import Floats

# What is read, and what is foretold. The mean progress percentile is foretold but not read: its parts are.
READ = {
    "secondary": ("P8MEA", "ATT8SCR"),
    "primary": ("PTRWM_EXP", "READPROG", "WRITPROG", "MATPROG", "PTRWM_HIGH"),
}
FORETOLD = {
    "secondary": ("P8MEA", "ATT8SCR"),
    "primary": ("PTRWM_EXP", "KS2PROGRESS", "READPROG", "WRITPROG", "MATPROG"),
}
CONTEXT = ("PERCTOT", "PPERSABS10", "PNUMFSMEVER", "PNUMEAL", "PSENELK", "PSENELSE")
KEPT = 0.4  # Of what neither lasts nor passes within the year: the share still there a year later.
YEARS_NEEDED = 3  # Of results, to tell what lasts from what fades.
SIZES = 4  # Groups of schools by cohort, equally large, that have a spread of their own.
LEAST_PASSING = 0.02  # Of a variance of 1: no result is known exactly.
FADES_LITTLE = 1e-3  # Where one lag only is known, all of it is taken to last.


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """What lasts, what fades and what passes, for one phase of education.

    Two figures of a school, in normal scores, covary by ``lasting + fading * KEPT ** years between``, and within one
    year by ``passing`` as well; the three are matrices over ``measures`` and then the context measures.
    ``size_edges`` part the schools by cohort; ``widths`` say, by measure, how much wider or narrower than the
    covariances say the spread of the next result is in each group.
    """

    phase: str
    measures: tuple[str, ...]
    context: Mapping[str, Scale]
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
        """Return the rows of the matrices."""
        return (*self.measures, *self.context)

    def size_of(self, cohort: Floats) -> np.ndarray:
        """Return each school's group by cohort; −1 where the cohort is not known."""
        return np.where(np.isnan(cohort), -1, np.searchsorted(self.size_edges, cohort))


def measures_of(phase: str) -> tuple[str, ...]:
    """Return every measure of a phase of education that is read or foretold; those read come first."""
    return tuple(dict.fromkeys((*READ[phase], *FORETOLD[phase])))


def covariances(panel: Panel) -> tuple[Floats, Floats, Floats]:
    """Return what lasts, what fades and what passes, from the panel of a whole country.

    For each number of years between, the products of all pairs of known figures are averaged; the line through
    those averages against ``KEPT ** years`` gives what lasts and what fades. Both are then brought to the nearest
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
def shipped(phase: str) -> Model:
    """Return the model that ships with the product, estimated on all the years there are files of."""
    data = tomllib.loads((DATA / "forecast.toml").read_text(encoding="utf-8"))
    return from_plain(data[phase])


def from_plain(plain: Mapping[str, Any]) -> Model:
    """Return a model from its data file's table."""
    matrices = {name: np.array(plain[name], dtype=float) for name in ("lasting", "fading", "passing", "size_edges")}
    return Model(
        phase=plain["phase"],
        measures=tuple(plain["measures"]),
        context={code: Scale(**scale) for code, scale in plain["context"].items()},
        widths={code: np.array(each, dtype=float) for code, each in plain["widths"].items()},
        years=tuple(plain["years"]),
        schools=plain["schools"],
        source=plain["source"],
        **matrices,
    )


def as_toml(model: Model) -> str:
    """Write a model as its table of the data file; four decimals."""

    def row(values: Any) -> str:
        return "[" + ", ".join(f"{float(each):.4f}" for each in values) + "]"

    def words(values: Any) -> str:
        return "[" + ", ".join(f'"{each}"' if isinstance(each, str) else str(each) for each in values) + "]"

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
        lines += [f"{name} = [", *(f"  {row(each)}," for each in getattr(model, name)), "]"]
    lines += ["", f"[{model.phase}.widths]", *(f"{code} = {row(each)}" for code, each in model.widths.items())]
    lines += ["", f"[{model.phase}.context]"]
    lines += [
        f"{code} = {{ mean = {each.mean:.4f}, spread = {each.spread:.4f} }}" for code, each in model.context.items()
    ]
    return "\n".join(lines) + "\n"
