"""Areas in which a school can give or take capacity, and the phase of each."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tables.word_lists import join_in_words
from trajectories.rules import DATA
from trajectories.rules.phase import LineLevel
from trajectories.rules.rubric import standard_rubric


@dataclass(frozen=True, kw_only=True)
class CapacityArea:
    """One area, with the line of the school's rubric and the published measures about it, if there are any."""

    code: str
    name: str
    line: str = ""
    measures: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()  # Phases of education; empty for all.

    def in_phase(self, phase_of_education: str) -> bool:
        """Return whether schools of a phase of education have the area."""
        return not self.phases or phase_of_education in self.phases


@dataclass(frozen=True, kw_only=True)
class AreaPhase:
    """The phase of an area at one school and a sentence that says why. The phase is empty if nobody judged the area."""

    phase: str
    says: str


@cache
def areas() -> Mapping[str, CapacityArea]:
    """Return the areas by code, in the order in which pages show them.

    >>> areas()["attendance"].line, areas()["mathematics"].measures
    ('attendance', ('MATPROG',))
    """
    data = tomllib.loads((DATA / "areas.toml").read_text(encoding="utf-8"))
    rows = [
        CapacityArea(**row | {name: tuple(row.get(name, ())) for name in ("measures", "phases")})
        for row in data["area"]
    ]
    return {area.code: area for area in rows}


def area_phase(area: CapacityArea, units: Sequence[tuple[str, str]], levels: Mapping[str, LineLevel]) -> AreaPhase:
    """Return the phase of an area from the school's units in it, or else from its line of the school's rubric.

    ``units`` are names and phases; a phase is empty if too little is known. Of several units the earliest phase counts,
    because an area is no further than its weakest part. ``levels`` are the levels that count in the school's own
    proposal, by line.

    Source: trajectories/README.md, rule C6.

    >>> area_phase(areas()["english"], [("Reading", "improve"), ("Writing", "repair")], {}).phase
    'repair'
    >>> area_phase(areas()["science"], [], {}).says
    'Nobody has judged this area.'
    """
    order = standard_rubric().phases
    known = sorted((order.index(phase), name) for name, phase in units if phase)
    if known:
        first = [name for place, name in known if place == known[0][0]]
        phase = order[known[0][0]]
        others = "" if len(known) == len(first) else ", the earliest phase of its units"
        return AreaPhase(
            phase=phase,
            says=f"{join_in_words(first)} {'is' if len(first) == 1 else 'are'} in {phase.capitalize()}{others}.",
        )
    if area.line in levels:
        phase = levels[area.line].phase
        return AreaPhase(
            phase=phase,
            says=f"{standard_rubric().line(area.line).name} is in {phase.capitalize()} across the whole school.",
        )
    if units:
        return AreaPhase(
            phase="", says=f"There is too little evidence about {join_in_words([name for name, _ in units])}."
        )
    return AreaPhase(phase="", says="Nobody has judged this area.")
