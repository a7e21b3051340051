"""What forecasts need from published files, and forecasts of every school in the files."""

from collections.abc import Sequence

import pandas as pd

from trajectories.rules.forecast import NUMBERS, forecast_frame
from trajectories.rules.forecast_model import CONTEXT, measures_of
from trajectories.rules.headline import headline_results
from trajectories.rules.measures import measures
from trajectories.rules.national_files import NationalFiles
from trajectories.rules.percentiles import NEWEST_RELEASE, NationalTables, mean_percentiles, percentiles_of
from trajectories.rules.reference_lines import ReferenceSet

HISTORY = ["urn", "measure", "year", "percentile", "value", "cohort", "standard_error"]
COLUMNS = [
    "urn",
    "measure",
    "year",
    "expected",
    "low80",
    "high80",
    "p_below_floor",
    "p_below_coasting",
    "p_below_average",
    "p_decline",
    "percentile",
    "percentile_low80",
    "percentile_high80",
    "p_bottom_fifth",
    "name",
    "phase_of_education",
    "reason",
]
COHORTS = {"secondary": "TPUP", "primary": "TELIG"}
PLAIN = {"measure": str, "release": str, "phase_of_education": str}
NOT_COMPARED = {
    "special": "Special schools are not compared with mainstream schools.",
    "other": "Independent schools, colleges and alternative provision are not compared with mainstream schools.",
    "mainstream": "No result is known, so Sightline cannot forecast the next one.",
}


def forecast_history(found: NationalFiles, phase: str, tables: NationalTables | None = None) -> pd.DataFrame:
    """Return the history of every mainstream school of a phase, in the columns of ``HISTORY``.

    The newest release of each year counts. The cohort is the number of pupils at the end of the key stage in the
    school's middle year. The standard error is that of a published interval, which only Progress 8 has.
    """
    tables = tables or found.tables
    rows = found.results[(found.results["phase_of_education"] == phase) & found.results["comparable"]]
    rows = rows[rows["status"] == "value"].astype(PLAIN).rename(columns={"phase_of_education": "phase"})
    rows = rows.assign(order=rows["release"].map(NEWEST_RELEASE.index)).sort_values("order", kind="stable")
    newest = rows.drop_duplicates(["urn", "measure", "year"]).drop(columns=["order", "cohort"])
    made = [mean_percentiles(newest, code, tables) for code in measures_of(phase) if measures()[code].made_from]
    both = pd.concat([newest[newest["measure"].isin(measures_of(phase))], *made], ignore_index=True)
    placed = percentiles_of(both, tables).dropna(subset=["percentile"])
    cohort = newest[newest["measure"] == COHORTS[phase]].groupby("urn")["value"].median()
    placed = placed.assign(cohort=placed["urn"].map(cohort))
    known = headline_results(newest, tables=tables)[["urn", "measure", "year", "standard_error"]]
    answer = placed.merge(known, on=["urn", "measure", "year"], how="left")
    return answer.astype({"standard_error": float})[HISTORY]


def forecast_context(found: NationalFiles) -> pd.DataFrame:
    """Return the context of every school: ``urn, measure, year, value`` for the measures that forecasts read."""
    rows = found.context[found.context["measure"].isin(list(CONTEXT)) & (found.context["status"] == "value")]
    rows = rows.astype({"measure": str})[["urn", "measure", "year", "value"]]
    return rows.drop_duplicates(["urn", "measure", "year"]).reset_index(drop=True)


def forecast_national(
    found: NationalFiles,
    *,
    year: int,
    phases: Sequence[str] = ("primary", "secondary"),
    reference: ReferenceSet | None = None,
) -> pd.DataFrame:
    """Return the forecasts for every school in published files and one school year, in the columns of ``COLUMNS``.

    There is one row for each school and headline measure, by URN. A school without a forecast has one row for each
    phase of education, with the reason and no measure. Results of ``year`` and later are not read.
    """
    context, parts = forecast_context(found), []
    for phase in phases:
        history = forecast_history(found, phase)
        history = history[history["year"] < year]
        ours = found.results.loc[(found.results["phase_of_education"] == phase).to_numpy(), "urn"]
        rest = found.schools[found.schools["urn"].isin(ours) & ~found.schools["urn"].isin(history["urn"])]
        parts.append(
            pd.DataFrame({"urn": rest["urn"], "measure": "", "year": year, "reason": rest["kind"].map(NOT_COMPARED)})
        )
        if len(history):
            parts[-1] = pd.concat(
                [
                    forecast_frame(
                        history, phase=phase, year=year, context=context, tables=found.tables, reference=reference
                    ),
                    parts[-1],
                ]
            )
        parts[-1] = parts[-1].assign(phase_of_education=phase)
    answer = pd.concat(parts, ignore_index=True).merge(found.schools[["urn", "name"]], on="urn", how="left")
    answer[list(NUMBERS)] = answer[list(NUMBERS)].astype(float)
    return answer[COLUMNS].sort_values(["urn", "phase_of_education"], kind="stable", ignore_index=True)
