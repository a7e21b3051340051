"""Compare a school's latest figure for an indicator with its target, its past and the national figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kpis.catalogue import EnglandFigure, Indicator, default_target, nearest_national
from kpis.catalogue.kinds import Direction
from kpis.rules.figures_in_words import figure_in_words
from kpis.rules.movement import Movement, MovementCode, compare_figures
from kpis.rules.rating import Rating, RatingCode, rate_figure
from kpis.rules.rollup import SchoolFigure
from published.dfe.value_statuses import ValueStatus
from schools.rules.terms import Period

ONE = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One school's figure for one indicator in one period, or the reason why it is missing."""

    period: Period
    value: Decimal | None = None  # In the indicator's unit.
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    cohort: Decimal | None = None  # The number of pupils (or staff) the figure is about.
    status: ValueStatus = ValueStatus.VALUE
    source: str = ""
    comment: str = ""
    mark: str = ""  # A request not to pass it on, if only some may see it.

    def as_part(self, school: str = "") -> SchoolFigure:
        """Return the figure as ``trust_figure`` takes it; ``school`` is the school's name, for the sentence."""
        return SchoolFigure(
            school=school,
            value=self.value,
            numerator=self.numerator,
            denominator=self.denominator,
            cohort=self.cohort,
            status=self.status,
        )


@dataclass(frozen=True, kw_only=True)
class SchoolTarget:
    """A target for one school and school year, in the indicator's unit."""

    value: Decimal
    upper: Decimal | None
    tolerance: Decimal
    provenance: str


@dataclass(frozen=True, kw_only=True)
class IndicatorScore:
    """A school's latest figure for one indicator, with its target, rating, movement and national figure."""

    latest: Figure
    target: SchoolTarget | None
    target_text: str
    rating: Rating
    distance: float | None  # From the target, in tolerances: negative is worse than the target, 0 is on target.
    movement: Movement
    movement_size: float | None  # In tolerances; positive is better.
    national: EnglandFigure | None
    national_text: str


def score_indicator(
    indicator: Indicator,
    figures: Sequence[Figure],
    *,
    phase: str,
    targets: Mapping[int, SchoolTarget],
    national: Sequence[EnglandFigure],
) -> IndicatorScore | None:
    """Score one indicator for one school, or return None if it has no figures.

    ``figures`` come in any order, at most one for each period. The latest is scored, and compared with the same term
    or year one year earlier. ``targets`` are the school's own, by school year; if the year has no target, the latest
    earlier one applies, and then the catalogue's default. ``phase`` is the school's phase of education.

    Source: kpis/README.md#rating and #movement.
    """
    if not figures:
        return None
    latest = max(figures, key=lambda figure: figure.period.order)
    target = school_target(indicator, phase=phase, period=latest.period, targets=targets, national=national)
    rating = rate_against(
        indicator,
        latest.value,
        target,
        status=latest.status,
        explanation=latest.comment if latest.value is None else "",
    )
    movement = _movement(indicator, latest, figures)
    step = _step(indicator, target)
    nearest = nearest_national(
        national, indicator, phase=phase, school_year=latest.period.school_year, term=_term(latest.period)
    )
    return IndicatorScore(
        latest=latest,
        target=target,
        target_text=target_text(indicator, target),
        rating=rating,
        distance=_distance(indicator, latest, target, rating, step),
        movement=movement,
        movement_size=_size(movement, step),
        national=nearest,
        national_text=national_text(nearest),
    )


def rate_against(
    indicator: Indicator,
    value: Decimal | None,
    target: SchoolTarget | None,
    *,
    status: ValueStatus = ValueStatus.VALUE,
    explanation: str = "",
) -> Rating:
    """Rate one figure of an indicator against a school's target, if it has one."""
    return rate_figure(
        value,
        target.value if target else None,
        tolerance=target.tolerance if target else Decimal(0),
        upper_target=target.upper if target else None,
        direction=indicator.direction,
        unit=indicator.unit,
        decimals=indicator.decimals,
        status=status,
        explanation=explanation,
    )


def target_text(indicator: Indicator, target: SchoolTarget | None) -> str:
    """Return a target in words with its provenance; empty if there is no target."""
    if target is None:
        return ""
    ends = [
        figure_in_words(end, indicator.unit, indicator.decimals)
        for end in (target.value, target.upper)
        if end is not None
    ]
    return f"{' to '.join(ends)}: {target.provenance}"


def national_text(national: EnglandFigure | None) -> str:
    """Return the period, phase, status and source of a national figure in words; empty if there is no figure."""
    if national is None:
        return ""
    return f"England, {national.schools}, {national.when}, {national.status.label.lower()}: {national.source}"


def school_target(
    indicator: Indicator,
    *,
    phase: str,
    period: Period,
    targets: Mapping[int, SchoolTarget],
    national: Sequence[EnglandFigure],
) -> SchoolTarget | None:
    """Return the target for a period: the school's own for that year or the latest before it, else the default."""
    years = [year for year in targets if year <= period.school_year]
    if years:
        return targets[max(years)]
    found = default_target(indicator, national, phase=phase, school_year=period.school_year, term=_term(period))
    if found is None:
        return None
    return SchoolTarget(value=found.value, upper=found.upper, tolerance=found.tolerance, provenance=found.provenance)


def _movement(indicator: Indicator, latest: Figure, figures: Sequence[Figure]) -> Movement:
    before = latest.period.same_a_year_earlier()
    then = next((figure for figure in figures if figure.period == before), None)
    return compare_figures(
        latest.value,
        then.value if then else None,
        then_label=before.label,
        direction=indicator.direction,
        unit=indicator.unit,
        decimals=indicator.decimals,
        then_status=then.status if then else ValueStatus.VALUE,
    )


def _step(indicator: Indicator, target: SchoolTarget | None) -> Decimal:
    """Return the size of one tolerance. If none is set, it is the smallest change that needs a comment."""
    if target and target.tolerance:
        return target.tolerance
    return indicator.jump.at_least if indicator.jump else ONE


def _size(movement: Movement, step: Decimal) -> float | None:
    if movement.amount is None or movement.code in (MovementCode.HIGHER, MovementCode.LOWER):
        return None
    size = float(abs(movement.amount) / step)
    return -size if movement.code is MovementCode.WORSE else size


def _distance(
    indicator: Indicator, latest: Figure, target: SchoolTarget | None, rating: Rating, step: Decimal
) -> float | None:
    if target is None or latest.value is None or rating.code in (RatingCode.NO_TARGET, RatingCode.NO_VALUE):
        return None
    if rating.code is RatingCode.ON_TARGET:
        return 0.0
    ends = [end for end in (target.value, target.upper) if end is not None]
    if indicator.direction is Direction.RANGE:
        return -float(min(abs(latest.value - end) for end in ends) / step)
    return -float(abs(latest.value - target.value) / step)


def _term(period: Period) -> str:
    return period.term.value if period.term else ""
