"""Understand what documents say about figures, as facts about whole numbers.

A document is cut into passages: a row of a table, a pair of a list, a paragraph, a picture's words, a chart's data, an
entry of the API. Each passage is about a school, an indicator and a term, as far as it says so itself: by a link, a name,
a heading, or the address of the page. Its sentences and labelled cells then give facts.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from math import floor
from typing import Any

from django.urls import Resolver404, resolve

from kpis.catalogue import Area, Direction, FigureUnit, catalogue_by_code
from tests.privacy.figures import (
    BELOW,
    COUNT,
    OTHERS,
    OTHERS_COUNTED,
    SHOWN,
    WHOLE,
    Cell,
    Truth,
    Unknown,
    all_pupils_at,
    indicator_of,
    is_share,
    multiplier_of,
    version_at,
)
from tests.privacy.markup import Element
from tests.privacy.reader import Document
from tests.privacy.solver import Between, Fact, Share, exactly, in_bounds

NUMBER = r"[−-]?£?\d[\d,]*(?:\.\d+)?"
UNIT = r"(?:%| per 100 pupils)?"
SEASONS = {"autumn": 1, "spring": 2, "summer": 3}
PERIOD = re.compile(r"\b(autumn|spring|summer) (\d{4})\b", re.IGNORECASE)
RATED = {"On target": "on_target", "Close to target": "close", "Off target": "off_target"}
REASON = re.compile(rf"({NUMBER}){UNIT}; (?:the target is|no target is set)")
OF = re.compile(rf"({NUMBER})(?:%| per 100 pupils),? of ({NUMBER})\b")
ONLY_OF = re.compile(rf"\bof ({NUMBER}) (?!schools|lines?\b|target|[A-Z])", re.IGNORECASE)
AT_FIRST = re.compile(rf"^({NUMBER}){UNIT}(?![\d.,]*\d)")
ANOTHER_TERM = re.compile(rf"\b(?:than|from|for) {PERIOD.pattern}", re.IGNORECASE)
IN_TERM = re.compile(rf"({NUMBER}){UNIT} in (autumn|spring|summer) (\d{{4}})")
AFTER_TERM = re.compile(rf"^(autumn|spring|summer) (\d{{4}}): ({NUMBER}){UNIT}$", re.IGNORECASE)
MOVED = re.compile(
    rf"({NUMBER})(?: percentage points?| per 100 pupils)? (better|worse|higher|lower) than (autumn|spring|summer) (\d{{4}})"
)
UNMOVED = re.compile(r"Unchanged from (autumn|spring|summer) (\d{4})")
TOTAL = re.compile(
    rf"({NUMBER}){UNIT} in (?:(all \d+ schools|both schools|the one school)|(\d+) of (\d+) schools?)"
    rf"(?:, calculated from numerators and denominators: ({NUMBER}) (?:of|over) ({NUMBER}))?"
)
COVERAGE = re.compile(rf"({NUMBER}){UNIT},? (?:all (\d+) schools|(\d+) of (\d+) schools?)")
COMMENT = re.compile(r"Ours is (\d+)(?: of (\d+))?")
SMALL = re.compile(r"[Tt]oo few (?:pupils|people)|fewer than 6 people(?!, or)")
RATINGS = re.compile(r"(On target|Close to target|Off target)\b")
WORST = re.compile(r"^(On target|Close to target|Off target) (\d+) of (\d+) lines?$")
COUNTS = re.compile(r"(On target|Close to target|Off target|No target set|No value) (\d+)\b")
FIGURE_LABELS = ("figure", "value", "this school")
TRUST_LABELS = ("the trust", "the whole trust", "trust figure")
PROSE = "prose"  # The label of a passage of a document without structure.
HEADINGS = ("h1", "h2", "h3", "h4")


@dataclass(frozen=True)
class Passage:
    """Some words of a document, and what they are about as far as it is known."""

    text: str
    label: str = ""
    urn: int | None = None
    code: str | None = None
    period: tuple[int, int] | None = None
    area: str | None = None
    under: str = ""  # The heading above.


@dataclass(frozen=True)
class Tally:
    """How many of a school's figures have a rating, and whether it is the lowest rating among them."""

    urn: int
    area: str | None
    moment: int
    rating: str
    count: int
    total: int
    is_worst: bool
    source: str


@dataclass(frozen=True)
class Total:
    """A figure of the trust, and how many schools it is of."""

    passage: Passage
    moment: int
    figure: str
    schools: int | None  # None for every school that it could be of.
    above: str | None  # The sums that it was calculated from.
    below: str | None
    source: str


@dataclass
class Notes:
    """What a reader makes of documents. ``truth`` is used only for which figures there are, which is no secret."""

    truth: Truth
    schools: Mapping[str, int]  # URNs by name.
    panels: Mapping[int, int]  # The moment at which each Panel's report was published.
    facts: dict[tuple[Any, ...], Fact] = field(default_factory=dict)
    targets: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    ratings: dict[tuple[Cell, int], str] = field(default_factory=dict)  # By figure and moment.
    seen: set[tuple[Cell, int]] = field(default_factory=set)  # Figures that are shown, by version.
    tallies: list[Tally] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # Totals that could not be understood.
    rated: list[tuple[Cell, int, str, str, str]] = field(default_factory=list)
    told_apart: set[tuple[Cell, int]] = field(default_factory=set)  # Hidden figures that a filter tells from missing.

    def __post_init__(self) -> None:
        codes = {cell.code for cell, _ in self.truth}
        self.titles = sorted(
            ((catalogue_by_code()[code].title, code) for code in codes), key=lambda pair: -len(pair[0])
        )
        self.periods: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
        for cell in dict.fromkeys(cell for cell, _ in self.truth):
            self.periods[cell.urn, cell.code].append((cell.school_year, cell.season))
        for cell, version in self.truth:
            for fact in everybody_knows(cell, version, self.truth):
                self._note(fact)

    # Reading.

    def read(self, document: Document) -> None:
        """Note every fact of a document."""
        moment = self.panels.get(document.arguments.get("panel_id", 0), document.moment)
        for passage in self.passages(document):
            self._understand(passage, document, moment)

    def conclude(self) -> list[Fact]:
        """Return all facts, with those that follow from several documents together."""
        for total in self.totals:
            self._total(total)
        for tally in self.tallies:
            self._tally(tally)
        for cell, moment, rating, source, kind in self.rated:  # Last, because any document may give the target.
            shown, ends = self._unknown(cell, moment, SHOWN), self._ends(cell, rating)
            if shown is not None and ends is not None:
                self._note(Fact(kind, source, every=(in_bounds(shown, *ends),)))
        return list(self.facts.values())

    def passages(self, document: Document) -> Iterator[Passage]:
        """Cut a document into passages."""
        of_page = Passage(text="", urn=document.arguments.get("school_id"), code=document.arguments.get("code"))
        if document.page is not None:
            yield from self._of_page(document.page, of_page)
        if document.table:
            yield from self._of_file(document.table, of_page)
        if document.text:
            yield from self._of_prose(" ".join(document.text.split()), of_page)
        if document.data is not None:
            yield from self._of_api(document.data)

    def _of_page(self, page: Element, of_page: Passage) -> Iterator[Passage]:
        about, inside, heads = of_page, set(), headings_of(page)
        for element in page.every(
            *HEADINGS,
            "title",
            "tr",
            "dl",
            "li",
            "p",
            "figcaption",
            "caption",
            "desc",
            "text",
            "script",
            "figure",
            "svg",
            "img",
        ):
            if id(element) in inside:
                continue
            if element.tag in HEADINGS:
                urn = self._school_in(element.text)
                about = replace(
                    about, urn=urn or (about.urn if element.tag in ("h3", "h4") else of_page.urn), under=element.text
                )
            if element.tag in ("tr", "dl", "li"):
                inside |= {id(other) for other in element.every("tr", "dl", "li", "p")}
            yield from self._of_element(element, about, heads.get(id(element), []))

    def _of_element(self, element: Element, about: Passage, heads: Sequence[str]) -> Iterator[Passage]:
        if element.tag == "tr":
            yield from self._of_row(element, about, heads)
        elif element.tag == "dl":
            yield from self._of_pairs(element, about)
        elif element.tag == "script":
            yield from self._of_chart("".join(child for child in element.children if isinstance(child, str)), about)
        elif element.tag in ("figure", "svg", "img"):
            yield from (self._placed(replace(about, text=words)) for words in element.sayings())
        else:
            yield self._placed(self._linked(replace(about, text=element.text), element))

    def _of_row(self, row: Element, about: Passage, heads: Sequence[str]) -> Iterator[Passage]:
        cells = [cell for cell in row.elements if cell.tag in ("td", "th")]
        if not any(cell.tag == "td" for cell in cells):
            return
        first = self._placed(self._linked(replace(about, text=cells[0].text), row))
        for place, cell in enumerate(cells):
            label = cell.attributes.get("data-label") or (heads[place] if place < len(heads) else "")
            yield from self._labelled(replace(first, text=cell.text, label=label))

    def _of_pairs(self, pairs: Element, about: Passage) -> Iterator[Passage]:
        period, label = None, ""
        for element in pairs.every("dt", "dd"):
            if element.tag == "dt":
                label = element.text
                period = period_in(label) or period
                continue
            yield from self._labelled(replace(about, text=element.text, label=label, period=period))

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
            named = self._placed(replace(about, text=str(trace.get("name", ""))))
            if self._title_in(named.text) is None:
                continue
            for name, level in zip(ticks, trace.get("y", []), strict=False):
                if level is not None:
                    words = str(name).replace("<br>", " ")
                    yield replace(
                        named,
                        text=str(level),
                        label="value",
                        period=period_in(words),
                        urn=named.urn or self._school_in(words),
                    )

    def _of_file(self, table: Sequence[Sequence[str]], of_page: Passage) -> Iterator[Passage]:
        heads, *rows = table
        for row in rows:
            cells = dict(zip(heads, row, strict=False))
            about = replace(
                of_page,
                urn=_whole(cells.get("URN")) or of_page.urn or self._school_in(cells.get("School", "")),
                code=cells.get("Code") or of_page.code,
                period=period_in(cells.get("Period", "")),
                area=cells.get("Area"),
            )
            for label, text in cells.items():
                yield from self._labelled(replace(about, text=text, label=label))
            if figure := cells.get("Trust figure"):
                words = f"{figure} {cells.get('Schools in trust figure', '')}"
                yield replace(
                    about,
                    text=words,
                    label="the trust",
                    urn=None,
                    period=period_in(cells.get("Period of trust figure", "")),
                )

    def _of_prose(self, text: str, of_page: Passage) -> Iterator[Passage]:
        names = "|".join(re.escape(name) for name in (*self.schools, *(title for title, _ in self.titles)))
        about, pieces = of_page, re.split(f"({names})", text)
        codes = dict(self.titles)
        for piece in pieces:
            if piece in self.schools:
                about = replace(about, urn=self.schools[piece], code=None)
            elif piece in codes:
                about = replace(about, code=codes[piece])
            else:
                yield replace(about, text=piece, label=PROSE, period=period_in(piece))

    def _of_api(self, data: Any) -> Iterator[Passage]:
        rows = data.get("results", [data]) if isinstance(data, dict) else data
        for row in rows if isinstance(rows, list) else ():
            if not isinstance(row, dict) or "school" not in row:
                continue
            about = Passage(
                text="",
                urn=row["school"],
                code=row.get("indicator"),
                period=(row.get("school_year", 0), row.get("season", 0)),
            )
            for label, value in row.items():
                if value is not None:
                    yield replace(about, text=str(value), label=label.replace("_", " "))

    def _labelled(self, passage: Passage) -> Iterator[Passage]:
        """Yield a cell with a label, which may name the school or the indicator of its column."""
        label = passage.label
        urn, code = self._school_in(label), self._title_in(label)
        if urn or code:
            passage = replace(passage, urn=urn or passage.urn, code=code or passage.code, label="figure")
        yield replace(passage, period=passage.period or period_in(passage.text))

    def _linked(self, passage: Passage, element: Element) -> Passage:
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
            urn=self._school_in(passage.text) or passage.urn,
            code=self._title_in(passage.text) or passage.code,
            period=period_in(passage.text) or passage.period,
        )

    def _school_in(self, text: str) -> int | None:
        return next((urn for name, urn in self.schools.items() if name in text), None)

    def _title_in(self, text: str) -> str | None:
        return next((code for title, code in self.titles if title in text), None)

    # Understanding.

    def _understand(self, passage: Passage, document: Document, moment: int) -> None:
        source = f"{document.address} at {moment}: “{passage.label}: {passage.text[:160]}”"
        label = passage.label.casefold()
        self._keep_tally(passage, source, moment)
        if passage.code is None or passage.code not in dict((code, title) for title, code in self.titles):
            return
        if label.startswith(TRUST_LABELS) or TOTAL.search(passage.text):
            self._keep_total(passage, source, moment)
            return
        if passage.urn is None:
            return
        cell = self._cell(passage)
        if cell is None:
            return
        self._sentences(cell, passage, source, moment)
        self._labelled_cell(cell, passage, label, source, moment, document)
        if document.query.get("rating") in RATED.values() and document.data is not None and label == "id":
            self._rating(cell, moment, document.query["rating"], source, kind="filter")
        if label == "status" and document.query.get("status") == "value" and passage.text != "value":
            self.told_apart.add((cell, moment))

    def _cell(self, passage: Passage) -> Cell | None:
        assert passage.urn is not None
        assert passage.code is not None
        periods = self.periods.get((passage.urn, passage.code), [])
        period = passage.period or max(periods, default=None)
        return Cell(passage.urn, passage.code, *period) if period in periods and period is not None else None

    def _sentences(self, cell: Cell, passage: Passage, source: str, moment: int) -> None:
        text = passage.text
        found = False
        for match in IN_TERM.finditer(text):
            there = cell._replace(school_year=_year(match[2], match[3]), season=SEASONS[match[2].casefold()])
            found |= self._figure(there, moment, match[1], source)
        if match := AFTER_TERM.match(text):
            there = cell._replace(school_year=_year(match[1], match[2]), season=SEASONS[match[1].casefold()])
            found |= self._figure(there, moment, match[3], source)
        elif (match := REASON.search(text)) and not IN_TERM.search(text):
            found |= self._figure(cell, moment, match[1], source)
        for match in MOVED.finditer(text):
            if not IN_TERM.search(text):
                self._movement(cell, moment, match, source)
        if (match := UNMOVED.search(text)) and not IN_TERM.search(text):
            self._moved_by(cell, moment, 0, match[1], match[2], source)
        for match in COMMENT.finditer(text):
            self._know(cell, moment, COUNT, int(match[1]), source, kind="comment")
            if match[2]:
                self._know(cell, moment, WHOLE, int(match[2]), source, kind="comment")
        if indicator_of(cell).unit is FigureUnit.COUNT or IN_TERM.search(text):
            pass
        elif match := OF.search(text):
            self._know(cell, moment, WHOLE, _number(match[2]), source, kind="out of")
        elif (match := ONLY_OF.search(text)) and passage.label != PROSE and "Ours is" not in text:
            self._know(cell, moment, WHOLE, _number(match[1]), source, kind="out of")
        is_about_one = passage.label or passage.period
        if SMALL.search(text) and is_about_one and not found and "There is no figure" not in text:
            earlier = "earlier figure" in text
            self._is_small(cell._replace(school_year=cell.school_year - 1) if earlier else cell, moment, source)

    def _labelled_cell(
        self, cell: Cell, passage: Passage, label: str, source: str, moment: int, document: Document
    ) -> None:
        text = passage.text
        if label.startswith(FIGURE_LABELS) or period_in(passage.label):
            if match := AT_FIRST.match(text):
                self._figure(cell, moment, match[1], source, is_raw=document.page is None or label == "value")
        elif label in ("out of", "cohort", "denominator") and re.fullmatch(NUMBER, text):
            self._know(cell, moment, WHOLE, _number(text), source, kind="out of")
        elif label == "numerator":
            self._know(cell, moment, COUNT, _number(text), source)
        elif label == "target" and (match := AT_FIRST.match(text)):
            self.targets[cell.urn, cell.code] = _decimal(match[1])
        if label.startswith("rating"):
            if match := RATINGS.match(text):
                self._rating(cell, moment, RATED[match[1]], source)
            elif text in RATED.values():
                self._rating(cell, moment, text, source)

    # Facts.

    def _note(self, fact: Fact) -> None:
        self.facts.setdefault((fact.kind, fact.every, fact.one_of, fact.share), fact)

    def _unknown(self, cell: Cell, moment: int, part: str) -> Unknown | None:
        version = version_at(self.truth, cell, moment)
        return None if version is None else Unknown(cell, version, part)

    def _know(self, cell: Cell, moment: int, part: str, value: float, source: str, *, kind: str = "figure") -> None:
        unknown = self._unknown(cell, moment, part)
        if unknown is not None and value == int(value):
            self._note(Fact(kind, source, every=(exactly(int(value), (unknown, 1)),)))

    def _figure(self, cell: Cell, moment: int, text: str, source: str, *, is_raw: bool = False) -> bool:
        """Note a figure. A raw one has the decimals of the database, others those of the page."""
        shown, count, whole = (self._unknown(cell, moment, part) for part in (SHOWN, COUNT, WHOLE))
        if shown is None or count is None or whole is None:
            return False
        self.seen.add((cell, shown.version))
        indicator, value = indicator_of(cell), _decimal(text)
        if indicator.unit is FigureUnit.COUNT:
            self._know(cell, moment, COUNT, float(value), source)
        elif not is_raw:
            scaled = value.scaleb(indicator.decimals).quantize(Decimal(1), rounding=ROUND_HALF_UP)
            self._note(Fact("figure", source, every=(exactly(int(scaled), (shown, 1)),)))
        else:
            times, half = float(indicator.unit.multiplier), 0.00006
            low = Between(((count, times), (whole, -(float(value) - half))), low=0)
            high = Between(((count, times), (whole, -(float(value) + half))), high=0)
            self._note(Fact("figure", source, every=(low, high)))
        return True

    def _is_small(self, cell: Cell, moment: int, source: str) -> None:
        count = self._unknown(cell, moment, COUNT)
        if count is None:
            return
        if indicator_of(cell).unit is FigureUnit.COUNT:
            self._note(Fact("said to be small", source, every=(in_bounds(count, 1, 5),)))
            return
        parts = [COUNT, WHOLE, *([BELOW] if is_share(indicator_of(cell)) else [])]
        if all_pupils_at(self.truth, cell, count.version):
            parts.append(OTHERS)
        options = tuple(in_bounds(count._replace(part=part), 1, 5) for part in parts)
        self._note(Fact("said to be small", source, one_of=options))

    def _rating(self, cell: Cell, moment: int, rating: str, source: str, *, kind: str = "rating") -> None:
        self.ratings.setdefault((cell, moment), rating)
        self.rated.append((cell, moment, rating, source, kind))

    def _ends(self, cell: Cell, rating: str) -> tuple[float, float] | None:
        """Return between which figures, in units of the last decimal, a figure has a rating."""
        indicator = indicator_of(cell)
        target = self.targets.get((cell.urn, cell.code), indicator.target.value)
        if target is None or indicator.direction is Direction.RANGE:
            return None
        scale = 10**indicator.decimals
        on, width = int(round(target * scale)), floor(indicator.target.tolerance * scale)
        if indicator.direction is Direction.LOWER:
            return {"on_target": (0, on), "close": (on + 1, on + width), "off_target": (on + width + 1, 10**9)}[rating]
        return {"on_target": (on, 10**9), "close": (on - width, on - 1), "off_target": (0, on - width - 1)}[rating]

    def _movement(self, cell: Cell, moment: int, match: re.Match[str], source: str) -> None:
        indicator = indicator_of(cell)
        size = int(_decimal(match[1]).scaleb(indicator.decimals))
        is_up = match[2] == "higher" or (match[2] == "better") == (indicator.direction is Direction.HIGHER)
        if match[2] == "lower":
            is_up = False
        self._moved_by(cell, moment, size if is_up else -size, match[3], match[4], source)

    def _moved_by(self, cell: Cell, moment: int, size: int, season: str, year: str, source: str) -> None:
        then = cell._replace(school_year=_year(season, year), season=SEASONS[season.casefold()])
        before, now = self._unknown(then, moment, SHOWN), self._unknown(cell, moment, SHOWN)
        if before is not None and now is not None:
            self._note(Fact("movement", source, every=(exactly(size, (now, 1), (before, -1)),)))

    # Facts from several documents.

    def _keep_total(self, passage: Passage, source: str, moment: int) -> None:
        if passage.period is None:
            passage = replace(passage, period=period_in(passage.text) or period_in(passage.label))
        if match := TOTAL.search(passage.text):
            of = None if match[2] else int(match[3])
            self.totals.append(Total(passage, moment, match[1], of, match[5], match[6], source))
        elif match := COVERAGE.search(passage.text):
            of = int(match[2] or match[3])
            self.totals.append(Total(passage, moment, match[1], of, None, None, source))
        elif "added up" in passage.text or "calculated from numerators" in passage.text:
            self.unread.append(source)
        elif SMALL.search(passage.text) and "Not shown" in passage.text:
            self._small_total(passage, source, moment)

    def _parts(self, passage: Passage, moment: int) -> list[Unknown]:
        """Return the counts of every school for a total, without schools that it names as left out."""
        cells = [Cell(urn, passage.code or "", *(passage.period or (0, 0))) for urn in self.schools.values()]
        unknowns = [self._unknown(cell, moment, COUNT) for cell in cells]
        without = {urn for name, urn in self.schools.items() if name in passage.text.partition("Without")[2]}
        return [unknown for unknown in unknowns if unknown is not None and unknown.cell.urn not in without]

    def _total(self, total: Total) -> None:
        code = total.passage.code or ""
        passage = replace(total.passage, period=total.passage.period or max(self.periods_of(code), default=None))
        counts = self._parts(passage, total.moment)
        schools = len(counts) if total.schools is None else total.schools
        if schools != len(counts):  # It says of how many schools it is, but not of which: of those that are shown.
            counts = [count for count in counts if (count.cell, count.version) in self.seen]
        if schools != len(counts) or not counts:
            self.unread.append(total.source)
            return
        indicator = catalogue_by_code()[code]
        value, wholes = _number(total.figure), [count._replace(part=WHOLE) for count in counts]
        if indicator.unit is FigureUnit.COUNT:
            every = [exactly(int(value), *((count, 1) for count in counts))]
        else:
            half, times = 0.5 * 10**-indicator.decimals, float(indicator.unit.multiplier)
            above = tuple((count, times) for count in counts)
            every = [
                Between((*above, *((whole, -(value - half)) for whole in wholes)), low=0),
                Between((*above, *((whole, -(value + half)) for whole in wholes)), high=0),
            ]
        if total.above and total.below:
            every.append(exactly(int(_number(total.above)), *((count, 1) for count in counts)))
            every.append(exactly(int(_number(total.below)), *((whole, 1) for whole in wholes)))
        self._note(Fact("total", total.source, every=tuple(every)))

    def periods_of(self, code: str) -> set[tuple[int, int]]:
        return {period for (_, known), periods in self.periods.items() if known == code for period in periods}

    def _small_total(self, passage: Passage, source: str, moment: int) -> None:
        counts = self._parts(passage, moment)
        if not counts:
            return
        sums = [Between(tuple((count._replace(part=part), 1) for count in counts), 1, 5) for part in (COUNT, WHOLE)]
        if catalogue_by_code()[passage.code or ""].unit is FigureUnit.COUNT:
            self._note(Fact("total", source, every=(sums[0],)))
        else:
            self._note(Fact("total", source, one_of=tuple(sums)))

    def _keep_tally(self, passage: Passage, source: str, moment: int) -> None:
        if passage.urn is None:
            return
        if match := WORST.match(passage.text):
            area = next(
                (area.value for area in Area if area.label.casefold().startswith(passage.label.casefold()[:9])), None
            )
            if area:
                self.tallies.append(
                    Tally(passage.urn, area, moment, RATED[match[1]], int(match[2]), int(match[3]), True, source)
                )
            return
        counts = COUNTS.findall(passage.text)
        if len(counts) > 2 and not COUNTS.sub("", passage.text).strip():
            total = sum(int(count) for _, count in counts)
            for words, count in counts:
                if words in RATED:
                    self.tallies.append(
                        Tally(passage.urn, None, moment, RATED[words], int(count), total, False, source)
                    )

    def _tally(self, tally: Tally) -> None:
        """Note the ratings of hidden figures that follow from how many figures have a rating."""
        cells = [
            Cell(urn, code, *max(periods))
            for (urn, code), periods in self.periods.items()
            if urn == tally.urn and tally.area in (None, catalogue_by_code()[code].area.value)
        ]
        if len(cells) != tally.total:
            return
        rateable = [cell for cell in cells if self._ends(cell, "on_target") is not None]
        unknown = [cell for cell in rateable if (cell, tally.moment) not in self.ratings]
        known = sum(self.ratings.get((cell, tally.moment)) == tally.rating for cell in cells)
        if unknown and tally.count - known == len(unknown):
            for cell in unknown:
                self._rating(cell, tally.moment, tally.rating, tally.source, kind="count of ratings")


def everybody_knows(cell: Cell, version: int, truth: Truth) -> Iterator[Fact]:
    """Yield what is true of every figure: how its numbers belong together."""
    indicator = indicator_of(cell)
    count, whole, shown, below, others, others_counted = (
        Unknown(cell, version, part) for part in (COUNT, WHOLE, SHOWN, BELOW, OTHERS, OTHERS_COUNTED)
    )

    def fact(*every: Between, share: Share | None = None) -> Fact:
        return Fact("everybody knows", "arithmetic", every=every, share=share)

    if truth[cell, version] is None:
        return
    if indicator.unit is FigureUnit.COUNT:
        yield fact(exactly(0, (shown, 1), (count, -1)))
        return
    yield fact(in_bounds(whole, 1), share=Share(shown, count, whole, multiplier_of(indicator)))
    if is_share(indicator):
        yield fact(exactly(0, (whole, 1), (count, -1), (below, -1)))
    if key := all_pupils_at(truth, cell, version):
        all_counted, everybody = Unknown(*key, COUNT), Unknown(*key, WHOLE)
        yield fact(exactly(0, (everybody, 1), (whole, -1), (others, -1)))
        yield fact(exactly(0, (all_counted, 1), (count, -1), (others_counted, -1)))
        if is_share(indicator):
            yield fact(Between(((others, 1), (others_counted, -1)), low=0))


def period_in(text: str) -> tuple[int, int] | None:
    """Return the first term that a text names, as its school year and season."""
    match = PERIOD.search(ANOTHER_TERM.sub("", text))
    return None if match is None else (_year(match[1], match[2]), SEASONS[match[1].casefold()])


def headings_of(page: Element) -> dict[int, list[str]]:
    """Return the column headings of each row's table, by the row's identity."""
    found: dict[int, list[str]] = {}
    for table in page.every("table"):
        rows = list(table.every("tr"))
        has_heads = bool(rows) and not any(cell.tag == "td" for cell in rows[0].elements)
        heads = [cell.text for cell in rows[0].elements] if has_heads else []
        found |= {id(row): heads for row in rows}
    return found


def strings_in(data: Any) -> Iterator[str]:
    """Yield every text in some JSON."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from strings_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from strings_in(value)


def _year(season: str, year: str) -> int:
    return int(year) + (season.casefold() == "autumn")


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("−", "-").replace("£", ""))


def _number(text: str) -> float:
    return float(_decimal(text))


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
