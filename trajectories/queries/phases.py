"""A school's improvement phase as its pages show it: the lines with their voices, and how it came about."""

from dataclasses import dataclass
from datetime import datetime

from kpis.models import Recomputation
from schools.models import School
from trajectories.models import LineJudgement, PhaseDecision, PhaseProposal
from trajectories.queries.engine_inputs import latest_judgements
from trajectories.queries.latest_answers import phase_that_counts
from trajectories.rules.in_force import PhaseInForce
from trajectories.rules.phase import VOICES
from trajectories.rules.rubric import RubricLine, standard_rubric
from trajectories.rules.rubric_voices import RubricFeature, features_of, moved_lines, next_phase, why_data_is_silent


@dataclass(frozen=True, kw_only=True)
class LineVoice:
    """What one voice says about a line. ``why_data_is_silent`` says why it says nothing, or less than it could."""

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
    data: LineVoice
    school: LineVoice
    trust: LineVoice
    features: tuple[RubricFeature, ...]
    holds_back: bool

    @property
    def counting(self) -> LineVoice | None:
        """The voice that counts, or None where nobody has judged the line and no figure covers it."""
        return next((voice for voice in (self.data, self.school, self.trust) if voice.counts), None)

    @property
    def feature(self) -> RubricFeature | None:
        """What can be observed at the phase that counts."""
        return next((row for row in self.features if self.counting and row.phase == self.counting.phase), None)


@dataclass(frozen=True, kw_only=True)
class PhaseEvent:
    """One change of the proposal, or of a line's level within it."""

    proposal: PhaseProposal
    was: str | None  # The phase before; None at the first proposal.
    moved: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PhasePage:
    """What a school's phase page shows. ``proposal`` is None if it was never calculated."""

    proposal: PhaseProposal | None
    decisions: tuple[PhaseDecision, ...]  # Newest first; the first of them counts.
    in_force: PhaseInForce
    since: datetime | None
    target: str  # The phase that the lines of ``holding_back`` hold the school back from.
    lines: tuple[JudgedLine, ...]
    missing: tuple[RubricLine, ...]
    events: tuple[PhaseEvent, ...]  # Newest first.
    is_recomputing: bool

    @property
    def holding_back(self) -> list[RubricLine]:
        """The lines that have not reached the next phase."""
        return [judged.line for judged in self.lines if judged.holds_back]

    @property
    def decision(self) -> PhaseDecision | None:
        """The decision that counts, or None where nobody has decided and the proposal counts."""
        return self.decisions[0] if self.decisions else None


def phase_page(school: School) -> PhasePage:
    """Return a school's phase as proposed and decided, with reasons, its nine lines and its history. Four queries.

    What the data suggests is from the last calculation of the phase. Judgements are as they are now.
    """
    rubric = standard_rubric()
    rows = list(PhaseProposal.objects.filter(school=school).order_by("pk"))
    last = rows[-1] if rows else None
    judged, suggested = latest_judgements(school), last.inputs.get("suggested", {}) if last else {}
    behind = last.held_back_by if last else []
    decisions = phase_decisions(school)
    return PhasePage(
        proposal=last,
        decisions=tuple(decisions),
        in_force=phase_that_counts(last, decisions[0] if decisions else None),
        since=_since(rows),
        target=next_phase(last.phase, rubric) if last and last.phase else "",
        lines=tuple(
            _judged_line(line, suggested.get(line.code), judged.get(line.code, {}), line.code in behind)
            for line in rubric.lines
        ),
        missing=tuple(line for line in rubric.lines if last and line.code in last.inputs["missing"]),
        events=_events(rows),
        is_recomputing=Recomputation.objects.stale().filter(school=school).exists(),
    )


def phase_decisions(school: School) -> list[PhaseDecision]:
    """Return the decisions on a school's phase, newest first, with the people who decided. One query."""
    decided = PhaseDecision.objects.filter(school=school).select_related("decided_by")
    return list(decided.order_by("-decided_at", "-pk"))


def line_page(school: School, code: str) -> tuple[JudgedLine, list[LineJudgement]]:
    """Return one line of a school with its voices, and the earlier judgements, newest first. Two queries.

    Raises:
        ValueError: the rubric has no such line.
    """
    line = standard_rubric().line(code)
    last = PhaseProposal.objects.filter(school=school).order_by("-pk").first()
    rows = LineJudgement.objects.filter(school=school, line=code).select_related("judged_by")
    judgements = list(rows.order_by("-judged_at", "-pk"))
    newest = {row.voice: row for row in reversed(judgements)}
    suggested = last.inputs.get("suggested", {}).get(code) if last else None
    earlier = [row for row in judgements if row is not newest[row.voice]]
    return _judged_line(line, suggested, newest, bool(last and code in last.held_back_by)), earlier


def _judged_line(
    line: RubricLine, suggested: dict[str, str] | None, judged: dict[str, LineJudgement], holds_back: bool
) -> JudgedLine:
    rubric = standard_rubric()
    heard = set(judged) | ({"data"} if suggested else set())
    counting = next((voice for voice in VOICES if voice in heard), None)
    suggestion = suggested or {"phase": "", "reason": ""}
    quiet = why_data_is_silent(line.code, suggestion["reason"], rubric)
    return JudgedLine(
        line=line,
        data=LineVoice(
            code="data",
            phase=suggestion["phase"],
            reason=suggestion["reason"],
            silence=quiet,
            counts=counting == "data",
        ),
        school=_voice("school", judged.get("school"), counting),
        trust=_voice("trust", judged.get("trust"), counting),
        features=features_of(line, rubric),
        holds_back=holds_back,
    )


def _voice(code: str, row: LineJudgement | None, counting: str | None) -> LineVoice:
    if row is None:
        return LineVoice(
            code=code, silence="Not judged by the school" if code == "school" else "Not moderated by the trust"
        )
    return LineVoice(
        code=code, phase=row.phase, reason=row.reason, who=row.judged_by.name, at=row.judged_at, counts=code == counting
    )


def _since(rows: list[PhaseProposal]) -> datetime | None:
    """Return when the present phase was first proposed, without a break since then."""
    since = None
    for row in reversed(rows):
        if row.phase != rows[-1].phase:
            break
        since = row.computed_at
    return since


def _events(rows: list[PhaseProposal]) -> tuple[PhaseEvent, ...]:
    """Return what changed, newest first, leaving out the times when only the wording of a reason changed."""
    rubric, events = standard_rubric(), []
    for before, row in zip([None, *rows], rows, strict=False):
        moved = moved_lines(before.inputs["levels"], row.inputs["levels"], rubric) if before else ()
        if before is None or moved or before.phase != row.phase:
            events.append(PhaseEvent(proposal=row, was=before.phase if before else None, moved=moved))
    return tuple(reversed(events))
