"""What the demonstration's trusts set up: a line that a school is spared for a term, and a target before the Board."""

from datetime import datetime, timedelta

from dashboards.demo.story import SchoolStory
from kpis.actions.sets import choose_for_school
from kpis.actions.targets import Proposed, propose_targets
from kpis.models import Target, Term
from kpis.rules.proposing import Wanted
from schools.models import School
from trusts.models import User


def set_up(school: School, story: SchoolStory, term: Term, ed: User, at: datetime) -> None:
    """Set up what the story says of one school, before its return of the term is opened."""
    if story.spared:
        code, reason = story.spared
        choose_for_school(
            school=school, trust_id=term.trust_id, code=code, is_asked=False, from_date=term.starts_date,
            until_date=term.ends_date, reason=reason, by=ed, at=at - timedelta(days=30),
        )  # fmt: skip
    if story.asked_more:
        code, reason = story.asked_more
        held = Target.objects.get(school=school, indicator_id=code, school_year=term.school_year)
        # Better by one tolerance: absence is better the lower it is.
        wanted = Wanted(value=held.value - held.tolerance, upper=None, tolerance=held.tolerance)
        each = Proposed(school=school, code=code, school_year=term.school_year, wanted=wanted, reason=reason)
        propose_targets(trust_id=term.trust_id, proposed=[each], by=ed, at=at - timedelta(days=3))
