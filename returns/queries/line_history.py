"""Read the history of a line: every save, decision and accepted version, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from kpis.catalogue import Indicator
from kpis.models import EarlierVersion, Observation
from kpis.rules.explanations import Explanation
from kpis.rules.figures_in_words import figure_in_words
from published.dfe.value_statuses import ValueStatus
from returns.models import LineChange, LineDecision, ReceivedFile, ReturnLine
from returns.queries.line_row import missing_words, stored_text
from returns.rules.return_lines import WORD_FIELDS

ONE_SITTING = timedelta(
    minutes=1
)  # Saves by one person within this time are shown as one change: the page saves while they type.


@dataclass(frozen=True, kw_only=True)
class LineEvent:
    """Something that happened to a line. A change has the answer before and after."""

    at: datetime
    by: str
    what: str
    before: str = ""
    after: str = ""
    reason: str = ""  # A change's comment or a decision's reason.
    source: str = ""  # Where a change came from.
    file_id: int | None = None  # The received file that a change came from.

    @property
    def is_change(self) -> bool:
        return bool(self.before or self.after)

    @property
    def is_first_answer(self) -> bool:
        return self.before == NO_ANSWER


@dataclass(frozen=True, kw_only=True)
class AcceptedVersion:
    """A version of the accepted figure."""

    number: int
    answer: str
    reason: str
    by: str
    at: datetime
    is_current: bool


NO_ANSWER = "nothing"
NOT_KEPT = "saved before Sightline kept histories"
EVENT_HEADINGS = ["When", "Who", "What", "From", "To", "Why", "Source"]


def line_events(line: ReturnLine, indicator: Indicator) -> list[LineEvent]:
    """Return what happened to a line, newest first. Three queries."""
    steps = LineDecision.objects.filter(line=line).select_related("decided_by").order_by("decided_at", "pk")
    decided = [
        LineEvent(at=step.decided_at, by=step.decided_by.name, what=step.get_step_display(), reason=step.reason)
        for step in steps
    ]
    changes = list(LineChange.objects.filter(line=line).select_related("changed_by").order_by("line_version"))
    files = list(ReceivedFile.objects.filter(termly_return_id=line.termly_return_id, saved_at__isnull=False))
    # Sort oldest first, then reverse: if two events have the same time, the later comes first.
    return sorted([*_changes(changes, indicator, files), *decided], key=lambda event: event.at)[::-1]


def accepted_versions(line: ReturnLine, indicator: Indicator) -> list[AcceptedVersion]:
    """Return the versions of the line's accepted figure, newest first. Two queries."""
    term = line.termly_return.term
    now = (
        Observation.objects.filter(
            school_id=line.school_id, indicator_id=line.indicator_id, school_year=term.school_year, season=term.season,
            pupil_group=line.pupil_group,
        )
        .select_related("accepted_by")
        .first()
    )  # fmt: skip
    if now is None:
        return []
    earlier = EarlierVersion.objects.filter(observation=now).select_related("accepted_by").order_by("-version")
    return [_version(now, indicator, is_current=True), *(_version(row, indicator, is_current=False) for row in earlier)]


def events_table(events: list[LineEvent]) -> list[list[object]]:
    """Return the events as a table with column headings, for a file."""
    rows: list[list[object]] = [[e.at.isoformat(), e.by, e.what, e.before, e.after, e.reason, e.source] for e in events]
    return [list(EVENT_HEADINGS), *rows]


def _changes(changes: list[LineChange], indicator: Indicator, files: list[ReceivedFile]) -> Iterator[LineEvent]:
    before = NO_ANSWER if not changes or changes[0].line_version == 1 else NOT_KEPT
    for at, change in enumerate(changes):
        now = _said(change, indicator)
        following = changes[at + 1] if at + 1 < len(changes) else None
        if following is None or not _same_sitting(change, following):
            yield LineEvent(
                at=change.changed_at,
                by=change.changed_by.name,
                what=_what(before, now),
                before=before,
                after=now,
                reason=_words(change),
                source=_source(change),
                file_id=next((file.pk for file in files if _came_from(change, file)), None),
            )
            before = now


def _what(before: str, now: str) -> str:
    if now == before:
        return "Text changed"
    return "Entered" if before == NO_ANSWER else "Changed"


def _came_from(change: LineChange, file: ReceivedFile) -> bool:
    """Return whether a save came from a file: at the time the file was used, or by confirming its suggestion."""
    if change.source == LineChange.Source.CONFIRMED:
        return change.file_name == file.in_words
    is_from_file = change.source == LineChange.Source.FILE
    return is_from_file and (file.name, file.saved_at) == (change.file_name, change.changed_at)


def _same_sitting(one: LineChange, following: LineChange) -> bool:
    alike = (one.changed_by_id, one.source) == (following.changed_by_id, following.source)
    return alike and following.changed_at - one.changed_at <= ONE_SITTING


def _said(change: LineChange, indicator: Indicator) -> str:
    if change.unread:
        return f"typed, but not a figure: {stored_text(_as_line(change), indicator).in_short}"
    if change.missing_reason:
        return missing_words(change.missing_reason, change.follows_on)
    return _figure(change.value, indicator) or NO_ANSWER


def _words(change: LineChange) -> str:
    explanation = Explanation(what=change.what, why=change.why, what_next=change.what_next)
    return "\n".join(text for text in (change.comment, explanation.in_words) if text)


def _as_line(change: LineChange) -> ReturnLine:
    names = ("value", "numerator", "denominator", "missing_reason", "follows_on", "unread", *WORD_FIELDS)
    return ReturnLine(**{name: getattr(change, name) for name in names})


def _source(change: LineChange) -> str:
    return f"{change.get_source_display()}: {change.file_name}" if change.file_name else change.get_source_display()


def _figure(value: Decimal | None, indicator: Indicator) -> str:
    return "" if value is None else figure_in_words(value, indicator.unit, indicator.decimals)


def _version(row: Observation | EarlierVersion, indicator: Indicator, *, is_current: bool) -> AcceptedVersion:
    return AcceptedVersion(
        number=row.version,
        answer=_figure(row.value, indicator) or ValueStatus(row.status).label,
        reason=row.reason,
        by=row.accepted_by.name if row.accepted_by else "",
        at=row.accepted_at,
        is_current=is_current,
    )
