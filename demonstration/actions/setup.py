"""Load what the trusts set up: their own indicator, the contributors' areas, a line that one school is not asked for,
and a proposed target.
"""

from datetime import datetime, time, timedelta

from django.utils import timezone

from demonstration.trust.story import SchoolStory, TrustStory
from kpis.actions.indicator_set import choose_for_school
from kpis.actions.own_indicators import OwnIndicatorChange, add_own_indicator
from kpis.actions.targets import ProposedTarget, propose_targets
from kpis.models import Target
from kpis.rules.typed_targets import TypedTarget
from returns.actions.contributors import set_default_areas
from schools.models import School, Term
from tables.dates import day_in_words
from trusts.models import Trust, User


def set_up_trust(trust: Trust, story: TrustStory, last: Term, now: Term, schools: list[School], ed: User) -> None:
    """Set up the trust's own indicator, its targets and the contributors' areas, before last term's returns open."""
    at = noon_of(last)
    set_default_areas(trust_id=trust.pk, areas=[area.value for area in story.default_areas], by=ed, at=at)
    if story.own is None:
        return
    change = OwnIndicatorChange(wording=story.own.wording, from_date=last.starts_date, reason=story.own.reason)
    code = add_own_indicator(trust=trust, change=change, by=ed, at=at, on=last.starts_date)
    Target.objects.bulk_create(
        Target(
            trust=trust, school=school, indicator_id=code, school_year=year, value=story.own.target,
            tolerance=story.own.wording.tolerance, provenance=f"set by the Board, {day_in_words(last.starts_date)}",
        )
        for school in schools
        if school.phase in story.own.wording.phases
        for year in sorted({last.school_year, now.school_year})
    )  # fmt: skip


def noon_of(term: Term) -> datetime:
    """Return noon on a term's first day."""
    return timezone.make_aware(datetime.combine(term.starts_date, time(12)))


def set_up_school(school: School, story: SchoolStory, term: Term, ed: User, at: datetime) -> None:
    """Set up what the story says about one school, before its return for the term opens."""
    if story.not_asked_for:
        code, reason = story.not_asked_for
        choose_for_school(
            school=school, trust_id=term.trust_id, code=code, is_asked=False, from_date=term.starts_date,
            until_date=term.ends_date, reason=reason, by=ed, at=at - timedelta(days=30),
        )  # fmt: skip
    if story.asked_more:
        code, reason = story.asked_more
        held = Target.objects.get(school=school, indicator_id=code, school_year=term.school_year)
        # Better by one tolerance. Lower absence is better.
        target = TypedTarget(value=held.value - held.tolerance, upper=None, tolerance=held.tolerance)
        proposal = ProposedTarget(school=school, code=code, school_year=term.school_year, target=target, reason=reason)
        propose_targets(trust_id=term.trust_id, proposed=[proposal], by=ed, at=at - timedelta(days=3))
