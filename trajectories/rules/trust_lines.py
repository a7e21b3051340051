"""A trust's own reference lines: adding them before the standard ones, and checking the result."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from kpis.rules.figures_in_words import ordinal
from schools.rules.terms import school_year_label
from trajectories.rules.reference_lines import LINES, CarterLine, ReferenceSet, line_percentiles_of, with_line

LOWEST, HIGHEST = 1, 99  # Percentiles: a line at 0 or 100 would have no school on one side.


@dataclass(frozen=True, kw_only=True)
class TrustLine:
    """One line that a trust sets: its national percentile for a phase of education, and the first results it covers."""

    code: str
    phase: str
    first_year: int
    percentile: float


def with_trust_lines(
    standard: ReferenceSet, lines: Collection[TrustLine], *, number: int, provenance: str
) -> ReferenceSet:
    """Return the standard set with a trust's lines first, under a version that names both.

    A line that the trust leaves out stays standard, and so do the years before a line's first year.

    Source: trajectories/README.md, rule J2.

    Raises:
        ValueError: a line is not one of the four.

    >>> from trajectories.rules.reference_lines import standard_reference
    >>> floor = TrustLine(code="floor", phase="primary", first_year=2019, percentile=10.0)
    >>> own = with_trust_lines(standard_reference(), [floor], number=2, provenance="set by the Board, 14 October")
    >>> own.version.endswith("+trust-2"), line_percentiles_of(own, "primary")["floor"]
    (True, 10.0)
    """
    version = f"{standard.version}+trust-{number}"
    reference = standard
    for row in lines:
        line = CarterLine(
            code=row.code,
            phase=row.phase,
            first_year=row.first_year,
            provenance="trust",
            percentile=row.percentile,
            says=f"The {_place(row.percentile)} national percentile, from the "
            f"{school_year_label(row.first_year)} results onwards",
            source=f"The trust, version {number}: {provenance}",
        )
        reference = with_line(reference, line, version=version)
    return reference


def faults_in(reference: ReferenceSet, phases: Collection[str]) -> list[str]:
    """Return in words which lines of a set are out of range or out of order. The list is empty if there are not any.

    >>> from trajectories.rules.reference_lines import standard_reference
    >>> high = TrustLine(code="floor", phase="primary", first_year=2019, percentile=60.0)
    >>> faults_in(with_trust_lines(standard_reference(), [high], number=1, provenance="set in June"), ["primary"])
    ['Primary: the floor (60) must be below coasting (20.4)']
    """
    faults = []
    for phase in phases:
        percentiles = line_percentiles_of(reference, phase)
        faults += [
            f"{phase.capitalize()}: {_the(reference, code)} must be between {LOWEST} and {HIGHEST}, "
            f"not {percentiles[code]:g}"
            for code in LINES
            if code in percentiles and not LOWEST <= percentiles[code] <= HIGHEST
        ]
        faults += [
            f"{phase.capitalize()}: {_the(reference, low)} ({percentiles[low]:g}) must be below "
            f"{_the(reference, high)} ({percentiles[high]:g})"
            for low, high in pairwise(code for code in LINES if code in percentiles)
            if percentiles[low] >= percentiles[high]
        ]
    return faults


def _the(reference: ReferenceSet, code: str) -> str:
    name = reference.names[code]
    return {"coasting": "coasting"}.get(code, f"the {name[0].lower()}{name[1:]}")


def _place(percentile: float) -> str:
    return ordinal(percentile) if percentile == int(percentile) else f"{percentile:g}"
