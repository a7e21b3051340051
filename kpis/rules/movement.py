"""Compare a figure with an earlier one, and say in words which way it changed."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kpis.catalogue.kinds import Direction, FigureUnit
from kpis.rules.figures_in_words import difference_in_words, figure_in_words, round_half_up
from published.dfe.value_statuses import ValueStatus


class MovementCode(StrEnum):
    """Which way a figure moved."""

    BETTER = "better"
    WORSE = "worse"
    UNCHANGED = "unchanged"
    HIGHER = "higher"  # For an indicator with a range, higher is neither better nor worse.
    LOWER = "lower"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True)
class Movement:
    """A movement, its size in the indicator's unit (None if it cannot be calculated) and its sentence."""

    code: MovementCode
    amount: Decimal | None
    sentence: str


def compare_figures(
    now: Decimal | None,
    then: Decimal | None,
    *,
    then_label: str,
    direction: Direction,
    unit: FigureUnit,
    decimals: int,
    then_status: ValueStatus = ValueStatus.VALUE,
) -> Movement:
    """Compare ``now`` with ``then``, the figure of the period called ``then_label``.

    Pass the same term of an earlier year, or the last yearly result. Figures are rounded to ``decimals`` before they
    are compared, as they are on the page. A missing figure is not comparable; the sentence says why.

    >>> compare_figures(Decimal("93.6"), Decimal("92.4"), then_label="autumn 2025",
    ...         direction=Direction.HIGHER, unit=FigureUnit.PERCENT, decimals=1).sentence
    '1.2 percentage points better than autumn 2025'
    """
    if now is None:
        return Movement(MovementCode.NOT_COMPARABLE, None, "No figure yet to compare")
    if then is None or then_status is not ValueStatus.VALUE:
        why = "" if then_status is ValueStatus.VALUE else f": {then_status.label.lower()}"
        return Movement(MovementCode.NOT_COMPARABLE, None, f"No figure for {then_label} to compare with{why}")
    amount = round_half_up(now, decimals) - round_half_up(then, decimals)
    if amount == 0:
        return Movement(MovementCode.UNCHANGED, amount, f"Unchanged from {then_label}")
    code = _code(amount, direction)
    if unit is FigureUnit.YES_NO:
        answers = [figure_in_words(answer, unit, 0).lower() for answer in (now, then)]
        return Movement(code, amount, f"{code.capitalize()}: {answers[0]} now, {answers[1]} in {then_label}")
    return Movement(code, amount, f"{difference_in_words(amount, unit, decimals)} {code} than {then_label}")


def _code(amount: Decimal, direction: Direction) -> MovementCode:
    if direction is Direction.RANGE:
        return MovementCode.HIGHER if amount > 0 else MovementCode.LOWER
    better = (amount > 0) == (direction is Direction.HIGHER)
    return MovementCode.BETTER if better else MovementCode.WORSE
