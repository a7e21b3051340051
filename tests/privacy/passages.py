"""Cut documents into passages, each with what it is about.

A passage is a row's cell, a pair of a list, a paragraph, a picture's words, a chart's data or a field of the API. It is
about a school, an indicator and a term, as far as the document says so: by a link, a name, a heading or its address.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import Resolver404, resolve

from kpis.catalogue import catalogue_by_code
from tests.privacy.documents import Document
from tests.privacy.markup import Markup

SEASONS = {"autumn": 1, "spring": 2, "summer": 3}
PERIOD = re.compile(r"\b(autumn|spring|summer) (\d{4})\b", re.IGNORECASE)
ANOTHER_PERIOD = re.compile(rf"\b(?:than|from|for) {PERIOD.pattern}", re.IGNORECASE)
HEADINGS = ("h1", "h2", "h3", "h4")
WHOLE_TEXTS = ("title", "p", "figcaption", "caption", "desc", "text")
WITH_ATTRIBUTES = ("figure", "svg", "img")
READ = (*HEADINGS, *WHOLE_TEXTS, *WITH_ATTRIBUTES, "tr", "dl", "li", "script")
FIGURE = "figure"  # The label of a cell that has a figure.
THE_TRUST = "the trust"  # The label of a cell that has a figure of the trust.
PROSE = "prose"  # The label of a passage of a document without structure.
OFF_TARGET = "off_target"
LISTED = re.compile(r"^Off target$|\bindicators off target\b")
SORTED = "the furthest from target first"


@dataclass(frozen=True)
class Passage:
    """Some words of a document, and what they are about as far as it is known."""

    text: str
    label: str = ""
    urn: int | None = None
    code: str | None = None
    period: tuple[int, int] | None = None  # School year and season.
    rating: str = ""  # The rating of every figure in this list, or of every figure that a filter keeps.
    place: int | None = None  # In a list with the furthest from target first.


@dataclass(frozen=True)
class PassageReader:
    """Cuts documents. It knows the names of the schools and the titles of the indicators."""

    schools: Mapping[str, int]  # URNs by name.
    codes: Mapping[str, str]  # Codes by title, the longest title first.

    def passages(self, document: Document) -> Iterator[Passage]:
        """Yield the passages of a document."""
        about = Passage(
            text="",
            urn=document.arguments.get("school_id"),
            code=document.arguments.get("code"),
            rating=document.query.get("rating", ""),
        )
        if document.page is not None:
            yield from self._of_page(document.page, about)
        if document.table:
            yield from self._of_file(document.table, about)
        if document.text:
            yield from self._of_prose(" ".join(document.text.split()), about)
        if document.data is not None:
            yield from self._of_api(document.data, about)

    def _of_page(self, page: Markup, of_page: Passage) -> Iterator[Passage]:
        about, inside, headings, listed = replace(of_page, rating=""), set(), headings_of(page), ("", False)
        for number, element in enumerate(page.every(*READ)):
            if element.tag in HEADINGS:
                is_part = element.tag in ("h3", "h4")
                urn = self.school_in(element.text) or (about.urn if is_part else of_page.urn)
                about, listed = replace(about, urn=urn), ("", False)
            if element.tag in (*HEADINGS, "p") and LISTED.search(element.text):
                listed = OFF_TARGET, SORTED in element.text
            if id(element) in inside:
                continue
            if element.tag in ("tr", "dl", "li"):
                inside |= {id(part) for part in element.every("tr", "dl", "li", "p")}
            if element.tag == "li":
                in_list = replace(about, rating=listed[0], place=number if listed[1] else None)
                yield from self._of_element(element, in_list, [])
            else:  # A filter by rating is about the rows of tables.
                of_row = replace(about, rating=of_page.rating if element.tag == "tr" else "")
                yield from self._of_element(element, of_row, headings.get(id(element), []))

    def _of_element(self, element: Markup, about: Passage, headings: Sequence[str]) -> Iterator[Passage]:
        if element.tag == "tr":
            yield from self._of_row(element, about, headings)
        elif element.tag == "dl":
            yield from self._of_pairs(element, about)
        elif element.tag == "script":
            yield from self._of_chart("".join(part for part in element.children if isinstance(part, str)), about)
        elif element.tag in WITH_ATTRIBUTES:
            yield from (self._placed(replace(about, text=words)) for words in element.sayings())
        else:
            yield self._placed(self._linked(replace(about, text=element.text), element))

    def _of_row(self, row: Markup, about: Passage, headings: Sequence[str]) -> Iterator[Passage]:
        cells = [cell for cell in row.elements if cell.tag in ("td", "th")]
        if not any(cell.tag == "td" for cell in cells):
            return
        first = self._placed(self._linked(replace(about, text=cells[0].text), row))
        for place, cell in enumerate(cells):
            label = cell.attributes.get("data-label") or (headings[place] if place < len(headings) else "")
            yield self._labelled(replace(first, text=cell.text, label=label))

    def _of_pairs(self, pairs: Markup, about: Passage) -> Iterator[Passage]:
        period, label = None, ""
        for element in pairs.every("dt", "dd"):
            if element.tag == "dt":
                label = element.text
                period = period_in(label) or period
            else:
                yield self._labelled(replace(about, text=element.text, label=label, period=period))

    def _of_chart(self, source: str, about: Passage) -> Iterator[Passage]:
        try:
            chart = json.loads(source)
        except ValueError:
            return
        for words in strings_in(chart):
            yield self._placed(replace(about, text=words.replace("<br>", " ")))
        if not isinstance(chart, dict):
            return
        ticks = chart.get("layout", {}).get("xaxis", {}).get("ticktext", [])
        for trace in chart.get("data", []):
            named = replace(about, text=str(trace.get("name", "")))
            if self.code_in(named.text) is None:
                continue
            for tick, level in zip(ticks, trace.get("y", []), strict=False):
                if level is not None:
                    words = str(tick).replace("<br>", " ")
                    placed = replace(self._placed(named), period=period_in(words))
                    yield replace(placed, text=str(level), label="value", urn=placed.urn or self.school_in(words))

    def _of_file(self, table: Sequence[Sequence[str]], about: Passage) -> Iterator[Passage]:
        headings, *rows = table
        for row in rows:
            cells = dict(zip(headings, row, strict=False))
            urn = int(cells["URN"]) if cells.get("URN", "").isdigit() else self.school_in(cells.get("School", ""))
            of_row = replace(
                about,
                urn=urn or about.urn,
                code=cells.get("Code") or about.code,
                period=period_in(cells.get("Period", "")),
            )
            yield from (self._labelled(replace(of_row, text=text, label=label)) for label, text in cells.items())
            if figure := cells.get("Trust figure"):
                words = f"{figure} {cells.get('Schools in trust figure', '')}"
                period = period_in(cells.get("Period of trust figure", ""))
                yield replace(of_row, text=words, label=THE_TRUST, urn=None, period=period)

    def _of_prose(self, text: str, about: Passage) -> Iterator[Passage]:
        names = "|".join(re.escape(name) for name in (*self.schools, *self.codes))
        for piece in re.split(f"({names})", text):
            if piece in self.schools:
                about = replace(about, urn=self.schools[piece], code=None)
            elif piece in self.codes:
                about = replace(about, code=self.codes[piece])
            else:
                yield replace(about, text=piece, label=PROSE, period=period_in(piece))

    def _of_api(self, data: Any, about: Passage) -> Iterator[Passage]:
        for row in api_rows(data):
            period = (row.get("school_year", 0), row.get("season", 0))
            of_row = replace(about, urn=row["school"], code=row.get("indicator"), period=period)
            for label, value in row.items():
                if value is not None:
                    yield replace(of_row, text=str(value), label=label.replace("_", " "))

    def _labelled(self, passage: Passage) -> Passage:
        """Return a cell with its label, which may name the school or the indicator of its column."""
        urn, code = self.school_in(passage.label), self.code_in(passage.label)
        if urn or code:
            passage = replace(passage, urn=urn or passage.urn, code=code or passage.code, label=FIGURE)
        return replace(passage, period=passage.period or period_in(passage.text))

    def _linked(self, passage: Passage, element: Markup) -> Passage:
        """Return a passage with the school and the indicator that its links lead to."""
        for link in element.every("a"):
            try:
                found = resolve(link.attributes.get("href", "").partition("?")[0].partition("#")[0]).kwargs
            except Resolver404:
                continue
            passage = replace(passage, urn=found.get("school_id", passage.urn), code=found.get("code", passage.code))
        return passage

    def _placed(self, passage: Passage) -> Passage:
        """Return a passage with the school, the indicator and the term that it names."""
        return replace(
            passage,
            urn=self.school_in(passage.text) or passage.urn,
            code=self.code_in(passage.text) or passage.code,
            period=period_in(passage.text) or passage.period,
        )

    def school_in(self, text: str) -> int | None:
        return next((urn for name, urn in self.schools.items() if name in text), None)

    def code_in(self, text: str) -> str | None:
        return next((code for title, code in self.codes.items() if title in text), None)


def codes_by_title(codes: set[str]) -> dict[str, str]:
    """Return indicators' codes by their titles, the longest title first, because some titles begin others."""
    titles = {catalogue_by_code()[code].title: code for code in codes}
    return dict(sorted(titles.items(), key=lambda pair: -len(pair[0])))


def api_rows(data: Any) -> list[dict[str, Any]]:
    """Return the rows of an answer of the API that are about a school."""
    rows = data.get("results", [data]) if isinstance(data, dict) else data
    return [row for row in rows if isinstance(row, dict) and "school" in row] if isinstance(rows, list) else []


def period_in(text: str) -> tuple[int, int] | None:
    """Return the first term that a text is about, as its school year and season."""
    match = PERIOD.search(ANOTHER_PERIOD.sub("", text))
    return match and period_named(match[1], match[2])


def period_named(season: str, year: str) -> tuple[int, int]:
    """Return the school year and the season of a term such as autumn 2025."""
    return int(year) + (season.casefold() == "autumn"), SEASONS[season.casefold()]


def headings_of(page: Markup) -> dict[int, list[str]]:
    """Return the column headings of each row's table, by the row's identity."""
    found: dict[int, list[str]] = {}
    for table in page.every("table"):
        rows = list(table.every("tr"))
        has_headings = bool(rows) and not any(cell.tag == "td" for cell in rows[0].elements)
        headings = [cell.text for cell in rows[0].elements] if has_headings else []
        found |= {id(row): headings for row in rows}
    return found


def strings_in(data: Any) -> Iterator[str]:
    """Yield every text in some JSON."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from strings_in(value)
