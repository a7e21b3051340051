"""Put the indicator lines of the Panel report into words, without small numbers."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from kpis.queries.catalogue import trust_indicators
from kpis.queries.score_lines import ScoreRow, figure_with_counts, score_rows
from kpis.rules.explanations import Explanation
from kpis.rules.privacy import hide_small
from kpis.rules.rating import RatingCode
from meetings.report import ReportArea, ReportLine
from published.dfe.value_statuses import ValueStatus
from schools.models import School

HIDDEN_IN_REPORT = "Hidden: the figure is about fewer than 6 people, or would reveal such a figure at another school."

Key = tuple[int, str]  # URN and indicator.


@dataclass(frozen=True, kw_only=True)
class ReportFigures:
    """The score lines of a trust's schools, and which of them stay hidden outside the school."""

    rows: Mapping[int, list[ScoreRow]]  # By URN, in the Board's order.
    hidden: frozenset[Key]


def read_report_figures(schools: Collection[School], *, on: date) -> ReportFigures:
    """Read the score lines of the schools, with their observations, in two queries."""
    rows = score_rows(schools, trust_indicators(on=on))
    by_school: dict[int, list[ScoreRow]] = defaultdict(list)
    for row in rows:
        by_school[row.school.pk].append(row)
    return ReportFigures(rows=by_school, hidden=_hidden(rows))


def report_areas(school: School, figures: ReportFigures) -> tuple[ReportArea, ...]:
    """Return a school's lines by area, in the Board's order. Areas without a line are left out."""
    grouped: dict[str, list[ReportLine]] = {}
    for row in figures.rows.get(school.pk, []):
        line = _in_words(row, hide=_key(row) in figures.hidden)
        grouped.setdefault(row.indicator.area.label, []).append(line)
    return tuple(ReportArea(label=label, lines=tuple(lines)) for label, lines in grouped.items())


def sentence(text: str) -> str:
    """Return ``text`` as a sentence, with a capital letter and one full stop.

    >>> sentence("1.2 points better than autumn 2024"), sentence("")
    ('1.2 points better than autumn 2024.', '')
    """
    text = text.strip()
    return text and text[0].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _key(row: ScoreRow) -> Key:
    return row.school.pk, row.indicator.code


def _hidden(rows: Collection[ScoreRow]) -> frozenset[Key]:
    """Return the figures to hide outside the school, checked by indicator and period."""
    together: dict[tuple[str, int, int], list[ScoreRow]] = defaultdict(list)
    for row in rows:
        together[row.indicator.code, row.line.school_year, row.line.season].append(row)
    hidden: set[Key] = set()
    for alike in together.values():
        indicator = alike[0].indicator
        figures = [figure_with_counts(row.line, row.behind) for row in alike]
        shown = hide_small(figures, sensitive=indicator.sensitive, unit=indicator.unit)
        hidden |= {_key(row) for row, before, after in zip(alike, figures, shown, strict=True) if before != after}
    return frozenset(hidden)


def _said(row: ScoreRow) -> tuple[tuple[str, str], ...]:
    """Return the school's explanation of a figure off target, as pairs of question and answer."""
    behind = row.behind
    if behind is None or row.line.rating != RatingCode.OFF_TARGET:
        return ()
    return tuple(Explanation(what=behind.what, why=behind.why, what_next=behind.what_next).labelled)


def _in_words(row: ScoreRow, *, hide: bool) -> ReportLine:
    line = row.line
    status = ValueStatus.SUPPRESSED if hide else row.status
    moved = not (hide or row.then_hidden)
    return ReportLine(
        code=row.indicator.code,
        title=row.indicator.title,
        period=sentence(row.period).rstrip("."),
        value=row.value if status is ValueStatus.VALUE and row.value else status.label,
        cohort="" if hide else row.cohort,
        target=row.target,
        target_text=sentence(row.target_provenance),
        national=row.national,
        national_text=line.national_text,
        rating=line.rating,
        reason=HIDDEN_IN_REPORT if hide else sentence(line.reason),
        movement=line.movement if moved else "not_known",
        movement_text=sentence(line.movement_text if moved else "The change is hidden"),
        said=() if hide else _said(row),
    )
