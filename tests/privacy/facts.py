"""Understand what passages say about figures, as facts about whole numbers."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from math import floor
from typing import Any

from kpis.catalogue import Area, Direction, FigureUnit, Indicator, catalogue_by_code
from tests.privacy.documents import Document
from tests.privacy.figures import (
    BELOW,
    COUNT,
    OTHERS,
    OTHERS_COUNTED,
    SHOWN,
    SMALL,
    WHOLE,
    Cell,
    Truth,
    Unknown,
    all_pupils_at,
    counted_of_the_same,
    indicator_of,
    is_share,
    multiplier_of,
    version_at,
)
from tests.privacy.passages import (
    FIGURE,
    OFF_TARGET,
    PROSE,
    THE_TRUST,
    Passage,
    PassageReader,
    api_rows,
    codes_by_title,
    period_in,
    period_named,
)
from tests.privacy.solver import Between, Fact, Share, exactly, in_bounds

NUMBER = r"[−-]?£?\d[\d,]*(?:\.\d+)?"
UNIT = r"(?:%| per 100 pupils)?"
TERM = r"(autumn|spring|summer) (\d{4})"
RATED = {"On target": "on_target", "Close to target": "close", "Off target": OFF_TARGET}
AT_FIRST = re.compile(rf"^({NUMBER}){UNIT}(?![\d.,]*\d)")
REASON = re.compile(rf"({NUMBER}){UNIT}(?: against a target of|; (?:the target is|no target is set))")
OF = re.compile(rf"{NUMBER}(?:%| per 100 pupils),? of ({NUMBER})\b")
ONLY_OF = re.compile(rf"\b[Oo]f ({NUMBER}) (?!schools|lines?\b|target|[A-Z])")
IN_TERM = re.compile(rf"({NUMBER}){UNIT} in {TERM}")
AFTER_TERM = re.compile(rf"^{TERM}: ({NUMBER}){UNIT}$", re.IGNORECASE)
MOVED = re.compile(rf"({NUMBER})(?: percentage points?| per 100 pupils)? (better|worse|higher|lower) than {TERM}")
UNMOVED = re.compile(rf"Unchanged from {TERM}")
TOTAL = re.compile(
    rf"({NUMBER}){UNIT} in (?:(all \d+ schools|both schools|the one school)|(\d+) of (\d+) schools?)"
    rf"(?:, calculated from numerators and denominators: ({NUMBER}) (?:of|over) ({NUMBER}))?"
)
COVERAGE = re.compile(rf"({NUMBER}){UNIT},? (?:all (\d+) schools|(\d+) of (\d+) schools?)")
COMMENT = re.compile(r"Ours is (\d+)(?: of (\d+))?")  # The comments of the world.
TOO_FEW = re.compile(r"\b(?:[Tt]oo|so) few (?:pupils|people)|fewer than 6 people(?!, or)|Hidden: small number|^hidden$")
RATING_WORDS = re.compile(r"(On target|Close to target|Off target)\b")
WORST = re.compile(r"^(On target|Close to target|Off target) (\d+) of (\d+) lines?$")
COUNTS = re.compile(r"(On target|Close to target|Off target|No target set|No value|Hidden) (\d+)\b")
FIGURE_LABELS = (FIGURE, "value", "this school")
WHOLE_LABELS = ("out of", "cohort", "denominator")
TRUST_LABELS = (THE_TRUST, "the whole trust")
HALF_A_DECIMAL = 0.00006  # The database rounds to four decimals.
NO_END = 10**9
EVERYBODY_KNOWS = "everybody knows"
# What a reader can understand. A test checks that documents have all of it, so that new words do not blind the reader.
READINGS = frozenset(
    {
        "a reason",
        "a figure in a term",
        "a figure after its term",
        "a movement",
        "no movement",
        "a comment",
        "how many it is of",
        "too few",
        "a labelled figure",
        "an unrounded figure",
        "a numerator",
        "a target",
        "a rating",
        "a rating of a list",
        "a total",
        "how many schools a total is of",
        "the lowest rating of an area",
        "how many have each rating",
        "an order",
        "a printed reason",
    }
)


@dataclass(frozen=True)
class Tally:
    """How many of a school's figures in an area have a rating, and whether that is the lowest rating among them."""

    urn: int
    area: str | None  # None for all areas.
    moment: int
    rating: str
    count: int
    total: int
    is_worst: bool
    source: str


@dataclass(frozen=True)
class ReadTotal:
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
    rated: list[tuple[Cell, int, str, str, str]] = field(default_factory=list)  # The ratings, with kind and source.
    shown: set[tuple[Cell, int]] = field(default_factory=set)  # Figures that a document shows, by version.
    kept_back: set[tuple[Cell, int]] = field(default_factory=set)  # Figures that a document says are small.
    tallies: list[Tally] = field(default_factory=list)
    totals: list[ReadTotal] = field(default_factory=list)
    orders: dict[tuple[str, int], list[Cell]] = field(default_factory=lambda: defaultdict(list))
    understood: set[str] = field(default_factory=set)  # Of READINGS.
    unread: list[str] = field(default_factory=list)  # Totals that could not be understood.
    told_apart: set[Cell] = field(default_factory=set)  # Hidden figures that a filter or an order tells from missing.

    def __post_init__(self) -> None:
        self.reader = PassageReader(self.schools, codes_by_title({cell.code for cell, _ in self.truth}))
        self.periods: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
        for cell in dict.fromkeys(cell for cell, _ in self.truth):
            self.periods[cell.urn, cell.code].append((cell.school_year, cell.season))
        for cell, version in self.truth:
            for fact in everybody_knows(cell, version, self.truth):
                self._note(fact)

    def read(self, document: Document) -> None:
        """Note what a document says."""
        moment = self.panels.get(document.arguments.get("panel_id", 0), document.moment)
        for passage in self.reader.passages(document):
            self._understand(passage, document, moment)
        if "ordering" in document.query:
            self.told_apart |= out_of_place(document)

    def conclude(self) -> list[Fact]:
        """Return all facts, with those that follow from several documents together."""
        for total in self.totals:
            self._total(total)
        for tally in self.tallies:
            self._tally(tally)
        for cell, moment, rating, kind, source in self.rated:  # Here, because any document may give the target.
            self._bound_by_rating(cell, moment, rating, kind, source)
        for (source, moment), cells in self.orders.items():
            for first, second in pairwise(cells):
                self._order(first, second, moment, source)
        return list(self.facts.values())

    def _understand(self, passage: Passage, document: Document, moment: int) -> None:
        source = f"{document.address} at {moment}: “{passage.label}: {passage.text[:160]}”"
        self._keep_tally(passage, moment, source)
        if passage.code not in self.reader.codes.values():
            return
        if passage.label.casefold().startswith(TRUST_LABELS) or TOTAL.search(passage.text):
            self._keep_total(passage, moment, source)
        elif cell := self._cell(passage):
            self._sentences(cell, passage, moment, source)
            self._labelled(cell, passage, document, moment, source)
            if passage.place is not None:
                self.orders[document.address, moment].append(cell)
                self.understood.add("an order")

    def _cell(self, passage: Passage) -> Cell | None:
        """Return the figure that a passage is about. Without a term, it is about the newest."""
        if passage.urn is None or passage.code is None:
            return None
        periods = self.periods[passage.urn, passage.code]
        period = passage.period or max(periods, default=None)
        return Cell(passage.urn, passage.code, *period) if period in periods and period is not None else None

    # What passages say.

    def _sentences(self, cell: Cell, passage: Passage, moment: int, source: str) -> None:
        text, is_shown = passage.text, False
        for reading, there, number in figures_in(text, cell):
            is_shown |= self._figure(there, moment, number, source)
            self.understood |= {reading, *(["a printed reason"] if passage.label == PROSE else [])}
        for match in COMMENT.finditer(text):
            self.understood.add("a comment")
            self._know(cell, moment, COUNT, float(match[1]), source, kind="comment")
            if match[2]:
                self._know(cell, moment, WHOLE, float(match[2]), source, kind="comment")
        if IN_TERM.search(text):  # The sentence under a chart, about the newest figure in it, is said elsewhere too.
            return
        self._movements(cell, text, moment, source)
        if whole := whole_in(passage, indicator_of(cell)):
            self._know(cell, moment, WHOLE, _number(whole), source, kind="out of")
            self.understood.add("how many it is of")
        if TOO_FEW.search(text) and (passage.label or passage.period) and not is_shown:
            self.understood.add("too few")
            before = cell._replace(school_year=cell.school_year - 1)
            self._is_small(before if "earlier figure" in text else cell, moment, source)

    def _movements(self, cell: Cell, text: str, moment: int, source: str) -> None:
        indicator = indicator_of(cell)
        for match in MOVED.finditer(text):
            better_is_up = indicator.direction is Direction.HIGHER
            is_up = match[2] == "higher" or (match[2] in ("better", "worse") and (match[2] == "better") == better_is_up)
            size = int(_decimal(match[1]).scaleb(indicator.decimals))
            self._moved(cell, moment, size if is_up else -size, period_named(match[3], match[4]), source)
            self.understood.add("a movement")
        if match := UNMOVED.search(text):
            self._moved(cell, moment, 0, period_named(match[1], match[2]), source)
            self.understood.add("no movement")

    def _labelled(self, cell: Cell, passage: Passage, document: Document, moment: int, source: str) -> None:
        """Note what a cell with a label says, and what the document's filter says of it."""
        label, text = passage.label.casefold(), passage.text
        if match := AT_FIRST.match(text):
            self._number(cell, label, match[1], document, moment, source)
        elif label == "status" and text != "value" and document.query.get("status") == "value":
            self.told_apart.add(cell)
        if rating := rating_in(label, text):
            self._rating(cell, moment, rating, "rating", source)
            self.understood.add("a rating")
        if passage.rating in RATED.values():
            self._rating(cell, moment, passage.rating, "list", source)
            self.understood.add("a rating of a list")

    def _number(self, cell: Cell, label: str, number: str, document: Document, moment: int, source: str) -> None:
        if label.startswith(FIGURE_LABELS) or period_in(label):
            is_raw = document.page is None or label == "value"
            self._figure(cell, moment, number, source, is_raw=is_raw)
            self.understood.add("an unrounded figure" if is_raw else "a labelled figure")
        elif label == "numerator":
            self._know(cell, moment, COUNT, _number(number), source)
            self.understood.add("a numerator")
        elif label in WHOLE_LABELS:
            self._know(cell, moment, WHOLE, _number(number), source)
        elif label == "target":
            self.targets[cell.urn, cell.code] = _decimal(number)
            self.understood.add("a target")

    # Facts about one figure.

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
        """Note a figure; return whether there is such a figure. A raw one has the decimals of the database."""
        count = self._unknown(cell, moment, COUNT)
        if count is None:
            return False
        self.shown.add((cell, count.version))
        indicator, value, whole = indicator_of(cell), _decimal(text), count._replace(part=WHOLE)
        if indicator.unit is FigureUnit.COUNT:
            self._know(cell, moment, COUNT, float(value), source)
        elif is_raw:
            every = share_of([count], [whole], float(value), HALF_A_DECIMAL, indicator)
            self._note(Fact("figure", source, every=every))
        else:
            scaled = value.scaleb(indicator.decimals).quantize(Decimal(1), rounding=ROUND_HALF_UP)
            self._know(cell, moment, SHOWN, float(scaled), source)
        return True

    def _is_small(self, cell: Cell, moment: int, source: str) -> None:
        count = self._unknown(cell, moment, COUNT)
        if count is None:
            return
        self.kept_back.add((cell, count.version))
        if indicator_of(cell).unit is FigureUnit.COUNT:
            self._note(Fact("said to be small", source, every=(is_small(count),)))
            return
        parts = [COUNT, WHOLE, *([BELOW] if is_share(indicator_of(cell)) else [])]
        options = [is_small(count._replace(part=part)) for part in parts]
        if all_pupils_at(self.truth, cell, count.version):
            others, others_counted = (count._replace(part=part) for part in (OTHERS, OTHERS_COUNTED))
            options += [is_small(others), is_small(others_counted)]
            options.append(Between(((others, 1), (others_counted, -1)), SMALL[0], SMALL[-1]))
        self._note(Fact("said to be small", source, one_of=tuple(options)))

    def _rating(self, cell: Cell, moment: int, rating: str, kind: str, source: str) -> None:
        self.ratings.setdefault((cell, moment), rating)
        self.rated.append((cell, moment, rating, kind, source))

    def _bound_by_rating(self, cell: Cell, moment: int, rating: str, kind: str, source: str) -> None:
        shown, ends = self._unknown(cell, moment, SHOWN), self._ends(cell, rating)
        if shown is not None and ends is not None:
            self._note(Fact(kind, source, every=(in_bounds(shown, *ends),)))

    def _ends(self, cell: Cell, rating: str) -> tuple[float, float] | None:
        """Return between which figures, in units of the last decimal, a figure has a rating."""
        indicator = indicator_of(cell)
        target = self.targets.get((cell.urn, cell.code), indicator.target.value)
        if target is None or indicator.direction is Direction.RANGE:
            return None
        scale = 10**indicator.decimals
        on, width = round(target * scale), floor(indicator.target.tolerance * scale)
        if indicator.direction is Direction.LOWER:
            ends = {"on_target": (0, on), "close": (on + 1, on + width), OFF_TARGET: (on + width + 1, NO_END)}
            return (ends | {"not off target": (0, on + width)})[rating]
        ends = {"on_target": (on, NO_END), "close": (on - width, on - 1), OFF_TARGET: (0, on - width - 1)}
        return (ends | {"not off target": (on - width, NO_END)})[rating]

    # Facts about several figures.

    def _moved(self, cell: Cell, moment: int, size: int, period: tuple[int, int], source: str) -> None:
        now = self._unknown(cell, moment, SHOWN)
        before = self._unknown(cell._replace(school_year=period[0], season=period[1]), moment, SHOWN)
        if before is not None and now is not None:
            self._note(Fact("movement", source, every=(exactly(size, (now, 1), (before, -1)),)))

    def _order(self, first: Cell, second: Cell, moment: int, source: str) -> None:
        """Note that ``first`` is at least as far off its target as ``second``, counted in tolerances."""
        far, near = self._distance(first, moment), self._distance(second, moment)
        if far is None or near is None:
            return
        (far_unknown, far_factor, far_start, far_slack), (near_unknown, near_factor, near_start, near_slack) = far, near
        low = near_start - far_start - far_slack - near_slack
        terms = ((far_unknown, far_factor), (near_unknown, -near_factor))
        self._note(Fact("order", f"{source}: {first.code} is before {second.code}", every=(Between(terms, low=low),)))

    def _distance(self, cell: Cell, moment: int) -> tuple[Unknown, float, float, float] | None:
        """Return a distance as an unknown, its factor, what to add, and how much the rounding of the figure hides."""
        indicator, shown = indicator_of(cell), self._unknown(cell, moment, SHOWN)
        target = self.targets.get((cell.urn, cell.code), indicator.target.value)
        if shown is None or target is None or indicator.direction is Direction.RANGE:
            return None
        step = float(indicator.target.tolerance or (indicator.jump.at_least if indicator.jump else 1))
        factor = (1 if indicator.direction is Direction.LOWER else -1) / step
        start, scale = -float(target) * factor, 10**indicator.decimals
        slack = 0 if indicator.unit is FigureUnit.COUNT else 0.5 / step / scale
        return shown, factor / scale, start, slack

    def _keep_total(self, passage: Passage, moment: int, source: str) -> None:
        text = passage.text
        passage = replace(passage, period=passage.period or period_in(text) or period_in(passage.label))
        if match := TOTAL.search(text):
            schools = None if match[2] else int(match[3])
            self.totals.append(ReadTotal(passage, moment, match[1], schools, match[5], match[6], source))
            self.understood.add("a total")
        elif match := COVERAGE.search(text):
            schools = int(match[2] or match[3])
            self.totals.append(ReadTotal(passage, moment, match[1], schools, None, None, source))
            self.understood.add("how many schools a total is of")
        elif "added up" in text or "calculated from numerators" in text:
            self.unread.append(source)
        elif TOO_FEW.search(text) and "Not shown" in text:
            self._small_total(passage, moment, source)

    def _counts(self, passage: Passage, moment: int) -> list[Unknown]:
        """Return the counts of every school for a total, without schools that it names as left out."""
        code, period = passage.code or "", passage.period or (0, 0)
        without = {urn for name, urn in self.schools.items() if name in passage.text.partition("Without")[2]}
        cells = [Cell(urn, code, *period) for urn in self.schools.values() if urn not in without]
        return [count for cell in cells if (count := self._unknown(cell, moment, COUNT)) is not None]

    def _total(self, total: ReadTotal) -> None:
        code = total.passage.code or ""
        newest = max((period for (_, known), found in self.periods.items() if known == code for period in found))
        counts = self._counts(replace(total.passage, period=total.passage.period or newest), total.moment)
        schools = len(counts) if total.schools is None else total.schools
        if schools != len(counts):  # It says of how many schools it is, but not of which: of those that are shown.
            shown = [count for count in counts if (count.cell, count.version) in self.shown]
            always = [count for count in shown if (count.cell, count.version) not in self.kept_back]
            counts = always if len(always) == schools else shown
        if schools != len(counts) or not counts:
            self.unread.append(total.source)
            return
        indicator, value = catalogue_by_code()[code], _number(total.figure)
        wholes = [count._replace(part=WHOLE) for count in counts]
        if indicator.unit is FigureUnit.COUNT:
            every = [exactly(int(value), *((count, 1) for count in counts))]
        else:
            every = [*share_of(counts, wholes, value, 0.5 * 10**-indicator.decimals, indicator)]
        if total.above and total.below:
            every.append(exactly(int(_number(total.above)), *((count, 1) for count in counts)))
            every.append(exactly(int(_number(total.below)), *((whole, 1) for whole in wholes)))
        self._note(Fact("total", total.source, every=tuple(every)))

    def _small_total(self, passage: Passage, moment: int, source: str) -> None:
        counts = self._counts(passage, moment)
        if not counts:
            return
        of_counts, of_wholes = (
            Between(tuple((count._replace(part=part), 1) for count in counts), SMALL[0], SMALL[-1])
            for part in (COUNT, WHOLE)
        )
        if catalogue_by_code()[passage.code or ""].unit is FigureUnit.COUNT:
            self._note(Fact("total", source, every=(of_counts,)))
        else:
            self._note(Fact("total", source, one_of=(of_counts, of_wholes)))

    def _keep_tally(self, passage: Passage, moment: int, source: str) -> None:
        if passage.urn is None:
            return
        if match := WORST.match(passage.text):
            if area := area_of(passage.label):
                rating, count, total = RATED[match[1]], int(match[2]), int(match[3])
                self.tallies.append(Tally(passage.urn, area, moment, rating, count, total, True, source))
                self.understood.add("the lowest rating of an area")
            return
        counts = [(RATED.get(words), int(count)) for words, count in COUNTS.findall(passage.text)]
        if len(counts) < 3 or COUNTS.sub("", passage.text).strip():
            return
        self.understood.add("how many have each rating")
        total = sum(int(count) for words, count in COUNTS.findall(passage.text) if words != "Hidden")
        for rating, count in counts:
            if rating:
                self.tallies.append(Tally(passage.urn, None, moment, rating, count, total, False, source))

    def _tally(self, tally: Tally) -> None:
        """Note the ratings of hidden figures that follow from how many figures have a rating."""
        cells = [
            Cell(urn, code, *max(periods))
            for (urn, code), periods in self.periods.items()
            if periods and urn == tally.urn and tally.area in (None, catalogue_by_code()[code].area.value)
        ]
        if len(cells) != tally.total:  # It counts only some of the figures, such as those that are shown.
            return
        there = [cell for cell in cells if self.truth.get((cell, version_at(self.truth, cell, tally.moment) or 0))]
        rated = [cell for cell in there if self._ends(cell, OFF_TARGET) is not None]
        unknown = [cell for cell in rated if (cell, tally.moment) not in self.ratings]
        left = tally.count - sum(self.ratings.get((cell, tally.moment)) == tally.rating for cell in cells)
        is_off = tally.rating == OFF_TARGET
        for cell in unknown:
            if left == len(unknown):
                self.rated.append((cell, tally.moment, tally.rating, "tally", tally.source))
            elif (is_off and left == 0) or (tally.is_worst and not is_off):
                self.rated.append((cell, tally.moment, "not off target", "tally", tally.source))


def figures_in(text: str, cell: Cell) -> Iterator[tuple[str, Cell, str]]:
    """Yield the figures that sentences give: how they say it, with its term, and the number as text."""
    found = [("a figure in a term", match[1], match[2], match[3]) for match in IN_TERM.finditer(text)]
    if match := AFTER_TERM.match(text):
        found.append(("a figure after its term", match[3], match[1], match[2]))
    for reading, number, season, year in found:
        period = period_named(season, year)
        yield reading, cell._replace(school_year=period[0], season=period[1]), number
    if not found and (match := REASON.search(text)):
        yield "a reason", cell, match[1]


def whole_in(passage: Passage, indicator: Indicator) -> str | None:
    """Return how many people a passage says that a share is of, as text."""
    if indicator.unit is FigureUnit.COUNT:
        return None
    if match := OF.search(passage.text):
        return match[1]
    match = ONLY_OF.search(passage.text)
    return match[1] if match and passage.label != PROSE and not COMMENT.search(passage.text) else None


def rating_in(label: str, text: str) -> str | None:
    """Return the rating that a cell with a label says, in words or as its code."""
    if not label.startswith("rating"):
        return None
    match = RATING_WORDS.match(text)
    return RATED[match[1]] if match else text if text in RATED.values() else None


def area_of(label: str) -> str | None:
    """Return the area that a column is about. Its heading may be shortened."""
    start = label.casefold()[:9]
    return next((area.value for area in Area if start and area.label.casefold().startswith(start)), None)


def is_small(unknown: Unknown) -> Between:
    return in_bounds(unknown, SMALL[0], SMALL[-1])


def share_of(
    counts: Sequence[Unknown], wholes: Sequence[Unknown], value: float, half: float, indicator: Indicator
) -> tuple[Between, Between]:
    """Return that a share of the sums is ``value``, give or take ``half`` of its last decimal."""
    above = tuple((count, float(indicator.unit.multiplier)) for count in counts)
    low, high = (tuple((whole, -end) for whole in wholes) for end in (value - half, value + half))
    return Between((*above, *low), low=0), Between((*above, *high), high=0)


def out_of_place(document: Document) -> set[Cell]:
    """Return the hidden figures that an order by figure puts between shown ones, which tells them."""
    name = document.query["ordering"].removeprefix("-")
    rows = [row for row in api_rows(document.data) if name in ("value", "numerator", "denominator", "cohort")]
    sizes = [float(row[name]) for row in rows if row.get(name) is not None]
    if sizes not in (sorted(sizes), sorted(sizes, reverse=True)) or len(set(sizes)) < 3:
        return set()
    known = [place for place, row in enumerate(rows) if row.get(name) is not None]
    between = [row for row in rows[known[0] : known[-1]] if row.get(name) is None]
    return {Cell(row["school"], row["indicator"], row["school_year"], row["season"]) for row in between}


def everybody_knows(cell: Cell, version: int, truth: Truth) -> Iterator[Fact]:
    """Yield what is true of every figure: how its numbers belong together."""
    if truth[cell, version] is not None:
        indicator = indicator_of(cell)
        if indicator.unit is FigureUnit.COUNT:
            count, shown = (Unknown(cell, version, part) for part in (COUNT, SHOWN))
            yield _known(exactly(0, (shown, 1), (count, -1)))
        else:
            yield from _of_share(cell, version, indicator)
            yield from _of_same_people(cell, version, truth)
            yield from _of_group(cell, version, indicator, truth)


def _of_share(cell: Cell, version: int, indicator: Indicator) -> Iterator[Fact]:
    count, whole, shown, below = (Unknown(cell, version, part) for part in (COUNT, WHOLE, SHOWN, BELOW))
    yield _known(in_bounds(whole, 1), share=Share(shown, count, whole, multiplier_of(indicator)))
    if is_share(indicator):
        yield _known(exactly(0, (whole, 1), (count, -1), (below, -1)))


def _of_same_people(cell: Cell, version: int, truth: Truth) -> Iterator[Fact]:
    for other, moment in truth:
        if moment <= version and truth[other, moment] is not None and counted_of_the_same(cell, other):
            yield _known(exactly(0, (Unknown(cell, version, WHOLE), 1), (Unknown(other, moment, WHOLE), -1)))


def _of_group(cell: Cell, version: int, indicator: Indicator, truth: Truth) -> Iterator[Fact]:
    key = all_pupils_at(truth, cell, version)
    if key is None:
        return
    all_counted, everybody = Unknown(*key, COUNT), Unknown(*key, WHOLE)
    count, whole, others, others_counted = (
        Unknown(cell, version, part) for part in (COUNT, WHOLE, OTHERS, OTHERS_COUNTED)
    )
    yield _known(exactly(0, (everybody, 1), (whole, -1), (others, -1)))
    yield _known(exactly(0, (all_counted, 1), (count, -1), (others_counted, -1)))
    if is_share(indicator):
        yield _known(Between(((others, 1), (others_counted, -1)), low=0))


def _known(*every: Between, share: Share | None = None) -> Fact:
    return Fact(EVERYBODY_KNOWS, "", every=every, share=share)


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("−", "-").replace("£", ""))


def _number(text: str) -> float:
    return float(_decimal(text))
