"""Find the target that applies to a school until the trust sets its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from kpis.catalogue.indicator import Indicator
from kpis.catalogue.kinds import TargetRule
from kpis.catalogue.national_figures import EnglandFigure, nearest_national


@dataclass(frozen=True, kw_only=True)
class DefaultTarget:
    """A target and its tolerance in the indicator's unit, and where they come from."""

    value: Decimal
    upper: Decimal | None  # The upper end of a range; None if the target is one figure.
    tolerance: Decimal
    provenance: str


def default_target(
    indicator: Indicator,
    figures: Iterable[EnglandFigure],
    *,
    phase: str,
    school_year: int,
    term: str = "",
) -> DefaultTarget | None:
    """Return the default target for a school in this phase of education, or None if there is no default.

    A national target comes only from figures of the school's own phase. For most indicators the figure for all schools
    is too easy for a primary school and too hard for a secondary school.
    """
    rule = indicator.target
    if rule.value is not None:
        return DefaultTarget(value=rule.value, upper=rule.upper, tolerance=rule.tolerance, provenance=rule.provenance)
    if rule.rule is not TargetRule.NATIONAL:
        return None
    own_phase = (figure for figure in figures if figure.phase == phase)
    national = nearest_national(own_phase, indicator, phase=phase, school_year=school_year, term=term)
    if national is None:
        return None
    return DefaultTarget(
        value=national.value,
        upper=None,
        tolerance=rule.tolerance,
        provenance=f"{rule.provenance} Taken from: {national.source}.",
    )
