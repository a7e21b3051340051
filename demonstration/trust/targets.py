"""Make the targets that the invented Boards set."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from demonstration.trust.figures import USUAL
from demonstration.trust.story import SchoolStory
from kpis.catalogue import catalogue_by_code
from trajectories.rules.percentiles import table_for, value_at

# Termly indicators with the school's own target: how much better than usual, in steps of lean.
TERMLY = {"AB1": 0.2, "AB2": 0.3, "DIS6": 0.3, "AB6": 0.2, "STF3": 0.2, "WB2": 0.3, "OUT19": 0.3, "OUT20": 0.3}
# Yearly results with a target at ASKED_PERCENTILE: the published measure by indicator.
YEARLY = {"OUT6": "PTRWM_EXP", "OUT11": "ATT8SCR", "OUT12": "PTL2BASICS_95"}
ASKED_PERCENTILE = 55
TOLERANCES = {"OUT6": 3, "OUT11": 2, "OUT12": 3, "STF3": 3, "WB2": 5}


@dataclass(frozen=True, kw_only=True)
class StoryTarget:
    code: str
    school_year: int
    value: Decimal
    tolerance: Decimal


def school_targets(school: SchoolStory, years: list[int]) -> Iterator[StoryTarget]:
    """Yield the targets of one school for each year, in each indicator's unit."""
    for year in years:
        for code, stretch in TERMLY.items():
            indicator = catalogue_by_code()[code]
            if indicator.asked_of(school.phase):
                usual = USUAL[code]
                yield _target(code, year, getattr(usual, school.phase) + usual.step * stretch)
        for code, measure in YEARLY.items():
            table = table_for(measure, school.phase, year)
            if school.phase in catalogue_by_code()[code].phases and table is not None:
                yield _target(code, year, value_at(table, ASKED_PERCENTILE))


def _target(code: str, year: int, value: float) -> StoryTarget:
    indicator = catalogue_by_code()[code]
    tolerance = Decimal(str(TOLERANCES[code])) if code in TOLERANCES else indicator.target.tolerance
    rounded = Decimal(str(round(value, indicator.decimals)))
    return StoryTarget(code=code, school_year=year, value=rounded, tolerance=tolerance)
