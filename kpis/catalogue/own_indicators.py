"""Make an indicator of a trust's own from its wording."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kpis.catalogue.contradictions import OWN_PREFIX, contradictions
from kpis.catalogue.indicator import Comparator, DefinitionSource, FigureLimits, Indicator, JumpRule, TargetDefault
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

OWN_INDICATOR_UNITS = {  # The units to choose from, each with its kind and how the trust's figure is calculated.
    FigureUnit.PERCENT: (FigureKind.RATE, RollUp.RATE),
    FigureUnit.PER_100_PUPILS: (FigureKind.RATE, RollUp.RATE),
    FigureUnit.COUNT: (FigureKind.COUNT, RollUp.SUM),
    FigureUnit.POUNDS: (FigureKind.MONEY, RollUp.SUM),
    FigureUnit.DAYS: (FigureKind.SCORE, RollUp.NONE),
    FigureUnit.SCORE: (FigureKind.SCORE, RollUp.NONE),
    FigureUnit.YES_NO: (FigureKind.YES_NO, RollUp.ALL_YES),
}
OF_THE_BUSINESS_MANAGER = (Area.FINANCE, Area.STAFFING)
SPREADS = Decimal("3.5")  # As in the catalogue.
FIXED_FIELDS = (
    "unit",
    "direction",
    "pupil_group",
)  # A change here would make figures incomparable.


@dataclass(frozen=True, kw_only=True)
class OwnIndicatorWording:
    """The fields that a trust fills in for an indicator of its own."""

    title: str
    definition: str
    why: str
    area: Area
    unit: FigureUnit
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
    about: FigureSubject
    sensitive: bool


def own_indicator(wording: OwnIndicatorWording, *, code: str, owner: str, reviewed: date) -> Indicator:
    """Return the indicator with this wording. It has no default target, so that only the Board's targets rate it."""
    kind, roll_up = OWN_INDICATOR_UNITS[wording.unit]
    return Indicator(
        area=wording.area, code=code, title=wording.title, definition=wording.definition, why=wording.why,
        unit=wording.unit, decimals=wording.decimals, kind=kind, direction=wording.direction,
        frequency=Frequency.TERMLY, phases=wording.phases, in_return=wording.phases, pupil_group=wording.pupil_group,
        numerator=wording.numerator, denominator=wording.denominator, whole_numbers=True, roll_up=roll_up,
        limits=FigureLimits(minimum=wording.minimum, maximum=wording.maximum),
        jump=None if wording.jump is None else JumpRule(at_least=wording.jump, spreads=SPREADS),
        target=TargetDefault(
            rule=TargetRule.NONE, value=None, upper=None, tolerance=wording.tolerance,
            provenance="The trust’s own indicator: the Board sets its targets.",
        ),
        comparator=Comparator(
            measure=None, same_as=None, because="The trust’s own indicator: nothing is published to compare it with."
        ),
        headline=wording.headline, about=wording.about, sensitive=wording.sensitive,
        moderated_by=(
            Moderator.BUSINESS_MANAGER if wording.area in OF_THE_BUSINESS_MANAGER else Moderator.EXECUTIVE_DIRECTOR
        ),
        source=DefinitionSource(name=owner, confidence=Confidence.OWN), reviewed=reviewed,
    )  # fmt: skip


def wording_of(indicator: Indicator) -> OwnIndicatorWording:
    """Return the wording of a trust's indicator.

    >>> wording = OwnIndicatorWording(title="Clubs", definition="Clubs after school.", why="They belong.",
    ...     area=Area.WELLBEING, unit=FigureUnit.COUNT, decimals=0, direction=Direction.HIGHER,
    ...     pupil_group=PupilGroup.ALL, phases=frozenset({PhaseOfEducation.PRIMARY}), numerator=None, denominator=None,
    ...     minimum=Decimal(0), maximum=None, jump=None, tolerance=Decimal(1), headline=False,
    ...     about=FigureSubject.PEOPLE, sensitive=False)
    >>> made = own_indicator(wording, code="OWN1", owner="Storybook Academy Trust", reviewed=date(2026, 9, 1))
    >>> wording_of(made) == wording, list(own_indicator_faults(made))
    (True, [])
    """
    return OwnIndicatorWording(
        title=indicator.title, definition=indicator.definition, why=indicator.why, area=indicator.area,
        unit=indicator.unit, decimals=indicator.decimals, direction=indicator.direction,
        pupil_group=indicator.pupil_group, phases=indicator.phases, numerator=indicator.numerator,
        denominator=indicator.denominator, minimum=indicator.limits.minimum, maximum=indicator.limits.maximum,
        jump=indicator.jump.at_least if indicator.jump else None, tolerance=indicator.target.tolerance,
        headline=indicator.headline, about=indicator.about, sensitive=indicator.sensitive,
    )  # fmt: skip


def own_indicator_faults(indicator: Indicator) -> Iterator[tuple[str, str]]:
    """Yield the field and the message for every contradiction in the wording."""
    for key, message in contradictions(indicator, prefix=OWN_PREFIX):
        yield key.rpartition(".")[2], message
