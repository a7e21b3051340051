"""Make the invented schools' published results from each school's national percentiles."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from demonstration.trust.story import SchoolStory
from published.dfe.value_statuses import ValueStatus
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import table_for, value_at

# How far each measure's percentile is from the headline's.
SECONDARY = {"ATT8SCR": 0, "P8MEA": 0, "PTL2BASICS_95": 2, "PTL2BASICS_94": -2, "EBACCAPS": -4, "PTEBACC_E_PTQ_EE": -8}
PRIMARY = {"PTRWM_EXP": 0, "PTRWM_HIGH": -5, "READPROG": 3, "WRITPROG": -2, "MATPROG": 1}
ABSENCE = {"PERCTOT": 0, "PPERSABS10": -3}
COHORT = {"secondary": 0.19, "primary": 0.14}
# Usual shares of pupils, and the shape of their spread: a higher number means less spread.
CENSUS = {
    "secondary": {"PNUMEAL": (14, 5), "PSENELSE": (2.2, 4), "PSENELK": (12, 8)},
    "primary": {"PNUMEAL": (16, 5), "PSENELSE": (2.4, 4), "PSENELK": (14, 8)},
}
PROGRESS_ERROR = 0.9  # One pupil's Progress 8 has a spread of about 1.2. With usual cohorts this makes usual intervals.
DISADVANTAGED = {"ATT8SCR": 0.76, "PTL2BASICS_95": 0.55, "PTRWM_EXP": 0.73}  # As a share of the figure for all pupils.


@dataclass(frozen=True, kw_only=True)
class StoryResult:
    """One row of a published file, for an invented school. ``value`` is in the measure's unit."""

    urn: int
    measure: str
    school_year: int
    pupil_group: str = "all"
    value: float | None
    status: ValueStatus = ValueStatus.VALUE
    lower: float | None = None
    upper: float | None = None
    cohort: float | None = None


def published_results(school: SchoolStory, years: list[int]) -> Iterator[StoryResult]:
    """Yield a school's published figures for each of ``years``, oldest first, as in its story."""
    random = np.random.default_rng(school.urn)
    cohort = round(school.pupils * COHORT[school.phase])
    own = SECONDARY if school.phase == "secondary" else PRIMARY
    for year, percentile in zip(years, school.percentiles, strict=True):
        for code, offset in own.items():
            standing = percentile if offset == 0 else percentile + offset + random.normal(0, 2)
            yield from _figure(school, code, year, standing, cohort)
        for code, offset in ABSENCE.items():
            standing = 50 + 22 * (school.lean + school.drift * (year - years[-1])) + offset + random.normal(0, 3)
            yield from _figure(school, code, year, standing, school.pupils)
        yield from _census(school, year)


def _census(school: SchoolStory, year: int) -> Iterator[StoryResult]:
    """Yield a school's invented census, the same every year, so that only its results change."""
    random = np.random.default_rng(school.urn + 1_000_000)
    shares = {
        "PNUMFSMEVER": 100 * school.disadvantaged,
        **{code: random.gamma(shape, mean / shape) for code, (mean, shape) in CENSUS[school.phase].items()},
    }
    yield StoryResult(urn=school.urn, measure="NOR", school_year=year, value=float(school.pupils))
    for code, share in shares.items():
        yield StoryResult(
            urn=school.urn, measure=code, school_year=year, value=round(share, 1), cohort=float(school.pupils)
        )


def _figure(school: SchoolStory, code: str, year: int, standing: float, cohort: int) -> Iterator[StoryResult]:
    row: dict[str, Any] = {"urn": school.urn, "measure": code, "school_year": year}
    table = table_for(code, school.phase, year)
    if year in measures()[code].not_published or table is None:
        yield StoryResult(**row, value=None, status=ValueStatus.NOT_PUBLISHED)
        return
    decimals = measures()[code].decimals
    value = round(value_at(table, float(np.clip(standing, 1, 99))), decimals)
    half = round(1.96 * PROGRESS_ERROR * 1.3 / np.sqrt(cohort), 2) if code == "P8MEA" else None
    limits = {"lower": round(value - half, 2), "upper": round(value + half, 2)} if half else {}
    yield StoryResult(**row, value=value, cohort=float(cohort), **limits)
    if share := DISADVANTAGED.get(code):
        yield _disadvantaged(school, row, value * share, cohort, decimals)


def _disadvantaged(school: SchoolStory, row: dict[str, Any], value: float, cohort: int, decimals: int) -> StoryResult:
    few = round(cohort * school.disadvantaged)
    if few < 6:
        return StoryResult(**row, pupil_group="disadvantaged", value=None, status=ValueStatus.SUPPRESSED)
    return StoryResult(**row, pupil_group="disadvantaged", value=round(value, decimals), cohort=float(few))
