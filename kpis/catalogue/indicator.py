"""The classes that describe an indicator for pages, rules and returns."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kpis.catalogue.kinds import (
    Area,
    Confidence,
    Direction,
    FigureKind,
    FigureSubject,
    FigureUnit,
    Frequency,
    Moderator,
    PhaseOfEducation,
    PupilGroup,
    RollUp,
    TargetRule,
)


@dataclass(frozen=True, kw_only=True)
class FigureLimits:
    """The lowest and highest possible figures, in the indicator's unit. None means no limit."""

    minimum: Decimal | None
    maximum: Decimal | None

    def allow(self, value: Decimal) -> bool:
        """Return whether ``value`` is possible."""
        return (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum)


@dataclass(frozen=True, kw_only=True)
class JumpRule:
    """How much a figure must differ from its history before it needs a comment."""

    at_least: Decimal  # In the indicator's unit; a smaller change never needs a comment.
    spreads: Decimal  # Median absolute deviations, scaled to a normal curve's standard deviation.


@dataclass(frozen=True, kw_only=True)
class TargetDefault:
    """The target and tolerance that apply until the trust sets its own, and where they come from."""

    rule: TargetRule
    value: Decimal | None  # In the indicator's unit; the lower end of a range.
    upper: Decimal | None  # The upper end of a range.
    tolerance: Decimal  # In the indicator's unit (percentage points for a percentage).
    provenance: str


@dataclass(frozen=True, kw_only=True)
class Comparator:
    """The published measure that this indicator is compared with, or why there is no comparison."""

    measure: str | None  # The measure's code in the readers of the published files.
    same_as: str | None  # The indicator whose figures are compared: the result, for a forecast.
    because: str  # Why there is no comparison; empty if there is one.


@dataclass(frozen=True, kw_only=True)
class DefinitionSource:
    """Where the definition comes from, and how well it has been checked."""

    name: str
    confidence: Confidence


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One thing the Board measures: what it is, how it is counted, and how it is judged."""

    area: Area
    code: str
    title: str
    definition: str
    why: str
    unit: FigureUnit
    decimals: int
    kind: FigureKind
    direction: Direction
    frequency: Frequency
    phases: frozenset[PhaseOfEducation]
    in_return: frozenset[PhaseOfEducation]  # Phases whose termly return asks for it.
    pupil_group: PupilGroup
    numerator: str | None  # What is counted, as the return's label; None when only the figure is asked.
    denominator: str | None
    whole_numbers: bool  # Numerator and denominator are counts of people or things.
    roll_up: RollUp
    limits: FigureLimits
    jump: JumpRule | None
    target: TargetDefault
    comparator: Comparator
    headline: bool  # Headteachers may compare it across the trust's schools.
    about: FigureSubject  # The rules for small numbers depend on it.
    sensitive: bool  # Of people: a small count in it, not only a small group, could identify a person.
    moderated_by: Moderator
    source: DefinitionSource
    reviewed: date
    part_of: str | None = None  # If it is about a group of pupils: the code of the same indicator for all pupils.
    within: str | None = None  # Without being part of it: the code of the indicator that also counts these pupils.

    def asked_of(self, phase: str) -> bool:
        """Return whether the termly return can ask for it in this phase of education."""
        return phase in self.in_return

    @property
    def whole(self) -> str | None:
        """Return the code of the indicator that counts these pupils and others in the same way, if there is one."""
        return self.part_of or self.within

    @property
    def is_by_choice(self) -> bool:
        """Return whether it is asked for only if the trust has chosen it. Schools may then say *not collected*."""
        return self.part_of is not None

    @property
    def has_parts(self) -> bool:
        """Return whether the figure has a numerator and a denominator."""
        return self.numerator is not None
