"""National percentiles: calculating the tables from published files, and reading values from them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from schools.rules.terms import school_year_label
from trajectories.rules import DATA
from trajectories.rules.measures import measures

PERCENTS = tuple(range(1, 100))
COLUMNS = [f"p{percent}" for percent in PERCENTS]
KEYS = ["measure", "phase", "year", "release"]
FEWEST_SCHOOLS = 100  # With fewer schools, the first and the 99th percentile would be single schools.
NEWEST_RELEASE = ("final", "revised", "provisional")


@dataclass(frozen=True, kw_only=True)
class PercentileTable:
    """The spread of one measure over England's mainstream schools of one phase in one year.

    ``values`` are the 1st to the 99th percentile from low to high values, in the measure's unit, whichever direction is
    better. ``provenance`` is "computed" (from that year's file), "other release" (from another release of the same
    year) or "estimated" (another year's spread, shifted to this year's national average).
    """

    measure: str
    phase: str
    year: int
    release: str
    values: tuple[float, ...]
    schools: int
    mean: float
    provenance: str
    note: str
    average: float  # The national average of that year, in the measure's unit.
    average_note: str

    @property
    def estimated(self) -> bool:
        """Return whether the spread is another year's."""
        return self.provenance == "estimated"


@dataclass(frozen=True, kw_only=True, eq=False)
class NationalTables:
    """Calculated percentile tables and national averages, as read from their data files."""

    percentiles: pd.DataFrame
    averages: pd.DataFrame


def tables_from(
    results: pd.DataFrame,
    mainstream_urns: Mapping[str, Collection[int]],
    *,
    source: str = "",
    computed_on: str = "",
) -> pd.DataFrame:
    """Calculate the national percentile tables of a long frame of published results.

    ``results`` has the columns ``urn, measure, year, release, value, status``, one row for each school's figure.
    ``mainstream_urns`` has the URNs of state-funded mainstream schools by phase of education; an all-through school is
    in both. Only rows with status "value" count. The answer has one row for each measure, phase, year and release with
    at least 100 schools: ``schools, mean, sd, p1 … p99, source, computed_on``. The mean of the three progress
    percentiles has its own table.

    Source: trajectories/README.md, rule S1.

    Raises:
        ValueError: the same school has two rows of one measure, year and release.
    """
    known = results[(results["status"] == "value") & results["value"].notna()]
    known = known[known["measure"].isin(list(measures()))]
    twice = known[known.duplicated(["urn", "measure", "year", "release"])]
    if len(twice):
        raise ValueError(f"two results for one school and measure: {twice.iloc[0].to_dict()}")
    tables = _spreads(known, mainstream_urns)
    mean_of = _mean_percentiles(known, NationalTables(percentiles=tables, averages=load_tables().averages))
    tables = pd.concat([tables, _spreads(mean_of, mainstream_urns)], ignore_index=True)
    return tables.assign(source=source, computed_on=computed_on)


def _spreads(known: pd.DataFrame, mainstream_urns: Mapping[str, Collection[int]]) -> pd.DataFrame:
    rows = []
    groups: Iterable[tuple[Any, pd.DataFrame]] = known.groupby(["measure", "year", "release"])
    for (measure, year, release), group in groups:
        for phase in measures()[measure].phases:
            urns = pd.Index(list(mainstream_urns.get(phase, ())))
            values = group.loc[group["urn"].isin(urns), "value"].to_numpy(dtype=float)
            if len(values) >= FEWEST_SCHOOLS:
                spread = [len(values), values.mean(), values.std(ddof=1), *np.percentile(values, PERCENTS)]
                rows.append([measure, phase, year, release, *spread])
    return pd.DataFrame(rows, columns=[*KEYS, "schools", "mean", "sd", *COLUMNS])


def _mean_percentiles(known: pd.DataFrame, tables: NationalTables) -> pd.DataFrame:
    frames = []
    for code, measure in [(code, measure) for code, measure in measures().items() if measure.made_from]:
        parts = known[known["measure"].isin(measure.made_from)]
        for phase in measure.phases:
            frames.append(mean_percentiles(parts.assign(phase=phase), code, tables))
    return pd.concat(frames, ignore_index=True) if frames else known.iloc[:0]


def mean_percentiles(parts: pd.DataFrame, code: str, tables: NationalTables | None = None) -> pd.DataFrame:
    """Return the mean percentile of a composite measure's parts, where a school has every part.

    ``parts`` has the columns ``urn, measure, phase, year, release, value``. The answer has them too, with the measure
    ``code`` and the mean percentile as its value. A school without one of the parts has no row.
    """
    made_from = measures()[code].made_from
    ranked = percentiles_of(parts[parts["measure"].isin(made_from)], tables)
    grouped = ranked.dropna(subset=["percentile"]).groupby(["urn", "phase", "year", "release"])
    answer = grouped["percentile"].agg(["mean", "size"]).reset_index()
    answer = answer[answer["size"] == len(made_from)]
    return answer.rename(columns={"mean": "value"}).drop(columns="size").assign(measure=code, status="value")


@cache
def load_tables() -> NationalTables:
    """Return the national tables that ship with Sightline."""
    path = DATA / "percentiles.csv"
    percentiles = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=[*KEYS, "schools", "mean", *COLUMNS])
    return NationalTables(percentiles=percentiles, averages=pd.read_csv(DATA / "national_averages.csv"))


def before_the_shipped(own: pd.DataFrame, averages: pd.DataFrame) -> NationalTables:
    """Return the shipped tables with those calculated from files before them.

    A calculated percentile table replaces the shipped one. A national average is only added where none is shipped,
    because the shipped ones are the last that were published.
    """
    shipped = load_tables()
    both = pd.concat([own, shipped.percentiles], ignore_index=True).drop_duplicates(KEYS)
    averages = pd.concat([shipped.averages, averages], ignore_index=True)
    return NationalTables(percentiles=both, averages=averages.drop_duplicates(["measure", "phase", "year"]))


def table_for(
    measure: str, phase: str, year: int, release: str = "final", tables: NationalTables | None = None
) -> PercentileTable | None:
    """Return the table in which to look a measure up, or None if there are no figures to look up.

    The exact table comes first, then another release of the same year, then an estimate: the newest earlier spread, or
    else the oldest later one, shifted by the change of the national average. None for a measure that was not published
    that year, on which the phase is not compared, or for which no table is known.

    Source: trajectories/README.md, rule S2.
    """
    known = measures().get(measure)
    if known is None or phase not in known.phases or not known.is_published(year):
        return None
    return _table_for(measure, phase, int(year), release, tables or load_tables())


@lru_cache(maxsize=4096)
def _table_for(measure: str, phase: str, year: int, release: str, tables: NationalTables) -> PercentileTable | None:
    rows = tables.percentiles
    rows = rows[(rows["measure"] == measure) & (rows["phase"] == phase)]
    if rows.empty:
        return None
    same_year = rows[rows["year"] == year]
    if same_year.empty:
        return _estimated(rows, measure, phase, year, release, tables)
    exact = same_year[same_year["release"] == release]
    row = (exact if len(exact) else _newest_release(same_year)).iloc[0]
    average, average_note = _average(measure, phase, year, row, tables)
    note = f"Calculated from the {row['release']} results of {school_year_label(year)} for {row['schools']:,} schools."
    provenance = "computed" if len(exact) else "other release"
    return _table(row, year, release, row[COLUMNS].to_numpy(float), provenance, note, average, average_note)


def _estimated(
    rows: pd.DataFrame, measure: str, phase: str, year: int, release: str, tables: NationalTables
) -> PercentileTable:
    earlier = rows[rows["year"] < year]
    base_year = earlier["year"].max() if len(earlier) else rows["year"].min()
    row = _newest_release(rows[rows["year"] == base_year]).iloc[0]
    average, average_note = _average(measure, phase, year, row, tables)
    base, _ = _average(measure, phase, int(base_year), row, tables)
    known = measures()[measure]
    values = np.clip(row[COLUMNS].to_numpy(float) + (average - base), known.lowest, known.highest)
    note = (
        f"Estimated: the tables do not have schools' results for {school_year_label(year)}, so Sightline shifts the "
        f"spread of {school_year_label(int(base_year))} to the national average. {average_note}"
    )
    return _table(row, year, release, values, "estimated", note, average, average_note)


def _table(
    row: pd.Series,
    year: int,
    release: str,
    values: npt.NDArray[np.float64],
    provenance: str,
    note: str,
    average: float,
    average_note: str,
) -> PercentileTable:
    return PercentileTable(
        measure=str(row["measure"]),
        phase=str(row["phase"]),
        year=year,
        release=release,
        values=tuple(values.tolist()),
        schools=int(row["schools"]),
        mean=float(row["mean"]),
        provenance=provenance,
        note=note,
        average=average,
        average_note=average_note,
    )


def _newest_release(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values("release", key=lambda releases: releases.map(NEWEST_RELEASE.index))


def _average(measure: str, phase: str, year: int, row: pd.Series, tables: NationalTables) -> tuple[float, str]:
    fixed = measures()[measure].average
    if fixed is not None:
        return fixed, "The national average is fixed by definition."
    averages = tables.averages
    same = averages[(averages["measure"] == measure) & (averages["phase"] == phase)]
    exact = same[same["year"] == year]
    if len(exact):
        return float(
            exact["value"].iloc[0]
        ), f"National average for {school_year_label(year)}: {exact['source'].iloc[0]}."
    if int(row["year"]) == year:
        return float(row["mean"]), "There is no national figure, so Sightline uses the mean of the schools."
    if same.empty:
        return float(row["mean"]), "There is no national figure for any year, so Sightline does not shift the spread."
    earlier = same[same["year"] < year]
    nearest = (earlier if len(earlier) else same).sort_values("year").iloc[-1 if len(earlier) else 0]
    used = school_year_label(int(nearest["year"]))
    return float(
        nearest["value"]
    ), f"There is no national figure for {school_year_label(year)} yet, so Sightline uses that of {used}."


def percentile_in(table: PercentileTable, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the national percentile of values in a table: 0.5 (worst) to 99.5 (best), NaN for NaN.

    Between two entries the percentile is interpolated. A value that several entries share gets the middle of them. 100
    is best: if lower values are better, the scale is reversed.
    """
    distinct, ranks = _curve(table)
    answer = np.interp(np.asarray(values, dtype=float), distinct, ranks, left=0.5, right=99.5)
    turned: npt.NDArray[np.float64] = 100 - answer if measures()[table.measure].lower_is_better else answer
    return turned


def _curve(table: PercentileTable) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    distinct, first, ties = np.unique(table.values, return_index=True, return_counts=True)
    return distinct, np.array(PERCENTS)[first] + (ties - 1) / 2


def percentile_of(
    measure: str,
    phase: str,
    year: int,
    release: str,
    value: float | None,
    tables: NationalTables | None = None,
) -> float | None:
    """Return the national percentile of one value (100 is best), or None if there is not one.

    None for a missing value, an unpublished year, or a measure or phase without a table: never zero.

    >>> percentile_of("P8MEA", "secondary", 2020, "final", 0.3) is None
    True
    """
    table = table_for(measure, phase, year, release, tables)
    if table is None or value is None or np.isnan(value):
        return None
    return round(float(percentile_in(table, value)), 2)


def value_at(table: PercentileTable, percentile: float) -> float:
    """Return the value at a national percentile (100 is best), in the measure's unit."""
    return float(values_at(table, percentile))


def values_at(table: PercentileTable, percentiles: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the values at many national percentiles (100 is best), NaN for NaN."""
    asked = np.asarray(percentiles, dtype=float)
    distinct, ranks = _curve(table)
    ours = 100 - asked if measures()[table.measure].lower_is_better else asked
    return np.asarray(np.interp(ours, ranks, distinct), dtype=float)


def percentiles_of(results: pd.DataFrame, tables: NationalTables | None = None) -> pd.DataFrame:
    """Return a copy of a frame with the national percentile of each row.

    ``results`` has ``measure, phase, year, release, value``. Added are ``percentile`` (NaN if there is not one),
    ``table_provenance`` and ``table_note`` (empty if there is no table). The order of rows stays.
    """
    values = results["value"].to_numpy(dtype=float)
    percentiles = np.full(len(results), np.nan)
    provenance, note = np.full(len(results), "", dtype=object), np.full(len(results), "", dtype=object)
    groups: Mapping[Any, Any] = results.groupby(KEYS).indices
    for (measure, phase, year, release), rows in groups.items():
        if table := table_for(measure, phase, year, release, tables):
            percentiles[rows] = percentile_in(table, values[rows])
            provenance[rows], note[rows] = table.provenance, table.note
    return results.assign(percentile=percentiles, table_provenance=provenance, table_note=note)
