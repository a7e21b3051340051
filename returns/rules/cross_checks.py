"""Check lines of one return against each other: parts that sum to more than their whole, counts that differ."""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import chain
from pathlib import Path

from kpis.catalogue import catalogue_by_code, catalogue_indicators
from kpis.catalogue.kinds import Labelled
from kpis.rules.figures_in_words import number_in_words
from returns.rules.line_checks import Finding, Severity

RULES_FILE = Path(__file__).parent / "cross_checks.toml"


class SumRelation(Labelled):
    """What the sum of the parts must be to the whole."""

    AT_MOST = "at_most", "not more than"
    EQUAL = "equal", "the same as"


@dataclass(frozen=True)
class LinePart:
    """The numerator or the denominator of one line."""

    code: str
    name: str

    @property
    def label(self) -> str:
        """Return what it counts, in the catalogue's words."""
        return str(getattr(catalogue_by_code()[self.code], self.name))


@dataclass(frozen=True, kw_only=True)
class CrossCheck:
    """One relation between lines, with the reason in words."""

    name: str
    parts: tuple[LinePart, ...]
    relation: SumRelation
    whole: LinePart
    because: str

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(each.code for each in (*self.parts, self.whole))

    def holds(self, total: Decimal, whole: Decimal) -> bool:
        """Say whether the sum of the parts is to the whole what it must be."""
        return total <= whole if self.relation is SumRelation.AT_MOST else total == whole


@dataclass(frozen=True, kw_only=True)
class LineCounts:
    """The two parts of one line as they are stored, and whether it carries a comment, or why it is off target."""

    numerator: Decimal | None
    denominator: Decimal | None
    has_comment: bool = False


class CrossCheckFault(ValueError):
    """The file of rules says something that cannot be meant. Names the rule."""


@cache
def cross_checks() -> tuple[CrossCheck, ...]:
    """Return the rules of ``cross_checks.toml``, and those of the catalogue's groups of pupils.

    >>> cross_checks()[0].because
    'pupils who missed 50% are among those who missed 10%'

    Raises:
        BetweenFault: naming the rule with an unknown key, line or part.
    """
    of_groups = (
        _of_group(each.code, each.part_of) for each in catalogue_indicators() if each.part_of and each.has_parts
    )
    return (*read_cross_checks(RULES_FILE.read_text("utf-8")), *chain.from_iterable(of_groups))


def _of_group(code: str, whole: str) -> list[CrossCheck]:
    """A group of the pupils counts no more than all of them, in either part."""
    return [
        CrossCheck(
            name=f"{code} within {whole}, {name}",
            parts=(LinePart(code, name),),
            relation=SumRelation.AT_MOST,
            whole=LinePart(whole, name),
            because="the group is some of all pupils",
        )
        for name in ("numerator", "denominator")
    ]


def lines_compared_with(code: str) -> frozenset[str]:
    """Return the codes of the lines that rules compare with a line.

    >>> sorted(lines_compared_with("AB3"))
    ['AB2']
    """
    return frozenset(chain.from_iterable(rule.codes for rule in cross_checks() if code in rule.codes)) - {code}


def read_cross_checks(text: str) -> tuple[CrossCheck, ...]:
    """Read rules from TOML, strictly.

    Raises:
        BetweenFault: naming the rule with an unknown key, line or part.
    """
    found = []
    for each in tomllib.loads(text)["rule"]:
        name = str(each.get("name", "a rule without a name"))
        if set(each) != {"name", "parts", "relation", "whole", "because"}:
            raise CrossCheckFault(f"{name}: needs name, parts, relation, whole and because, and nothing else")
        if each["relation"] not in list(SumRelation):
            raise CrossCheckFault(f"{name}: {each['relation']!r} is not at_most or equal")
        parts = tuple(_part(name, text) for text in each["parts"])
        found.append(
            CrossCheck(
                name=name, parts=parts, relation=SumRelation(each["relation"]), whole=_part(name, each["whole"]),
                because=each["because"],
            )
        )  # fmt: skip
    return tuple(found)


def cross_check_findings(
    lines: Mapping[str, LineCounts], rules: tuple[CrossCheck, ...] | None = None
) -> dict[str, tuple[Finding, ...]]:
    """Return what lines contradict in each other, by the code of every line that a broken rule is about.

    A rule speaks only where every count that it is about is there. It is a query, not an error, because either line
    may be the wrong one: what is said on any of them answers it.

    Source: returns/README.md#validation, rule 7.
    """
    found: dict[str, tuple[Finding, ...]] = defaultdict(tuple)
    for rule in cross_checks() if rules is None else rules:
        parts = [_count(lines, each) for each in rule.parts]
        known = [each for each in parts if each is not None]
        whole = _count(lines, rule.whole)
        if whole is None or len(known) < len(parts) or rule.holds(sum(known, Decimal(0)), whole):
            continue
        answered = any(lines[code].has_comment for code in rule.codes)
        finding = Finding(Severity.QUERY, _message(rule, sum(known, Decimal(0)), whole), answered=answered)
        for code in rule.codes:
            found[code] += (finding,)
    return dict(found)


def _count(lines: Mapping[str, LineCounts], part: LinePart) -> Decimal | None:
    counts = lines.get(part.code)
    return None if counts is None else getattr(counts, part.name)


def _message(rule: CrossCheck, total: Decimal, whole: Decimal) -> str:
    names = " and ".join(f"“{each.label}” of {catalogue_by_code()[each.code].title}" for each in rule.parts)
    of = f"“{rule.whole.label}” of {catalogue_by_code()[rule.whole.code].title}"
    return (
        f"{names}, {_written(total)}, should be {rule.relation.label} {of}, {_written(whole)}: {rule.because}. "
        "Check both, or say why in a comment"
    )


def _written(value: Decimal) -> str:
    return number_in_words(value, 0 if value == value.to_integral_value() else 2)


def _part(rule: str, text: str) -> LinePart:
    code, _, name = text.partition(".")
    if (
        name not in ("numerator", "denominator")
        or code not in catalogue_by_code()
        or not catalogue_by_code()[code].has_parts
    ):
        raise CrossCheckFault(f"{rule}: {text!r} is not the numerator or denominator of a line with parts")
    return LinePart(code, name)
