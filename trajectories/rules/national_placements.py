"""Whole files of schools placed on the eight journeys: one row for each school and phase of education."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from trajectories.rules.comparable_years import usual_error_of
from trajectories.rules.headline import headline_results, history_of
from trajectories.rules.journey_probabilities import JourneyProbabilities, place_schools
from trajectories.rules.national_files import NationalFiles
from trajectories.rules.percentiles import FEWEST_SCHOOLS
from trajectories.rules.reference_lines import ReferenceSet, standard_reference

PROBABILITIES = [f"p_{letter}" for letter in "abcdefgh"] + ["p_none"]
COLUMNS = [
    "urn",
    "name",
    "phase_of_education",
    "years",
    "letter",
    *PROBABILITIES,
    "confidence",
    "rule",
    "runner_up",
    "reference_set",
    "reason_not_placed",
]
LEAST_ERROR = 1.0  # Percentile points: even schools exactly on straight lines are not known exactly.
NOT_COMPARED = {
    "special": "Not placed: special schools are not compared with mainstream schools, and fewer than "
    f"{FEWEST_SCHOOLS} special schools have this measure.",
    "other": "Not placed: independent schools, colleges and alternative provision are not compared with "
    "state-funded mainstream schools.",
}


def place_national(
    found: NationalFiles, *, phases: Iterable[str] = ("primary", "secondary"), reference: ReferenceSet | None = None
) -> pd.DataFrame:
    """Place every school of national files, in the columns of ``COLUMNS``, by URN and phase of education.

    An all-through school has a row for each phase. ``years`` are the comparable years used, joined by spaces.
    ``confidence`` is the probability of the letter, 0 to 1. ``reference_set`` is the version of the lines, the kind of
    schools compared, and the source of each year's percentiles. Special schools are compared with each other if at
    least 100 have the measure. Other schools that are not mainstream are not placed, and the reason says so.

    Source: trajectories/README.md, rules S1 to S8 and T1 to T16. There is no loop over schools.
    """
    reference = reference or standard_reference()
    parts = []
    for phase in phases:
        rows = found.results[(found.results["phase_of_education"] == phase).to_numpy()]
        schools = found.schools[found.schools["urn"].isin(rows["urn"])]
        for kind, tables in found.comparisons(phase).items():
            ours = schools[schools["kind"] == kind]
            of_kind = rows[rows["via_kind"].eq(kind).to_numpy() & rows["urn"].isin(ours["urn"]).to_numpy()]
            known = headline_results(of_kind.assign(phase=phase), reference=reference, tables=tables)
            history = pd.concat([history_of(known), _silent(ours, known, found.last_year)], ignore_index=True)
            placed = _rows(place_schools(history, phase=phase, reference=reference))
            says = f"{reference.version}; {kind} schools; {_sources(known, found.own_years(kind, phase))}"
            parts.append(placed.assign(phase_of_education=phase, reference_set=says))
        rest = schools[~schools["kind"].isin(list(found.comparisons(phase)))]
        reasons = rest["kind"].map(NOT_COMPARED)
        parts.append(pd.DataFrame({"school": rest["urn"], "phase_of_education": phase, "reason_not_placed": reasons}))
    # Kinds without a school would turn the numbers of the others into floats.
    placed = pd.concat(parts, ignore_index=True).rename(columns={"school": "urn"}).astype({"urn": np.int64})
    named = placed.merge(found.schools[["urn", "name"]], on="urn", how="left")
    return _as_file(named).sort_values(["urn", "phase_of_education"], ignore_index=True)


def place_percentiles(
    history: pd.DataFrame, *, phase: str = "secondary", reference: ReferenceSet | None = None
) -> pd.DataFrame:
    """Place the schools of a plain history of percentiles, in the columns of ``COLUMNS`` and the order of the schools.

    ``history`` is as ``journey_probabilities.place_schools`` takes it: ``school, year, percentile`` and, optionally,
    ``standard_error``. If it has no standard errors at all, the usual one comes from how its own schools scatter, if
    there are enough of them, and ``reference_set`` says so.

    Source: trajectories/README.md, rules T1 to T16.
    """
    reference = reference or standard_reference()
    says = f"{reference.version}; {phase} schools; percentiles as given"
    usual = None
    if "standard_error" not in history or history["standard_error"].isna().all():
        usual = usual_error_of(history)
    if usual is not None:
        usual = max(usual, LEAST_ERROR)
        says += f", with the usual error of {usual:.1f} found in them"
    placed = _rows(place_schools(history, phase=phase, reference=reference, usual_error=usual))
    return _as_file(placed.rename(columns={"school": "urn"}).assign(phase_of_education=phase, reference_set=says))


def _as_file(placed: pd.DataFrame) -> pd.DataFrame:
    words = [name for name in COLUMNS if name not in (*PROBABILITIES, "confidence")]
    whole = placed.reindex(columns=COLUMNS).astype(dict.fromkeys(words[1:], object))
    return whole.fillna(dict.fromkeys(words[1:], ""))


def _silent(schools: pd.DataFrame, known: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return a row without a percentile for each school without a headline, so that it gets a reason."""
    urns = schools.loc[~schools["urn"].isin(known["urn"]), "urn"]
    return pd.DataFrame({"school": urns, "year": year, "percentile": np.nan})


def _rows(decision: JourneyProbabilities) -> pd.DataFrame:
    return decision.frame().assign(years=_years(decision))


def _years(decision: JourneyProbabilities) -> pd.Series:
    """Return the comparable years of each school, joined by spaces. Each different set of years is written once."""
    known = decision.known
    years = np.unique(known["year"].to_numpy(int))
    held = np.zeros((len(decision.schools), len(years)), dtype=bool)
    held[
        pd.Index(decision.schools).get_indexer(pd.Index(known["school"])),
        np.searchsorted(years, known["year"].to_numpy(int)),
    ] = True
    patterns, which = np.unique(held, axis=0, return_inverse=True)
    texts = np.array([" ".join(map(str, years[pattern])) for pattern in patterns], dtype=object)
    return pd.Series(texts[which.ravel()])


def _sources(known: pd.DataFrame, own: Iterable[int]) -> str:
    """Return for each year whether its percentiles come from the files given, ship with Sightline or are estimated.

    >>> known = pd.DataFrame({"year": [2018, 2019, 2023], "estimated": [False, False, True]})
    >>> _sources(known, [2019])
    'percentiles from the files 2019, shipped 2018, estimated 2023'
    """
    years = known.groupby("year")["estimated"].any()
    kinds = {
        "from the files": [year for year in years.index if year in set(own)],
        "shipped": [year for year in years.index[~years.to_numpy(bool)] if year not in set(own)],
        "estimated": [year for year in years.index[years.to_numpy(bool)] if year not in set(own)],
    }
    texts = [f"{kind} {' '.join(map(str, of_kind))}" for kind, of_kind in kinds.items() if of_kind]
    return f"percentiles {', '.join(texts)}" if texts else "no percentiles"
