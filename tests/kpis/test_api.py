"""The API has the same access checks as the pages. Each test tries one way past them."""

import pytest

from kpis.api import ObservationViewSet, ScoreLineViewSet
from kpis.models import ScoreLine
from tests.factories import IndicatorFactory, ObservationFactory, SchoolFactory
from trusts.api import TrustScoped
from trusts.models import Role


@pytest.fixture
def observations_url(trust):
    return f"/api/trusts/{trust.pk}/observations/"


@pytest.fixture
def two_schools(trust, school, in_scope):
    with in_scope(trust):
        return ObservationFactory(school=school), ObservationFactory(school=SchoolFactory(trust=trust))


@pytest.mark.parametrize("viewset", [ObservationViewSet, ScoreLineViewSet])
def test_every_viewset_is_scoped_and_read_only(viewset):
    assert issubclass(viewset, TrustScoped)
    assert {"create", "update", "destroy"}.isdisjoint(dir(viewset))


def test_board_member_reads_every_school(client, as_role, trust, two_schools, observations_url):
    as_role(Role.BOARD_MEMBER, trust)

    assert client.get(observations_url).json()["count"] == 2


def test_local_governor_reads_only_their_school(client, as_role, trust, school, two_schools, observations_url):
    as_role(Role.LOCAL_GOVERNOR, trust, school)

    (row,) = client.get(observations_url).json()["results"]

    assert row["school"] == school.pk


def test_figure_has_its_version(client, as_role, trust, two_schools, observations_url, in_scope):
    first, _ = two_schools
    with in_scope(trust):
        first.value, first.version, first.reason = 7, 2, "A class was left out"
        first.save()
    as_role(Role.BOARD_MEMBER, trust)

    found = {row["school"]: row["version"] for row in client.get(observations_url).json()["results"]}

    assert found == {first.school_id: 2, two_schools[1].school_id: 1}


def test_filters_narrow_the_list(client, as_role, trust, school, two_schools, observations_url):
    as_role(Role.BOARD_MEMBER, trust)

    assert client.get(observations_url, {"school": school.pk}).json()["count"] == 1
    assert client.get(observations_url, {"school_year": 1999}).json()["count"] == 0


@pytest.fixture
def few(trust, school, in_scope):
    """Two pupils excluded this autumn and nine the autumn before, and the score line for these figures."""
    with in_scope(trust):
        now = {"school": school, "indicator": IndicatorFactory(code="AB11"), "season": 1, "denominator": None}
        ObservationFactory(**now, school_year=2025, value=9)
        ObservationFactory(**now, school_year=2026, value=2)
        return ScoreLine.objects.create(
            trust=trust, school=school, indicator_id="AB11", school_year=2026, season=1, value=2, status="value",
            rating="no_target", reason="2; no target is set", movement="better", movement_text="7 better than autumn",
        )  # fmt: skip


def test_small_figures_are_hidden_outside_the_school(client, as_role, trust, few, observations_url):
    as_role(Role.BOARD_MEMBER, trust)

    before, now = client.get(observations_url).json()["results"]
    [line] = client.get(f"/api/trusts/{trust.pk}/score-lines/").json()["results"]
    alone = client.get(f"/api/trusts/{trust.pk}/score-lines/{few.pk}/").json()

    assert (before["value"], before["status"]) == ("9.0000", "value")
    assert (now["value"], now["status"]) == (None, "too_few_pupils")
    assert line == alone
    assert (line["value"], line["status"], line["movement_text"]) == (None, "too_few_pupils", "Hidden")
    assert "2" not in line["reason"]


def test_movement_from_a_small_figure_is_hidden(client, as_role, trust, few, in_scope):
    with in_scope(trust):
        ScoreLine.objects.filter(pk=few.pk).update(school_year=2027, value=9, movement_text="7 worse than autumn")
    as_role(Role.BOARD_MEMBER, trust)

    [line] = client.get(f"/api/trusts/{trust.pk}/score-lines/").json()["results"]

    assert (line["value"], line["movement"], line["movement_text"]) == ("9.0000", "not_comparable", "Hidden")


def test_school_sees_its_small_figures(client, as_role, trust, school, few, observations_url):
    as_role(Role.HEADTEACHER, trust, school)

    _, now = client.get(observations_url).json()["results"]
    [line] = client.get(f"/api/trusts/{trust.pk}/score-lines/").json()["results"]

    assert (now["value"], line["value"]) == ("2.0000", "2.0000")
    assert line["movement_text"] == "7 better than autumn"


def test_responses_are_not_cached(client, as_role, trust, observations_url):
    as_role(Role.BOARD_MEMBER, trust)

    assert "no-store" in client.get(observations_url).headers["Cache-Control"]


def test_people_of_another_trust_find_nothing(client, as_role, other_trust, two_schools, observations_url):
    as_role(Role.EXECUTIVE_DIRECTOR, other_trust)

    assert client.get(observations_url).status_code == 404


def test_role_without_permission_is_refused(client, as_role, trust, two_schools, observations_url):
    as_role(Role.TRUST_ADMINISTRATOR, trust)

    assert client.get(observations_url).status_code == 403


def test_signed_out_visitor_is_refused(client, two_schools, observations_url):
    assert client.get(observations_url).status_code == 403


def test_list_takes_as_many_queries_for_two_rows_as_for_one(
    client, as_role, trust, school, in_scope, observations_url, django_assert_num_queries, django_assert_max_num_queries
):
    as_role(Role.BOARD_MEMBER, trust)
    with in_scope(trust):
        ObservationFactory(school=school)
    # Session, user, own scope (2), memberships, the trust's scope (1), count, rows, savepoints of the request.
    with django_assert_max_num_queries(10) as first:
        client.get(observations_url)
    with in_scope(trust):
        ObservationFactory(school=SchoolFactory(trust=trust))
    with django_assert_num_queries(len(first)):
        client.get(observations_url)
