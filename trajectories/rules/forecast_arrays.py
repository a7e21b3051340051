"""The published past of many schools as arrays, on the scale that forecasts use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr, ndtri

from trajectories.rules.percentiles import NationalTables, table_for
from trajectories.rules.shape import Floats

HISTORY = ("urn", "measure", "year", "percentile")
CONTEXT = ("urn", "measure", "year", "value")
ENDS = 0.5, 99.5  # The tables have no percentile closer to the ends.
WHOLE_COUNTRY = 1_000  # Schools: fewer do not count as the country.
FURTHEST = 4.0  # Standard deviations, so that a single wrong cell cannot distort a forecast.


@dataclass(frozen=True, kw_only=True, eq=False)
class ContextScale:
    """England's mean and spread of one context measure, to compare a school's figure with."""

    mean: float
    spread: float


@dataclass(frozen=True, kw_only=True, eq=False)
class ForecastArrays:
    """Many schools' past. Arrays are schools by measures by years, NaN where nothing is known.

    ``scores`` are normal scores of national percentiles: 0 is the middle, above 0 is better, 1.28 is the 90th
    percentile. ``context`` is in standard deviations from England's mean of the year. ``cohort`` is the number of
    pupils behind a school's results in its middle year, NaN if the files do not say.
    """

    phase: str
    schools: npt.NDArray[np.int64]
    years: npt.NDArray[np.int64]
    measures: tuple[str, ...]
    scores: Floats
    context_measures: tuple[str, ...]
    context: Floats
    cohort: Floats

    def known(self, measure: str) -> Floats:
        """Return the scores of one measure, schools by years."""
        return np.asarray(self.scores[:, self.measures.index(measure)])

    def up_to(self, year: int) -> "ForecastArrays":
        """Return the panel without anything later than a school year."""
        keep = self.years <= year
        return ForecastArrays(
            phase=self.phase,
            schools=self.schools,
            years=self.years[keep],
            measures=self.measures,
            scores=self.scores[:, :, keep],
            context_measures=self.context_measures,
            context=self.context[:, :, keep],
            cohort=self.cohort,
        )


def normal_scores(percentile: npt.ArrayLike) -> Floats:
    """Return the normal score of national percentiles, NaN for NaN.

    >>> normal_scores([50.0, 84.13]).round(2).tolist()
    [0.0, 1.0]
    """
    return np.asarray(ndtri(np.clip(np.asarray(percentile, dtype=float), *ENDS) / 100))


def percentiles_of_scores(scores: npt.ArrayLike) -> Floats:
    """Return the national percentile of normal scores."""
    return np.asarray(100 * ndtr(np.asarray(scores, dtype=float)))


def arrays_of(
    history: pd.DataFrame,
    context: pd.DataFrame | None,
    *,
    phase: str,
    measures: Sequence[str],
    context_scales: Mapping[str, ContextScale],
    tables: NationalTables | None = None,
) -> ForecastArrays:
    """Arrange histories as arrays, in the order of the schools' first rows.

    ``history`` has the columns ``urn, measure, year, percentile`` (national, 100 is best) and may have ``cohort``.
    ``context`` has ``urn, measure, year, value`` (in the file's unit). Measures that are not asked for are left out. A
    context figure is compared with the mean of its year: that of the frame if it has the whole country, or else that of
    the national table, or else ``context_scales``.

    Raises:
        ValueError: a column is missing, or a school has two rows of one measure and year. The message names them.
    """
    _refuse_faults(history, HISTORY, "a history")
    schools = history["urn"].drop_duplicates().to_numpy(np.int64)
    results = history[history["measure"].isin(list(measures)) & history["percentile"].notna()]
    about = _context(context, schools, context_scales, phase, tables)
    all_years = np.concatenate([results["year"].to_numpy(np.int64), about["year"].to_numpy(np.int64)])
    years = np.arange(all_years.min(), all_years.max() + 1) if len(all_years) else np.array([0])
    scored = results.assign(score=normal_scores(results["percentile"]))
    return ForecastArrays(
        phase=phase,
        schools=schools,
        years=years,
        measures=tuple(measures),
        scores=_laid_out(scored, "score", schools, tuple(measures), years),
        context_measures=tuple(context_scales),
        context=_laid_out(about, "score", schools, tuple(context_scales), years),
        cohort=_cohort(history, schools),
    )


def _refuse_faults(frame: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    if missing := [column for column in columns if column not in frame]:
        raise ValueError(f"{name} needs the columns {', '.join(missing)}")
    twice = frame[frame.duplicated(["urn", "measure", "year"])]
    if len(twice):
        first = twice.iloc[0]
        raise ValueError(f"{name} has two rows for school {first['urn']}, {first['measure']} of {first['year']}")
    if "percentile" in columns:
        out = frame[~frame["percentile"].between(0, 100) & frame["percentile"].notna()]
        for row in out.head(1).to_dict("records"):
            about = f"school {row['urn']}, {row['measure']} of {row['year']}"
            raise ValueError(f"{about}: {row['percentile']} is not a percentile from 0 to 100")


def _context(
    context: pd.DataFrame | None,
    schools: npt.NDArray[np.int64],
    scales: Mapping[str, ContextScale],
    phase: str,
    tables: NationalTables | None,
) -> pd.DataFrame:
    if context is None or context.empty:
        return pd.DataFrame({"urn": [], "measure": [], "year": [], "score": []})
    _refuse_faults(context, CONTEXT, "a context")
    ours = context[
        context["urn"].isin(schools) & context["measure"].isin(list(scales)) & context["value"].notna()
    ].reset_index(drop=True)
    placed = np.full(len(ours), np.nan)
    groups: Mapping[Any, Any] = ours.groupby(["measure", "year"], observed=True).indices
    for (measure, year), rows in groups.items():
        values = ours["value"].to_numpy(float)[rows]
        scale = _scale(values, str(measure), int(year), phase, scales, tables)
        placed[rows] = np.clip((values - scale.mean) / scale.spread, -FURTHEST, FURTHEST)
    return ours.assign(score=placed)


def _scale(
    values: Floats,
    measure: str,
    year: int,
    phase: str,
    scales: Mapping[str, ContextScale],
    tables: NationalTables | None,
) -> ContextScale:
    if len(values) >= WHOLE_COUNTRY:
        return ContextScale(mean=float(values.mean()), spread=float(values.std()))
    if table := table_for(measure, phase, year, tables=tables):
        return ContextScale(mean=float(np.mean(table.values)), spread=scales[measure].spread)
    return scales[measure]


def _laid_out(
    frame: pd.DataFrame, column: str, schools: npt.NDArray[np.int64], measures: tuple[str, ...], years: npt.NDArray
) -> Floats:
    answer = np.full((len(schools), len(measures), len(years)), np.nan)
    if len(frame):
        row = pd.Index(schools).get_indexer(pd.Index(frame["urn"]))
        place = pd.Index(measures).get_indexer(pd.Index(frame["measure"].astype(str)))
        answer[row, place, frame["year"].to_numpy(np.int64) - years[0]] = frame[column]
    return answer


def _cohort(history: pd.DataFrame, schools: npt.NDArray[np.int64]) -> Floats:
    if "cohort" not in history:
        return np.full(len(schools), np.nan)
    known = history.dropna(subset=["cohort"])
    return known.groupby("urn")["cohort"].median().reindex(schools).to_numpy(float)
