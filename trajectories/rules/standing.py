"""Standing: each school's headline measure of the year, with its national percentile and its band."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kpis.rules.figures_in_words import MINUS, ordinal
from schools.rules.terms import school_year_label
from trajectories.rules.headline import COASTING_YEARS, HEADLINES, headline_results, history_of
from trajectories.rules.journey_rules import JourneyRules
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import NationalTables
from trajectories.rules.reference_lines import BANDS, ReferenceSet, standard_reference

COMPARED_AS = {"primary": ("primary",), "secondary": ("secondary",), "all-through": ("primary", "secondary")}
COLUMNS = ["urn", "phase_of_education", "measure", "year", "release", "value", "status"]
GAPS = {
    "not_published": "the figure was not published",
    "no_entries": "no pupil was entered",
    "not_applicable": "the measure does not apply to the school",
    "suppressed": "the figure is suppressed because it is based on few pupils",
    "low_coverage": "the figure covers too few of the school's pupils",
    "new_school": "the school was new that year",
    "special_school": "the measure is not published for special schools",
    "redacted": "the figure was withheld",
    "blank": "the figure is empty in the published file",
    "not_collected": "the figure was not collected",
    "too_few_pupils": "the figure is based on too few pupils",
    "to_follow": "the figure is still to come",
}

_Key = tuple[int, str, int]  # URN, phase, year.


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A school's result in one year and one phase of education, compared nationally; or why it is not known.

    ``percentile`` is national, 100 is best. ``standard_error`` is in percentile points, None if no confidence interval
    was published. ``band`` is 0 (below the floor) to 4 (top 15%). All are None in a gap year, and ``reason`` says why.
    ``provenance`` is that of the line that decided the band. ``estimated`` means that the percentile was read from
    another year's spread. ``coasting`` follows the official definition over three years running, and is None if the
    definition was not in force or a year is not known.
    """

    urn: int
    phase: str
    year: int
    status: str
    reason: str
    measure: str | None = None
    measure_name: str | None = None
    value: float | None = None
    release: str | None = None
    percentile: float | None = None
    standard_error: float | None = None
    cohort: float | None = None  # The school's usual number of pupils.
    band: int | None = None
    band_name: str | None = None
    provenance: str | None = None
    estimated: bool = False
    table_note: str = ""
    reference_version: str = ""
    coasting: bool | None = None


def standings(
    results: pd.DataFrame,
    *,
    years: Iterable[int] | None = None,
    reference: ReferenceSet | None = None,
    tables: NationalTables | None = None,
) -> list[Standing]:
    """Return the standing of every school in every year and phase, with gaps, by URN, phase and year.

    ``results`` has the columns ``urn, phase_of_education, measure, year, release, value, status``, one row for each
    published figure of all pupils. Rows of the measures P8CILOW and P8CIUPP show how precise Progress 8 is and decide
    the official floor. A column ``cohort`` shows how precise other measures are. A year without a row is a gap if it is
    between a school's first and last year or in ``years``. A final figure takes precedence over a revised one, and that
    over a provisional one. Schools that are not mainstream have only gaps: they are not compared with mainstream
    schools.

    Source: trajectories/README.md, rules S1 to S6.

    Raises:
        ValueError: a column is missing, or a school has two rows of one measure, year and release.
    """
    frame = _checked(results)
    asked_years = sorted({int(year) for year in years}) if years is not None else None
    reference = reference or standard_reference()
    compared = _by_phase(frame)
    placed = _placed(compared, reference, tables)
    answer = []
    held: dict[_Key, list[tuple[str, str]]] = defaultdict(list)
    columns = (compared[name] for name in ("urn", "phase", "year", "measure", "status"))
    for urn, phase, year, measure, status in zip(*columns, strict=True):
        held[urn, phase, year].append((measure, status))
    spans = compared.groupby(["urn", "phase"])["year"].agg(["min", "max"]).reset_index()
    for urn, phase, first, last in spans.itertuples(index=False, name=None):
        for year in asked_years or range(first, last + 1):
            key = (urn, phase, year)
            answer.append(placed.get(key) or _gap(urn, phase, year, sorted(held.get(key, [])), reference))
    return answer


def _checked(results: pd.DataFrame) -> pd.DataFrame:
    missing = [column for column in COLUMNS if column not in results]
    if missing:
        raise ValueError(f"results need the columns {', '.join(missing)}")
    twice = results[results.duplicated(["urn", "measure", "year", "release"])]
    if len(twice):
        raise ValueError(f"two results for one school and measure: {twice.iloc[0][COLUMNS].to_dict()}")
    usable = (results["status"] == "value") & results["value"].notna()
    kept = [*COLUMNS, *results.columns.intersection(["cohort"])]
    return results[kept].assign(value=pd.to_numeric(results["value"]).where(usable))


def _by_phase(frame: pd.DataFrame) -> pd.DataFrame:
    belongs = {"P8CILOW": "secondary", "P8CIUPP": "secondary"}
    belongs |= {code: measure.phases[0] for code, measure in measures().items() if len(measure.phases) == 1}
    measured = frame["measure"].map(belongs)
    pairs = pd.Series(list(zip(frame["phase_of_education"], measured, strict=True)), index=frame.index)
    own = [phase in COMPARED_AS.get(education, ()) for education, phase in pairs]
    stranger = ~frame["phase_of_education"].isin(list(COMPARED_AS))
    phase = measured.where(pd.Series(own, index=frame.index), frame["phase_of_education"])
    return frame.assign(phase=phase)[pd.Series(own, index=frame.index) | stranger]


def _placed(compared: pd.DataFrame, reference: ReferenceSet, tables: NationalTables | None) -> dict[_Key, Standing]:
    rows = headline_results(compared[compared["phase"].isin(list(HEADLINES))], reference=reference, tables=tables)
    placed = [_standing(row, reference.version) for row in rows.to_dict("records")]
    return {(standing.urn, standing.phase, standing.year): standing for standing in placed}


def _standing(row: dict[Any, Any], version: str) -> Standing:
    known, band, year = measures()[row["measure"]], int(row["band"]), int(row["year"])
    shown = f"{row['value']:.{known.decimals}f}{'%' if known.unit == '%' else ''}".replace("-", MINUS)
    reason = (
        f"{known.name} of {shown} is at the {ordinal(row['percentile'])} national "
        f"percentile for {school_year_label(year)}: {BANDS[band][0].lower()}{BANDS[band][1:]}."
    )
    coasting = None if np.isnan(row["coasting"]) else bool(row["coasting"])
    if coasting:
        years = [school_year_label(past) for past in range(year - COASTING_YEARS + 1, year + 1)]
        reason += f" Coasting by the official definition: below its line in {', '.join(years[:-1])} and {years[-1]}."
    return Standing(
        urn=int(row["urn"]),
        phase=row["phase"],
        year=year,
        status="value",
        reason=reason,
        measure=row["measure"],
        measure_name=known.name,
        value=float(row["value"]),
        release=row["release"],
        percentile=float(row["percentile"]),
        standard_error=None if np.isnan(row["standard_error"]) else float(row["standard_error"]),
        cohort=None if np.isnan(row["cohort"]) else float(row["cohort"]),
        band=band,
        band_name=BANDS[band],
        provenance=row["line_provenance"],
        estimated=bool(row["estimated"]),
        table_note=row["table_note"],
        reference_version=version,
        coasting=coasting,
    )


def _gap(urn: int, phase: str, year: int, held: list[tuple[str, str]], reference: ReferenceSet) -> Standing:
    status, why = _why(phase, year, held)
    return Standing(
        urn=urn,
        phase=phase,
        year=year,
        status=status,
        reason=f"{school_year_label(year)}: {why}.",
        reference_version=reference.version,
    )


def _why(phase: str, year: int, held: list[tuple[str, str]]) -> tuple[str, str]:
    if phase not in HEADLINES:
        return "not_applicable", f"{phase} schools are not compared with mainstream schools"
    published = [code for code in HEADLINES[phase] if measures()[code].is_published(year)]
    if not published:
        return "not_published", "no school's results were published"
    given = [status for code in published for measure, status in held if measure == code and status != "value"]
    if given:
        return given[0], GAPS.get(given[0], "there is no figure")
    return "not_collected", "there is no result for the headline measure"


def trajectory_frame(found: Sequence[Standing], *, rules: JourneyRules | None = None) -> pd.DataFrame:
    """Return standings as the frame that ``trajectory.placements`` takes, one row for each school and year.

    Columns ``school, year, percentile, standard_error, measure, estimated``; gap years have a NaN percentile. The
    standard error comes from ``headline.history_of``. Pass one phase of education at a time: an
    all-through school has two histories.

    Source: trajectories/README.md, rule T2.
    """
    names = ["urn", "phase", "year", "percentile", "standard_error", "cohort", "measure", "estimated"]
    frame = pd.DataFrame([[getattr(standing, name) for name in names] for standing in found], columns=names)
    return history_of(frame.astype({"percentile": float, "standard_error": float, "cohort": float}), rules=rules)
