"""A trust's own reference lines: laid before the standard ones, and checked against them."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from schools.rules.terms import label
from trajectories.rules.reference import LINES, Line, ReferenceSet, levels, with_line

LOWEST, HIGHEST = 1, 99  # Percentiles: a line at 0 or 100 would have no school on one side.


@dataclass(frozen=True, kw_only=True)
class TrustLine:
    """One line that a trust sets: its national percentile for one phase of education, from the results of a year on."""

    code: str
    phase: str
    first_year: int
    percentile: float


def with_trust_lines(
    standard: ReferenceSet, lines: Collection[TrustLine], *, number: int, provenance: str
) -> ReferenceSet:
    """Return the standard set with a trust's lines before its own, under a version that names both.

    A line that the trust leaves out stays the standard's, and so do the years before a line's first.

    Source: trajectories/README.md, rule J2.

    Raises:
        ValueError: a line is not one of the four.

    >>> from trajectories.rules.reference import standard_reference
    >>> floor = TrustLine(code="floor", phase="primary", first_year=2019, percentile=10.0)
    >>> own = with_trust_lines(standard_reference(), [floor], number=2, provenance="set by the Board, 14 October")
    >>> own.version.endswith("+trust-2"), levels(own, "primary")["floor"]
    (True, 10.0)
    """
    version = f"{standard.version}+trust-{number}"
    reference = standard
    for each in lines:
        line = Line(
            code=each.code,
            phase=each.phase,
            first_year=each.first_year,
            provenance="trust",
            percentile=each.percentile,
            says=f"The {_ordinal_name(each.percentile)} national percentile, from the results of "
            f"{label(each.first_year)} on",
            source=f"The trust, version {number}: {provenance}",
        )
        reference = with_line(reference, line, version=version)
    return reference


def faults_in(reference: ReferenceSet, phases: Collection[str]) -> list[str]:
    """Say in words which lines of a set are out of range or out of order; an empty list where all is well.

    >>> from trajectories.rules.reference import standard_reference
    >>> high = TrustLine(code="floor", phase="primary", first_year=2019, percentile=60.0)
    >>> faults_in(with_trust_lines(standard_reference(), [high], number=1, provenance="set in June"), ["primary"])
    ['Primary: the floor (60) must lie below coasting (20.4)']
    """
    found = []
    for phase in phases:
        held = levels(reference, phase)
        found += [
            f"{phase.capitalize()}: {_the(reference, code)} must be from {LOWEST} to {HIGHEST}, not {held[code]:g}"
            for code in LINES
            if code in held and not LOWEST <= held[code] <= HIGHEST
        ]
        found += [
            f"{phase.capitalize()}: {_the(reference, low)} ({held[low]:g}) must lie below "
            f"{_the(reference, high)} ({held[high]:g})"
            for low, high in pairwise(code for code in LINES if code in held)
            if held[low] >= held[high]
        ]
    return found


def _the(reference: ReferenceSet, code: str) -> str:
    name = reference.names[code]
    return {"coasting": "coasting"}.get(code, f"the {name[0].lower()}{name[1:]}")


def _ordinal_name(percentile: float) -> str:
    if percentile != int(percentile):
        return f"{percentile:g}"
    place = int(percentile)
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"
