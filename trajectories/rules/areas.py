"""Areas in which a school can give or take capacity, and the phase that each is in."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from kpis.rules.wording import join
from trajectories.rules import DATA
from trajectories.rules.phase import LineLevel
from trajectories.rules.rubric import standard_rubric


@dataclass(frozen=True, kw_only=True)
class Area:
    """One area, with the line of the school's rubric and the published measures that speak for it, if any."""

    code: str
    name: str
    line: str = ""
    measures: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()  # Of education; empty for all.

    def in_phase(self, phase_of_education: str) -> bool:
        """Say whether schools of a phase of education have the area."""
        return not self.phases or phase_of_education in self.phases


@dataclass(frozen=True, kw_only=True)
class AreaPhase:
    """The phase of an area at one school, and in words whose it is; the phase is empty where nobody judged it."""

    phase: str
    says: str


@cache
def areas() -> Mapping[str, Area]:
    """Return the areas by code, in the order that pages show them.

    >>> areas()["attendance"].line, areas()["mathematics"].measures
    ('attendance', ('MATPROG',))
    """
    data = tomllib.loads((DATA / "areas.toml").read_text(encoding="utf-8"))
    made = [
        Area(**each | {name: tuple(each.get(name, ())) for name in ("measures", "phases")}) for each in data["area"]
    ]
    return {each.code: each for each in made}


def area_phase(area: Area, units: Sequence[tuple[str, str]], levels: Mapping[str, LineLevel]) -> AreaPhase:
    """Return the phase of an area from the school's units in it, else from its line of the school's rubric.

    ``units`` are names and phases (empty: too little is known); of several, the earliest phase counts, for an area is
    no further than its weakest part. ``levels`` are the levels that count in the school's own proposal, by line.

    Source: trajectories/README.md, rule C6.

    >>> area_phase(areas()["english"], [("Reading", "improve"), ("Writing", "repair")], {}).phase
    'repair'
    >>> area_phase(areas()["science"], [], {}).says
    'Nobody has judged it.'
    """
    order = standard_rubric().phases
    known = sorted((order.index(phase), name) for name, phase in units if phase)
    if known:
        first = [name for place, name in known if place == known[0][0]]
        phase = order[known[0][0]]
        others = "" if len(known) == len(first) else ", the earliest of its units"
        return AreaPhase(
            phase=phase, says=f"{join(first)} {'is' if len(first) == 1 else 'are'} in {phase.capitalize()}{others}."
        )
    if area.line in levels:
        phase = levels[area.line].phase
        return AreaPhase(
            phase=phase,
            says=f"{standard_rubric().line(area.line).name} is at {phase.capitalize()} for the whole school.",
        )
    if units:
        return AreaPhase(phase="", says=f"Too little is known of {join([name for name, _ in units])}.")
    return AreaPhase(phase="", says="Nobody has judged it.")
