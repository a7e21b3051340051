"""Units of schools: how each is judged, the phase that follows, and its phase at the end of earlier terms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import pandas as pd
from django.utils import timezone

from schools.models import School, Term
from trajectories.models import Unit, UnitJudgement, UnitPhase
from trajectories.rules.areas import CapacityArea, areas
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import NationalTables, percentile_of
from trajectories.rules.phase import LineLevel
from trajectories.rules.rubric import RubricLine
from trajectories.rules.units import suggest_unit, unit_rubric

RELEASES = ("provisional", "revised", "final")
EARLIER_TERMS = 3  # Shown next to the present phase on the heat map, so that the map covers a year.


@dataclass(frozen=True, kw_only=True)
class UnitCell:
    """The phase of a unit at one time; ``known`` is false where nothing had been calculated yet."""

    when: str
    phase: str
    known: bool


@dataclass(frozen=True, kw_only=True)
class UnitRow:
    """One unit on the heat map: its phase now, why, since when, and its phases in earlier terms, newest first."""

    unit: Unit
    answer: UnitPhase | None
    since: date | None
    cells: tuple[UnitCell, ...]

    @property
    def phase(self) -> str:
        return self.answer.phase if self.answer else ""

    @property
    def reason(self) -> str:
        return self.answer.reason if self.answer else "Not calculated yet."

    @property
    def area(self) -> CapacityArea | None:
        return areas().get(self.unit.area)


@dataclass(frozen=True, kw_only=True)
class UnitVoice:
    """What one voice says about one line of a unit. The phase is empty where it has said nothing."""

    code: str  # data, school or trust
    phase: str
    says: str
    counts: bool
    who: str = ""
    on: date | None = None


@dataclass(frozen=True, kw_only=True)
class UnitLine:
    """One line of a unit's rubric with its three voices."""

    line: RubricLine
    voices: tuple[UnitVoice, ...]

    @property
    def data(self) -> UnitVoice:
        return self.voices[0]

    @property
    def phase(self) -> str:
        return next((voice.phase for voice in self.voices if voice.counts), "")

    @property
    def feature(self) -> str:
        return self.line.feature(self.phase) if self.phase else ""


@dataclass(frozen=True, kw_only=True)
class UnitPage:
    """What the page of one unit shows."""

    row: UnitRow
    lines: tuple[UnitLine, ...]
    judgements: tuple[UnitJudgement, ...]  # Newest first.
    steps: tuple[tuple[str, UnitPhase], ...]  # Each change of phase with the phase before, newest first.


def judgements_heard(judgements: Iterable[UnitJudgement]) -> dict[int, dict[str, dict[str, UnitJudgement]]]:
    """Return the judgement that counts by unit, voice and line: the newest in which that voice judged that line."""
    newest: dict[int, dict[str, dict[str, UnitJudgement]]] = {}
    for row in sorted(judgements, key=lambda row: (row.judged_at, row.pk)):
        by_line = newest.setdefault(row.unit_id, {}).setdefault(row.voice, {})
        for line in row.levels:
            by_line[line] = row
    return newest


def levels_by_voice(judged: Mapping[str, Mapping[str, UnitJudgement]]) -> dict[str, dict[str, LineLevel]]:
    """Turn the judgements that count for one unit, by voice and line, into levels by voice and line."""
    return {
        voice: {line: LineLevel(phase=row.levels[line], voice=voice, reason=row.reason) for line, row in lines.items()}
        for voice, lines in judged.items()
    }


def published_progress(
    unit: Unit, school: School, results: pd.DataFrame, tables: NationalTables | None = None
) -> dict[str, LineLevel]:
    """Return what the latest published progress suggests for a subject, by line. Empty where none is published.

    ``results`` are the school's published results in the shape that standings take (queries.engine).
    """
    area = areas().get(unit.area)
    if area is None or not area.measures or unit.kind != Unit.Kind.SUBJECT:
        return {}
    held = results[(results["status"] == "value") & results["measure"].isin(area.measures)]
    if held.empty:
        return {}
    year = int(held["year"].max())
    of_year = held[held["year"] == year].to_dict("records")
    percentiles = {
        measures()[row["measure"]].name: percentile_of(
            row["measure"], school.phase, year, row["release"], float(row["value"]), tables
        )
        for row in sorted(of_year, key=lambda row: RELEASES.index(row["release"]))  # The newest release wins.
    }
    return suggest_unit(percentiles, year=year)


def unit_rows(school: School, *, on: date) -> list[UnitRow]:
    """Return a school's open units with their phases now and at the end of earlier terms. Three queries."""
    units = list(Unit.objects.filter(school=school).open().by_kind())
    return _rows(units, list(UnitPhase.objects.filter(school=school).order_by("pk")), terms_before(on))


def closed_units(school: School) -> list[Unit]:
    """Return a school's closed units, latest first, with the people who closed them. One query."""
    closed = Unit.objects.filter(school=school, closed_at__isnull=False).select_related("closed_by")
    return list(closed.order_by("-closed_at", "-pk"))


def unit_page(unit: Unit, *, on: date) -> UnitPage:
    """Return one unit's page. Three queries."""
    answers = list(UnitPhase.objects.filter(unit=unit).order_by("pk"))
    judged = UnitJudgement.objects.filter(unit=unit).select_related("judged_by").order_by("-judged_at", "-pk")
    (row,) = _rows([unit], answers, terms_before(on))
    changed = [(before.phase, after) for before, after in pairwise(answers) if before.phase != after.phase]
    first = [("", answers[0])] if answers else []
    judgements = tuple(judged)
    return UnitPage(
        row=row,
        lines=_lines(row.answer, judgements_heard(judgements).get(unit.pk, {})),
        judgements=judgements,
        steps=tuple(reversed(first + changed)),
    )


def terms_before(on: date) -> list[Term]:
    """Return the terms before the present one that heat maps show, newest first. One query."""
    return list(Term.objects.filter(ends_date__lt=on).newest_first()[:EARLIER_TERMS])


def _rows(units: Iterable[Unit], answers: Iterable[UnitPhase], terms: list[Term]) -> list[UnitRow]:
    by_unit: dict[int, list[UnitPhase]] = {}
    for answer in answers:
        by_unit.setdefault(answer.unit_id, []).append(answer)
    return [_row(unit, by_unit.get(unit.pk, []), terms) for unit in units]


def _row(unit: Unit, answers: list[UnitPhase], terms: list[Term]) -> UnitRow:
    since: datetime | None = None
    phase = None
    for answer in answers:
        if answer.phase != phase:
            phase, since = answer.phase, answer.computed_at
    return UnitRow(
        unit=unit,
        answer=answers[-1] if answers else None,
        since=timezone.localdate(since) if since else None,
        cells=tuple(_cell(term, answers) for term in terms),
    )


def _cell(term: Term, answers: list[UnitPhase]) -> UnitCell:
    then = [answer for answer in answers if timezone.localdate(answer.computed_at) <= term.ends_date]
    return UnitCell(when=str(term), phase=then[-1].phase if then else "", known=bool(then))


def _lines(answer: UnitPhase | None, judged: Mapping[str, Mapping[str, UnitJudgement]]) -> tuple[UnitLine, ...]:
    suggested: dict[str, Any] = answer.inputs.get("suggested", {}) if answer else {}
    lines = []
    for line in unit_rubric().lines:
        data = suggested.get(line.code, {})
        rows = {voice: judged.get(voice, {}).get(line.code) for voice in ("school", "trust")}
        counting = next((voice for voice in ("trust", "school") if rows[voice]), "data" if data else "")
        voices = [
            UnitVoice(code="data", phase=data.get("phase", ""), says=data.get("reason", ""), counts=counting == "data")
        ]
        voices += [_voice(voice, line.code, row, counting) for voice, row in rows.items()]
        lines.append(UnitLine(line=line, voices=tuple(voices)))
    return tuple(lines)


def _voice(voice: str, line: str, row: UnitJudgement | None, counting: str) -> UnitVoice:
    if row is None:
        return UnitVoice(code=voice, phase="", says="", counts=False)
    return UnitVoice(
        code=voice,
        phase=row.levels[line],
        says=row.reason,
        counts=voice == counting,
        who=row.judged_by.name,
        on=timezone.localdate(row.judged_at),
    )
