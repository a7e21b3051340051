"""Say whether a figure is out of line with its own history, by a rule that one odd year does not upset."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from kpis.catalogue.indicator import JumpRule

FEWEST_FOR_SPREAD = 4  # Earlier figures; with fewer, the spread says nothing.
WITHOUT_SPREAD = 2  # Times ``at_least``, from the last figure, where there are too few for a spread.
TO_STANDARD_DEVIATION = Decimal("1.4826")  # Median absolute deviation of a normal curve, scaled to its own.


@dataclass(frozen=True)
class UnusualFigure:
    """Why a figure is odd: what was usual, in the figure's unit."""

    centre: Decimal  # The median of the history, or the last figure where it is short.
    low: Decimal
    high: Decimal
    points: int  # How many earlier figures it was held against; 1 is the last one only.


def why_unusual(value: Decimal, history: Sequence[Decimal], rule: JumpRule) -> UnusualFigure | None:
    """Return why ``value`` is odd against ``history`` (oldest first), or None when it is not.

    With four or more earlier figures: further from their median than ``rule.spreads`` scaled median absolute
    deviations, and further than ``rule.at_least``. With one to three: further from the last than twice
    ``rule.at_least``. With none, nothing is odd.

    Source: the modified z-score of the NIST e-Handbook of Statistical Methods, 1.3.5.17, which suggests
    3.5; ``at_least`` is ours.

    >>> rule = JumpRule(at_least=Decimal(1), spreads=Decimal("3.5"))
    >>> usual = [Decimal(each) for each in ("5.1", "5.4", "5.0", "5.3")]
    >>> why_unusual(Decimal("5.9"), usual, rule) is None
    True
    >>> why_unusual(Decimal("9.5"), usual, rule)
    UnusualFigure(centre=Decimal('5.2'), low=Decimal('5.0'), high=Decimal('5.4'), points=4)
    """
    if not history:
        return None
    if len(history) < FEWEST_FOR_SPREAD:
        last = history[-1]
        far = abs(value - last) > WITHOUT_SPREAD * rule.at_least
        return UnusualFigure(last, last, last, 1) if far else None
    centre = median(history)
    spread = TO_STANDARD_DEVIATION * median(abs(each - centre) for each in history)
    far = abs(value - centre) > max(rule.spreads * spread, rule.at_least)
    return UnusualFigure(centre, min(history), max(history), len(history)) if far else None
