"""Check that the fields of an indicator do not contradict each other."""

from collections.abc import Iterator

from kpis.catalogue.indicator import Indicator
from kpis.catalogue.kinds import Area, Direction, FigureKind, FigureUnit, PupilGroup, RollUp, TargetRule

PREFIXES = {
    Area.SAFEGUARDING: "SG",
    Area.HEALTH_AND_SAFETY: "HS",
    Area.OUTCOMES: "OUT",
    Area.DISADVANTAGED: "DIS",
    Area.ATTENDANCE: "AB",
    Area.FINANCE: "FIN",
    Area.STAFFING: "STF",
    Area.WELLBEING: "WB",
}
MOST_DECIMALS = 4  # The database stores four.


OWN_PREFIX = "OWN"  # The codes of a trust's own indicators, whatever their area.


def contradictions(indicator: Indicator, *, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the key and the message for every contradiction in ``indicator``.

    The code must begin with ``prefix``; the default is the prefix of its area.
    """
    yield from _of_names(indicator, prefix or PREFIXES[indicator.area])
    yield from _of_counting(indicator)
    yield from _of_target(indicator)
    comparator = indicator.comparator
    if sum(map(bool, (comparator.measure, comparator.same_as, comparator.because))) != 1:
        yield "comparator", "needs exactly one of: a measure, another indicator, or a reason for having neither"


def _of_names(indicator: Indicator, prefix: str) -> Iterator[tuple[str, str]]:
    if not (indicator.code.startswith(prefix) and indicator.code[len(prefix) :].isdigit()):
        yield "code", f"must be {prefix} and a number"
    if not indicator.phases:
        yield "phases", "has no phase of education"
    if (indicator.part_of is not None) and (indicator.pupil_group is PupilGroup.ALL or not indicator.in_return):
        yield "groups", "needs a group of pupils and an indicator that a return asks for"
    if not indicator.in_return <= indicator.phases:
        yield "in_return", "has a phase of education that the indicator does not apply to"
    if not 0 <= indicator.decimals <= MOST_DECIMALS:
        yield "decimals", f"must be 0 to {MOST_DECIMALS}"


def _of_counting(indicator: Indicator) -> Iterator[tuple[str, str]]:
    if (indicator.numerator is None) != (indicator.denominator is None):
        yield "denominator", "must be there if, and only if, there is a numerator"
    asked_as_share = indicator.unit in (FigureUnit.PERCENT, FigureUnit.PER_100_PUPILS) and indicator.in_return
    if asked_as_share and not indicator.has_parts:
        yield "numerator", "a rate in the return needs a numerator and a denominator"
    yes_no = [indicator.unit is FigureUnit.YES_NO, indicator.roll_up is RollUp.ALL_YES]
    if any(part_is != (indicator.kind is FigureKind.YES_NO) for part_is in yes_no):
        yield "kind", "kind, unit and roll_up must all be yes or no, or all something else"
    if (indicator.kind is FigureKind.MONEY) != (indicator.unit is FigureUnit.POUNDS):
        yield "unit", "money must be in pounds, and pounds must be money"
    if indicator.roll_up is RollUp.SUM and indicator.kind not in (FigureKind.COUNT, FigureKind.MONEY):
        yield "roll_up", "only counts and money may be added up"
    if indicator.jump and (indicator.jump.at_least <= 0 or indicator.jump.spreads <= 0):
        yield "jump", "must be above zero"


def _of_target(indicator: Indicator) -> Iterator[tuple[str, str]]:
    target, limits = indicator.target, indicator.limits
    ends = {TargetRule.FIXED: (True, False), TargetRule.BETWEEN: (True, True)}
    if ends.get(target.rule, (False, False)) != (target.value is not None, target.upper is not None):
        yield "target.value", "a fixed target needs a value, a range needs both ends, and other rules need neither"
    elif any(end is not None and not limits.allow(end) for end in (target.value, target.upper)):
        yield "target.value", "is outside the limits"
    if target.value is not None and target.upper is not None and target.value >= target.upper:
        yield "target.upper", "must be above the lower end"
    if (target.rule is TargetRule.BETWEEN) and indicator.direction is not Direction.RANGE:
        yield "target.rule", "a target between two figures needs the direction range"
    if indicator.direction is Direction.RANGE and target.rule not in (TargetRule.BETWEEN, TargetRule.NONE):
        yield "target.rule", "the direction range needs a target between two figures, or none"
    if target.tolerance < 0:
        yield "target.tolerance", "must not be below zero"
    if limits.minimum is not None and limits.maximum is not None and limits.minimum >= limits.maximum:
        yield "limits.maximum", "must be above the minimum"
