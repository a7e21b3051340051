"""Say which hidden numbers a reader has narrowed down, how far and by which facts."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tests.privacy.facts import EVERYBODY_KNOWS, Notes
from tests.privacy.figures import Cell, HiddenFigure, Readership, Truth, Unknown, hidden_from, indicator_of
from tests.privacy.solver import Fact, Solver

FEWEST = 3  # A hidden number with fewer possible values is known.
# The ways to find a hidden number, with the kinds of facts that each needs besides the figures that may be shown.
ATTACKS: dict[str, frozenset[str]] = {
    "a page shows it": frozenset({"figure", "out of"}),
    "words about it": frozenset({"comment"}),
    "the rating next to it": frozenset({"rating"}),
    "a list or a filter by rating": frozenset({"list"}),
    "how many have a rating": frozenset({"tally"}),
    "its place in an order": frozenset({"order"}),
    "the change since a year earlier": frozenset({"movement"}),
    "totals": frozenset({"total"}),
}
CORRECTION = "totals before and after a correction"
TOGETHER = "several of these together"


@dataclass(frozen=True)
class Leak:
    """A hidden number with too few possible values."""

    hidden: HiddenFigure
    part: str
    values: tuple[int, ...]
    reasons: tuple[Fact, ...]

    def in_words(self, schools: Mapping[int, str]) -> str:
        cell, version = self.hidden.cell, self.hidden.version
        what = f"{schools[cell.urn]}, {cell.code} ({indicator_of(cell).title}), {cell.school_year} season {cell.season}"
        values = " or ".join(map(str, self.values))
        facts = [f"\n    {fact.kind}: {fact.source}" for fact in self.reasons if fact.kind != EVERYBODY_KNOWS]
        return f"{what}, version {version}: {self.part} is {values}. Hidden for {self.hidden.why}.{''.join(facts)}"


@dataclass(frozen=True)
class Verdict:
    """What a reader found out."""

    reader: str
    hidden: tuple[HiddenFigure, ...]  # Each version of a figure counts.
    leaks: tuple[Leak, ...]
    by_attack: Counter[str] = field(default_factory=Counter)  # Figures that each attack finds alone.
    told_apart: frozenset[Cell] = frozenset()  # Hidden figures that a filter or an order tells from missing ones.

    @property
    def found(self) -> set[tuple[Cell, int]]:
        return {(leak.hidden.cell, leak.hidden.version) for leak in self.leaks}

    @property
    def in_numbers(self) -> str:
        attacks = [f"{attack} {count}" for attack, count in self.by_attack.items() if count]
        if self.told_apart:
            attacks.append(f"told from missing figures by a filter or an order {len(self.told_apart)}")
        ways = f" ({'; '.join(attacks)})" if attacks else ""
        return f"{self.reader}: {len(self.found)} of {len(self.hidden)} hidden figures found{ways}"


def judge(reader: str, notes: Notes, audience_of: Callable[[Cell], Readership]) -> Verdict:
    """Return which of the numbers that are hidden from a reader have fewer than three possible values."""
    truth, facts = notes.truth, notes.conclude()
    hidden = hidden_figures(truth, audience_of)
    solver = Solver(facts)
    leaks = tuple(
        Leak(figure, part, tuple(values), tuple(solver.reasons(name, fewer_than=FEWEST)))
        for figure, part, name, values in narrowed(solver, hidden)
    )
    told_apart = frozenset({figure.cell for figure in hidden} & notes.told_apart)
    return Verdict(reader, tuple(hidden), leaks, _by_attack(facts, hidden, leaks), told_apart)


def hidden_figures(truth: Truth, audience_of: Callable[[Cell], Readership]) -> list[HiddenFigure]:
    """Return every figure that the policy hides from a reader."""
    found = (hidden_from(audience_of(cell), cell, version, truth) for cell, version in truth)
    return [figure for figure in found if figure is not None]


def narrowed(solver: Solver, hidden: Collection[HiddenFigure]) -> list[tuple[HiddenFigure, str, Unknown, list[int]]]:
    """Return the hidden numbers with too few possible values, and these values."""
    found = []
    for figure in hidden:
        for part in figure.secrets:
            name = Unknown(figure.cell, figure.version, part)
            values = solver.values(name, most=FEWEST)
            if len(values) < FEWEST:
                found.append((figure, part, name, values))
    return found


def _by_attack(facts: Sequence[Fact], hidden: Sequence[HiddenFigure], leaks: Sequence[Leak]) -> Counter[str]:
    """Return how many figures each attack finds alone, with the figures that the reader may see."""
    found: Counter[str] = Counter()
    left = {(leak.hidden.cell, leak.hidden.version): leak.hidden for leak in leaks}
    secret = {(figure.cell, figure.version) for figure in hidden}
    is_given = [_is_given(fact, secret) for fact in facts]
    alone = set()
    for attack, kinds in ATTACKS.items():
        solver = Solver([fact for fact, given in zip(facts, is_given, strict=True) if given or fact.kind in kinds])
        for figure, name in {figure: name for figure, _, name, _ in narrowed(solver, left.values())}.items():
            found[_named(attack, figure, solver, name)] += 1
            alone.add((figure.cell, figure.version))
    found[TOGETHER] = len(left.keys() - alone)
    return found


def _named(attack: str, figure: HiddenFigure, solver: Solver, name: Unknown) -> str:
    """Return an attack in more words, if there are several kinds of it."""
    if attack == "a page shows it":
        return f"{attack}, {figure.why}"
    if attack == "totals":
        names = {other for fact in solver.reasons(name, fewer_than=FEWEST) for other in fact.unknowns}
        versions = Counter(other.cell for other in names if isinstance(other, Unknown) and other.part == name.part)
        return CORRECTION if max(versions.values()) > 1 else "a total less the parts that are shown"
    return attack


def _is_given(fact: Fact, secret: Collection[tuple[Cell, int]]) -> bool:
    if fact.kind in (EVERYBODY_KNOWS, "said to be small"):
        return True
    names = (name for name in fact.unknowns if isinstance(name, Unknown))
    return fact.kind in ATTACKS["a page shows it"] and all((name.cell, name.version) not in secret for name in names)
