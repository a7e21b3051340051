"""What an indicator is: frozen values that say everything a page, a rule or a return needs to know."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kpis.catalogue.kinds import (
    Area,
    Confidence,
    Direction,
    FigureKind,
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
    """The figures that are possible at all, in the indicator's unit. None is no limit."""

    minimum: Decimal | None
    maximum: Decimal | None

    def allow(self, value: Decimal) -> bool:
        """Say whether ``value`` is possible."""
        return (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum)


@dataclass(frozen=True, kw_only=True)
class JumpRule:
    """How far from its own history a figure must be before it needs a comment."""

    at_least: Decimal  # In the indicator's unit; a smaller change is never asked about.
    spreads: Decimal  # Median absolute deviations, scaled to a normal curve's standard deviation.


@dataclass(frozen=True, kw_only=True)
class TargetDefault:
    """The target and tolerance that hold until the trust sets its own, and where they come from."""

    rule: TargetRule
    value: Decimal | None  # In the indicator's unit; the lower end of a range.
    upper: Decimal | None  # The upper end of a range.
    tolerance: Decimal  # In the indicator's unit (percentage points for a percentage).
    provenance: str


@dataclass(frozen=True, kw_only=True)
class Comparator:
    """The published measure this indicator can be held against, or why there is none."""

    measure: str | None  # Its code in the readers of the published files.
    same_as: str | None  # Held against the figures of this indicator: a forecast against its result.
    because: str  # Why there is none; empty when there is one.


@dataclass(frozen=True, kw_only=True)
class DefinitionSource:
    """Where the definition is from, and how sure the catalogue is of it."""

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
    headline: bool  # Heads may compare it across the trust's schools.
    sensitive: bool  # A count under six could point to a person.
    moderated_by: Moderator
    source: DefinitionSource
    reviewed: date
    part_of: str | None = None  # The code of the same for all pupils, where it is about some of them.

    def asked_of(self, phase: str) -> bool:
        """Say whether the termly return of a school of this phase of education can ask for it."""
        return phase in self.in_return

    @property
    def is_by_choice(self) -> bool:
        """Say whether returns ask it only where the trust has chosen it, and then may leave it not collected."""
        return self.part_of is not None

    @property
    def has_parts(self) -> bool:
        """Say whether the figure is made from a numerator and a denominator."""
        return self.numerator is not None
