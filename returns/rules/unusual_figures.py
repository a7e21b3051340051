"""Check whether a figure is unusual for a school, by a rule that one unusual year does not upset."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from kpis.catalogue.indicator import JumpRule

FEWEST_FOR_SPREAD = 4  # With fewer earlier figures, the spread means nothing.
WITHOUT_SPREAD = 2  # Times ``at_least``, from the last figure, if there are too few for a spread.
TO_STANDARD_DEVIATION = Decimal(
    "1.4826"
)  # From the median absolute deviation to the standard deviation of a normal curve.


@dataclass(frozen=True)
class UnusualFigure:
    """Why a figure is unusual: what was usual, in the figure's unit."""

    centre: Decimal  # The median of the history, or the last figure if the history is short.
    low: Decimal
    high: Decimal
    points: int  # How many earlier figures it was compared with; 1 is the last figure only.


def why_unusual(value: Decimal, history: Sequence[Decimal], rule: JumpRule) -> UnusualFigure | None:
    """Return why ``value`` is unusual compared with ``history`` (oldest first), or None if it is not unusual.

    With 4 or more earlier figures, a value is unusual if it is further from their median than ``rule.spreads`` scaled
    median absolute deviations and further than ``rule.at_least``. With 1 to 3, it is unusual if it is further from the
    last figure than twice ``rule.at_least``. Without earlier figures, nothing is unusual.

    Source: the modified z-score of the NIST e-Handbook of Statistical Methods, 1.3.5.17, which suggests
    3.5; ``at_least`` is ours.

    >>> rule = JumpRule(at_least=Decimal(1), spreads=Decimal("3.5"))
    >>> usual = [Decimal(rate) for rate in ("5.1", "5.4", "5.0", "5.3")]
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
    spread = TO_STANDARD_DEVIATION * median(abs(figure - centre) for figure in history)
    far = abs(value - centre) > max(rule.spreads * spread, rule.at_least)
    return UnusualFigure(centre, min(history), max(history), len(history)) if far else None
