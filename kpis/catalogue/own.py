"""Make an indicator of a trust's own from its wording."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kpis.catalogue.indicator import Comparator, Indicator, JumpRule, Limits, Source, TargetDefault
from kpis.catalogue.kinds import (
    Area,
    Confidence,
    Direction,
    Frequency,
    Kind,
    Moderator,
    PhaseOfEducation,
    PupilGroup,
    RollUp,
    TargetRule,
    Unit,
)
from kpis.catalogue.sense import OWN, contradictions

UNITS = {  # The units to choose from, each with its kind and how the trust's figure is calculated.
    Unit.PERCENT: (Kind.RATE, RollUp.RATE),
    Unit.PER_100_PUPILS: (Kind.RATE, RollUp.RATE),
    Unit.COUNT: (Kind.COUNT, RollUp.SUM),
    Unit.POUNDS: (Kind.MONEY, RollUp.SUM),
    Unit.DAYS: (Kind.SCORE, RollUp.NONE),
    Unit.SCORE: (Kind.SCORE, RollUp.NONE),
    Unit.YES_NO: (Kind.YES_NO, RollUp.ALL_YES),
}
OF_THE_BUSINESS_MANAGER = (Area.FINANCE, Area.STAFFING)
SPREADS = Decimal("3.5")  # As in the catalogue.
FIXED = ("unit", "direction", "pupil_group")  # If one of these changed, old and new figures could not be compared.


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The fields that a trust fills in for an indicator of its own."""

    title: str
    definition: str
    why: str
    area: Area
    unit: Unit
    decimals: int
    direction: Direction
    pupil_group: PupilGroup
    phases: frozenset[PhaseOfEducation]
    numerator: str | None
    denominator: str | None
    minimum: Decimal | None
    maximum: Decimal | None
    jump: Decimal | None  # A smaller change from one term to the next never needs a comment.
    tolerance: Decimal
    headline: bool
    sensitive: bool


def own_indicator(said: Wording, *, code: str, owner: str, reviewed: date) -> Indicator:
    """Return the indicator with this wording. It has no default target, so that only the Board's targets rate it."""
    kind, roll_up = UNITS[said.unit]
    return Indicator(
        area=said.area, code=code, title=said.title, definition=said.definition, why=said.why, unit=said.unit,
        decimals=said.decimals, kind=kind, direction=said.direction, frequency=Frequency.TERMLY, phases=said.phases,
        in_return=said.phases, pupil_group=said.pupil_group, numerator=said.numerator, denominator=said.denominator,
        whole_numbers=True, roll_up=roll_up, limits=Limits(minimum=said.minimum, maximum=said.maximum),
        jump=None if said.jump is None else JumpRule(at_least=said.jump, spreads=SPREADS),
        target=TargetDefault(
            rule=TargetRule.NONE, value=None, upper=None, tolerance=said.tolerance,
            provenance="The trust’s own indicator: the Board sets its targets.",
        ),
        comparator=Comparator(
            measure=None, same_as=None, because="The trust’s own indicator: nothing is published to compare it with."
        ),
        headline=said.headline, sensitive=said.sensitive,
        moderated_by=(
            Moderator.BUSINESS_MANAGER if said.area in OF_THE_BUSINESS_MANAGER else Moderator.EXECUTIVE_DIRECTOR
        ),
        source=Source(name=owner, confidence=Confidence.OWN), reviewed=reviewed,
    )  # fmt: skip


def wording_of(indicator: Indicator) -> Wording:
    """Return the wording of a trust's indicator.

    >>> said = Wording(title="Clubs", definition="Clubs after school.", why="They belong.", area=Area.WELLBEING,
    ...     unit=Unit.COUNT, decimals=0, direction=Direction.HIGHER, pupil_group=PupilGroup.ALL,
    ...     phases=frozenset({PhaseOfEducation.PRIMARY}), numerator=None, denominator=None, minimum=Decimal(0),
    ...     maximum=None, jump=None, tolerance=Decimal(1), headline=False, sensitive=False)
    >>> made = own_indicator(said, code="OWN1", owner="Storybook Academy Trust", reviewed=date(2026, 9, 1))
    >>> wording_of(made) == said, list(own_faults(made))
    (True, [])
    """
    return Wording(
        title=indicator.title, definition=indicator.definition, why=indicator.why, area=indicator.area,
        unit=indicator.unit, decimals=indicator.decimals, direction=indicator.direction,
        pupil_group=indicator.pupil_group, phases=indicator.phases, numerator=indicator.numerator,
        denominator=indicator.denominator, minimum=indicator.limits.minimum, maximum=indicator.limits.maximum,
        jump=indicator.jump.at_least if indicator.jump else None, tolerance=indicator.target.tolerance,
        headline=indicator.headline, sensitive=indicator.sensitive,
    )  # fmt: skip


def own_faults(indicator: Indicator) -> Iterator[tuple[str, str]]:
    """Yield the field and the message for every contradiction in the wording."""
    for key, message in contradictions(indicator, prefix=OWN):
        yield key.rpartition(".")[2], message
