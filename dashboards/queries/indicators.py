"""Read one indicator at one school over time, and across the trust's schools."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kpis.catalogue import EnglandFigure, Indicator, nearest_national
from kpis.charts import Chart, IndicatorHistory, PeriodPoint, history_chart
from kpis.queries.known_figures import known_figures, known_national_figures
from kpis.queries.score_lines import ScoreRow, cohort_text, figure_or_empty, score_rows
from kpis.queries.similar_figures import similar_figures, with_similar_figures
from kpis.queries.targets import targets_of
from kpis.queries.trust_totals import first_year_looked_at, recent_figures, total_of
from kpis.rules.privacy import FigureReader, shown_figures
from kpis.rules.score import Figure, SchoolTarget, school_target, target_text
from kpis.rules.similar_figure import SimilarFigure
from published.dfe.value_statuses import ValueStatus
from schools.models import School
from schools.rules.terms import Period
from tables.lists import in_order


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
    target_number: Decimal | None  # The target as a number; the lower end of a range.
    source: str
    comment: str
    mark: str  # A request not to pass it on.

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
    "Unit",
    "Figure",
    "Status",
    "Out of",
    "Target",
    "Target in words",
    "Target set by",
    "Source",
    "Comment",
    "Note",
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
    """The trust's figure for one indicator, from the figures that are shown."""

    value: str
    figure: Decimal | None  # The value as a number.
    period: str
    method: str
    coverage: str  # How many of the schools asked are included, and how many are not shown.


def indicator_page(
    school: School, indicator: Indicator, known: Mapping[str, Indicator], reader: FigureReader
) -> IndicatorPage:
    """Return one indicator at one school over time, from accepted and published figures, as a reader may see them.

    ``known`` are the trust's indicators by code. Nine queries.
    """
    shown = shown_figures(known_figures([school.pk]).get(school.pk, {}), known, reader, school.pk)
    figures = sorted(shown.get(indicator.code, []), key=lambda figure: figure.period.order)
    targets = targets_of(school).get(indicator.code, {})
    england = known_national_figures()
    held_against = {figure.period: _target(indicator, school, figure, targets, england) for figure in figures}
    similar = similar_figures([school.pk], codes=[indicator.code])[school.pk].get(indicator.code, {})
    points = [
        _point(figure, held_against[figure.period], _nearest(indicator, school, figure, england), similar)
        for figure in figures
    ]
    lines = with_similar_figures(score_rows([school], {indicator.code: indicator}, reader))
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
    return [list(FIGURE_HEADINGS), *([*named, *_cells(row, indicator)] for row in rows)]


def _cells(row: FigureRow, indicator: Indicator) -> list[object]:
    numbers = (row.figure, row.cohort_size, row.target_number)
    figure, cohort_size, target = (None if value is None else float(value) for value in numbers)
    words, _, provenance = row.target.partition(": ")
    return [
        row.period.label,
        indicator.unit.label,
        figure,
        row.status.label,
        cohort_size,
        target,
        words,
        provenance,
        row.source,
        row.comment,
        row.mark,
    ]


def indicator_across_schools(
    schools: Collection[School], indicator: Indicator, known: Mapping[str, Indicator], reader: FigureReader
) -> tuple[list[ScoreRow], TrustTotal | None]:
    """Return one indicator's line at each school, and the trust's figure, as a reader may see them.

    ``known`` are the trust's indicators by code. Six queries, however many schools.
    """
    rows = with_similar_figures(score_rows(schools, {indicator.code: indicator}, reader))
    figures = {
        urn: shown_figures(own, known, reader, urn)
        for urn, own in known_figures([school.pk for school in schools]).items()
    }
    recent = recent_figures(schools, indicator, figures, since=first_year_looked_at(figures))
    return rows, _trust_total(schools, indicator, recent)


def _trust_total(
    schools: Collection[School], indicator: Indicator, recent: Mapping[School, Figure]
) -> TrustTotal | None:
    if not recent:
        return None
    made = total_of(schools, indicator, recent)
    return TrustTotal(
        value=figure_or_empty(made.value, indicator),
        figure=made.value,
        period=next(iter(recent.values())).period.label,
        method=made.sentence,
        coverage=coverage_in_words(
            made.counted, made.expected, sum(figure.status is ValueStatus.HIDDEN for figure in recent.values())
        ),
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
        target_number=target.value if target else None,
        source=figure.source,
        comment=figure.comment,
        mark=figure.mark,
    )


def coverage_in_words(counted: int, expected: int, hidden: int) -> str:
    """Return how many schools a trust's figure includes, and how many are hidden from the reader.

    >>> coverage_in_words(4, 5, 1), coverage_in_words(5, 5, 0)
    ('4 of 5 schools; 1 not shown', 'all 5 schools')
    """
    schools = f"all {expected} schools" if counted == expected else f"{counted} of {expected} schools"
    return f"{schools}; {hidden} not shown" if hidden else schools
