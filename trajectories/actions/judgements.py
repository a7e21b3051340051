"""Save what people judge. Earlier judgements stay as they are."""

from datetime import datetime

from django.db import transaction

from kpis.actions.recomputation import want_recomputation
from schools.models import School
from trajectories.models import LineJudgement, PhaseDecision, PhaseProposal
from trajectories.queries.own_school import refuse_own_school
from trajectories.rules.rubric import standard_rubric
from trusts.models import User


@transaction.atomic
def judge_line(
    *,
    trust_id: int,
    school: School,
    line: str,
    voice: LineJudgement.Voice,
    phase: str,
    reason: str,
    by: User,
    at: datetime,
) -> LineJudgement:
    """Save the phase that the school or the trust judges a line to be in, and mark the school for recomputing.

    Earlier judgements stay as they are. The newest one of each voice counts.

    Raises:
        OwnDecision: the person is a headteacher of the school and would judge it for the trust.
        ValueError: the rubric has no such line or phase, or the reason is empty.
    """
    if voice == LineJudgement.Voice.TRUST:
        refuse_own_school(trust_id=trust_id, school_id=school.pk, by=by, at=at)
    rubric = standard_rubric()
    rubric.line(line)
    if phase not in rubric.phases:
        raise ValueError(f"{phase!r} is not a phase")
    if not (reason := reason.strip()):
        raise ValueError("a judgement needs a reason")
    judgement = LineJudgement.objects.create(
        trust_id=trust_id, school=school, line=line, voice=voice, phase=phase, reason=reason, judged_by=by, judged_at=at
    )
    want_recomputation(school=school, trust_id=trust_id, at=at)
    return judgement


@transaction.atomic
def decide_phase(*, trust_id: int, school: School, phase: str, reason: str, by: User, at: datetime) -> PhaseDecision:
    """Confirm the phase that the rule proposes now, or decide on another one with a reason.

    The school is marked for recomputing. The proposal is kept with the decision, and earlier decisions stay.

    Raises:
        OwnDecision: the person is a headteacher of the school.
        ValueError: the phase is not known, or it is not the proposed one and the reason is empty.
    """
    refuse_own_school(trust_id=trust_id, school_id=school.pk, by=by, at=at)
    if phase not in standard_rubric().phases:
        raise ValueError(f"{phase!r} is not a phase")
    last = PhaseProposal.objects.filter(school=school).order_by("-pk").first()
    proposed = last.phase if last else ""
    if not (reason := reason.strip()) and phase != proposed:
        raise ValueError("deciding on a phase other than the proposed one needs a reason")
    decision = PhaseDecision.objects.create(
        trust_id=trust_id, school=school, phase=phase, proposed=proposed, reason=reason, decided_by=by, decided_at=at
    )
    want_recomputation(school=school, trust_id=trust_id, at=at)
    return decision
