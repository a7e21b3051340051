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
    "Area", "Code", "Indicator", "Defined by", "Asked for", "Why", "Phases of education", "Unit", "Direction",
    "How often", "Schools not asked",
]  # fmt: skip


def lines_asked_of(school: School, *, on: date) -> tuple[Indicator, ...]:
    """Return the lines of the school's return for a term that begins ``on`` a day. Three queries."""
    trust = [_choice(row) for row in IndicatorChoice.objects.order_by("pk")]
    own = [_choice(row) for row in SchoolChoice.objects.filter(school=school).order_by("pk")]
    return asked_lines(trust_indicators(on=on, begun=True).values(), school.phase, trust=trust, school=own, on=on)


@dataclass(frozen=True, kw_only=True)
class SetRow:
    """One indicator that a return can ask for, with the trust's choices."""

    indicator: Indicator
    is_asked: bool
    now: IndicatorChoice | None  # The choice that applies on the day; None if only the catalogue's applies.
    later: tuple[IndicatorChoice, ...]  # Choices that have not begun.
    not_asked: tuple[SchoolChoice, ...]  # Schools that are not asked on the day, by name.
    versions: tuple[OwnVersion, ...] = ()  # Only if the indicator is the trust's own.
    begins: date | None = None  # The first day of the trust's own indicator, if it has not begun.

    @property
    def is_own(self) -> bool:
        return bool(self.versions)

    @property
    def phases(self) -> str:
        """Return the phases of education whose returns ask for it, in words."""
        asked = [phase.label for phase in PhaseOfEducation if phase in self.indicator.in_return]
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
    "asked": ("Asked for", lambda row: not row.is_asked),
    "not_asked": ("Schools not asked", lambda row: len(row.not_asked)),
}


def set_rows(trust: Trust, *, on: date) -> list[SetRow]:
    """Return every indicator that a return can ask for, in the Board's order. Three queries."""
    choices = list(IndicatorChoice.objects.select_related("chosen_by").order_by("chosen_at", "pk"))
    off = SchoolChoice.objects.filter(school__trust=trust).select_related("school", "chosen_by")
    return [*_rows(choices, list(off.order_by("chosen_at", "pk")), on)]


def lines_not_asked_of(school: School, *, on: date) -> list[tuple[Indicator, SchoolChoice]]:
    """Return the lines that this school is not asked for in a term that begins ``on`` a day, with the choices.

    At most two queries.
    """
    rows = list(SchoolChoice.objects.filter(school=school).order_by("pk"))
    now = choices_in_force([_choice(row) for row in rows], on)
    off = [row for row in rows if not row.is_asked]
    held = {row.indicator_id: row for row in off if now.get(row.indicator_id) == _choice(row)}
    if not held:
        return []
    return [
        (indicator, held[indicator.code])
        for indicator in trust_indicators(on=on).values()
        if indicator.code in held and indicator.asked_of(school.phase)
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
        "; ".join(choice.school.name for choice in row.not_asked),
    ] for row in rows)]  # fmt: skip


def _rows(choices: list[IndicatorChoice], off: list[SchoolChoice], on: date) -> Iterable[SetRow]:
    decided: dict[str, list[IndicatorChoice]] = defaultdict(list)
    for choice in choices:
        decided[choice.indicator_id].append(choice)
    own = own_versions()
    for indicator in trust_indicators_from(own, on=on).values():
        if not indicator.in_return:
            continue
        versions, about = tuple(own.get(indicator.code, ())), decided[indicator.code]
        begins = versions[0].from_date if versions and versions[0].from_date > on else None
        now = next((choice for choice in reversed(about) if choice.from_date <= on), None)
        yield SetRow(
            indicator=indicator,
            is_asked=begins is None and is_indicator_asked(indicator, _choice(now) if now else None),
            now=now,
            later=tuple(choice for choice in about if choice.from_date > on),
            not_asked=tuple(_not_asked([choice for choice in off if choice.indicator_id == indicator.code], on)),
            versions=versions,
            begins=begins,
        )


def _not_asked(off: list[SchoolChoice], on: date) -> list[SchoolChoice]:
    by_school: dict[School, list[SchoolChoice]] = defaultdict(list)
    for choice in off:
        by_school[choice.school].append(choice)
    held = []
    for own in by_school.values():
        now = choices_in_force([_choice(choice) for choice in own], on).values()
        held += [choice for choice in own if not choice.is_asked and _choice(choice) in now]
    return sorted(held, key=lambda choice: choice.school.name)


def _choice(row: IndicatorChoice | SchoolChoice) -> DatedChoice:
    return DatedChoice(
        code=row.indicator_id,
        is_asked=row.is_asked,
        from_date=row.from_date,
        until_date=getattr(row, "until_date", None),
        chosen_at=row.chosen_at,
    )
