"""Put the indicator lines of the Panel report into words, with only the figures that all of its readers may see."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from kpis.queries.catalogue import trust_indicators
from kpis.queries.score_lines import ScoreRow, score_rows
from kpis.queries.small_numbers import AUDIENCES, rules_in_force
from kpis.rules.explanations import Explanation
from kpis.rules.privacy import Audience, reader_for_each
from kpis.rules.rating import RatingCode
from meetings.report import ReportArea, ReportLine
from published.dfe.value_statuses import ValueStatus
from schools.models import School
from trusts.permissions import GRANTS, Permission

HIDDEN_IN_REPORT = "Hidden: it is about so few people that it could identify somebody."

# The report is one file for all of them.
REPORT_AUDIENCES = frozenset(
    {Audience.PANEL, *(AUDIENCES[role] for role, granted in GRANTS.items() if Permission.VIEW_PANELS in granted)}
)

ReportFigures = Mapping[int, list[ScoreRow]]  # By URN, in the Board's order.


def read_report_figures(schools: Collection[School], *, on: date) -> ReportFigures:
    """Read the score lines of the schools as all readers of the report may see them. Four queries."""
    by_school: dict[int, list[ScoreRow]] = defaultdict(list)
    for row in score_rows(schools, trust_indicators(on=on), reader_for_each(REPORT_AUDIENCES, rules_in_force())):
        by_school[row.school.pk].append(row)
    return by_school


def report_areas(school: School, figures: ReportFigures) -> tuple[ReportArea, ...]:
    """Return a school's lines by area, in the Board's order. Areas without a line are left out."""
    grouped: dict[str, list[ReportLine]] = {}
    for row in figures.get(school.pk, []):
        grouped.setdefault(row.indicator.area.label, []).append(_in_words(row))
    return tuple(ReportArea(label=label, lines=tuple(lines)) for label, lines in grouped.items())


def sentence(text: str) -> str:
    """Return ``text`` as a sentence, with a capital letter and one full stop.

    >>> sentence("1.2 points better than autumn 2024"), sentence("")
    ('1.2 points better than autumn 2024.', '')
    """
    text = text.strip()
    return text and text[0].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _said(row: ScoreRow) -> tuple[tuple[str, str], ...]:
    """Return the school's explanation of a figure off target, as pairs of question and answer."""
    behind = row.behind
    if behind is None or row.line.rating != RatingCode.OFF_TARGET:
        return ()
    return tuple(Explanation(what=behind.what, why=behind.why, what_next=behind.what_next).labelled)


def _in_words(row: ScoreRow) -> ReportLine:
    line = row.line
    return ReportLine(
        code=row.indicator.code,
        title=row.indicator.title,
        period=sentence(row.period).rstrip("."),
        value=row.value if row.status is ValueStatus.VALUE and row.value else row.status.label,
        cohort=row.cohort,
        target=row.target,
        target_text=sentence(row.target_provenance),
        national=row.national,
        national_text=line.national_text,
        rating=line.rating,
        reason=HIDDEN_IN_REPORT if row.hidden else sentence(line.reason),
        movement=line.movement,
        movement_text=sentence(line.movement_text),
        said=_said(row),
        mark=row.mark,
    )
