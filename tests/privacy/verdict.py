"""Say which hidden numbers a reader has narrowed down, how far and by which facts."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tests.privacy.figures import Audience, Cell, HiddenFigure, Truth, Unknown, hidden_from, indicator_of
from tests.privacy.solver import Fact, Solver, kinds_of

FEWEST = 3  # A hidden number with fewer possible values is known.


@dataclass(frozen=True)
class Leak:
    """A hidden number with too few possible values."""

    hidden: HiddenFigure
    part: str
    values: tuple[int, ...]
    reasons: tuple[Fact, ...]

    @property
    def attack(self) -> str:
        """Return the way in which the number was found, in words."""
        kinds = set(kinds_of(self.reasons))
        names = {name for fact in self.reasons for name in fact.unknowns if isinstance(name, Unknown)}
        several = any(
            len({name.version for name in names if name.cell == cell}) > 1 for cell in {name.cell for name in names}
        )
        if "total" in kinds:
            return "totals before and after a correction" if several else "a total less the parts that are shown"
        for kind, words in NAMED.items():
            if kind in kinds:
                return words
        if len({name.cell for name in names}) > 1 and self.part.startswith("others"):
            return "all pupils less a group"
        return f"shown on a page, although hidden for {self.hidden.why}"

    def sentence(self, schools: dict[int, str]) -> str:
        cell = self.hidden.cell
        values = " or ".join(map(str, self.values))
        where = (
            f"{schools[cell.urn]}, {cell.code} ({indicator_of(cell).title}), {cell.school_year} season {cell.season}"
        )
        facts = "\n".join(
            f"      {fact.kind}: {fact.source}" for fact in self.reasons if fact.kind != "everybody knows"
        )
        return f"{where}, version {self.hidden.version}: {self.part} is {values}: {self.attack}\n{facts}"


NAMED = {
    "filter": "a filter of the API",
    "count of ratings": "how many figures have a rating",
    "order": "a place in an order",
    "movement": "the change since a year earlier",
    "rating": "the rating next to a hidden figure",
    "comment": "words about the figure",
}


@dataclass(frozen=True)
class Verdict:
    """What a reader found out."""

    reader: str
    hidden: int  # Hidden figures, each version counted.
    leaks: tuple[Leak, ...]
    told_apart: int  # Hidden figures that a filter tells from missing ones.

    @property
    def narrowed(self) -> int:
        return len({(leak.hidden.cell, leak.hidden.version) for leak in self.leaks})

    @property
    def by_attack(self) -> Counter[str]:
        found = {(leak.hidden.cell, leak.hidden.version): leak.attack for leak in reversed(self.leaks)}
        return Counter(found.values())


def judge(
    reader: str,
    facts: Sequence[Fact],
    truth: Truth,
    audience_of: Callable[[Cell], Audience],
    *,
    told_apart: Iterable[tuple[Cell, int]] = (),
) -> Verdict:
    """Return which of the numbers that are hidden from a reader have fewer than three possible values."""
    hidden = [
        found for cell, version in truth if (found := hidden_from(audience_of(cell), cell, version, truth)) is not None
    ]
    solver = Solver(facts)
    leaks = []
    for figure in hidden:
        for part in figure.secrets:
            name = Unknown(figure.cell, figure.version, part)
            values = solver.values(name, most=FEWEST)
            if len(values) < FEWEST:
                leaks.append(Leak(figure, part, tuple(values), tuple(solver.reasons(name, fewer_than=FEWEST))))
    cells = {figure.cell for figure in hidden}
    return Verdict(reader, len(hidden), tuple(leaks), len({cell for cell, _ in told_apart if cell in cells}))


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """Return the numbers of several readers as lines of text."""
    lines = [f"{verdict.reader}: {verdict.narrowed} of {verdict.hidden} hidden figures known" for verdict in verdicts]
    for place, verdict in enumerate(verdicts):
        details = [f"{attack}: {count}" for attack, count in verdict.by_attack.most_common()]
        if verdict.told_apart:
            details.append(f"told from missing figures by ?status=: {verdict.told_apart}")
        lines[place] += f" ({'; '.join(details)})" if details else ""
    return lines
