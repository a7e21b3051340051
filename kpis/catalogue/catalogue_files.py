"""Read the catalogue's TOML files strictly: an unknown key, a wrong word or a contradiction is a fault."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from kpis.catalogue.contradictions import contradictions
from kpis.catalogue.indicator import Comparator, DefinitionSource, FigureLimits, Indicator, JumpRule, TargetDefault
from kpis.catalogue.kinds import (
    Area,
    Confidence,
    Direction,
    FigureKind,
    FigureSubject,
    FigureUnit,
    Frequency,
    Labelled,
    Moderator,
    PhaseOfEducation,
    PupilGroup,
    RollUp,
    TargetRule,
)

Word = TypeVar("Word", bound=Labelled)
MISSING = object()


class CatalogueFault(ValueError):
    """A catalogue file has a mistake. The message has the file and the key."""

    def __init__(self, file: str, key: str, message: str) -> None:
        super().__init__(f"{file}: {key}: {message}")
        self.file, self.key = file, key


class CatalogueSection:
    """One table of a file. Every key must be taken with its type, and no key may be left over."""

    def __init__(self, content: object, file: str, name: str) -> None:
        if not isinstance(content, dict):
            raise CatalogueFault(file, name, "must be a table")
        self.left: dict[str, Any] = dict(content)
        self.file, self.name = file, name

    def fault(self, key: str, message: str) -> CatalogueFault:
        return CatalogueFault(self.file, f"{self.name}.{key}", message)

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = MISSING) -> Any:
        value = self.left.pop(key, default)
        if value is MISSING:
            raise self.fault(key, "is missing")
        allowed = kind if isinstance(kind, tuple) else (kind,)
        # Python counts True as an int, but true instead of a number is a mistake.
        wrong = not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed)
        if value is not default and wrong:
            raise self.fault(key, f"{value!r} is not {' or '.join(possible.__name__ for possible in allowed)}")
        return value

    def text(self, key: str, default: Any = MISSING) -> Any:
        value = self.take(key, str, default)
        if value is default:
            return value
        if not (value := " ".join(value.split())):
            raise self.fault(key, "is empty")
        return value

    def number(self, key: str, default: Any = MISSING) -> Any:
        value = self.take(key, (int, Decimal), default)
        return value if value is default else Decimal(value)

    def word(self, key: str, words: type[Word], default: Any = MISSING) -> Word:
        value = self.take(key, str, default)
        return value if value is default else self._word(key, words, value)

    def words(self, key: str, words: type[Word]) -> frozenset[Word]:
        return frozenset(self._word(key, words, value) for value in self.take(key, list))

    def day(self, key: str, default: Any = MISSING) -> date:
        value: date = self.take(key, date, default)
        return value

    def section(self, key: str, default: Any = MISSING) -> "CatalogueSection":
        return type(self)(self.take(key, dict, default), self.file, f"{self.name}.{key}")

    def finish(self) -> None:
        if self.left:
            raise self.fault(min(self.left), "is not a key of the catalogue")

    def _word(self, key: str, words: type[Word], value: Any) -> Word:
        try:
            return words(value)
        except ValueError:
            raise self.fault(key, f"{value!r} is not one of: {', '.join(words)}") from None


def read_file(path: Path) -> Iterator[Indicator]:
    """Yield the indicators of one file, in the file's order.

    Raises:
        CatalogueFault: with the file and the key.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueFault(path.name, "file", f"is not TOML: {error}") from None
    top = CatalogueSection(content, path.name, "file")
    area, reviewed = top.word("area", Area), top.day("reviewed")
    if area != path.stem:
        raise top.fault("area", f"{area!r} is not the file's name")
    for place, entry in enumerate(top.take("indicator", list), start=1):
        name = entry.get("code", f"indicator {place}") if isinstance(entry, dict) else f"indicator {place}"
        section = CatalogueSection(entry, path.name, str(name))
        if "area" in section.left:
            raise section.fault("area", "must not be here: the file has the area")
        section.left = {"reviewed": reviewed, **section.left, "area": area.value}
        indicator = indicator_from(section)
        of_groups = list(_of_groups(indicator, section.section("groups", {})))
        section.finish()
        for made in (indicator, *of_groups):
            for key, message in contradictions(made):
                raise section.fault(key, message)
            yield made
    top.finish()


def _of_groups(whole: Indicator, codes: CatalogueSection) -> Iterator[Indicator]:
    """Yield the same indicator for each named group of pupils. A trust may choose to ask for them as well."""
    for group in PupilGroup:
        if group.value not in codes.left:
            continue
        pupils = group.label[0].lower() + group.label[1:]
        yield replace(
            whole,
            code=codes.text(group),
            title=f"{whole.title}: {pupils}",
            definition=f"Count only {pupils}, in the number counted and in what it is out of. If there are only 1 to 5 "
            f"of them, choose “too few pupils” instead of entering a figure. {whole.definition}",
            pupil_group=group,
            part_of=whole.code,
            target=replace(
                whole.target, rule=TargetRule.NONE, value=None, upper=None,
                provenance="No default target: there is no national figure for this group.",
            ),
            comparator=Comparator(measure=None, same_as=None, because="There is no national figure for this group."),
            headline=False,
            sensitive=True,
        )  # fmt: skip
    codes.finish()


def indicator_from(section: CatalogueSection) -> Indicator:
    """Return the indicator from a section.

    Raises:
        CatalogueFault: with the file and the key.
    """
    return Indicator(
        area=section.word("area", Area),
        code=section.text("code"),
        title=section.text("title"),
        definition=section.text("definition"),
        why=section.text("why"),
        unit=section.word("unit", FigureUnit),
        decimals=section.take("decimals", int),
        kind=section.word("kind", FigureKind),
        direction=section.word("direction", Direction),
        frequency=section.word("frequency", Frequency),
        phases=section.words("phases", PhaseOfEducation),
        in_return=section.words("in_return", PhaseOfEducation),
        pupil_group=section.word("pupil_group", PupilGroup, PupilGroup.ALL),
        numerator=section.text("numerator", None),
        denominator=section.text("denominator", None),
        whole_numbers=section.take("whole_numbers", bool, True),
        roll_up=section.word("roll_up", RollUp),
        limits=_limits(section.section("limits")),
        jump=_jump(section.section("jump")) if "jump" in section.left else None,
        target=_target(section.section("target")),
        comparator=_comparator(section.section("comparator")),
        headline=section.take("headline", bool),
        about=section.word("about", FigureSubject),
        sensitive=section.take("sensitive", bool),
        moderated_by=section.word("moderated_by", Moderator),
        source=_source(section.section("source")),
        reviewed=section.day("reviewed"),
        part_of=section.text("part_of", None),
        within=section.text("within", None),
    )


def _limits(section: CatalogueSection) -> FigureLimits:
    limits = FigureLimits(minimum=section.number("minimum", None), maximum=section.number("maximum", None))
    section.finish()
    return limits


def _jump(section: CatalogueSection) -> JumpRule:
    jump = JumpRule(at_least=section.number("at_least"), spreads=section.number("spreads"))
    section.finish()
    return jump


def _target(section: CatalogueSection) -> TargetDefault:
    target = TargetDefault(
        rule=section.word("rule", TargetRule),
        value=section.number("value", None),
        upper=section.number("upper", None),
        tolerance=section.number("tolerance", Decimal(0)),
        provenance=section.text("provenance"),
    )
    section.finish()
    return target


def _comparator(section: CatalogueSection) -> Comparator:
    comparator = Comparator(
        measure=section.text("measure", None),
        same_as=section.text("same_as", None),
        because=section.text("because", ""),
    )
    section.finish()
    return comparator


def _source(section: CatalogueSection) -> DefinitionSource:
    source = DefinitionSource(name=section.text("name"), confidence=section.word("confidence", Confidence))
    section.finish()
    return source
