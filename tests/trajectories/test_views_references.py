"""The trust's reference lines: reading, setting, returning to standard. tests/guards tests who may open the pages."""

import csv
from http import HTTPStatus

import pytest
from django.urls import reverse

from tests.factories import NOON, UserFactory
from trajectories import tasks
from trajectories.actions import replace_reference
from trajectories.models import ReferenceProposal, TrustReference
from trajectories.queries.references import line_rows, reference_page
from trajectories.rules.reference_lines import standard_reference
from trajectories.rules.trust_lines import TrustLine
from trusts.models import Role

TYPED = {"secondary_floor": "20", "first_year": "2019", "provenance": "set by the Board, 14 October"}


@pytest.fixture
def sent(monkeypatch):
    found = []
    monkeypatch.setattr(tasks.recompute_school, "delay", lambda **ids: found.append(ids))
    return found


@pytest.fixture
def url(trust):
    return lambda name: reverse(f"trajectories:{name}", args=[trust.pk])


@pytest.fixture
def own(trust, in_scope):
    """Set the trust's own floor."""

    def set_lines(percentile=20.0):
        line = TrustLine(code="floor", phase="secondary", first_year=2019, percentile=percentile)
        with in_scope(trust):
            return replace_reference(
                trust=trust, lines=[line] if percentile else [], provenance="set by the Board, 14 October",
                by=UserFactory(name="Invented Chair"), at=NOON,
            )  # fmt: skip

    return set_lines


def test_every_line_is_shown_with_its_provenance_percentile_figure_and_source(client, as_role, trust, url):
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(url("reference_detail")).text

    assert "Version 2026-" in text
    assert "Official" in text
    assert "Percentile 13.9" in text
    assert "Progress 8 −0.49 in 2023–24 (estimated)" in text
    assert "The floor standard was withdrawn from September 2019" in text
    assert "The trust has never set its own lines" in text


@pytest.mark.parametrize(
    ("percentile", "fault"), [("150", "top 15% must be 99 or less"), ("0", "top 15% must be 1 or more")]
)
def test_message_about_a_line_with_a_percent_sign_in_its_name(client, as_role, trust, url, percentile, fault):
    as_role(Role.BOARD_MEMBER, trust)

    response = client.post(
        url("reference_set"), {"primary_top": percentile, "first_year": "2019", "provenance": "Set in June"}
    )

    assert response.status_code == 422
    assert f"Primary: {fault}" in response.text


def test_the_trusts_line_comes_before_the_standard_one_that_is_not_in_force(client, as_role, trust, url, own):
    own()
    as_role(Role.BOARD_MEMBER, trust)

    response = client.get(url("reference_detail"))

    floors = [row for row in response.context["page"].rows if (row.phase, row.code) == ("secondary", "floor")]
    now = [row for row in floors if row.placing]
    assert [(row.provenance, row.place) for row in now] == [("Set by the trust", "Percentile 20")]
    assert all(row.values == () for row in floors if not row.placing)
    assert "The trust, version 1: set by the Board, 14 October" in response.text
    assert "Invented Chair" in response.text
    assert "+trust-1" in response.text


def test_the_lines_as_a_file(client, as_role, trust, url, own):
    own()
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(url("reference_detail"), {"format": "csv"}).text.lstrip("\ufeff")

    rows = list(csv.DictReader(text.splitlines()))
    assert any(row["Provenance"] == "Set by the trust" and row["Level"] == "Percentile 20" for row in rows)


@pytest.fixture
def approve(as_role, trust, in_scope, url, django_capture_on_commit_callbacks):
    """Approve the proposed lines as another Board member, and return the page afterwards."""

    def decided(client) -> str:
        with in_scope(trust):
            proposal = ReferenceProposal.objects.get(state="waiting")
        as_role(Role.BOARD_MEMBER, trust)
        address = reverse("trajectories:reference_decide", args=[trust.pk, proposal.pk])
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(address, {"decision": "approve"}, follow=True).text

    return decided


def test_lines_that_another_person_approved_apply_and_every_school_is_recalculated(
    client, as_role, trust, school, in_scope, url, sent, approve, django_capture_on_commit_callbacks
):
    chair = as_role(Role.BOARD_MEMBER, trust)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(url("reference_set"), TYPED)

    assert response.url == url("reference_detail")
    assert "They apply once another person has approved them" in client.get(response.url).text
    with in_scope(trust):
        assert not TrustReference.objects.exists()
    assert sent == []

    text = approve(client)

    assert sent == [{"trust_id": trust.pk, "school_id": school.pk}]
    with in_scope(trust):
        row = TrustReference.objects.get()
    assert row.lines == [{"code": "floor", "phase": "secondary", "first_year": 2019, "percentile": 20.0}]
    assert (row.provenance, row.set_by_id) == ("set by the Board, 14 October", chair.pk)
    assert row.approved_by_id not in (None, chair.pk)
    assert "The trust now uses its own lines" in text
    assert "1 school is still being recalculated." in text


def test_declined_lines_never_apply_and_a_newer_proposal_replaces_the_first(client, as_role, trust, in_scope, url):
    as_role(Role.BOARD_MEMBER, trust)
    for floor in ("20", "21"):
        client.post(url("reference_set"), TYPED | {"secondary_floor": floor})
    with in_scope(trust):
        first, second = ReferenceProposal.objects.order_by("pk")
        assert (first.state, second.state) == ("replaced", "waiting")
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    for proposal, words in ((first, "Nothing was changed"), (second, "You declined")):
        address = reverse("trajectories:reference_decide", args=[trust.pk, proposal.pk])
        assert words in client.post(address, {"decision": "decline"}, follow=True).text

    with in_scope(trust):
        assert not TrustReference.objects.exists()


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"secondary_floor": "x"}, "Secondary: floor must be a number, like 12.5"),
        ({"secondary_floor": "0"}, "Secondary: floor must be 1 or more"),
        ({"secondary_floor": "nan"}, "Secondary: floor must be a number"),
        ({"secondary_floor": "40"}, "Secondary: the floor (40) must be below coasting (29.3)"),
        ({"secondary_floor": ""}, "Set at least one line"),
        ({"provenance": " "}, "Say who decided this and when"),
        ({"first_year": "1999"}, "Choose one of the school years"),
    ],
)
def test_invalid_lines_are_shown_again_with_their_errors(client, as_role, trust, in_scope, url, sent, typed, message):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.post(url("reference_set"), TYPED | typed)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert message in response.text
    assert "<title>Error: " in response.text
    with in_scope(trust):
        assert not TrustReference.objects.exists()


def test_the_form_opens_with_the_lines_in_force(client, as_role, trust, url, own):
    own()
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    form = client.get(url("reference_set")).context["form"]

    assert form["secondary_floor"].value() == 20.0
    assert form["secondary_top"].value() is None
    assert form["first_year"].value() == 2019


def test_the_trust_returns_to_the_standard_lines_and_the_versions_stay(
    client, as_role, trust, school, url, own, sent, approve
):
    own()
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    assert "Use the standard lines" in client.get(url("reference_standard")).text
    client.post(url("reference_standard"), {"provenance": "set by the Board, 9 December"})

    text = approve(client)

    assert "Version 2: the standard lines again, in force" in text
    assert "Version 1: the trust’s own lines" in text
    assert sent == [{"trust_id": trust.pk, "school_id": school.pk}]


def test_returning_to_the_standard_lines_without_own_lines_redirects(client, as_role, trust, url):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    assert client.get(url("reference_standard")).url == url("reference_detail")


def test_setting_lines_is_offered_to_those_who_may(client, as_role, trust, url):
    for role, may in ((Role.BOARD_MEMBER, True), (Role.EXECUTIVE_DIRECTOR, True), (Role.IMPROVEMENT_PARTNER, False)):
        as_role(role, trust)
        assert (url("reference_set") in client.get(url("reference_detail")).text) == may


def test_the_page_takes_four_queries(trust, in_scope, own, django_assert_num_queries):
    for percentile in (20.0, 21.0, None):
        own(percentile)
    with in_scope(trust), django_assert_num_queries(4):
        page = reference_page(trust, last_year=2025)
        assert [version.is_standard for version in page.versions] == [True, False, False]


def test_a_measure_is_read_in_the_last_year_that_it_was_published():
    values = [value for row in line_rows(standard_reference(), last_year=2026) for value in row.values]

    assert {value.split(" in ")[-1][:7] for value in values if value.startswith("Progress 8")} == {"2023–24"}
