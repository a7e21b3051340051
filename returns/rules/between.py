"""Check lines of one return against each other: parts that add up to more than their whole, counts that differ."""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import chain
from pathlib import Path

from kpis.catalogue import by_code, load
from kpis.catalogue.kinds import Labelled
from kpis.rules.wording import number
from returns.rules.validation import Finding, Level

FILE = Path(__file__).parent / "between_lines.toml"


class Relation(Labelled):
    """How the sum of the parts must compare with the whole."""

    AT_MOST = "at_most", "no more than"
    EQUAL = "equal", "the same as"


@dataclass(frozen=True)
class Part:
    """The numerator or the denominator of one line."""

    code: str
    name: str

    @property
    def label(self) -> str:
        """Return what the part counts, in the catalogue's words."""
        return str(getattr(by_code()[self.code], self.name))


@dataclass(frozen=True, kw_only=True)
class BetweenRule:
    """A rule about how lines compare, and the reason for it."""

    name: str
    parts: tuple[Part, ...]
    relation: Relation
    whole: Part
    because: str

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(each.code for each in (*self.parts, self.whole))

    def holds(self, total: Decimal, whole: Decimal) -> bool:
        """Return whether the sum of the parts compares with the whole as it must."""
        return total <= whole if self.relation is Relation.AT_MOST else total == whole


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The two parts of a line, and whether the line has a comment or an explanation."""

    numerator: Decimal | None
    denominator: Decimal | None
    has_comment: bool = False


class BetweenFault(ValueError):
    """The file of rules has a mistake. The message names the rule."""


@cache
def between_rules() -> tuple[BetweenRule, ...]:
    """Return the rules in ``between_lines.toml`` and the rules for the catalogue's groups of pupils.

    >>> between_rules()[0].because
    'pupils who missed 50% are among those who missed 10%'

    Raises:
        BetweenFault: naming the rule with an unknown key, line or part.
    """
    of_groups = (_of_group(each.code, each.part_of) for each in load() if each.part_of and each.has_parts)
    return (*read_rules(FILE.read_text("utf-8")), *chain.from_iterable(of_groups))


def _of_group(code: str, whole: str) -> list[BetweenRule]:
    """Return the rules that a group of pupils counts no more than all pupils, in either part."""
    return [
        BetweenRule(
            name=f"{code} within {whole}, {name}",
            parts=(Part(code, name),),
            relation=Relation.AT_MOST,
            whole=Part(whole, name),
            because="the group is part of all pupils",
        )
        for name in ("numerator", "denominator")
    ]


def compared_with(code: str) -> frozenset[str]:
    """Return the codes of the lines that the rules compare with a line.

    >>> sorted(compared_with("AB3"))
    ['AB2']
    """
    return frozenset(chain.from_iterable(rule.codes for rule in between_rules() if code in rule.codes)) - {code}


def read_rules(text: str) -> tuple[BetweenRule, ...]:
    """Read rules from TOML, strictly.

    Raises:
        BetweenFault: naming the rule with an unknown key, line or part.
    """
    found = []
    for each in tomllib.loads(text)["rule"]:
        name = str(each.get("name", "a rule without a name"))
        if set(each) != {"name", "parts", "relation", "whole", "because"}:
            raise BetweenFault(f"{name}: needs name, parts, relation, whole and because, and nothing else")
        if each["relation"] not in list(Relation):
            raise BetweenFault(f"{name}: {each['relation']!r} is not at_most or equal")
        parts = tuple(_part(name, text) for text in each["parts"])
        found.append(
            BetweenRule(
                name=name, parts=parts, relation=Relation(each["relation"]), whole=_part(name, each["whole"]),
                because=each["because"],
            )
        )  # fmt: skip
    return tuple(found)


def between_findings(
    lines: Mapping[str, Counts], rules: tuple[BetweenRule, ...] | None = None
) -> dict[str, tuple[Finding, ...]]:
    """Return a query for each broken rule, by the code of every line that the rule compares.

    A rule is checked only if every count in it is known. It gives a query, not an error, because either line may be
    wrong. A comment on any of the lines answers it.

    Source: returns/README.md#validation, rule 7.
    """
    found: dict[str, tuple[Finding, ...]] = defaultdict(tuple)
    for rule in between_rules() if rules is None else rules:
        parts = [_count(lines, each) for each in rule.parts]
        known = [each for each in parts if each is not None]
        whole = _count(lines, rule.whole)
        if whole is None or len(known) < len(parts) or rule.holds(sum(known, Decimal(0)), whole):
            continue
        answered = any(lines[code].has_comment for code in rule.codes)
        finding = Finding(Level.QUERY, _message(rule, sum(known, Decimal(0)), whole), answered=answered)
        for code in rule.codes:
            found[code] += (finding,)
    return dict(found)


def _count(lines: Mapping[str, Counts], part: Part) -> Decimal | None:
    counts = lines.get(part.code)
    return None if counts is None else getattr(counts, part.name)


def _message(rule: BetweenRule, total: Decimal, whole: Decimal) -> str:
    names = " plus ".join(f"“{each.label}” in {by_code()[each.code].title}" for each in rule.parts)
    of = f"“{rule.whole.label}” in {by_code()[rule.whole.code].title}"
    return (
        f"{names} ({_written(total)}) should be {rule.relation.label} {of} ({_written(whole)}), "
        f"because {rule.because}. Check both, or say why in a comment"
    )


def _written(value: Decimal) -> str:
    return number(value, 0 if value == value.to_integral_value() else 2)


def _part(rule: str, text: str) -> Part:
    code, _, name = text.partition(".")
    if name not in ("numerator", "denominator") or code not in by_code() or not by_code()[code].has_parts:
        raise BetweenFault(f"{rule}: {text!r} is not the numerator or denominator of a line with parts")
    return Part(code, name)
