"""Narrow down whole numbers by what is known about them. No Django, no pages: only numbers.

Each unknown is a whole number of at least 0. A fact says that sums of unknowns are between two bounds, or that at least
one of several such statements applies, or that a rounded share was calculated from two unknowns. ``Solver`` first
propagates intervals until nothing changes. Then it asks an integer programme for each value that is left whether all
facts can be true with it.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, inf

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

MOST = 20_000  # No count in a school of England is higher.
NEARLY = 1e-7
LONGEST = 2.0  # Seconds for one integer programme. Without an answer, we take it that there is a solution.
INFEASIBLE = 2  # The status of scipy.optimize.milp for a programme without a solution.


@dataclass(frozen=True)
class Between:
    """``low`` ≤ the sum of unknowns, each times its factor ≤ ``high``."""

    terms: tuple[tuple[Hashable, float], ...]
    low: float = -inf
    high: float = inf


@dataclass(frozen=True)
class Share:
    """``shown`` is ``multiplier`` times ``count`` divided by ``whole``, rounded half up to a whole number."""

    shown: Hashable
    count: Hashable
    whole: Hashable
    multiplier: int


@dataclass(frozen=True)
class Fact:
    """What is known, and from where. All of ``every`` is true, and at least one of ``one_of`` if there are any."""

    kind: str
    source: str
    every: tuple[Between, ...] = ()
    one_of: tuple[Between, ...] = ()
    share: Share | None = None

    @property
    def unknowns(self) -> frozenset[Hashable]:
        parts = (self.share.shown, self.share.count, self.share.whole) if self.share else ()
        return frozenset(parts) | {name for between in (*self.every, *self.one_of) for name, _ in between.terms}

    def is_true(self, values: Mapping[Hashable, int]) -> bool:
        """Return whether the fact is true of these values, to check that a reader has understood a page."""
        every = all(_holds(between, values) for between in self.every)
        if self.share:
            shown, count, whole = (values[name] for name in (self.share.shown, self.share.count, self.share.whole))
            every &= shown == (2 * self.share.multiplier * count + whole) // (2 * whole)
        return every and (not self.one_of or any(_holds(between, values) for between in self.one_of))


class Contradiction(Exception):
    """The facts cannot all be true."""


@dataclass
class Solver:
    """What is known about a set of unknowns."""

    facts: Sequence[Fact]
    bounds: dict[Hashable, tuple[int, int]] = field(default_factory=dict)
    fresh: Sequence[Fact] | None = None  # The facts that have not narrowed ``bounds`` yet; None for all.

    def __post_init__(self) -> None:
        self.by_unknown: dict[Hashable, list[Fact]] = defaultdict(list)
        for fact in self.facts:
            for name in fact.unknowns:
                self.by_unknown[name].append(fact)
                self.bounds.setdefault(name, (0, MOST))
        self._propagate(self.facts if self.fresh is None else self.fresh)

    def values(self, name: Hashable, *, most: int) -> list[int]:
        """Return possible values of an unknown, the lowest first; at most ``most`` of them."""
        low, high = self.bounds.get(name, (0, MOST))
        facts = self._around(name)
        found: list[int] = []
        for value in range(low, min(high, low + 50) + 1):
            if len(found) == most:
                break
            if self._is_possible(facts, name, value):
                found.append(value)
        return found

    def reasons(self, name: Hashable, *, fewer_than: int) -> list[Fact]:
        """Return few facts that leave fewer than ``fewer_than`` values: without any one of them, more are possible."""
        for kept in self._circles(name):  # Most often facts close by are enough.
            if len(Solver(kept).values(name, most=fewer_than)) < fewer_than:
                break
        size = max(1, len(kept) // 2)
        while size:
            for start in range(0, len(kept), size)[::-1]:
                fewer = kept[:start] + kept[start + size :]
                if len(Solver(fewer).values(name, most=fewer_than)) < fewer_than:
                    kept = fewer
            size //= 2
        return kept

    def _around(self, name: Hashable) -> list[Fact]:
        """Return the facts that are connected to an unknown through others."""
        *_, widest = self._circles(name)
        return widest

    def _circles(self, name: Hashable) -> Iterator[list[Fact]]:
        """Yield the facts about an unknown, then also those about the other unknowns of these facts, and so on."""
        seen, ahead, found = {name}, {name}, {}
        while ahead:
            found |= {id(fact): fact for unknown in ahead for fact in self.by_unknown[unknown]}
            ahead = {unknown for fact in found.values() for unknown in fact.unknowns} - seen
            seen |= ahead
            yield list(found.values())

    def _propagate(self, facts: Iterable[Fact]) -> None:
        waiting = {id(fact): fact for fact in facts}
        while waiting:
            _, fact = waiting.popitem()
            for name in self._tighten(fact):
                waiting |= {id(other): other for other in self.by_unknown[name]}

    def _tighten(self, fact: Fact) -> set[Hashable]:
        """Narrow the bounds of a fact's unknowns; return those that became narrower."""
        narrowed = {name for between in (*fact.every, *self._share_rows(fact)) for name in self._narrow(between)}
        left = [between for between in fact.one_of if self._may_hold(between)]
        if fact.one_of and not left:
            raise Contradiction(fact.source)
        return narrowed | (self._narrow(left[0]) if len(left) == 1 else set())

    def _narrow(self, between: Between) -> set[Hashable]:
        narrowed = set()
        for name, factor in between.terms:
            others = [self._range(other, times) for other, times in between.terms if other != name]
            least, most = (sum(ends) for ends in zip(*others, strict=True)) if others else (0, 0)
            ends = sorted(((between.low - most) / factor, (between.high - least) / factor))
            low, high = self.bounds[name]
            new = max(low, _up(ends[0])), min(high, _down(ends[1]))
            if new[0] > new[1]:
                raise Contradiction(f"{name} cannot be between {new[0]} and {new[1]}")
            if new != (low, high):
                self.bounds[name] = new
                narrowed.add(name)
        return narrowed

    def _may_hold(self, between: Between) -> bool:
        ranges = [self._range(name, factor) for name, factor in between.terms]
        least, most = (sum(ends) for ends in zip(*ranges, strict=True))
        return most >= between.low - NEARLY and least <= between.high + NEARLY

    def _range(self, name: Hashable, factor: float) -> tuple[float, float]:
        low, high = self.bounds[name]
        return (low * factor, high * factor) if factor > 0 else (high * factor, low * factor)

    def _share_rows(self, fact: Fact) -> Iterator[Between]:
        """Return a rounded share as sums, within the present bounds. They are exact once one side is settled."""
        if fact.share is None:
            return
        shown, count, whole = fact.share.shown, fact.share.count, fact.share.whole
        times = fact.share.multiplier
        (least, most), (fewest, all_) = self.bounds[shown], self.bounds[whole]
        yield Between(((count, times), (whole, -(least - 0.5))), low=0)
        yield Between(((count, times), (whole, -(most + 0.5))), high=0)
        if fewest == all_ > 0:
            yield Between(((count, times), (shown, -all_)), low=-all_ / 2, high=all_ / 2)
        elif fewest > 0:
            some = self.bounds[count]
            yield Between(((shown, 1),), low=times * some[0] / all_ - 0.5, high=times * some[1] / fewest + 0.5)

    def _is_possible(self, facts: Sequence[Fact], name: Hashable, value: int) -> bool:
        supposed = Fact("supposed", "", every=(exactly(value, (name, 1)),))
        bounds = {other: self.bounds[other] for fact in facts for other in fact.unknowns}
        try:
            trial = Solver([*facts, supposed], bounds, fresh=[supposed])
        except Contradiction:
            return False
        return trial._has_solution()

    def _has_solution(self) -> bool:
        """Ask an integer programme whether all facts can be true together."""
        names = {name: place for place, name in enumerate(self.bounds)}
        choices = [fact for fact in self.facts if fact.one_of]
        width = len(names) + sum(len(fact.one_of) for fact in choices)
        rows = [row for fact in self.facts for row in (*fact.every, *self._share_rows(fact))]
        lines = [_line(row, names, width) for row in rows]
        lows, highs = [row.low for row in rows], [row.high for row in rows]
        place = len(names)
        for fact in choices:
            chosen = np.zeros(width)
            for option in fact.one_of:
                chosen[place] = 1
                for line, low in self._only_if(option, names, width, place):
                    lines.append(line)
                    lows.append(low)
                    highs.append(inf)
                place += 1
            lines.append(chosen)
            lows.append(1)
            highs.append(inf)
        if not lines:
            return True
        low = [*(low for low, _ in self.bounds.values()), *([0] * (width - len(names)))]
        high = [*(high for _, high in self.bounds.values()), *([1] * (width - len(names)))]
        constraints = LinearConstraint(np.array(lines), np.array(lows) - NEARLY, np.array(highs) + NEARLY)
        answer = milp(
            np.zeros(width),
            constraints=constraints,
            bounds=Bounds(low, high),
            integrality=np.ones(width),
            options={"time_limit": LONGEST},
        )
        return answer.status != INFEASIBLE

    def _only_if(
        self, option: Between, names: Mapping[Hashable, int], width: int, place: int
    ) -> Iterator[tuple[np.ndarray, float]]:
        """Return lines and lower bounds that make ``option`` true if the choice at ``place`` is 1."""
        least, most = (
            sum(ends) for ends in zip(*(self._range(name, factor) for name, factor in option.terms), strict=True)
        )
        line = _line(option, names, width)
        if option.low > -inf:
            lower = line.copy()
            lower[place] = -(option.low - least)
            yield lower, least
        if option.high < inf:
            upper = -line
            upper[place] = -(most - option.high)
            yield upper, -most


def exactly(value: int, *terms: tuple[Hashable, float]) -> Between:
    """Return that a sum is a value."""
    return Between(tuple(terms), value, value)


def in_bounds(name: Hashable, low: float = -inf, high: float = inf) -> Between:
    """Return that an unknown is between two numbers."""
    return Between(((name, 1),), low, high)


def _line(row: Between, names: Mapping[Hashable, int], width: int) -> np.ndarray:
    line = np.zeros(width)
    for name, factor in row.terms:
        line[names[name]] += factor
    return line


def _holds(between: Between, values: Mapping[Hashable, int]) -> bool:
    total = sum(values[name] * factor for name, factor in between.terms)
    return between.low - NEARLY <= total <= between.high + NEARLY


def _up(number: float) -> int:
    return -MOST if number == -inf else ceil(number - NEARLY)


def _down(number: float) -> int:
    return MOST if number == inf else floor(number + NEARLY)
