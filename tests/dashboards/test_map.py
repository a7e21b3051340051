"""Test the trust's map and its file."""

import csv
from datetime import timedelta

import pytest
from django.urls import reverse

from dashboards.queries.trust_map import MapFilter, capacity_since, map_page
from tests.factories import NOON, SchoolFactory, UserFactory
from trajectories.actions import decide_journey, replace_reference
from trajectories.models import CapacityStatus, Placement
from trajectories.rules.trust_lines import TrustLine
from trusts.models import Role


@pytest.fixture
def url(trust):
    return reverse("dashboards:map", args=[trust.pk])


@pytest.fixture
def three(trust, in_scope, place):
    """Three schools: a giver, a taker, and a school that is not placed."""
    names = ("Invented Ash School", "Invented Birch School", "Invented Cedar School")
    schools = [SchoolFactory(trust=trust, name=name) for name in names]
    with in_scope(trust):
        place(schools[0], "F", status="giver")
        place(schools[1], "D", status="taker")
    return schools


def test_map_shows_each_schools_chart_journey_and_capacity(client, as_role, trust, three, url):
    as_role(Role.BOARD_MEMBER, trust)

    response = client.get(url)

    assert [row.school for row in response.context["page"].shown] == [three[0], three[1], three[2]]
    assert response.text.count('role="img"') == 2
    assert "Invented Ash School: national percentile by school year: 2021–22 48, 2023–24 56" in response.text
    assert "Steady improver" in response.text
    assert "Capacity giver" in response.text
    assert "since 3 November 2025" in response.text
    assert "At the last published result of each of 2 secondary schools: 2 from national average to top 15%." in (
        response.text
    )


def test_school_without_a_chart_is_listed_with_the_reason(client, as_role, trust, three, url):
    as_role(Role.BOARD_MEMBER, trust)

    response = client.get(url)

    assert [row.school for row in response.context["page"].undrawn] == [three[2]]
    assert "Nothing has been calculated for this school yet." in response.text


def test_year_without_a_result_is_a_gap_with_a_reason(client, as_role, trust, three, url):
    as_role(Role.BOARD_MEMBER, trust)

    page = client.get(url).context["page"]

    row, cells = page.table[0]
    assert cells[1] == ("2022–23", None, "Not published")
    # Two years with a gap between them are two points without a line.
    assert row.points[1].percentile is None
    own = next(row.panel for row in page.groups[0].rows if row.school == three[0])
    assert own.count("<circle") == 2
    assert "<polyline" not in own


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"letter": "D"}, [1]),
        ({"letter": "unplaced"}, [2]),
        ({"capacity": "giver"}, [0]),
        ({"capacity": "unplaced"}, [2]),
        ({"phase": "primary"}, []),
        ({"phase": "secondary", "sort": "-school"}, [2, 1, 0]),
        ({"sort": "capacity"}, [2, 0, 1]),
        ({"sort": "nonsense"}, [0, 1, 2]),
    ],
)
def test_schools_can_be_filtered_and_sorted(client, as_role, trust, three, url, query, expected):
    as_role(Role.BOARD_MEMBER, trust)

    response = client.get(url, query)

    assert [row.school for row in response.context["page"].shown] == [three[place] for place in expected]
    assert ("No schools match" in response.text) == (not expected)


def test_map_file_has_the_same_content(client, as_role, trust, three, url):
    as_role(Role.BOARD_MEMBER, trust)

    rows = list(csv.DictReader(client.get(url, {"format": "csv", "letter": "F"}).text.lstrip("\ufeff").splitlines()))

    assert [row["School"] for row in rows] == ["Invented Ash School"]
    assert (rows[0]["Journey"], rows[0]["Capacity"], rows[0]["Capacity since"]) == ("F", "Capacity giver", "2025-11-03")
    assert (rows[0]["Percentile 2021–22"], rows[0]["Percentile 2022–23"]) == ("48", "Not published")


def test_map_uses_a_persons_decision(client, as_role, trust, three, in_scope, url):
    with in_scope(trust):
        decide_journey(
            trust_id=trust.pk, school=three[1], letter="G", reason="Seen", by=UserFactory(name="Invented Director"),
            at=NOON,
        )  # fmt: skip
    as_role(Role.BOARD_MEMBER, trust)

    response = client.get(url, {"letter": "G"})

    assert [row.school for row in response.context["page"].shown] == [three[1]]
    assert "Decided; Sightline: D" in response.text


def test_map_draws_the_trusts_own_lines(client, as_role, trust, three, in_scope, url):
    own = TrustLine(code="floor", phase="secondary", first_year=2016, percentile=20.0)
    with in_scope(trust):
        replace_reference(trust=trust, lines=[own], provenance="set in June", by=UserFactory(), at=NOON)
    as_role(Role.BOARD_MEMBER, trust)

    response = client.get(url)

    assert response.context["page"].groups[0].lines[0].levels[2024] == 20.0
    assert "floor (set by the trust)" in response.text


def test_since_is_the_first_day_of_the_current_status(trust, three, in_scope):
    common = {"trust": trust, "school": three[0], "reason": "", "inputs": {}, "engine_version": "1"}
    with in_scope(trust):
        for days, status in ((1, "taker"), (2, "giver"), (3, "giver")):
            CapacityStatus.objects.create(**common, computed_at=NOON + timedelta(days=days), status=status)

        assert capacity_since(three)[three[0].pk] == (NOON + timedelta(days=2)).date()


@pytest.mark.parametrize("count", [1, 6])
def test_map_needs_no_more_queries_for_more_schools(trust, in_scope, furnish, django_assert_num_queries, count):
    furnish(count)
    with in_scope(trust), django_assert_num_queries(8):
        assert len(map_page(trust, MapFilter()).shown) == count


def test_map_says_that_the_trust_has_no_schools(client, as_role, trust, url):
    as_role(Role.BOARD_MEMBER, trust)

    assert "No schools yet" in client.get(url).text


def test_map_shows_how_sure_the_engine_is(trust, three, in_scope, client, as_role, url):
    with in_scope(trust):
        row = Placement.objects.get(school=three[0])
        row.inputs["placement"] |= {"probability": 0.62}
        Placement.objects.filter(pk=row.pk).update(inputs=row.inputs)
    as_role(Role.BOARD_MEMBER, trust)

    assert "62% probable, medium confidence" in client.get(url).text
