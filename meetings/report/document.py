"""Define the Panel report as a document: every text in order, ready to print.

The document has everything that a reader sees as text, so that a published report never changes on screen, on paper
or in its PDF, even if rules and names change later.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tables.dates import day_in_words

DOCUMENT_FORMAT = 1  # The format of the stored document. Write a reader for the old format before you raise it.
LONDON = ZoneInfo("Europe/London")
RATINGS = {
    "on_target": "On target",
    "close": "Close to target",
    "off_target": "Off target",
    "no_target": "No target set",
    "no_value": "No value",
    "hidden": "Hidden",
}


class UnknownReportFormat(ValueError):
    """This version cannot read the format of the stored document."""


@dataclass(frozen=True, kw_only=True)
class ReportLine:
    """One indicator of one school: the figure, its target and national figure, and the rating with its reason."""

    code: str
    title: str
    period: str
    value: str  # In words, like "92.9%", or why there is no figure, like "Not published".
    cohort: str  # Like "of 1,203"; empty if it is not known.
    target: str
    target_text: str
    national: str
    national_text: str
    rating: str  # A key of RATINGS.
    reason: str
    movement: str  # kpis.rules.movement.MovementCode
    movement_text: str
    said: tuple[tuple[str, str], ...] = ()  # Questions and the school's answers, for a figure off target.
    mark: str = ""  # A request not to pass the figure on.


@dataclass(frozen=True, kw_only=True)
class ReportArea:
    """The lines of one of the Board's areas."""

    label: str
    lines: tuple[ReportLine, ...]


@dataclass(frozen=True, kw_only=True)
class SchoolJudgement:
    """A school's phase, trajectory or capacity in words, with its reason."""

    code: str  # The phase, the journey's letter or the capacity status; empty without one.
    label: str
    reason: str
    details: tuple[str, ...] = ()  # For example what holds the school back, the rule, or Carter's question.


@dataclass(frozen=True, kw_only=True)
class ReportChart:
    """A picture, the sentence that says what it shows, and the table of its numbers."""

    sentence: str
    svg: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def source(self) -> str:
        """Return the picture as a data URL for an image element, so that it is never part of the page's markup."""
        return "data:image/svg+xml;base64," + b64encode(self.svg.encode()).decode()


@dataclass(frozen=True, kw_only=True)
class ReportNote:
    """The Executive Director's note on a school for the Panel."""

    text: str
    written_by: str
    written_at: datetime

    @property
    def written(self) -> str:
        """Return who wrote the note and when."""
        return f"{self.written_by}, {moment_in_words(self.written_at)}"


@dataclass(frozen=True, kw_only=True)
class ReportSchoolPage:
    """One school's page."""

    urn: int
    name: str
    phase_of_education: str
    phase: SchoolJudgement
    trajectory: SchoolJudgement
    capacity: SchoolJudgement
    areas: tuple[ReportArea, ...]
    provenance: tuple[str, ...]  # Sentences: the sources of the figures, and who accepted them when.
    pending: str = ""  # A sentence, if accepted figures are still being processed.
    chart: ReportChart | None = None
    note: ReportNote | None = None

    @property
    def anchor(self) -> str:
        """Return the target of links within the page."""
        return f"school-{self.urn}"

    @property
    def lines(self) -> tuple[ReportLine, ...]:
        """Return every line, in the Board's order."""
        return tuple(line for area in self.areas for line in area.lines)

    @property
    def exceptions(self) -> tuple[ReportLine, ...]:
        """Return the lines that are off target."""
        return tuple(line for line in self.lines if line.rating == "off_target")

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of lines for every rating, including 0."""
        return {rating: sum(line.rating == rating for line in self.lines) for rating in RATINGS}

    @property
    def has_figures(self) -> bool:
        """Return whether the page has any figure."""
        return any(line.rating not in ("no_value", "hidden") for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class ReportDocument:
    """The whole Panel report: a summary and a page for each school."""

    trust: str
    title: str
    period: str  # Like "2025–26, half-term 2".
    held_date: date
    as_at: datetime
    is_fictional: bool
    schools: tuple[ReportSchoolPage, ...]
    published_by: str = ""  # Empty in a draft.

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of lines for every rating, over all schools."""
        return {rating: sum(school.counts[rating] for school in self.schools) for rating in RATINGS}

    @property
    def is_draft(self) -> bool:
        return not self.published_by

    @property
    def has_figures(self) -> bool:
        """Return whether any school has a figure to report."""
        return any(school.has_figures for school in self.schools)

    @property
    def held(self) -> str:
        """Return the date of the meeting in words."""
        return day_in_words(self.held_date)

    @property
    def figures_as_at(self) -> str:
        """Return the time of the figures in words, in English time."""
        return moment_in_words(self.as_at)


def moment_in_words(when: datetime) -> str:
    """Return a date and time in words, in English time.

    >>> moment_in_words(datetime.fromisoformat("2025-07-03T12:05:00+00:00"))
    '3 July 2025, 13:05'
    """
    local = london_time(when)
    return f"{day_in_words(local)}, {local:%H:%M}"


def london_time(when: datetime) -> datetime:
    """Return a time in England's time zone."""
    return when.astimezone(LONDON)


def to_json(report: ReportDocument) -> dict[str, Any]:
    """Return the document as plain JSON values, with its format."""
    plain = asdict(report)
    plain |= {"held_date": report.held_date.isoformat(), "as_at": report.as_at.isoformat()}
    for school in plain["schools"]:
        if school["note"]:
            school["note"]["written_at"] = school["note"]["written_at"].isoformat()
    return {"format": DOCUMENT_FORMAT, **_listed(plain)}


def from_json(content: Mapping[str, Any]) -> ReportDocument:
    """Return the document from what ``to_json`` returned.

    Raises:
        UnknownFormat: this version cannot read its format.
    """
    if content.get("format") != DOCUMENT_FORMAT:
        raise UnknownReportFormat(
            f"format {content.get('format')!r} of a Panel report; this version reads {DOCUMENT_FORMAT}"
        )
    plain = {key: value for key, value in content.items() if key != "format"}
    return ReportDocument(
        **plain
        | {
            "held_date": date.fromisoformat(plain["held_date"]),
            "as_at": datetime.fromisoformat(plain["as_at"]),
            "schools": tuple(_school(page) for page in plain["schools"]),
        }
    )


def _school(plain: dict[str, Any]) -> ReportSchoolPage:
    return ReportSchoolPage(
        **plain
        | {
            "phase": _standing(plain["phase"]),
            "trajectory": _standing(plain["trajectory"]),
            "capacity": _standing(plain["capacity"]),
            "areas": tuple(
                ReportArea(label=area["label"], lines=tuple(_line(line) for line in area["lines"]))
                for area in plain["areas"]
            ),
            "provenance": tuple(plain["provenance"]),
            "chart": _chart(plain["chart"]),
            "note": _note(plain["note"]),
        }
    )


def _line(plain: dict[str, Any]) -> ReportLine:
    return ReportLine(**plain | {"said": tuple((asked, text) for asked, text in plain.get("said", ()))})


def _standing(plain: dict[str, Any]) -> SchoolJudgement:
    return SchoolJudgement(**plain | {"details": tuple(plain["details"])})


def _chart(plain: dict[str, Any] | None) -> ReportChart | None:
    if plain is None:
        return None
    rows = tuple(tuple(row) for row in plain["rows"])
    return ReportChart(**plain | {"columns": tuple(plain["columns"]), "rows": rows})


def _note(plain: dict[str, Any] | None) -> ReportNote | None:
    if plain is None:
        return None
    return ReportNote(**plain | {"written_at": datetime.fromisoformat(plain["written_at"])})


def _listed(value: Any) -> Any:
    """Return nested tuples as lists, so that stored and read values are equal."""
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(item) for item in value]
    return value
