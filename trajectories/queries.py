"""What the engine is given about a school, and what it answered."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from kpis.catalogue import by_code, national_figures, nearest_national
from kpis.models import Recomputation
from kpis.queries.published import published
from kpis.rules.score import Figure
from schools.models import School
from trajectories.models import CapacityStatus, LineJudgement, PhaseProposal, Placement
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import percentile_of
from trajectories.rules.phase import VOICES, LineLevel, RubricLine, standard_rubric
from trajectories.rules.standing import COLUMNS, Standing
from trajectories.rules.voices import Feature, features_of, moves, next_phase, silence

PROGRESS_LIMITS = {"lower": "P8CILOW", "upper": "P8CIUPP"}
TERMS_IN_A_YEAR = 3


def results_for_engine(schools: Collection[School]) -> pd.DataFrame:
    """Return the published results of schools as the engine's standings take them, one row a figure and release.

    Columns ``urn, phase_of_education, measure, year, release, value, status``. The limits of Progress 8 become rows
    of their own, as they are in the published files. Predecessors' results stand under the school's own URN.
    """
    phases = {school.pk: school.phase for school in schools}
    frame = published(list(phases), measures=list(measures()))
    frame = frame[frame["pupil_group"] == "all"].rename(columns={"school_year": "year"})
    progress = frame[(frame["measure"] == "P8MEA") & (frame["status"] == "value")]
    limits = [
        known.assign(measure=code, value=known[column])
        for column, code in PROGRESS_LIMITS.items()
        for known in [progress.dropna(subset=[column])]
    ]
    whole = pd.concat([frame, *limits], ignore_index=True)
    return whole.assign(phase_of_education=whole["urn"].map(phases))[COLUMNS]


def features(school: School, standings: list[Standing], figures: dict[str, list[Figure]]) -> dict[str, float | None]:
    """Return the figures that the phase rubric reads, by feature name; None where there is none.

    ``band`` is the mean of the last two published years, ``sickness_days`` the sum of the last three terms, and
    ``suspensions_ratio`` the latest suspensions over the national rate of the same term and phase of education.
    """
    bands = [each.band for each in sorted(standings, key=lambda each: each.year) if each.band is not None]
    return {
        "band": sum(bands[-2:]) / len(bands[-2:]) if bands else None,
        "absence_percentile": _absence_percentile(school, figures.get("AB1", [])),
        "turnover": _latest(figures.get("STF3", [])),
        "sickness_days": _year_of_terms(figures.get("STF1", [])),
        "suspensions_ratio": _suspensions_ratio(school, figures.get("AB6", [])),
        "reserves_percent": _latest(figures.get("FIN2", [])),
    }


def judgements(school: School) -> dict[str, dict[str, LineLevel]]:
    """Return the latest judgement of each line of the rubric by voice (school, trust). One query."""
    return {
        line: {voice: LineLevel(phase=row.phase, voice=voice, reason=row.reason) for voice, row in voices.items()}
        for line, voices in latest_judgements(school).items()
    }


def latest_judgements(school: School) -> dict[str, dict[str, LineJudgement]]:
    """Return the newest row of each line and voice, with who judged. One query."""
    found: dict[str, dict[str, LineJudgement]] = {}
    rows = LineJudgement.objects.filter(school=school).select_related("judged_by")
    for row in rows.order_by("line", "voice", "-judged_at", "-pk").distinct("line", "voice"):
        found.setdefault(row.line, {})[row.voice] = row
    return found


def current(schools: Collection[School]) -> dict[int, dict[str, Any]]:
    """Return the latest ``placement``, ``phase`` and ``capacity`` row of each school by URN; None where there is none.

    Three queries, whatever the number of schools.
    """
    found: dict[int, dict[str, Any]] = {
        school.pk: {"placement": None, "phase": None, "capacity": None} for school in schools
    }
    for name, model in (("placement", Placement), ("phase", PhaseProposal), ("capacity", CapacityStatus)):
        newest = model._default_manager.filter(school__in=schools).order_by("school_id", "-pk").distinct("school_id")
        for row in newest:
            found[row.school_id][name] = row
    return found


@dataclass(frozen=True, kw_only=True)
class Voice:
    """What one voice says about a line, or in ``silence`` why it says nothing (or less than it could)."""

    code: str  # data, school or trust
    phase: str = ""
    reason: str = ""
    silence: str = ""
    who: str = ""
    at: datetime | None = None
    counts: bool = False


@dataclass(frozen=True, kw_only=True)
class JudgedLine:
    """One line of the rubric for one school: its voices side by side and what each phase looks like."""

    line: RubricLine
    data: Voice
    school: Voice
    trust: Voice
    features: tuple[Feature, ...]
    holds_back: bool

    @property
    def counting(self) -> Voice | None:
        """The voice that counts; None where nobody has judged the line and no figure speaks."""
        return next((each for each in (self.data, self.school, self.trust) if each.counts), None)

    @property
    def feature(self) -> Feature | None:
        """What can be observed at the phase that counts."""
        return next((each for each in self.features if self.counting and each.phase == self.counting.phase), None)


@dataclass(frozen=True, kw_only=True)
class PhaseEvent:
    """One time the proposal, or a line's level under it, changed."""

    proposal: PhaseProposal
    was: str | None  # The phase before; None at the first proposal.
    moved: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PhasePage:
    """What a school's phase page shows. ``proposal`` is None when it was never worked out."""

    proposal: PhaseProposal | None
    since: datetime | None
    target: str  # The phase that the lines of ``holding_back`` hold the school back from.
    lines: tuple[JudgedLine, ...]
    missing: tuple[RubricLine, ...]
    events: tuple[PhaseEvent, ...]  # Newest first.
    is_recomputing: bool

    @property
    def holding_back(self) -> list[RubricLine]:
        """The lines behind the next phase."""
        return [each.line for each in self.lines if each.holds_back]


def phase_page(school: School) -> PhasePage:
    """Return the proposed phase of a school with its reasons, its nine lines and its history. Three queries.

    What the data suggests is as it was when the phase was worked out last; judgements are as they are now.
    """
    rubric = standard_rubric()
    rows = list(PhaseProposal.objects.filter(school=school).order_by("pk"))
    last = rows[-1] if rows else None
    judged, suggested = latest_judgements(school), last.inputs.get("suggested", {}) if last else {}
    behind = last.held_back_by if last else []
    return PhasePage(
        proposal=last,
        since=_since(rows),
        target=next_phase(last.phase, rubric) if last and last.phase else "",
        lines=tuple(
            _judged_line(each, suggested.get(each.code), judged.get(each.code, {}), each.code in behind)
            for each in rubric.lines
        ),
        missing=tuple(each for each in rubric.lines if last and each.code in last.inputs["missing"]),
        events=_events(rows),
        is_recomputing=Recomputation.objects.stale().filter(school=school).exists(),
    )


def line_page(school: School, code: str) -> tuple[JudgedLine, list[LineJudgement]]:
    """Return one line of a school with its voices, and the judgements before those, newest first. Two queries.

    Raises:
        ValueError: the rubric has no such line.
    """
    line = standard_rubric().line(code)
    last = PhaseProposal.objects.filter(school=school).order_by("-pk").first()
    rows = LineJudgement.objects.filter(school=school, line=code).select_related("judged_by")
    every = list(rows.order_by("-judged_at", "-pk"))
    newest = {row.voice: row for row in reversed(every)}
    suggested = last.inputs.get("suggested", {}).get(code) if last else None
    earlier = [row for row in every if row is not newest[row.voice]]
    return _judged_line(line, suggested, newest, bool(last and code in last.held_back_by)), earlier


def _judged_line(
    line: RubricLine, suggested: dict[str, str] | None, judged: dict[str, LineJudgement], holds_back: bool
) -> JudgedLine:
    rubric = standard_rubric()
    heard = set(judged) | ({"data"} if suggested else set())
    counting = next((voice for voice in VOICES if voice in heard), None)
    said = suggested or {"phase": "", "reason": ""}
    quiet = silence(line.code, said["reason"], rubric)
    return JudgedLine(
        line=line,
        data=Voice(code="data", phase=said["phase"], reason=said["reason"], silence=quiet, counts=counting == "data"),
        school=_voice("school", judged.get("school"), counting),
        trust=_voice("trust", judged.get("trust"), counting),
        features=features_of(line, rubric),
        holds_back=holds_back,
    )


def _voice(code: str, row: LineJudgement | None, counting: str | None) -> Voice:
    if row is None:
        return Voice(
            code=code, silence="Not judged by the school" if code == "school" else "Not moderated by the trust"
        )
    return Voice(
        code=code, phase=row.phase, reason=row.reason, who=row.judged_by.name, at=row.judged_at, counts=code == counting
    )


def _since(rows: list[PhaseProposal]) -> datetime | None:
    """Return when the present phase was first proposed without a break."""
    since = None
    for row in reversed(rows):
        if row.phase != rows[-1].phase:
            break
        since = row.computed_at
    return since


def _events(rows: list[PhaseProposal]) -> tuple[PhaseEvent, ...]:
    """Return what changed, newest first, without the times when only the wording of a reason did."""
    rubric, found = standard_rubric(), []
    for before, row in zip([None, *rows], rows, strict=False):
        moved = moves(before.inputs["levels"], row.inputs["levels"], rubric) if before else ()
        if before is None or moved or before.phase != row.phase:
            found.append(PhaseEvent(proposal=row, was=before.phase if before else None, moved=moved))
    return tuple(reversed(found))


def _known(figures: list[Figure]) -> list[Figure]:
    return sorted((each for each in figures if each.value is not None), key=lambda each: each.period.order)


def _latest(figures: list[Figure]) -> float | None:
    known = _known(figures)
    return float(known[-1].value or 0) if known else None


def _suspensions_ratio(school: School, figures: list[Figure]) -> float | None:
    """Hold the latest figure that has a national one of its own term and phase of education against it."""
    for each in reversed(_known(figures)):
        term = each.period.term.value if each.period.term else ""
        national = nearest_national(
            national_figures(),
            by_code()["AB6"],
            phase=school.phase,
            school_year=each.period.school_year,
            term=term,
        )
        if national is not None and national.phase == school.phase and national.term == term and national.value:
            return float((each.value or 0) / national.value)
    return None


def _year_of_terms(figures: list[Figure]) -> float | None:
    terms = [each for each in _known(figures) if each.period.term]
    if len(terms) < TERMS_IN_A_YEAR:
        return None
    return float(sum(each.value or 0 for each in terms[-TERMS_IN_A_YEAR:]))


def _absence_percentile(school: School, figures: list[Figure]) -> float | None:
    """Return the national percentile of the latest whole year of absence: published, else three terms in a row."""
    known = _known(figures)
    years = [each for each in known if not each.period.term]
    terms = [each for each in known if each.period.term]
    if terms and len(terms) >= TERMS_IN_A_YEAR and (not years or terms[-1].period.order > years[-1].period.order):
        last = terms[-TERMS_IN_A_YEAR:]
        value = float(sum(each.value or 0 for each in last)) / TERMS_IN_A_YEAR
        return percentile_of("PERCTOT", school.phase, last[-1].period.school_year, "final", value)
    if not years:
        return None
    return percentile_of("PERCTOT", school.phase, years[-1].period.school_year, "final", float(years[-1].value or 0))
