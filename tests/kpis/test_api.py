"""The API has the same access checks as the pages. Each test tries one way past them."""

import pytest

from kpis.api import ObservationViewSet, ScoreLineViewSet
from kpis.models import ScoreLine
from tests.factories import IndicatorFactory, ObservationFactory, SchoolFactory, given_away
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


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("name", ["observations", "score-lines"])
def test_other_methods_are_refused_after_the_permission_check(client, as_role, trust, other_trust, method, name):
    path = f"/api/trusts/{trust.pk}/{name}/"

    assert getattr(client, method)(path).status_code == 403
    as_role(Role.BOARD_MEMBER, other_trust)
    assert getattr(client, method)(path).status_code == 404
    as_role(Role.TRUST_ADMINISTRATOR, trust)
    assert getattr(client, method)(path).status_code == 403
    as_role(Role.BOARD_MEMBER, trust)
    assert getattr(client, method)(path).status_code == 405


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
    """Two pupils with a plan this autumn and nine the autumn before, and the score line for these figures."""
    with in_scope(trust):
        now = {"school": school, "indicator": IndicatorFactory(code="SG5"), "season": 1, "denominator": None}
        ObservationFactory(**now, school_year=2025, value=9)
        ObservationFactory(**now, school_year=2026, value=2)
        return ScoreLine.objects.create(
            trust=trust, school=school, indicator_id="SG5", school_year=2026, season=1, value=2, status="value",
            rating="close", reason="2; none is close", movement="better", movement_text="7 better than autumn",
            small_counts=given_away("SG5", value=2, then={"value": 9}),
        )  # fmt: skip


@pytest.fixture
def lines_url(trust):
    return f"/api/trusts/{trust.pk}/score-lines/"


def test_small_figures_are_hidden_outside_the_school(client, as_role, trust, few, observations_url, lines_url):
    as_role(Role.BOARD_MEMBER, trust)

    before, now = client.get(observations_url).json()["results"]
    [line] = client.get(lines_url).json()["results"]

    assert (before["value"], before["status"], before["note"]) == ("9.0000", "value", "")
    assert (now["value"], now["status"]) == (None, "hidden")
    assert now == client.get(f"{observations_url}{now['id']}/").json()
    assert line == client.get(f"{lines_url}{few.pk}/").json()
    assert (line["value"], line["status"], line["rating"], line["movement"]) == (
        None, "hidden", "hidden", "not_comparable",
    )  # fmt: skip
    assert "2" not in line["reason"]


@pytest.mark.parametrize(("status", "years"), [("value", [2025]), ("hidden", [2026]), ("too_few_pupils", [])])
def test_filter_by_status_and_the_count_are_of_what_is_shown(
    client, as_role, trust, few, observations_url, status, years
):
    as_role(Role.BOARD_MEMBER, trust)

    found = client.get(observations_url, {"status": status}).json()

    assert ([row["school_year"] for row in found["results"]], found["count"]) == (years, len(years))
    assert {row["status"] for row in found["results"]} <= {status}


@pytest.mark.parametrize(
    ("query", "count"),
    [({"rating": "close"}, 0), ({"rating": "hidden"}, 1), ({"status": "value"}, 0), ({"status": "hidden"}, 1)],
)
def test_filter_of_score_lines_is_of_what_is_shown(client, as_role, trust, few, lines_url, query, count):
    as_role(Role.BOARD_MEMBER, trust)

    assert client.get(lines_url, query).json()["count"] == count
    assert client.get(f"{lines_url}{few.pk}/", query).status_code == (200 if count else 404)


def test_centre_sees_small_figures_with_a_note(client, as_role, trust, few, observations_url, lines_url):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    _, now = client.get(observations_url).json()["results"]
    [line] = client.get(lines_url).json()["results"]

    assert (now["value"], now["note"]) == ("2.0000", "Small number: do not pass on")
    assert (line["value"], line["note"], line["rating"]) == ("2.0000", "Small number: do not pass on", "close")


def test_movement_from_a_small_figure_is_hidden(client, as_role, trust, few, lines_url, in_scope):
    with in_scope(trust):
        counts = given_away("SG5", value=9, then={"value": 2})
        ScoreLine.objects.filter(pk=few.pk).update(value=9, movement_text="7 worse than autumn", small_counts=counts)
    as_role(Role.BOARD_MEMBER, trust)

    [line] = client.get(lines_url).json()["results"]

    assert (line["value"], line["movement"]) == ("9.0000", "not_comparable")
    assert line["movement_text"] == "Not shown: one of the two figures is hidden from you"


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
    # Session, user, own scope (2), memberships, the trust's scope (1), the trust's own indicators, the rules for small
    # numbers, count, rows, three for what they give away, savepoints of the request.
    with django_assert_max_num_queries(15) as first:
        client.get(observations_url)
    with in_scope(trust):
        ObservationFactory(school=SchoolFactory(trust=trust))
    with django_assert_num_queries(len(first)):
        client.get(observations_url)
