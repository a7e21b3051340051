"""Rate a figure against its target, and say why in words."""

from dataclasses import dataclass
from decimal import Decimal

from kpis.catalogue.kinds import Direction, FigureUnit, Labelled
from kpis.rules.figures_in_words import figure_in_words, round_half_up
from published.dfe.value_statuses import ValueStatus

WHOLE = Decimal(100)
COUNTED = (
    FigureUnit.COUNT,
    FigureUnit.PER_100_PUPILS,
    FigureUnit.DAYS,
)  # Never below zero, so that a target of 0 is "none".


class RatingCode(Labelled):
    """How a figure compares with its target. Pages always show the label and the reason, not colour alone."""

    ON_TARGET = "on_target", "On target"
    CLOSE = "close", "Close to target"
    OFF_TARGET = "off_target", "Off target"
    NO_TARGET = "no_target", "No target set"
    NO_VALUE = "no_value", "No value"
    HIDDEN = "hidden", "Hidden"  # From this reader: the figure is about few people.


@dataclass(frozen=True)
class Rating:
    """A rating and the sentence that explains it."""

    code: RatingCode
    reason: str

    @property
    def label(self) -> str:
        """Return the rating in words."""
        return self.code.label


def rate_figure(
    value: Decimal | None,
    target: Decimal | None,
    *,
    tolerance: Decimal = Decimal(0),
    direction: Direction,
    unit: FigureUnit,
    decimals: int,
    upper_target: Decimal | None = None,
    status: ValueStatus = ValueStatus.VALUE,
    explanation: str = "",
) -> Rating:
    """Rate ``value`` against ``target``; both, and ``tolerance``, are in ``unit``.

    For the direction *range*, ``target`` and ``upper_target`` are the two ends, and belong to the range; either may
    be None. Value and target are rounded to ``decimals`` before they are compared, as they are on the page, so that
    a rating never contradicts the numbers that people see. ``explanation`` is the school's reason for a missing
    value; the sentence quotes it.

    Source: kpis/README.md#rating. We set the tolerances, unless the target's provenance says otherwise.

    >>> percent = {"direction": Direction.HIGHER, "unit": FigureUnit.PERCENT, "decimals": 1}
    >>> close = rate_figure(Decimal("92.9"), Decimal(94), tolerance=Decimal("1.5"), **percent)
    >>> close.label
    'Close to target'
    >>> close.reason
    '92.9% against a target of 94.0% or more; 92.5% or more is close'
    """
    if value is None or status is not ValueStatus.VALUE:
        return Rating(RatingCode.NO_VALUE, _no_value(status, explanation))
    ends = (target, upper_target) if direction is Direction.RANGE else (target, None)
    if ends == (None, None):
        written = figure_in_words(value, unit, decimals)
        return Rating(RatingCode.NO_TARGET, f"{written}; no target is set")
    if unit is FigureUnit.YES_NO:
        return _rate_answer(value, target)
    shown = round_half_up(value, decimals)
    lower, upper = (None if end is None else round_half_up(end, decimals) for end in ends)
    if direction is Direction.LOWER:
        lower, upper = None, lower
    distance = _distance(shown, lower, upper)
    reason = f"{figure_in_words(value, unit, decimals)} against a target of {_range(lower, upper, unit, decimals)}"
    if distance == 0:
        return Rating(RatingCode.ON_TARGET, reason)
    if not tolerance:
        return Rating(RatingCode.OFF_TARGET, reason)
    code = RatingCode.CLOSE if distance <= tolerance else RatingCode.OFF_TARGET
    if unit in COUNTED and (lower, upper, tolerance, decimals) == (None, 0, 1, 0):
        return Rating(code, f"{reason}; {figure_in_words(tolerance, unit, 0)} is close")
    lower = None if lower is None else lower - tolerance
    upper = None if upper is None else upper + tolerance
    close = _range(lower, upper, unit, max(decimals, _decimals(tolerance)))
    return Rating(code, f"{reason}; {close} is close")


def _no_value(status: ValueStatus, explanation: str) -> str:
    reason = "No value yet" if status is ValueStatus.VALUE else f"No value: {status.label.lower()}"
    return f"{reason} ({explanation.strip()})" if explanation.strip() else reason


def _rate_answer(value: Decimal, target: Decimal | None) -> Rating:
    expected, given = ("yes" if answer else "no" for answer in (target, value))
    code = RatingCode.ON_TARGET if expected == given else RatingCode.OFF_TARGET
    return Rating(code, f"{given.capitalize()}; the target is {expected}")


def _distance(value: Decimal, lower: Decimal | None, upper: Decimal | None) -> Decimal:
    short = lower - value if lower is not None else Decimal(0)
    over = value - upper if upper is not None else Decimal(0)
    return max(short, over, Decimal(0))


def _range(lower: Decimal | None, upper: Decimal | None, unit: FigureUnit, decimals: int) -> str:
    low, high = ("" if end is None else figure_in_words(end, unit, decimals) for end in (lower, upper))
    if low and high:
        return f"{low} to {high}"
    if lower is not None:
        return low if unit is FigureUnit.PERCENT and lower == WHOLE else f"{low} or more"
    if unit in COUNTED and upper == 0:
        return "none"
    return f"{high} or {'fewer' if unit in COUNTED else 'less'}"


def _decimals(tolerance: Decimal) -> int:
    # As many decimals as the tolerance needs: 0.05 must not read 0.1.
    exponent = tolerance.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
