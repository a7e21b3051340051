"""The headline measure of every school and year at once: its percentile, how well it is known, and its band."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from trajectories.rules.measures import measures
from trajectories.rules.percentiles import (
    KEYS,
    NEWEST_RELEASE,
    NationalTables,
    Table,
    mean_percentiles,
    percentile_in,
    table_for,
)
from trajectories.rules.reference import ReferenceSet, bands_of, failing, lines_on, standard_reference
from trajectories.rules.ruleset import SCATTER, RuleSet, standard_rules
from trajectories.rules.shape import Floats

HEADLINES = {
    "secondary": ("P8MEA", "ATT8SCR"),
    "primary": ("PTRWM_EXP", "KS2PROGRESS"),
}  # The first held wins.
LOWER, UPPER = "P8CILOW", "P8CIUPP"
SCHOOL_YEAR = ["urn", "phase", "year"]
COASTING_YEARS = 3
SMALLEST_ERROR = 0.5  # Percentile points: at the ends of the scale the interval has no width to be measured.


def headlines(
    results: pd.DataFrame, *, reference: ReferenceSet | None = None, tables: NationalTables | None = None
) -> pd.DataFrame:
    """Return the headline of every school, phase of education and year that has one, by phase and year.

    ``results`` has the columns ``urn, phase, measure, year, release, value``, one row a figure of a school that is
    compared; rows without a value say nothing. The answer has the columns ``urn, phase, year, measure, release, value,
    percentile`` (national, 100 is best), ``standard_error`` (percentile points, NaN where no interval was published),
    ``band`` (0 to 4), ``line_provenance`` (of the line that settled the band), ``estimated``, ``table_note``,
    ``cohort`` (the school's usual number of pupils, NaN where ``results`` does not say), and
    ``coasting``: 1 where the official test held in that year and the two before, 0 where it did not, NaN where that
    is not known or no definition was in force.

    Source: trajectories/README.md, rules S1 to S6. There is no loop over schools.
    """
    reference = reference or standard_reference()
    rank = {code: place for codes in HEADLINES.values() for place, code in enumerate(codes)}
    newest = _newest(results[results["measure"].isin(_needed(rank, reference))])
    made = [mean_percentiles(newest, code, tables) for code in rank if measures()[code].made_from]
    possible = pd.concat([newest[newest["measure"].isin(list(rank))], *made], ignore_index=True)
    ranked = _in_tables(possible.assign(rank=possible["measure"].map(rank)), tables)
    headline = ranked.sort_values("rank", kind="stable").drop_duplicates(SCHOOL_YEAR)
    values = _beside(headline, newest)
    parts = [
        _banded(rows, {code: each[at] for code, each in values.items()}, reference, table)
        for rows, at, table in _by_table(headline, tables)
    ]
    answer = pd.concat(parts, ignore_index=True) if parts else headline.assign(**dict.fromkeys(_ADDED))
    answer = answer.assign(cohort=_cohorts(results, answer))
    return answer.assign(coasting=_three_years(answer)).drop(columns=["rank", "fails_coasting"])


_ADDED = ("standard_error", "band", "line_provenance", "fails_coasting", "estimated", "table_note")


def _needed(headline: Iterable[str], reference: ReferenceSet) -> list[str]:
    """Return the measures that a headline, its standard error or a line's own test is read from."""
    parts = [part for code in headline for part in measures()[code].made_from]
    tested = [test[0] for line in reference.lines for test in (*line.all, *line.any)]
    return sorted({*headline, *parts, *tested, LOWER, UPPER})


def _newest(results: pd.DataFrame) -> pd.DataFrame:
    """Keep the best release of each figure that has a value."""
    known = results.loc[results["value"].notna(), [*SCHOOL_YEAR, "measure", "release", "value"]]
    known = known.astype({"phase": object, "measure": object, "release": object})
    order = known["release"].map({name: place for place, name in enumerate(NEWEST_RELEASE)})
    best = known.assign(order=order).sort_values("order", kind="stable")
    return best.drop_duplicates([*SCHOOL_YEAR, "measure"]).drop(columns="order")


def _in_tables(possible: pd.DataFrame, tables: NationalTables | None) -> pd.DataFrame:
    """Return the rows that a table gives a percentile, with it."""
    percentile = np.full(len(possible), np.nan)
    groups: Mapping[Any, Any] = possible.groupby(KEYS).indices
    for (measure, phase, year, release), rows in groups.items():
        if table := table_for(measure, phase, int(year), release, tables):
            percentile[rows] = percentile_in(table, possible["value"].to_numpy(float)[rows])
    return possible.assign(percentile=percentile.round(2)).dropna(subset=["percentile"])


def _cohorts(results: pd.DataFrame, answer: pd.DataFrame) -> Floats:
    """Return the usual cohort of each row's school: the median of all its years, NaN where none is known."""
    if "cohort" not in results:
        return np.full(len(answer), np.nan)
    ranked = [code for codes in HEADLINES.values() for each in codes for code in (each, *measures()[each].made_from)]
    sized = results[results["cohort"].gt(0) & results["measure"].isin(ranked)].astype({"phase": object})
    usual = sized.groupby(["urn", "phase"])["cohort"].median()
    return usual.reindex(pd.MultiIndex.from_frame(answer[["urn", "phase"]])).to_numpy(float)


def _by_table(
    headline: pd.DataFrame, tables: NationalTables | None
) -> list[tuple[pd.DataFrame, npt.NDArray[np.intp], Table]]:
    found = []
    groups: Mapping[Any, Any] = headline.groupby(KEYS).indices
    for (measure, phase, year, release), rows in groups.items():
        table = table_for(measure, phase, int(year), release, tables)
        assert table is not None  # It gave these rows their percentile.
        found.append((headline.iloc[rows], rows, table))
    return found


def _beside(headline: pd.DataFrame, newest: pd.DataFrame) -> dict[str, Floats]:
    """Return the other figures of each headline's school and year, by measure; NaN where there is none."""
    at = pd.MultiIndex.from_frame(headline[SCHOOL_YEAR])
    found = {}
    for code, rows in newest.groupby("measure"):
        own = pd.Series(rows["value"].to_numpy(float), index=pd.MultiIndex.from_frame(rows[SCHOOL_YEAR]))
        found[str(code)] = own.reindex(at).to_numpy()
    return found


def _banded(rows: pd.DataFrame, values: Mapping[str, Floats], reference: ReferenceSet, table: Table) -> pd.DataFrame:
    lines = lines_on(reference, table)
    band, settled_by = bands_of(rows["percentile"].to_numpy(float), values, lines)
    coasting = [line for line, _ in lines if line.code == "coasting" and line.provenance == "official"]
    unknown = np.full(len(rows), np.nan)
    return rows.assign(
        standard_error=_standard_errors(table, values.get(LOWER, unknown), values.get(UPPER, unknown)),
        band=band,
        line_provenance=settled_by,
        fails_coasting=failing(coasting[0], values, len(rows)) if coasting else unknown,
        estimated=table.estimated,
        table_note=table.note,
    )


def _standard_errors(table: Table, lower: Floats, upper: Floats) -> Floats:
    """Return how well Progress 8 percentiles are known, from the confidence intervals; NaN for other measures.

    The published interval is 95%: 1.96 standard errors either way.
    """
    if table.measure != "P8MEA":
        return np.full(len(lower), np.nan)
    width = percentile_in(table, upper) - percentile_in(table, lower)
    return np.maximum(width / (2 * 1.96), SMALLEST_ERROR).round(2)


def _three_years(answer: pd.DataFrame) -> pd.Series:
    """Say whether a school failed the official coasting test in each of three years running.

    One year passed is enough not to be coasting; all three must be known to have failed.
    """
    own = pd.Series(answer["fails_coasting"].to_numpy(float), index=pd.MultiIndex.from_frame(answer[SCHOOL_YEAR]))
    tests = []
    for back in range(COASTING_YEARS):
        earlier = answer[SCHOOL_YEAR].assign(year=answer["year"] - back)
        tests.append(own.reindex(pd.MultiIndex.from_frame(earlier)).to_numpy())
    years = np.stack(tests)
    passed, unknown = (years == 0).any(axis=0), np.isnan(years).any(axis=0)
    in_force = ~np.isnan(years[0])
    coasting = np.where(passed, 0.0, np.where(unknown, np.nan, 1.0))
    return pd.Series(np.where(in_force, coasting, np.nan), index=answer.index)


def history_of(found: pd.DataFrame, *, rules: RuleSet | None = None) -> pd.DataFrame:
    """Return headlines as the frame that ``decision.decide`` takes: one row a school and year.

    Columns ``school, year, percentile, standard_error, measure, estimated``. The standard error is the published
    interval's and the phase's usual wobble together; without an interval it is that of the measure for the school's
    ``cohort``, where that is known, else the measure's usual one. Pass one phase of education at a time.

    Source: trajectories/README.md, rule T2.
    """
    rules = rules or standard_rules()
    given = found["standard_error"].to_numpy(float)
    wobble = found["phase"].map(rules.wobble).to_numpy(float)
    cohort = found["cohort"].to_numpy(float) if "cohort" in found else np.full(len(found), np.nan)
    scatter = {name: found["measure"].map(rules.scatter_of(name)).to_numpy(float) for name in SCATTER}
    sized = np.hypot(scatter["alike"], scatter["pupils"] / np.sqrt(cohort))
    usual = np.where(np.isnan(cohort), scatter["usual"], sized)
    frame = found[["year", "percentile", "measure", "estimated"]].copy()
    frame.insert(0, "school", found["urn"])
    frame.insert(3, "standard_error", np.where(np.isnan(given), usual, np.hypot(given, wobble)))
    return frame.reset_index(drop=True)
