"""Read what the trust's returns ask for, from which schools and since when."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kpis.catalogue import Indicator
from kpis.catalogue.kinds import Area, PhaseOfEducation
from kpis.models import IndicatorChoice, OwnVersion, SchoolChoice
from kpis.queries.catalogue import own_versions, trust_indicators, trust_indicators_from
from kpis.rules.indicator_choices import DatedChoice, asked_lines, choices_in_force, is_indicator_asked
from schools.models import School
from trusts.models import Trust

INDICATOR_SET_HEADINGS = [
    "Area", "Code", "Indicator", "Defined by", "Asked", "Why", "Phases of education", "Unit", "Direction", "How often",
    "Not asked of",
]  # fmt: skip


def lines_asked_of(school: School, *, on: date) -> tuple[Indicator, ...]:
    """Return the lines of the school's return for a term that begins ``on`` a day. Three queries."""
    trust = [_choice(each) for each in IndicatorChoice.objects.order_by("pk")]
    own = [_choice(each) for each in SchoolChoice.objects.filter(school=school).order_by("pk")]
    return asked_lines(trust_indicators(on=on, begun=True).values(), school.phase, trust=trust, school=own, on=on)


@dataclass(frozen=True, kw_only=True)
class SetRow:
    """One indicator that a return can ask for, with the trust's choices."""

    indicator: Indicator
    is_asked: bool
    now: IndicatorChoice | None  # The choice that applies on the day; None if only the catalogue's applies.
    later: tuple[IndicatorChoice, ...]  # Choices that have not begun.
    spared: tuple[SchoolChoice, ...]  # Schools that are not asked on the day, by name.
    versions: tuple[OwnVersion, ...] = ()  # Only if the indicator is the trust's own.
    begins: date | None = None  # The first day of the trust's own indicator, if it has not begun.

    @property
    def is_own(self) -> bool:
        return bool(self.versions)

    @property
    def phases(self) -> str:
        """Return the phases of education whose returns ask for it, in words."""
        asked = [each.label for each in PhaseOfEducation if each in self.indicator.in_return]
        return "Every phase of education" if len(asked) == len(PhaseOfEducation) else ", ".join(asked)

    @property
    def why(self) -> str:
        """Return why it is asked for or not."""
        if self.now:
            return self.now.reason
        if self.versions:
            return self.versions[0].reason
        return "A group of pupils, asked where you choose it" if self.indicator.is_by_choice else "Set in the catalogue"


INDICATOR_SET_SORTS = {
    "area": ("Indicator", lambda row: row.indicator.area.order),
    "asked": ("Asked", lambda row: not row.is_asked),
    "spared": ("Not asked of", lambda row: len(row.spared)),
}


def set_rows(trust: Trust, *, on: date) -> list[SetRow]:
    """Return every indicator that a return can ask for, in the Board's order. Three queries."""
    choices = list(IndicatorChoice.objects.select_related("chosen_by").order_by("chosen_at", "pk"))
    off = SchoolChoice.objects.filter(school__trust=trust).select_related("school", "chosen_by")
    return [*_rows(choices, list(off.order_by("chosen_at", "pk")), on)]


def spared_lines(school: School, *, on: date) -> list[tuple[Indicator, SchoolChoice]]:
    """Return the lines that this school is not asked for in a term that begins ``on`` a day, with the choices.

    At most two queries.
    """
    rows = list(SchoolChoice.objects.filter(school=school).order_by("pk"))
    now = choices_in_force([_choice(each) for each in rows], on)
    off = [each for each in rows if not each.is_asked]
    held = {each.indicator_id: each for each in off if now.get(each.indicator_id) == _choice(each)}
    if not held:
        return []
    return [
        (each, held[each.code])
        for each in trust_indicators(on=on).values()
        if each.code in held and each.asked_of(school.phase)
    ]


def choices_about(trust: Trust, code: str) -> tuple[list[IndicatorChoice], list[SchoolChoice]]:
    """Return all choices about one indicator, for all schools and for single schools, newest first. Two queries."""
    choices = IndicatorChoice.objects.filter(indicator_id=code).select_related("chosen_by")
    off = SchoolChoice.objects.filter(indicator_id=code, school__trust=trust).select_related("school", "chosen_by")
    return list(choices.order_by("-chosen_at", "-pk")), list(off.order_by("-chosen_at", "-pk"))


def areas_without_a_line(rows: Sequence[SetRow]) -> list[str]:
    """Return the names of the Board's areas that have no line in returns."""
    asked = {row.indicator.area for row in rows if row.is_asked}
    return [area.label for area in Area if area not in asked]


def set_table(rows: Iterable[SetRow]) -> list[list[str]]:
    """Return the rows for a file, with a row of column headings."""
    return [INDICATOR_SET_HEADINGS, *([
        row.indicator.area.label, row.indicator.code, row.indicator.title,
        "the trust" if row.is_own else "the catalogue", "yes" if row.is_asked else "no", row.why,
        row.phases, row.indicator.unit.label, row.indicator.direction.label, row.indicator.frequency.label,
        "; ".join(each.school.name for each in row.spared),
    ] for row in rows)]  # fmt: skip


def _rows(choices: list[IndicatorChoice], off: list[SchoolChoice], on: date) -> Iterable[SetRow]:
    decided: dict[str, list[IndicatorChoice]] = defaultdict(list)
    for each in choices:
        decided[each.indicator_id].append(each)
    own = own_versions()
    for indicator in trust_indicators_from(own, on=on).values():
        if not indicator.in_return:
            continue
        versions, about = tuple(own.get(indicator.code, ())), decided[indicator.code]
        begins = versions[0].from_date if versions and versions[0].from_date > on else None
        now = next((each for each in reversed(about) if each.from_date <= on), None)
        yield SetRow(
            indicator=indicator,
            is_asked=begins is None and is_indicator_asked(indicator, _choice(now) if now else None),
            now=now,
            later=tuple(each for each in about if each.from_date > on),
            spared=tuple(_spared([each for each in off if each.indicator_id == indicator.code], on)),
            versions=versions,
            begins=begins,
        )


def _spared(off: list[SchoolChoice], on: date) -> list[SchoolChoice]:
    by_school: dict[School, list[SchoolChoice]] = defaultdict(list)
    for each in off:
        by_school[each.school].append(each)
    held = []
    for own in by_school.values():
        now = choices_in_force([_choice(each) for each in own], on).values()
        held += [each for each in own if not each.is_asked and _choice(each) in now]
    return sorted(held, key=lambda each: each.school.name)


def _choice(row: IndicatorChoice | SchoolChoice) -> DatedChoice:
    return DatedChoice(
        code=row.indicator_id,
        is_asked=row.is_asked,
        from_date=row.from_date,
        until_date=getattr(row, "until_date", None),
        chosen_at=row.chosen_at,
    )
