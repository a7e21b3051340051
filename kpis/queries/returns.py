"""Read a return with everything that its pages print."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from kpis.catalogue import Indicator, in_board_order
from kpis.models import LineDecision, Observation, Return, ReturnDecision, ReturnLine, Term
from kpis.queries.allowances import NOTHING, allowances
from kpis.queries.contributors import assigned
from kpis.queries.history import figure_of, national, period_of
from kpis.queries.line_row import LineRow, stored_text
from kpis.queries.return_page import ReturnPage
from kpis.queries.targets import targets_of
from kpis.rules.between import Counts, between_findings
from kpis.rules.lines import Beside, LineState, beside, check, comparable, state_of
from kpis.rules.score import Figure
from kpis.rules.terms import Period
from schools.models import School


def return_page(school: School, term: Term) -> ReturnPage | None:
    """Return one school's return of a term with everything its pages print, or None when it was never opened.

    Nine queries whatever the number of lines: the return, its steps, its lines and theirs, who fills them in, the
    school's accepted figures, its targets, the imported national figures, and what the trust allows.
    """
    found = Return.objects.filter(school=school, term=term).select_related("submitted_by").first()
    if found is None:
        return None
    found.school, found.term = school, term
    steps = ReturnDecision.objects.filter(termly_return=found).select_related("decided_by").defer("snapshot")
    return ReturnPage(
        termly_return=found,
        rows=tuple(_held_together(list(_rows(found)))),
        decisions=tuple(steps.order_by("-decided_at", "-pk")),
        allowed=allowances([term]).get((school.pk, term.pk), NOTHING),
    )


def _rows(of: Return) -> Iterator[LineRow]:
    lines = list(of.lines.select_related("saved_by", "definition").order_by("pk"))
    # As each line asks it, whatever the catalogue says today. A line of before definitions were kept, whose indicator
    # has left the catalogue, has none to show.
    known_lines = sorted(((line.asked, line) for line in lines if line.asked), key=lambda each: in_board_order(each[0]))
    period = period_of(of.term.school_year, of.term.season)
    figures, versions = _figures(of.school, period)
    targets, known, steps = targets_of(of.school), national(), _line_steps(of)
    people = assigned(of.school, [indicator for indicator, _ in known_lines])
    for indicator, line in known_lines:
        code = indicator.code
        earlier = figures.get(code, [])
        around = beside(
            indicator,
            earlier,
            phase=of.school.phase,
            period=period,
            targets=targets.get(code, {}),
            national=known,
        )
        row = replace(_row(line, indicator, earlier, around, period), assigned=people[code])
        yield replace(row, decisions=steps[line.pk], accepted_version=versions.get(code, 0))


def _held_together(rows: list[LineRow]) -> Iterator[LineRow]:
    """Add to each line what it contradicts in others, and that it was sent back."""
    counts = {
        row.code: Counts(
            numerator=row.line.numerator,
            denominator=row.line.denominator,
            has_comment=bool(row.line.comment.strip() or row.line.why.strip()),
        )
        for row in rows
        if not row.line.unread
    }
    found = between_findings(counts)
    for row in rows:
        findings = (*row.checked.findings, *found.get(row.code, ()))
        checked = replace(row.checked, findings=findings)
        yield as_sent_back(replace(row, checked=checked, state=state_of(row.typed, checked)))


def as_sent_back(row: LineRow) -> LineRow:
    """Ask for an answer in a line that was sent back and is otherwise in order."""
    return replace(row, state=LineState.QUERY) if row.waits_for_answer and row.state is LineState.SAVED else row


def _row(line: ReturnLine, indicator: Indicator, earlier: list[Figure], around: Beside, period: Period) -> LineRow:
    typed = stored_text(line, indicator)
    history = tuple(comparable(earlier, period))
    # What was handed in is not asked about again, also where the target was set later.
    checked = check(indicator, typed, history, around.held_against if line.is_open else None)
    return LineRow(
        line=line,
        indicator=indicator,
        typed=typed,
        checked=checked,
        beside=around,
        history=history,
        state=state_of(typed, checked),
        version=line.version,
        shown=typed.fingerprint,
        earlier=tuple(earlier),
    )


def _figures(school: School, period: Period) -> tuple[Mapping[str, list[Figure]], Mapping[str, int]]:
    """Return the school's accepted figures by indicator, and the versions of those of one period."""
    found: dict[str, list[Figure]] = defaultdict(list)
    versions = {}
    for row in Observation.objects.filter(school=school, pupil_group="all").in_order():
        each = figure_of(row)
        found[row.indicator_id].append(each)
        if each.period == period:
            versions[row.indicator_id] = row.version
    return found, versions


def _line_steps(of: Return) -> Mapping[int, tuple[LineDecision, ...]]:
    found: dict[int, tuple[LineDecision, ...]] = defaultdict(tuple)
    steps = LineDecision.objects.filter(line__termly_return=of).select_related("decided_by")
    for step in steps.order_by("-decided_at", "-pk"):
        found[step.line_id] += (step,)
    return found
