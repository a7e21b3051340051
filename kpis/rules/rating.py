"""Hold a figure against its target, and say in words why it is rated as it is."""

from dataclasses import dataclass
from decimal import Decimal

from kpis.catalogue.kinds import Direction, FigureUnit, Labelled
from kpis.rules.figures_in_words import difference_in_words, figure_in_words, number_in_words, round_half_up
from published.dfe.value_statuses import ValueStatus


class RatingCode(Labelled):
    """How a figure stands against its target. Always shown in words, with its reason."""

    ON_TARGET = "on_target", "On target"
    CLOSE = "close", "Close to target"
    OFF_TARGET = "off_target", "Off target"
    NO_TARGET = "no_target", "No target set"
    NO_VALUE = "no_value", "No value"


@dataclass(frozen=True)
class Rating:
    """A rating and its reason: never one without the other."""

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

    For the direction *range*, ``target`` and ``upper_target`` are its two ends; either may be None, and the
    ends are within the range. Value and target are compared as they are printed, rounded to ``decimals``, so
    that a rating never contradicts the numbers beside it. ``explanation`` is the school's own reason for a
    missing value, and is quoted.

    Source: kpis/README.md#rating. Tolerances are ours unless the target's provenance says otherwise.

    >>> percent = {"direction": Direction.HIGHER, "unit": FigureUnit.PERCENT, "decimals": 1}
    >>> close = rate_figure(Decimal("92.9"), Decimal(94), tolerance=Decimal("1.5"), **percent)
    >>> close.label
    'Close to target'
    >>> close.reason
    '92.9% is 1.1 percentage points below the target of 94.0%, within the tolerance of 1.5'
    """
    if value is None or status is not ValueStatus.VALUE:
        return Rating(RatingCode.NO_VALUE, _no_value(status, explanation))
    ends = (target, upper_target) if direction is Direction.RANGE else (target, None)
    if ends == (None, None):
        written = figure_in_words(value, unit, decimals)
        return Rating(RatingCode.NO_TARGET, f"{written}: no target is set")
    if unit is FigureUnit.YES_NO:
        return _rate_answer(value, target)
    shown = round_half_up(value, decimals)
    lower, upper = (None if end is None else round_half_up(end, decimals) for end in ends)
    if direction is Direction.LOWER:
        lower, upper = None, lower
    distance = _distance(shown, lower, upper)
    beginning = f"{figure_in_words(value, unit, decimals)} {_place(shown, lower, upper, direction, unit, decimals)}"
    if distance == 0:
        return Rating(RatingCode.ON_TARGET, beginning)
    if distance <= tolerance:
        return Rating(RatingCode.CLOSE, f"{beginning}, within the tolerance of {_plain(tolerance, unit)}")
    if tolerance:
        return Rating(RatingCode.OFF_TARGET, f"{beginning}, beyond the tolerance of {_plain(tolerance, unit)}")
    return Rating(RatingCode.OFF_TARGET, f"{beginning}, and no tolerance is set")


def _no_value(status: ValueStatus, explanation: str) -> str:
    reason = "No value yet" if status is ValueStatus.VALUE else f"No value: {status.label.lower()}"
    return f"{reason} ({explanation.strip()})" if explanation.strip() else reason


def _rate_answer(value: Decimal, target: Decimal | None) -> Rating:
    wanted, given = ("yes" if answer else "no" for answer in (target, value))
    if wanted == given:
        return Rating(RatingCode.ON_TARGET, f"The answer is {given}, as the target asks")
    return Rating(RatingCode.OFF_TARGET, f"The answer is {given} and the target is {wanted}")


def _distance(value: Decimal, lower: Decimal | None, upper: Decimal | None) -> Decimal:
    short = lower - value if lower is not None else Decimal(0)
    over = value - upper if upper is not None else Decimal(0)
    return max(short, over, Decimal(0))


def _place(
    value: Decimal,
    lower: Decimal | None,
    upper: Decimal | None,
    direction: Direction,
    unit: FigureUnit,
    decimals: int,
) -> str:
    named = _named(lower, upper, direction, unit, decimals)
    if direction is Direction.RANGE:
        if not (distance := _distance(value, lower, upper)):
            return f"is within {named}"
        side = "below" if lower is not None and value < lower else "above"
        return f"is {difference_in_words(distance, unit, decimals)} {side} {named}"
    goal = lower if lower is not None else upper
    assert goal is not None  # The caller has refused the case with neither end.
    if value == goal:
        return f"meets {named}"
    side = "below" if value < goal else "above"
    lower_is_better = ", where lower is better" if direction is Direction.LOWER else ""
    return f"is {difference_in_words(value - goal, unit, decimals)} {side} {named}{lower_is_better}"


def _named(lower: Decimal | None, upper: Decimal | None, direction: Direction, unit: FigureUnit, decimals: int) -> str:
    low, high = ("" if end is None else figure_in_words(end, unit, decimals) for end in (lower, upper))
    if direction is not Direction.RANGE:
        return f"the target of {low or high}"
    if low and high:
        return f"the target range of {low} to {high}"
    return f"the target range of at least {low}" if low else f"the target range of at most {high}"


def _plain(tolerance: Decimal, unit: FigureUnit) -> str:
    # As many decimals as the tolerance needs: 0.05 must not read 0.1.
    exponent = tolerance.normalize().as_tuple().exponent
    written = number_in_words(tolerance, max(0, -exponent) if isinstance(exponent, int) else 0)
    return f"£{written}" if unit is FigureUnit.POUNDS else written
