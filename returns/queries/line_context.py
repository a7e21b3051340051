"""Read what helps to fill in a line: suggested figures, similar schools, earlier terms, what was planned last term."""

from collections.abc import Sequence
from dataclasses import replace

from kpis.catalogue import Indicator
from kpis.charts.sparkline import MOST_POINTS, SparkPoint, sparkline
from kpis.queries.similar_figures import similar_figures
from kpis.rules.figures_in_words import figure_in_words
from kpis.rules.score import Figure
from kpis.rules.similar_figure import nearest_similar
from returns.models import FigureProposal, Return, ReturnLine
from returns.queries.line_row import EarlierPlan
from returns.queries.return_page import ReturnPage
from schools.queries import period_of
from schools.rules.terms import Period


def with_proposals(page: ReturnPage) -> ReturnPage:
    """Return the page with the suggested figures for its lines. One query."""
    proposed = _proposals(page.termly_return)
    return replace(page, rows=tuple(replace(row, proposal=proposed.get(row.code)) for row in page.rows))


def with_earlier_plans(page: ReturnPage) -> ReturnPage:
    """Return the page with what the school last planned for each line. One query."""
    plans = _earlier_plans(page)
    return replace(page, rows=tuple(replace(row, earlier_plan=plans.get(row.code)) for row in page.rows))


def as_filled_in(page: ReturnPage) -> ReturnPage:
    """Return the page with all that its lines show only while they are filled in. Three queries."""
    termly_return = page.termly_return
    page = with_earlier_plans(with_proposals(page))
    found = similar_figures([termly_return.school_id])[termly_return.school_id]
    period = _period(termly_return)
    rows = (
        replace(
            row,
            similar=nearest_similar(
                found.get(row.code, {}), school_year=termly_return.term.school_year, whole_year=False
            ),
            spark=sparkline(earlier_term_points(row.indicator, row.earlier, period)),
        )
        for row in page.rows
    )
    return replace(page, rows=tuple(rows))


def earlier_term_points(indicator: Indicator, figures: Sequence[Figure], period: Period) -> list[SparkPoint]:
    """Return every term before ``period``, oldest first, from the first term with a figure. At most ``MOST`` terms."""
    known = {figure.period: figure for figure in figures if figure.period.term and figure.period.order < period.order}
    if not known:
        return []
    first = min(known, key=lambda term: term.order)
    terms: list[Period] = []
    at = period.previous()
    while at.order >= first.order and len(terms) < MOST_POINTS:
        terms.append(at)
        at = at.previous()
    return [_point(indicator, term, known.get(term)) for term in reversed(terms)]


def _point(indicator: Indicator, period: Period, found: Figure | None) -> SparkPoint:
    if found is None or found.value is None:
        return SparkPoint(label=period.label, value=None, text=found.status.label.lower() if found else "no figure")
    text = figure_in_words(found.value, indicator.unit, indicator.decimals)
    return SparkPoint(label=period.label, value=found.value, text=text)


def _earlier_plans(page: ReturnPage) -> dict[str, EarlierPlan]:
    """Return the latest plan submitted in earlier terms, by indicator."""
    termly_return = page.termly_return
    lines = ReturnLine.objects.filter(
        school_id=termly_return.school_id,
        termly_return__term__starts_date__lt=termly_return.term.starts_date,
        termly_return__submitted_at__isnull=False,
        what_next__gt="",
    )
    oldest_first = lines.select_related("termly_return__term").order_by("termly_return__term__starts_date", "pk")
    return {
        line.indicator_id: EarlierPlan(period=_period(line.termly_return).label, text=line.what_next)
        for line in oldest_first
    }


def _period(termly_return: Return) -> Period:
    return period_of(termly_return.term.school_year, termly_return.term.season)


def _proposals(termly_return: Return) -> dict[str, FigureProposal]:
    rows = FigureProposal.objects.filter(
        school_id=termly_return.school_id, term_id=termly_return.term_id, pupil_group="all"
    )
    return {row.indicator_id: row for row in rows}
