"""The rubric: the feature lines, what can be observed at each phase, and the numbers of the rules that use them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from trajectories.rules import DATA


@dataclass(frozen=True, kw_only=True)
class RubricLine:
    """One feature line with what can be observed at each phase. The ``not_stated`` phases are our own reading."""

    code: str
    name: str
    stabilise: str
    repair: str
    improve: str
    sustain: str
    not_stated: tuple[str, ...]

    def feature(self, phase: str) -> str:
        """Return what can be observed on this line at a phase."""
        return str(getattr(self, phase))


@dataclass(frozen=True, kw_only=True)
class PhaseCap:
    """A line whose state limits the whole school, whatever the other lines say."""

    number: str
    line: str
    at: str
    highest: str
    says: str


@dataclass(frozen=True, kw_only=True)
class PhaseSuggestion:
    """How one figure suggests a line's phase. The steps are tried in order; see the data file."""

    number: str
    line: str
    feature: str
    name: str
    unit: str
    suffix: str
    decimals: int
    source: str
    steps: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Rubric:
    """One version of the rubric: the nine lines, the numbers of the proposal rule, the caps, the data's suggestions."""

    version: str
    source: str
    phases: tuple[str, ...]
    lines: tuple[RubricLine, ...]
    caps: tuple[PhaseCap, ...]
    suggestions: tuple[PhaseSuggestion, ...]
    lines_needed: int
    must_have: tuple[str, ...]
    share: float
    numbers: Mapping[str, str]  # The numbers of the rules that refuse, propose and cap.

    def line(self, code: str) -> RubricLine:
        """Return a line by its code.

        Raises:
            ValueError: the rubric has no such line.
        """
        for line in self.lines:
            if line.code == code:
                return line
        raise ValueError(f"{code!r} is not a line of the rubric")


@cache
def standard_rubric() -> Rubric:
    """Return the rubric of schools that ships with Sightline."""
    return read_rubric("phase_rubric.toml")


def read_rubric(name: str) -> Rubric:
    """Return the rubric of one data file."""
    data = tomllib.loads((DATA / name).read_text(encoding="utf-8"))
    rule = data["proposal"]
    return Rubric(
        version=data["version"],
        source=data["source"],
        phases=tuple(data["phases"]),
        lines=tuple(RubricLine(**row | {"not_stated": tuple(row["not_stated"])}) for row in data["line"]),
        caps=tuple(PhaseCap(**row) for row in data["cap"]),
        suggestions=tuple(PhaseSuggestion(**row | {"steps": tuple(row["steps"])}) for row in data["suggestion"]),
        lines_needed=rule["lines_needed"],
        must_have=tuple(rule["must_have"]),
        share=rule["share"],
        numbers=rule["numbers"],
    )
