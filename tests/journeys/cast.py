"""Find the people of the demonstration that journeys follow."""

from demonstration.trust.story import DAYDREAM, GLASS, HIGH, NURSERY_RHYME, ONCE, STORYBOOK, TrustStory
from trusts.models import Role


def somebody(role: Role, school: int | None = None, trust: TrustStory = STORYBOOK) -> str:
    """Return the email address of the first person with a role, in ``school`` if that is given."""
    return next(
        person.email
        for person in trust.people
        for held, at in person.roles
        if held == role and (school is None or at == school)
    )


EXECUTIVE_DIRECTOR = somebody(Role.EXECUTIVE_DIRECTOR)
BOARD_MEMBER = somebody(Role.BOARD_MEMBER)
ADMINISTRATOR = somebody(Role.TRUST_ADMINISTRATOR)
LOCAL_GOVERNOR = somebody(Role.LOCAL_GOVERNOR, HIGH)
CONTRIBUTOR = somebody(Role.SCHOOL_CONTRIBUTOR, ONCE)
HEAD_OF_HIGH = somebody(Role.HEADTEACHER, HIGH)  # Submitted.
HEAD_OF_GLASS = somebody(Role.HEADTEACHER, GLASS)  # Sent back.
HEAD_OF_ONCE = somebody(Role.HEADTEACHER, ONCE)  # In progress.
HEAD_OF_DAYDREAM = somebody(Role.HEADTEACHER, DAYDREAM)  # Not started.
DIRECTOR_ELSEWHERE = somebody(Role.EXECUTIVE_DIRECTOR, trust=NURSERY_RHYME)
