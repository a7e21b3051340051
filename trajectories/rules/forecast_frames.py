"""What a forecast needs of published files: histories in percentiles, and context."""

import pandas as pd

from trajectories.rules.forecast_model import CONTEXT, measures_of
from trajectories.rules.measures import measures
from trajectories.rules.national import National
from trajectories.rules.percentiles import NEWEST_RELEASE, NationalTables, mean_percentiles, percentiles_of

NAMED = ["urn", "measure", "year", "percentile", "value", "cohort"]
COHORTS = {"secondary": "TPUP", "primary": "TELIG"}


def history_of(found: National, phase: str, *, tables: NationalTables | None = None) -> pd.DataFrame:
    """Return the history of every mainstream school of a phase: ``urn, measure, year, percentile, value, cohort``.

    The newest release of each year counts. The cohort is the number of pupils at the end of the key stage.
    """
    rows = found.results[(found.results["phase_of_education"] == phase) & found.results["comparable"]]
    wanted = [code for code in measures_of(phase) if not measures()[code].made_from]
    known = rows[rows["measure"].isin(wanted) & (rows["status"] == "value")]
    plain = {"measure": str, "release": str, "phase_of_education": str}
    known = known.astype(plain).rename(columns={"phase_of_education": "phase"})
    known = known.assign(order=known["release"].map(NEWEST_RELEASE.index)).sort_values("order", kind="stable")
    known = known.drop_duplicates(["urn", "measure", "year"])
    columns = ["urn", "measure", "phase", "year", "release", "value"]
    made = [
        mean_percentiles(known[columns], code, tables or found.tables)
        for code in measures_of(phase)
        if measures()[code].made_from
    ]
    both = pd.concat([known[columns], *made], ignore_index=True)
    placed = percentiles_of(both, tables or found.tables).dropna(subset=["percentile"])
    pupils = rows[(rows["measure"] == COHORTS[phase]) & (rows["status"] == "value")]
    cohort = pupils.groupby("urn")["value"].median()
    return placed.assign(cohort=placed["urn"].map(cohort))[NAMED].reset_index(drop=True)


def context_of(found: National) -> pd.DataFrame:
    """Return the context of every school: ``urn, measure, year, value``, for the measures that forecasts read."""
    rows = found.context[found.context["measure"].isin(list(CONTEXT)) & (found.context["status"] == "value")]
    return (
        rows.astype({"measure": str})[["urn", "measure", "year", "value"]]
        .drop_duplicates(["urn", "measure", "year"])
        .reset_index(drop=True)
    )
