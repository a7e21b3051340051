"""The Panel report as a document: what it says, in the order it says it, ready to print.

Everything a reader sees is in here as words, so that a report that was published shows the same for ever, on screen,
on paper and in the file that was sent, whatever happens to the rules and names it was made with.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

FORMAT = 1  # Of the stored document. A reader of another format must be written before this is raised.
LONDON = ZoneInfo("Europe/London")
RATINGS = {
    "on_target": "On target",
    "close": "Close to target",
    "off_target": "Off target",
    "no_target": "No target set",
    "no_value": "No value",
}


class UnknownFormat(ValueError):
    """The stored document is of a format this version cannot read."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One indicator of one school: the figure, what it is held against, and the rating with its reason."""

    code: str
    title: str
    period: str
    value: str  # In words, like "92.9%", or what stands in its place, like "Not published".
    cohort: str  # Like "of 1,203"; empty when it is not known.
    target: str
    target_text: str
    national: str
    national_text: str
    rating: str  # A key of RATINGS.
    reason: str
    movement: str  # better, worse, unchanged or not_known
    movement_text: str
    said: tuple[tuple[str, str], ...] = ()  # Of a figure off target: question and answer in the school's words.


@dataclass(frozen=True, kw_only=True)
class AreaLines:
    """The lines of one of the Board's areas."""

    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One of the three judgements at the head of a school's page, in words, with its reason."""

    code: str  # The phase, the journey's letter, or the capacity status; empty when there is none.
    label: str
    reason: str
    details: tuple[str, ...] = ()  # What holds the school back; the rule and its runner-up; Carter's question.


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture with the sentence that says what it shows and the table of its numbers."""

    sentence: str
    svg: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def source(self) -> str:
        """Return the picture as an address that an image element can show, so that it is never markup of the page."""
        return "data:image/svg+xml;base64," + b64encode(self.svg.encode()).decode()


@dataclass(frozen=True, kw_only=True)
class Note:
    """What the Executive Director writes about a school for the Panel."""

    text: str
    written_by: str
    written_at: datetime

    @property
    def written(self) -> str:
        """Say who wrote it and when."""
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
    provenance: tuple[str, ...]  # Sentences: which figures are from where, accepted by whom and when.
    pending: str = ""  # A sentence, where accepted data is not worked in yet.
    chart: Chart | None = None
    note: Note | None = None

    @property
    def anchor(self) -> str:
        """Return the name that links within the page lead to."""
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
        """Return how many lines have each rating, every rating named."""
        return {rating: sum(line.rating == rating for line in self.lines) for rating in RATINGS}

    @property
    def has_figures(self) -> bool:
        """Say whether there is any figure at all on the page."""
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
        """Return how many lines of all schools together have each rating."""
        return {rating: sum(school.counts[rating] for school in self.schools) for rating in RATINGS}

    @property
    def is_draft(self) -> bool:
        return not self.published_by

    @property
    def has_figures(self) -> bool:
        """Say whether any school has a figure to report."""
        return any(school.has_figures for school in self.schools)

    @property
    def held(self) -> str:
        """Return the day of the meeting in words."""
        return day(self.held_date)

    @property
    def figures_as_at(self) -> str:
        """Return the moment the figures were taken, in words and in English time."""
        return moment(self.as_at)


def day(when: date) -> str:
    """Return a day in words.

    >>> day(date(2025, 11, 3))
    '3 November 2025'
    """
    return f"{when.day} {when:%B %Y}"


def moment(when: datetime) -> str:
    """Return a moment in words, by the clock in England.

    >>> moment(datetime.fromisoformat("2025-07-03T12:05:00+00:00"))
    '3 July 2025, 13:05'
    """
    local = london(when)
    return f"{day(local)}, {local:%H:%M}"


def london(when: datetime) -> datetime:
    """Return a moment by the clock in England."""
    return when.astimezone(LONDON)


def to_json(report: Report) -> dict[str, Any]:
    """Return the document as plain JSON values, with the number of its format."""
    plain = asdict(report)
    plain |= {"held_date": report.held_date.isoformat(), "as_at": report.as_at.isoformat()}
    for school in plain["schools"]:
        if school["note"]:
            school["note"]["written_at"] = school["note"]["written_at"].isoformat()
    return {"format": FORMAT, **_listed(plain)}


def from_json(content: Mapping[str, Any]) -> Report:
    """Return the document that ``to_json`` stored.

    Raises:
        UnknownFormat: it was stored in a format that this version cannot read.
    """
    if content.get("format") != FORMAT:
        raise UnknownFormat(f"format {content.get('format')!r} of a Panel report; this version reads {FORMAT}")
    plain = {key: value for key, value in content.items() if key != "format"}
    return Report(
        **plain
        | {
            "held_date": date.fromisoformat(plain["held_date"]),
            "as_at": datetime.fromisoformat(plain["as_at"]),
            "schools": tuple(_school(each) for each in plain["schools"]),
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
    """Return tuples as lists, all the way down, so that stored and read back are the same values."""
    if isinstance(value, dict):
        return {key: _listed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(each) for each in value]
    return value
