"""Read one indicator at one school over time, and across the trust's schools."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from kpis.catalogue import EnglandFigure, Indicator, nearest_national
from kpis.charts import Chart, IndicatorHistory, PeriodPoint, history_chart
from kpis.models import Observation, ScoreLine, TrustFigure
from kpis.queries.known_figures import known_figures, known_national_figures
from kpis.queries.score_lines import HIDDEN_BECAUSE_SMALL, ScoreRow, cohort_text, figure_or_empty, is_hidden, score_rows
from kpis.queries.similar_figures import similar_figures, with_similar_figures
from kpis.queries.targets import targets_of
from kpis.rules.privacy import must_hide
from kpis.rules.score import Figure, SchoolTarget, school_target, target_text
from kpis.rules.similar_figure import SimilarFigure
from published.dfe.value_statuses import ValueStatus
from schools.models import School
from schools.queries import period_of
from schools.rules.terms import Period
from tables.lists import in_order

TOTAL_KEPT_BACK = "Not shown, because it would reveal a school's hidden figure."
GIVES_AWAY = 1  # With this many hidden figures, a total would reveal one.


@dataclass(frozen=True, kw_only=True)
class FigureRow:
    """One figure for one indicator at one school, in words."""

    period: Period
    value: str
    figure: Decimal | None  # The value as a number.
    status: ValueStatus
    cohort: str
    cohort_size: Decimal | None  # The cohort as a number.
    target: str
    source: str
    comment: str

    @property
    def kind(self) -> str:
        return "term" if self.period.term else "year"


FIGURE_KINDS = [("term", "Terms"), ("year", "School years")]
FIGURE_SORTS: dict[str, tuple[str, Callable[[FigureRow], Any]]] = {
    "period": ("Period", lambda row: row.period.order),
    "figure": ("Figure", lambda row: (row.figure is None, row.figure or 0)),
}
FIGURE_HEADINGS = [
    "School",
    "URN",
    "Indicator",
    "Code",
    "Period",
    "Figure",
    "Status",
    "Out of",
    "Target",
    "Source",
    "Comment",
]


@dataclass(frozen=True, kw_only=True)
class IndicatorPage:
    """One indicator at one school: its current line, its charts (terms, then school years) and every figure."""

    indicator: Indicator
    line: ScoreRow | None
    charts: list[Chart]
    rows: list[FigureRow]


@dataclass(frozen=True, kw_only=True)
class TrustTotal:
    """The trust's figure for one indicator, or why it is hidden."""

    value: str
    figure: Decimal | None  # The value as a number.
    period: str
    method: str
    coverage: str  # How many of the schools asked are included.


def indicator_page(school: School, indicator: Indicator, *, inside: Collection[int]) -> IndicatorPage:
    """Return one indicator at one school over time, from accepted and published figures.

    Small numbers are hidden unless the school is one of ``inside``. Nine queries.
    """
    figures = known_figures([school.pk]).get(school.pk, {}).get(indicator.code, [])
    figures = sorted(figures, key=lambda figure: figure.period.order)
    if school.pk not in inside:
        figures = [hide_if_small(figure, indicator) for figure in figures]
    targets = targets_of(school).get(indicator.code, {})
    england = known_national_figures()
    held_against = {figure.period: _target(indicator, school, figure, targets, england) for figure in figures}
    similar = similar_figures([school.pk], codes=[indicator.code])[school.pk].get(indicator.code, {})
    points = [
        _point(figure, held_against[figure.period], _nearest(indicator, school, figure, england), similar)
        for figure in figures
    ]
    lines = with_similar_figures(score_rows([school], {indicator.code: indicator}, inside=inside))
    return IndicatorPage(
        indicator=indicator,
        line=lines[0] if lines else None,
        charts=_charts(indicator, points, held_against[figures[-1].period] if figures else None),
        rows=[_row(figure, indicator, held_against[figure.period]) for figure in reversed(figures)],
    )


def filtered_figures(rows: Iterable[FigureRow], *, kind: str, sort: str) -> list[FigureRow]:
    """Filter the figures by kind (term or year), unless ``kind`` is empty, and sort them."""
    return in_order((row for row in rows if kind in ("", row.kind)), FIGURE_SORTS, sort)


def figures_table(school: School, indicator: Indicator, rows: Iterable[FigureRow]) -> list[list[object]]:
    """Return an indicator's figures at a school as a table with column headings, for a file."""
    named = [school.name, school.pk, indicator.title, indicator.code]
    return [list(FIGURE_HEADINGS), *([*named, *_cells(row)] for row in rows)]


def _cells(row: FigureRow) -> list[object]:
    figure, cohort_size = (None if value is None else float(value) for value in (row.figure, row.cohort_size))
    return [row.period.label, figure, row.status.label, cohort_size, row.target, row.source, row.comment]


def indicator_across_schools(
    schools: Iterable[School], indicator: Indicator
) -> tuple[list[ScoreRow], TrustTotal | None]:
    """Return one indicator's line at each school, and the trust's figure. At most five queries."""
    rows = with_similar_figures(score_rows(schools, {indicator.code: indicator}))
    found = TrustFigure.objects.filter(indicator=indicator.code).order_by("pk").first()
    hidden = {row.school.pk for row in rows if row.hidden and found and _period(row.line) == _period(found)}
    if found is not None:  # A school's newest figure may be later; its page still shows the one of that term.
        of_then = Observation.objects.filter(
            indicator=indicator.code, school_year=found.school_year, season=found.season
        )
        hidden |= {row.school_id for row in of_then if is_hidden(row, indicator, inside=())}
    return rows, trust_total(found, indicator, kept_back=len(hidden) == GIVES_AWAY)


def _period(row: ScoreLine | TrustFigure) -> tuple[int, int]:
    return row.school_year, row.season


def hide_if_small(figure: Figure, indicator: Indicator) -> Figure:
    """Return a figure as it may be shown outside the school."""
    if not must_hide(figure.as_part(), sensitive=indicator.sensitive, unit=indicator.unit):
        return figure
    return replace(
        figure,
        value=None,
        numerator=None,
        denominator=None,
        cohort=None,
        status=ValueStatus.TOO_FEW_PUPILS,
        comment=HIDDEN_BECAUSE_SMALL,
    )


def _target(
    indicator: Indicator,
    school: School,
    figure: Figure,
    targets: dict[int, SchoolTarget],
    england: Collection[EnglandFigure],
) -> SchoolTarget | None:
    found = tuple(england)
    return school_target(indicator, phase=school.phase, period=figure.period, targets=targets, national=found)


def _nearest(
    indicator: Indicator, school: School, figure: Figure, england: Collection[EnglandFigure]
) -> EnglandFigure | None:
    """Return the national figure for the same school year, so that the chart never shows an older one."""
    term = figure.period.term.value if figure.period.term else ""
    year = figure.period.school_year
    found = nearest_national(england, indicator, phase=school.phase, school_year=year, term=term)
    return found if found and found.school_year == year else None


def _point(
    figure: Figure, target: SchoolTarget | None, england: EnglandFigure | None, similar: Mapping[int, SimilarFigure]
) -> PeriodPoint:
    own_year = similar.get(figure.period.school_year) if figure.period.term is None else None
    return PeriodPoint(
        period=figure.period,
        value=figure.value,
        status=figure.status,
        target=target.value if target else None,
        upper_target=target.upper if target else None,
        national=england.value if england else None,
        similar=own_year.median if own_year else None,
        note=figure.source,
    )


def _charts(indicator: Indicator, points: list[PeriodPoint], target: SchoolTarget | None) -> list[Chart]:
    of_terms = [point for point in points if point.period.term]
    of_years = [point for point in points if not point.period.term]
    return [
        history_chart(
            IndicatorHistory(
                title=indicator.title,
                unit=indicator.unit,
                decimals=indicator.decimals,
                direction=indicator.direction,
                points=tuple(kind),
                tolerance=target.tolerance if target else Decimal(0),
            ),
            element_id=name,
        )
        for name, kind in (("by-term", of_terms), ("by-year", of_years))
        if kind
    ]


def _row(figure: Figure, indicator: Indicator, target: SchoolTarget | None) -> FigureRow:
    return FigureRow(
        period=figure.period,
        value=figure_or_empty(figure.value, indicator),
        figure=figure.value,
        status=figure.status,
        cohort=cohort_text(figure.cohort, indicator, counted=figure.denominator is not None)
        if figure.value is not None
        else "",
        cohort_size=figure.cohort if figure.value is not None else None,
        target=target_text(indicator, target),
        source=figure.source,
        comment=figure.comment,
    )


def trust_total(found: TrustFigure | None, indicator: Indicator, *, kept_back: bool) -> TrustTotal | None:
    """Put the trust's figure into words; None if there is no figure. ``kept_back`` hides the value."""
    if found is None:
        return None
    counted, expected = found.schools_counted, found.schools_expected
    return TrustTotal(
        value="" if kept_back else figure_or_empty(found.value, indicator),
        figure=None if kept_back else found.value,
        period=period_of(found.school_year, found.season).label,
        method=TOTAL_KEPT_BACK if kept_back else found.method,
        coverage=f"all {expected} schools" if counted == expected else f"{counted} of {expected} schools",
    )
