"""Make the invented schools' published results from each school's national percentiles.

A percentage of pupils is one that the pupils of the year group can make.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from demonstration.trust.pupils import disadvantaged, disadvantaged_in_year_group, possible_part, year_group
from demonstration.trust.story import SchoolStory
from published.dfe.value_statuses import ValueStatus
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import table_for, value_at

# How far each measure's percentile is from the headline's.
SECONDARY = {"ATT8SCR": 0, "P8MEA": 0, "PTL2BASICS_95": 2, "PTL2BASICS_94": -2, "EBACCAPS": -4, "PTEBACC_E_PTQ_EE": -8}
PRIMARY = {"PTRWM_EXP": 0, "PTRWM_HIGH": -5, "READPROG": 3, "WRITPROG": -2, "MATPROG": 1}
ABSENCE = {"PERCTOT": 0, "PPERSABS10": -3}
NOT_OF_PUPILS = {"PERCTOT"}  # A percentage of sessions.
# Usual shares of pupils, and the shape of their spread: a higher number means less spread.
CENSUS = {
    "secondary": {"PNUMEAL": (14, 5), "PSENELSE": (2.2, 4), "PSENELK": (12, 8)},
    "primary": {"PNUMEAL": (16, 5), "PSENELSE": (2.4, 4), "PSENELK": (14, 8)},
}
FEWEST = 6  # The Department does not publish results of fewer pupils.
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
    cohort = year_group(school)
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
    counts = {
        "PNUMFSMEVER": disadvantaged(school),
        **{
            code: round(school.pupils * min(random.gamma(shape, mean / shape), 100) / 100)
            for code, (mean, shape) in CENSUS[school.phase].items()
        },
    }
    yield StoryResult(urn=school.urn, measure="NOR", school_year=year, value=float(school.pupils))
    for code, count in counts.items():
        share = round(100 * count / school.pupils, 1)
        yield StoryResult(urn=school.urn, measure=code, school_year=year, value=share, cohort=float(school.pupils))


def _figure(school: SchoolStory, code: str, year: int, standing: float, cohort: int) -> Iterator[StoryResult]:
    row: dict[str, Any] = {"urn": school.urn, "measure": code, "school_year": year}
    table = table_for(code, school.phase, year)
    if year in measures()[code].not_published or table is None:
        yield StoryResult(**row, value=None, status=ValueStatus.NOT_PUBLISHED)
        return
    decimals, level = measures()[code].decimals, value_at(table, float(np.clip(standing, 1, 99)))
    pupils = round(level * cohort / 100) if measures()[code].unit == "%" and code not in NOT_OF_PUPILS else None
    value = round(level if pupils is None else 100 * pupils / cohort, decimals)
    half = round(1.96 * PROGRESS_ERROR * 1.3 / np.sqrt(cohort), 2) if code == "P8MEA" else None
    limits = {"lower": round(value - half, 2), "upper": round(value + half, 2)} if half else {}
    yield StoryResult(**row, value=value, cohort=float(cohort), **limits)
    if share := DISADVANTAGED.get(code):
        yield _disadvantaged(school, row, value * share, pupils, decimals)


def _disadvantaged(
    school: SchoolStory, row: dict[str, Any], level: float, pupils: int | None, decimals: int
) -> StoryResult:
    """Return the result of disadvantaged pupils; ``pupils`` has the pupils counted among all, for a percentage."""
    few, value = disadvantaged_in_year_group(school), level
    if few < FEWEST:
        return StoryResult(**row, pupil_group="disadvantaged", value=None, status=ValueStatus.SUPPRESSED)
    if pupils is not None:
        counted = possible_part(round(level * few / 100), part_size=few, whole=pupils, whole_size=year_group(school))
        value = 100 * counted / few
    return StoryResult(**row, pupil_group="disadvantaged", value=round(value, decimals), cohort=float(few))
