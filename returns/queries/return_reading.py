"""Read a return with everything that its pages show."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from kpis.catalogue import Indicator, in_board_order
from returns.models import Return, ReturnLine
from returns.queries.line_row import ReturnLineRow, stored_text
from returns.queries.return_context import ReturnContext
from returns.queries.return_page import ReturnPage
from returns.rules.cross_checks import LineCounts, cross_check_findings
from returns.rules.line_checks import Finding
from returns.rules.return_lines import LineState, check_typed_line, comparable_figures, line_state
from schools.models import School, Term


def return_page(school: School, term: Term) -> ReturnPage | None:
    """Return a school's return for a term with everything that its pages show, or None if it was never opened.

    Three queries for any number of lines (the return, its lines, the school's accepted figures), two more while lines
    are open (targets and national figures), and one for each other part that a page uses
    (returns.queries.return_context).
    """
    found = Return.objects.filter(school=school, term=term).select_related("submitted_by").first()
    if found is None:
        return None
    found.school, found.term = school, term
    lines = list(found.lines.select_related("saved_by", "marked_by", "definition").order_by("pk"))
    # By each line's own definition, not today's catalogue. A line without a definition, whose indicator has left the
    # catalogue, cannot be shown.
    asked = sorted(((line.asked, line) for line in lines if line.asked), key=lambda pair: in_board_order(pair[0]))
    return_context = ReturnContext(found, [indicator for indicator, _ in asked])
    rows = [_row(line, indicator, return_context) for indicator, line in asked]
    return ReturnPage(termly_return=found, rows=tuple(_held_together(rows)), return_context=return_context)


def page_as_stored(page: ReturnPage, codes: Collection[str]) -> ReturnPage:
    """Return the page with these lines as they are stored after a save. One query."""
    termly_return = page.termly_return
    lines = termly_return.lines.filter(indicator_id__in=codes).select_related("saved_by", "marked_by", "termly_return")
    now = {line.indicator_id: line for line in lines.order_by("pk")}
    if now:
        termly_return.state = next(iter(now.values())).termly_return.state  # The first save starts a return.
    stored = (
        replace(row, **_as_stored(now.get(row.code, row.line), row.indicator, row.history, page.return_context))
        for row in page.rows
    )
    return replace(page, rows=tuple(_held_together(list(stored))))


def _held_together(rows: list[ReturnLineRow]) -> Iterator[ReturnLineRow]:
    """Add to each line its contradictions to other lines, and whether it was sent back."""
    found = contradictions(rows)
    for row in rows:
        findings = (*row.checked.findings, *found.get(row.code, ()))
        checked = replace(row.checked, findings=findings)
        yield as_sent_back(replace(row, checked=checked, state=line_state(row.typed, checked)))


def contradictions(rows: Iterable[ReturnLineRow]) -> dict[str, tuple[Finding, ...]]:
    """Return the contradictions between the lines of a return, by code."""
    counts = {
        row.code: LineCounts(
            numerator=row.checked.numerator,
            denominator=row.checked.denominator,
            has_comment=bool(row.typed.comment.strip() or row.typed.why.strip()),
        )
        for row in rows
        if row.state is not LineState.INVALID
    }
    return cross_check_findings(counts)


def as_sent_back(row: ReturnLineRow) -> ReturnLineRow:
    """Return the line as a query if it was sent back, has no answer yet and is otherwise saved."""
    return replace(row, state=LineState.QUERY) if row.status.waits_for_answer and row.state is LineState.SAVED else row


def _row(line: ReturnLine, indicator: Indicator, return_context: ReturnContext) -> ReturnLineRow:
    earlier = return_context.figures.get(indicator.code, [])
    history = tuple(comparable_figures(earlier, return_context.period))
    return ReturnLineRow(
        indicator=indicator,
        return_context=return_context,
        history=history,
        accepted_version=return_context.versions.get(indicator.code, 0),
        earlier=tuple(earlier),
        **_as_stored(line, indicator, history, return_context),
    )


def _as_stored(
    line: ReturnLine, indicator: Indicator, history: Sequence[Decimal], return_context: ReturnContext
) -> dict[str, Any]:
    """Return the fields of a ``LineRow`` that depend on the stored line."""
    typed = stored_text(line, indicator)
    # A submitted line is not checked against its target again, even if the target was set later.
    checked = check_typed_line(
        indicator, typed, history, return_context.line_context(indicator).held_against if line.is_open else None
    )
    return {
        "line": line,
        "typed": typed,
        "checked": checked,
        "state": line_state(typed, checked),
        "version": line.version,
        "shown": typed.fingerprint,
    }
