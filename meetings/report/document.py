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

FORMAT = 1  # The format of the stored document. Write a reader for the old format before you raise it.
LONDON = ZoneInfo("Europe/London")
RATINGS = {
    "on_target": "On target",
    "close": "Close to target",
    "off_target": "Off target",
    "no_target": "No target set",
    "no_value": "No value",
}


class UnknownFormat(ValueError):
    """This version cannot read the format of the stored document."""


@dataclass(frozen=True, kw_only=True)
class Line:
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
    movement: str  # better, worse, unchanged or not_known
    movement_text: str
    said: tuple[tuple[str, str], ...] = ()  # Questions and the school's answers, for a figure off target.


@dataclass(frozen=True, kw_only=True)
class AreaLines:
    """The lines of one of the Board's areas."""

    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A school's phase, trajectory or capacity in words, with its reason."""

    code: str  # The phase, the journey's letter or the capacity status; empty without one.
    label: str
    reason: str
    details: tuple[str, ...] = ()  # For example what holds the school back, the rule, or Carter's question.


@dataclass(frozen=True, kw_only=True)
class Chart:
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
class Note:
    """The Executive Director's note on a school for the Panel."""

    text: str
    written_by: str
    written_at: datetime

    @property
    def written(self) -> str:
        """Return who wrote the note and when."""
        return f"{self.written_by}, {moment(self.written_at)}"


@dataclass(frozen=True, kw_only=True)
class SchoolPage:
    """One school's page."""

    urn: int
    name: str
    phase_of_education: str
    phase: Standing
    trajectory: Standing
    capacity: Standing
    areas: tuple[AreaLines, ...]
    provenance: tuple[str, ...]  # Sentences: the sources of the figures, and who accepted them when.
    pending: str = ""  # A sentence, if accepted figures are still being processed.
    chart: Chart | None = None
    note: Note | None = None

    @property
    def anchor(self) -> str:
        """Return the target of links within the page."""
        return f"school-{self.urn}"

    @property
    def lines(self) -> tuple[Line, ...]:
        """Return every line, in the Board's order."""
        return tuple(line for area in self.areas for line in area.lines)

    @property
    def exceptions(self) -> tuple[Line, ...]:
        """Return the lines that are off target."""
        return tuple(line for line in self.lines if line.rating == "off_target")

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of lines for every rating, including 0."""
        return {rating: sum(line.rating == rating for line in self.lines) for rating in RATINGS}

    @property
    def has_figures(self) -> bool:
        """Return whether the page has any figure."""
        return any(line.rating != "no_value" for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The whole Panel report: a summary and a page for each school."""

    trust: str
    title: str
    period: str  # Like "2025–26, half-term 2".
    held_date: date
    as_at: datetime
    is_fictional: bool
    schools: tuple[SchoolPage, ...]
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
        return day(self.held_date)

    @property
    def figures_as_at(self) -> str:
        """Return the time of the figures in words, in English time."""
        return moment(self.as_at)


def day(when: date) -> str:
    """Return a date in words.

    >>> day(date(2025, 11, 3))
    '3 November 2025'
    """
    return f"{when.day} {when:%B %Y}"


def moment(when: datetime) -> str:
    """Return a date and time in words, in English time.

    >>> moment(datetime.fromisoformat("2025-07-03T12:05:00+00:00"))
    '3 July 2025, 13:05'
    """
    local = london(when)
    return f"{day(local)}, {local:%H:%M}"


def london(when: datetime) -> datetime:
    """Return a time in England's time zone."""
    return when.astimezone(LONDON)


def to_json(report: Report) -> dict[str, Any]:
    """Return the document as plain JSON values, with its format."""
    plain = asdict(report)
    plain |= {"held_date": report.held_date.isoformat(), "as_at": report.as_at.isoformat()}
    for school in plain["schools"]:
        if school["note"]:
            school["note"]["written_at"] = school["note"]["written_at"].isoformat()
    return {"format": FORMAT, **_listed(plain)}


def from_json(content: Mapping[str, Any]) -> Report:
    """Return the document from what ``to_json`` returned.

    Raises:
        UnknownFormat: this version cannot read its format.
    """
    if content.get("format") != FORMAT:
        raise UnknownFormat(f"format {content.get('format')!r} of a Panel report; this version reads {FORMAT}")
    plain = {key: value for key, value in content.items() if key != "format"}
    return Report(
        **plain
        | {
            "held_date": date.fromisoformat(plain["held_date"]),
            "as_at": datetime.fromisoformat(plain["as_at"]),
            "schools": tuple(_school(page) for page in plain["schools"]),
        }
    )


def _school(plain: dict[str, Any]) -> SchoolPage:
    return SchoolPage(
        **plain
        | {
            "phase": _standing(plain["phase"]),
            "trajectory": _standing(plain["trajectory"]),
            "capacity": _standing(plain["capacity"]),
            "areas": tuple(
                AreaLines(label=area["label"], lines=tuple(_line(line) for line in area["lines"]))
                for area in plain["areas"]
            ),
            "provenance": tuple(plain["provenance"]),
            "chart": _chart(plain["chart"]),
            "note": _note(plain["note"]),
        }
    )


def _line(plain: dict[str, Any]) -> Line:
    return Line(**plain | {"said": tuple((asked, text) for asked, text in plain.get("said", ()))})


def _standing(plain: dict[str, Any]) -> Standing:
    return Standing(**plain | {"details": tuple(plain["details"])})


def _chart(plain: dict[str, Any] | None) -> Chart | None:
    if plain is None:
        return None
    rows = tuple(tuple(row) for row in plain["rows"])
    return Chart(**plain | {"columns": tuple(plain["columns"]), "rows": rows})


def _note(plain: dict[str, Any] | None) -> Note | None:
    if plain is None:
        return None
    return Note(**plain | {"written_at": datetime.fromisoformat(plain["written_at"])})


def _listed(value: Any) -> Any:
    """Return nested tuples as lists, so that stored and read values are equal."""
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(item) for item in value]
    return value
