"""The headline measure of every school and year at once: its percentile, its standard error and its band."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from trajectories.rules.journey_rules import SCATTER, JourneyRules, standard_rules
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import (
    KEYS,
    NEWEST_RELEASE,
    NationalTables,
    PercentileTable,
    mean_percentiles,
    percentile_in,
    table_for,
)
from trajectories.rules.reference_lines import ReferenceSet, bands_of, fail_own_test, lines_on, standard_reference
from trajectories.rules.shape import Floats

HEADLINES = {
    "secondary": ("P8MEA", "ATT8SCR"),
    "primary": ("PTRWM_EXP", "KS2PROGRESS"),
}  # The first one that a school has wins.
LOWER, UPPER = "P8CILOW", "P8CIUPP"
SCHOOL_YEAR = ["urn", "phase", "year"]
COASTING_YEARS = 3
SMALLEST_ERROR = 0.5  # Percentile points. At the ends of the scale the interval has no measurable width.


def headline_results(
    results: pd.DataFrame, *, reference: ReferenceSet | None = None, tables: NationalTables | None = None
) -> pd.DataFrame:
    """Return the headline of every school, phase of education and year that has one, by phase and year.

    ``results`` has the columns ``urn, phase, measure, year, release, value``, one row for each figure of a school that
    is compared; rows without a value are ignored. The answer has the columns ``urn, phase, year, measure, release,
    value, percentile`` (national, 100 is best), ``standard_error`` (percentile points, NaN if no interval was
    published), ``band`` (0 to 4), ``line_provenance`` (of the line that decided the band), ``estimated``,
    ``table_note``, ``cohort`` (the school's usual number of pupils, NaN if ``results`` does not say), and ``coasting``:
    1 if the school failed the official test in that year and the two before, 0 if not, NaN if that is not known or no
    definition was in force.

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
        _banded(rows, {code: figures[at] for code, figures in values.items()}, reference, table)
        for rows, at, table in _by_table(headline, tables)
    ]
    answer = pd.concat(parts, ignore_index=True) if parts else headline.assign(**dict.fromkeys(_ADDED))
    answer = answer.assign(cohort=_cohorts(results, answer))
    return answer.assign(coasting=_three_years(answer)).drop(columns=["rank", "fails_coasting"])


_ADDED = ("standard_error", "band", "line_provenance", "fails_coasting", "estimated", "table_note")


def _needed(headline: Iterable[str], reference: ReferenceSet) -> list[str]:
    """Return the measures from which a headline, its standard error or a line's own test is read."""
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
    """Return the rows that have a percentile in a table, with the percentile."""
    percentile = np.full(len(possible), np.nan)
    groups: Mapping[Any, Any] = possible.groupby(KEYS).indices
    for (measure, phase, year, release), rows in groups.items():
        if table := table_for(measure, phase, int(year), release, tables):
            percentile[rows] = percentile_in(table, possible["value"].to_numpy(float)[rows])
    return possible.assign(percentile=percentile.round(2)).dropna(subset=["percentile"])


def _cohorts(results: pd.DataFrame, answer: pd.DataFrame) -> Floats:
    """Return the usual cohort of each row's school: the median of all its years, NaN if none is known."""
    if "cohort" not in results:
        return np.full(len(answer), np.nan)
    headline = [code for codes in HEADLINES.values() for code in codes]
    ranked = [part for code in headline for part in (code, *measures()[code].made_from)]
    sized = results[results["cohort"].gt(0) & results["measure"].isin(ranked)].astype({"phase": object})
    usual = sized.groupby(["urn", "phase"])["cohort"].median()
    return usual.reindex(pd.MultiIndex.from_frame(answer[["urn", "phase"]])).to_numpy(float)


def _by_table(
    headline: pd.DataFrame, tables: NationalTables | None
) -> list[tuple[pd.DataFrame, npt.NDArray[np.intp], PercentileTable]]:
    parts = []
    groups: Mapping[Any, Any] = headline.groupby(KEYS).indices
    for (measure, phase, year, release), rows in groups.items():
        table = table_for(measure, phase, int(year), release, tables)
        assert table is not None  # It is the table that gave these rows their percentile.
        parts.append((headline.iloc[rows], rows, table))
    return parts


def _beside(headline: pd.DataFrame, newest: pd.DataFrame) -> dict[str, Floats]:
    """Return the other figures of each headline's school and year, by measure, NaN if there are not any."""
    at = pd.MultiIndex.from_frame(headline[SCHOOL_YEAR])
    figures = {}
    for code, rows in newest.groupby("measure"):
        own = pd.Series(rows["value"].to_numpy(float), index=pd.MultiIndex.from_frame(rows[SCHOOL_YEAR]))
        figures[str(code)] = own.reindex(at).to_numpy()
    return figures


def _banded(
    rows: pd.DataFrame, values: Mapping[str, Floats], reference: ReferenceSet, table: PercentileTable
) -> pd.DataFrame:
    lines = lines_on(reference, table)
    band, settled_by = bands_of(rows["percentile"].to_numpy(float), values, lines)
    coasting = [line for line, _ in lines if line.code == "coasting" and line.provenance == "official"]
    unknown = np.full(len(rows), np.nan)
    return rows.assign(
        standard_error=_standard_errors(table, values.get(LOWER, unknown), values.get(UPPER, unknown)),
        band=band,
        line_provenance=settled_by,
        fails_coasting=fail_own_test(coasting[0], values, len(rows)) if coasting else unknown,
        estimated=table.estimated,
        table_note=table.note,
    )


def _standard_errors(table: PercentileTable, lower: Floats, upper: Floats) -> Floats:
    """Return the standard errors of Progress 8 percentiles, from the confidence intervals; NaN for other measures.

    The published interval is 95%: 1.96 standard errors on either side.
    """
    if table.measure != "P8MEA":
        return np.full(len(lower), np.nan)
    width = percentile_in(table, upper) - percentile_in(table, lower)
    return np.maximum(width / (2 * 1.96), SMALLEST_ERROR).round(2)


def _three_years(answer: pd.DataFrame) -> pd.Series:
    """Return whether a school failed the official coasting test in each of three consecutive years.

    One pass is enough not to be coasting. To be coasting, all three years must be known to have failed.
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


def history_of(found: pd.DataFrame, *, rules: JourneyRules | None = None) -> pd.DataFrame:
    """Return headlines as the frame that ``place_schools`` takes: one row for each school and year.

    Columns ``school, year, percentile, standard_error, measure, estimated``. The standard error combines the published
    interval and the phase's usual wobble. Without an interval it is the measure's error for the school's ``cohort`` if
    that is known, or else the measure's usual error. Pass one phase of education at a time.

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
