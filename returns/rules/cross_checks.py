"""Check lines of one return against each other: parts that add up to more than their whole, counts that differ."""

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
    """How the sum of the parts must compare with the whole."""

    AT_MOST = "at_most", "no more than"
    EQUAL = "equal", "the same as"


@dataclass(frozen=True)
class LinePart:
    """The numerator or the denominator of one line."""

    code: str
    name: str

    @property
    def label(self) -> str:
        """Return what the part counts, in the catalogue's words."""
        return str(getattr(catalogue_by_code()[self.code], self.name))


@dataclass(frozen=True, kw_only=True)
class CrossCheck:
    """A rule about how lines compare, and the reason for it."""

    name: str
    parts: tuple[LinePart, ...]
    relation: SumRelation
    whole: LinePart
    because: str

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(part.code for part in (*self.parts, self.whole))

    def holds(self, total: Decimal, whole: Decimal) -> bool:
        """Return whether the sum of the parts compares with the whole as it must."""
        return total <= whole if self.relation is SumRelation.AT_MOST else total == whole


@dataclass(frozen=True, kw_only=True)
class LineCounts:
    """The two parts of a line, and whether the line has a comment or an explanation."""

    numerator: Decimal | None
    denominator: Decimal | None
    has_comment: bool = False


class CrossCheckFault(ValueError):
    """The file of rules has a mistake. The message names the rule."""


@cache
def cross_checks() -> tuple[CrossCheck, ...]:
    """Return the rules in ``cross_checks.toml`` and the rules for the catalogue's groups of pupils.

    >>> cross_checks()[0].because
    'pupils who missed 50% are among those who missed 10%'

    Raises:
        BetweenFault: naming the rule with an unknown key, line or part.
    """
    of_groups = (
        _of_group(indicator.code, indicator.part_of)
        for indicator in catalogue_indicators()
        if indicator.part_of and indicator.has_parts
    )
    return (*read_cross_checks(RULES_FILE.read_text("utf-8")), *chain.from_iterable(of_groups))


def _of_group(code: str, whole: str) -> list[CrossCheck]:
    """Return the rules that a group of pupils counts no more than all pupils, in either part."""
    return [
        CrossCheck(
            name=f"{code} within {whole}, {name}",
            parts=(LinePart(code, name),),
            relation=SumRelation.AT_MOST,
            whole=LinePart(whole, name),
            because="the group is part of all pupils",
        )
        for name in ("numerator", "denominator")
    ]


def lines_compared_with(code: str) -> frozenset[str]:
    """Return the codes of the lines that the rules compare with a line.

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
    for rule in tomllib.loads(text)["rule"]:
        name = str(rule.get("name", "a rule without a name"))
        if set(rule) != {"name", "parts", "relation", "whole", "because"}:
            raise CrossCheckFault(f"{name}: needs name, parts, relation, whole and because, and nothing else")
        if rule["relation"] not in list(SumRelation):
            raise CrossCheckFault(f"{name}: {rule['relation']!r} is not at_most or equal")
        parts = tuple(_part(name, text) for text in rule["parts"])
        found.append(
            CrossCheck(
                name=name, parts=parts, relation=SumRelation(rule["relation"]), whole=_part(name, rule["whole"]),
                because=rule["because"],
            )
        )  # fmt: skip
    return tuple(found)


def cross_check_findings(
    lines: Mapping[str, LineCounts], rules: tuple[CrossCheck, ...] | None = None
) -> dict[str, tuple[Finding, ...]]:
    """Return a query for each broken rule, by the code of every line that the rule compares.

    A rule is checked only if every count in it is known. It gives a query, not an error, because either line may be
    wrong. A comment on any of the lines answers it.

    Source: returns/README.md#validation, rule 7.
    """
    found: dict[str, tuple[Finding, ...]] = defaultdict(tuple)
    for rule in cross_checks() if rules is None else rules:
        parts = [_count(lines, part) for part in rule.parts]
        known = [count for count in parts if count is not None]
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
    names = " plus ".join(f"“{part.label}” in {catalogue_by_code()[part.code].title}" for part in rule.parts)
    whole_name = f"“{rule.whole.label}” in {catalogue_by_code()[rule.whole.code].title}"
    return (
        f"{names} ({_written(total)}) should be {rule.relation.label} {whole_name} ({_written(whole)}), "
        f"because {rule.because}. Check both, or say why in a comment"
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
