"""Hide small numbers outside the school, so that no figure identifies a person."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from kpis.catalogue.kinds import FigureUnit
from kpis.rules.rollup import CalculatedTrustFigure, SchoolFigure
from published.dfe.value_statuses import ValueStatus

FEWEST_SHOWN = 6  # Counts of one to five are hidden. A count of 0 identifies nobody and is shown.


def is_small(count: Decimal | None) -> bool:
    """Return whether a count of people is too small to be shown outside the school.

    >>> is_small(Decimal(5)), is_small(Decimal(6)), is_small(Decimal(0)), is_small(None)
    (True, False, False, False)
    """
    return count is not None and 0 < count < FEWEST_SHOWN


def must_hide(figure: SchoolFigure, *, sensitive: bool, unit: FigureUnit) -> bool:
    """Return whether this figure must be hidden outside the school.

    Any figure with a cohort of one to five is hidden. If the indicator is sensitive, a figure is also hidden if its
    count, numerator or denominator is one to five.
    """
    if not figure.is_known:
        return False
    if is_small(figure.cohort):
        return True
    count = figure.value if unit is FigureUnit.COUNT else None
    return sensitive and any(is_small(number) for number in (count, figure.numerator, figure.denominator))


def hide_small(
    figures: Sequence[SchoolFigure], *, sensitive: bool, unit: FigureUnit, total_shown: bool = True
) -> tuple[SchoolFigure, ...]:
    """Return the figures as they may be shown outside the schools; hidden figures have the status *suppressed*.

    If only one figure is hidden and the trust's total is shown, a reader could calculate the hidden figure from the
    others. So the smallest of the others that is above zero is hidden too. Calculate the trust's figure from the
    figures before they are hidden.

    Source: kpis/README.md#small-numbers.
    """
    hidden = {place for place, figure in enumerate(figures) if must_hide(figure, sensitive=sensitive, unit=unit)}
    if len(hidden) == 1 and total_shown:
        others = {place: _size(figure, unit) for place, figure in enumerate(figures) if place not in hidden}
        sizes = {place: size for place, size in others.items() if size}
        if sizes:
            hidden.add(min(sizes, key=lambda place: (sizes[place], place)))
    return tuple(_hidden(figure) if place in hidden else figure for place, figure in enumerate(figures))


def hide_small_total(total: CalculatedTrustFigure, *, sensitive: bool, unit: FigureUnit) -> CalculatedTrustFigure:
    """Return the trust's figure as it may be shown: a sensitive figure about one to five people is hidden.

    >>> from kpis.rules.rollup import RollUpMethod
    >>> few = CalculatedTrustFigure(
    ...     value=Decimal(3), method=RollUpMethod.SUM, counted=5, expected=5, left_out=(), sentence="3 in all"
    ... )
    >>> hide_small_total(few, sensitive=True, unit=FigureUnit.COUNT).sentence
    'Not shown: it is about fewer than 6 people'
    """
    count = total.value if unit is FigureUnit.COUNT else None
    if not (sensitive and any(is_small(number) for number in (count, total.numerator, total.denominator))):
        return total
    why = f"Not shown: it is about fewer than {FEWEST_SHOWN} people"
    return replace(total, value=None, numerator=None, denominator=None, sentence=why)


def _size(figure: SchoolFigure, unit: FigureUnit) -> Decimal | None:
    if not figure.is_known:
        return None
    return figure.numerator or (figure.value if unit is FigureUnit.COUNT else figure.cohort)


def _hidden(figure: SchoolFigure) -> SchoolFigure:
    return replace(figure, value=None, numerator=None, denominator=None, cohort=None, status=ValueStatus.SUPPRESSED)
