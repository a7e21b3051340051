"""Test what each combination of roles may do and see."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from kpis.models import Observation
from tests.factories import MembershipFactory, ObservationFactory, SchoolFactory, UserFactory
from trusts import tenancy
from trusts.models import SCHOOL_ROLES, Role
from trusts.permissions import GRANTS, Permission, enter_for

SCHOOL_DATA = {Permission.VIEW_BOARD, Permission.VIEW_DESK, Permission.VIEW_SCHOOL, Permission.VIEW_RETURNS}


@pytest.fixture
def enter(rf, trust):
    """Check a permission as a person with these roles, each with its school."""

    def through(permission: Permission, *roles, to=trust):
        request = rf.get("/")
        request.user = UserFactory()
        with tenancy.scope([trust.pk], actor="test"):
            for role, school in roles:
                MembershipFactory(trust=trust, user=request.user, role=role, school_id=school and school.pk)
        return enter_for(request, to.pk, permission)

    return through


@pytest.fixture
def three_schools(trust, in_scope):
    schools = [SchoolFactory(trust=trust) for _ in range(3)]
    with in_scope(trust):
        for school in schools:
            ObservationFactory(school=school)
    return schools


def seen() -> set[int]:
    return set(Observation.objects.values_list("school_id", flat=True))


def test_school_roles_show_their_own_schools_only(enter, three_schools):
    first, second, third = three_schools

    access = enter(Permission.VIEW_SCHOOL, (Role.HEADTEACHER, first), (Role.LOCAL_GOVERNOR, second))

    assert seen() == {first.pk, second.pk}
    assert access.own_schools() == tuple(sorted([first.pk, second.pk]))
    assert access.can(Permission.VIEW_SCHOOL, first.pk)
    assert not access.can(Permission.VIEW_SCHOOL, third.pk)


def test_permission_covers_only_the_school_of_the_role_that_grants_it(enter, three_schools):
    first, second, _ = three_schools

    access = enter(Permission.SUBMIT_RETURN, (Role.HEADTEACHER, first), (Role.LOCAL_GOVERNOR, second))

    assert seen() == {first.pk}  # As a governor of the second school they cannot submit there.
    assert not access.can(Permission.SUBMIT_RETURN, second.pk)


def test_trust_role_shows_every_school(enter, three_schools):
    access = enter(Permission.VIEW_SCHOOL, (Role.HEADTEACHER, three_schools[0]), (Role.BOARD_MEMBER, None))

    assert seen() == {school.pk for school in three_schools}
    assert access.schools_for(Permission.VIEW_SCHOOL) is tenancy.ALL_SCHOOLS


def test_trust_role_does_not_widen_what_a_school_role_grants(enter, three_schools):
    first = three_schools[0]

    enter(Permission.ENTER_RETURN, (Role.HEADTEACHER, first), (Role.BOARD_MEMBER, None))

    assert seen() == {first.pk}


def test_weak_role_is_refused_and_no_role_is_not_found(enter, trust, other_trust, school):
    with pytest.raises(PermissionDenied):
        enter(Permission.MANAGE_PEOPLE, (Role.HEADTEACHER, school))
    with pytest.raises(Http404):
        enter(Permission.VIEW_TRUST)
    with pytest.raises(Http404):
        enter(Permission.VIEW_TRUST, (Role.EXECUTIVE_DIRECTOR, None), to=other_trust)


def test_trust_that_stopped_using_sightline_is_not_found(enter, trust):
    trust.is_tenant = False
    trust.save()

    with pytest.raises(Http404):
        enter(Permission.VIEW_TRUST, (Role.EXECUTIVE_DIRECTOR, None))


def test_managing_people_does_not_show_schools_figures():
    assert not GRANTS[Role.TRUST_ADMINISTRATOR] & SCHOOL_DATA


def test_every_role_has_grants_and_every_permission_is_granted():
    assert set(GRANTS) == set(Role)
    assert set(Permission) == set().union(*GRANTS.values())


def test_board_and_partners_cannot_change_a_return():
    writing = {
        Permission.ENTER_RETURN,
        Permission.SUBMIT_RETURN,
        Permission.MODERATE_RETURN,
        Permission.PREPARE_PANEL,
        Permission.MANAGE_PEOPLE,
    }
    readers = (Role.BOARD_MEMBER, Role.IMPROVEMENT_PARTNER, Role.LOCAL_GOVERNOR, Role.EXTERNAL_REVIEWER)

    for role in readers:
        assert not GRANTS[role] & writing, role
    for role in SCHOOL_ROLES:
        assert not GRANTS[role] & {Permission.VIEW_BOARD, Permission.VIEW_DESK, Permission.MODERATE_RETURN}, role
