"""Find the schools most like a school by published context, and summarise a measure among them."""

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpis.catalogue.kinds import FigureUnit
from tables.word_lists import join_in_words

RULES_FILE = Path(__file__).with_name("similar.toml")
ROWS_AT_ONCE = 1000
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ContextMeasure:
    """One part of a school's context: where it is published and how much a difference counts."""

    code: str
    name: str
    unit: FigureUnit
    decimals: int
    measures: Mapping[str, str]  # The publisher's codes by phase of education, or under "all".
    scale: str  # log, root or plain
    weight: float
    says: str

    def measure(self, phase: str) -> str:
        """Return the publisher's code for the feature in a phase of education."""
        return self.measures.get(phase) or self.measures["all"]


@dataclass(frozen=True, kw_only=True)
class SimilarityRules:
    """The numbers of the rules N1 to N8."""

    version: str
    count: int  # Schools in a set.
    fewest_features: int  # Features that both schools must have before they are compared.
    fewest_figures: int  # Schools that must have a figure before quartiles are given.
    far: float  # If the fiftieth neighbour is further away than this, the page says that few schools are similar.
    source: str
    far_source: str
    features: tuple[ContextMeasure, ...]

    def measures(self, phase: str) -> dict[str, str]:
        """Return the features' codes by the publisher's code, for a phase of education."""
        return {feature.measure(phase): feature.code for feature in self.features}


@dataclass(frozen=True, kw_only=True)
class SimilarSchool:
    """One similar school: its distance in standard deviations, its context, and what was compared."""

    urn: int
    distance: float
    context: Mapping[str, float]  # By feature, in the feature's unit; unknown features are left out.
    compared: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SimilarSet:
    """The schools most like one school, nearest first, or the reason why no schools were found."""

    urn: int
    neighbours: tuple[SimilarSchool, ...] = ()
    context: Mapping[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()  # Features that are not known for the school itself.
    reason: str = ""  # Why no schools were found.
    caution: str = ""


@dataclass(frozen=True, kw_only=True)
class SimilarSpread:
    """A measure among similar schools, in the measure's unit. ``count`` is the number of schools with a figure."""

    median: float
    lower: float
    upper: float
    count: int


@cache
def similarity_rules() -> SimilarityRules:
    """Return the rules of ``similar.toml``.

    >>> [feature.code for feature in similarity_rules().features]
    ['pupils', 'disadvantage', 'prior_attainment', 'eal', 'plans', 'support']
    """
    data = tomllib.loads(RULES_FILE.read_text(encoding="utf-8"))
    features = tuple(ContextMeasure(**entry | {"unit": FigureUnit(entry["unit"])}) for entry in data.pop("feature"))
    return SimilarityRules(features=features, **data)


def context_of(values: pd.DataFrame, phase: str) -> pd.DataFrame:
    """Return schools' context: one row for each URN (the index), one column for each feature (NaN if not known).

    ``values`` has the columns ``urn, measure, value`` and one row for each school and measure, all for one year and
    one phase of education. Percentages are numbers from 0 to 100. Other measures are ignored.
    """
    rules = similarity_rules()
    known = values[values["measure"].isin(list(rules.measures(phase)))].dropna(subset=["value"])
    wide = known.assign(feature=known["measure"].map(rules.measures(phase)))
    wide = wide.pivot_table(index="urn", columns="feature", values="value", aggfunc="first", observed=True)
    return wide.reindex(columns=[feature.code for feature in rules.features]).astype(float)


def similar_sets(
    pool: pd.DataFrame,
    own: pd.DataFrame,
    *,
    same: Mapping[int, Collection[int]] | None = None,
    count: int | None = None,
) -> dict[int, SimilarSet]:
    """Return the schools of ``pool`` most like each school of ``own``, by URN.

    Both frames are as ``context_of`` returns them, for one phase of education. Figures are put on their scale and
    then standardised with the mean and standard deviation of ``pool``. The distance is the square root of the
    weighted mean of the squared differences, over the features known for both schools. The nearest school comes
    first; equal distances are in order of URN. A school is never its own neighbour, and neither is a school that it
    replaced (``same`` has each school's other URNs).

    Source: trajectories/README.md, rules N2 to N5.
    """
    rules = similarity_rules()
    if own.empty:
        return {}
    if len(pool) < rules.count:
        return {
            urn: SimilarSet(urn=urn, reason=f"Only {len(pool)} schools have a published context in the imported files.")
            for urn in own.index
        }
    distances, shared = _distances(pool, own)
    urns, held = pool.index.to_numpy(), pool.notna().to_numpy()
    answer = {}
    for place, urn in enumerate(own.index.tolist()):
        context = own.iloc[place]
        other = ~np.isin(urns, [urn, *(same or {}).get(urn, ())])
        may = other & (shared[place] >= rules.fewest_features)
        answer[urn] = _set(urn, context, pool, held, np.where(may, distances[place], np.inf), count or rules.count)
    return answer


def _set(
    urn: int,
    context: pd.Series,
    pool: pd.DataFrame,
    held: npt.NDArray[np.bool_],
    distance: Floats,
    count: int,
) -> SimilarSet:
    rules = similarity_rules()
    names = {feature.code: feature.name for feature in rules.features}
    known = context.dropna()
    missing = tuple(code for code in names if code not in known.index)
    own = {str(code): float(value) for code, value in known.items()}
    if len(known) < rules.fewest_features:
        parts = f"{len(known)} of {len(names)} parts of its context" if len(known) else "No part of its context"
        reason = f"{parts} {'is' if len(known) < 2 else 'are'} published. At least {rules.fewest_features} are needed."
        return SimilarSet(urn=urn, context=own, missing=missing, reason=reason)
    order = np.lexsort((pool.index.to_numpy(), distance))[:count]
    order = order[np.isfinite(distance[order])]
    columns = pool.columns.to_numpy()
    neighbours = []
    for at in order.tolist():
        figures = pool.iloc[at][held[at]]
        neighbours.append(
            SimilarSchool(
                urn=int(pool.index[at]),
                distance=round(float(distance[at]), 3),
                context={str(code): float(value) for code, value in figures.items()},
                compared=tuple(str(code) for code in columns[held[at]] if code in own),
            )
        )
    return SimilarSet(
        urn=urn, neighbours=tuple(neighbours), context=own, missing=missing, caution=_caution(neighbours, missing)
    )


def _caution(neighbours: list[SimilarSchool], missing: tuple[str, ...]) -> str:
    rules = similarity_rules()
    names = {feature.code: feature.name for feature in rules.features}
    parts = []
    if missing:
        unknown = join_in_words([names[code] for code in missing])
        parts.append(f"Not compared, because we do not know it for this school: {unknown}.")
    if neighbours and neighbours[-1].distance > rules.far:
        parts.append("Few schools are like this one. The last schools in the list differ from it a lot.")
    return " ".join(parts)


def on_compared_scales(context: pd.DataFrame) -> pd.DataFrame:
    """Return context on the scale of each feature: logarithm, square root or unchanged."""
    answer = context.copy()
    for feature in similarity_rules().features:
        column = context[feature.code]
        if feature.scale == "log":
            answer[feature.code] = np.log(column.where(column > 0))
        elif feature.scale == "root":
            answer[feature.code] = np.sqrt(column.where(column >= 0))
    return answer


def _distances(pool: pd.DataFrame, own: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return each ``own`` school's (rows) distance from each ``pool`` school, and the number of features both have."""
    wide, spread = on_compared_scales(pool), on_compared_scales(pool).std(ddof=0)
    spread = spread.where(spread > 0)  # A feature that is the same or unknown everywhere cannot be compared.
    theirs = ((wide - wide.mean()) / spread).to_numpy(dtype=float)
    ours = ((on_compared_scales(own) - wide.mean()) / spread).to_numpy(dtype=float)
    weights = np.array([feature.weight for feature in similarity_rules().features])
    known, held = np.isfinite(ours).astype(float), np.isfinite(theirs).astype(float)
    ours, theirs = np.where(known > 0, ours, 0.0), np.where(held > 0, theirs, 0.0)
    squares = (ours**2 * weights) @ held.T + (known * weights) @ (theirs**2).T - 2 * (ours * weights) @ theirs.T
    total = (known * weights) @ held.T
    mean = np.divide(squares, total, out=np.full_like(squares, np.inf), where=total > 0)
    return np.sqrt(np.clip(mean, 0, None)), known @ held.T


def spread_of(values: Iterable[float]) -> SimilarSpread | None:
    """Return the median and quartiles of a measure among similar schools, or None if too few have a figure.

    Source: trajectories/README.md, rule N6.

    >>> spread_of(range(1, 22))
    SimilarSpread(median=11.0, lower=6.0, upper=16.0, count=21)
    >>> spread_of([44.0]) is None
    True
    """
    known = np.array([value for value in values if np.isfinite(value)], dtype=float)
    if len(known) < similarity_rules().fewest_figures:
        return None
    lower, median, upper = np.percentile(known, [25, 50, 75])
    return SimilarSpread(median=float(median), lower=float(lower), upper=float(upper), count=len(known))


def variance_explained(context: pd.DataFrame, results: pd.Series) -> float:
    """Return the share of the variance between schools' results that the mean of similar schools explains.

    ``context`` is as ``context_of`` returns it; ``results`` has one measure by URN. A school's result is left out of
    the mean that it is compared with. The national mean explains 0 by definition; 1 is all of the variance.

    Source: trajectories/README.md, rule N8.
    """
    both = context.index.intersection(results.dropna().index)
    pool, truth = context.loc[both], results.loc[both].to_numpy(dtype=float)
    guess = np.full(len(pool), np.nan)
    count = similarity_rules().count
    for start in range(0, len(pool), ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, len(pool)))
        distance, shared = _distances(pool, pool.iloc[rows])
        distance[shared < similarity_rules().fewest_features] = np.inf
        distance[np.arange(len(rows)), rows] = np.inf
        nearest = np.argpartition(distance, count, axis=1)[:, :count]
        usable = np.isfinite(np.take_along_axis(distance, nearest, axis=1)).all(axis=1)
        guess[rows[usable]] = truth[nearest[usable]].mean(axis=1)
    known = np.isfinite(guess)
    errors, deviations = truth[known] - guess[known], truth[known] - truth[known].mean()
    return float(1 - (errors @ errors) / (deviations @ deviations))
