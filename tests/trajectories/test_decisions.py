"""Confirming the proposed phase, or deciding on another: what is saved, what it changes, where both are shown."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from kpis.models import Recomputation
from tests.factories import NOON, PublishedResultFactory, UserFactory
from trajectories import tasks
from trajectories.actions import decide_phase, judge_line, recompute_school
from trajectories.models import CapacityStatus, PhaseDecision, PhaseProposal
from trajectories.queries.capacity import capacity_page
from trajectories.queries.phases import phase_page
from trajectories.rules.in_force import phase_in_force
from trusts.models import Role

LINES = ("leadership", "governance", "teaching", "external_support", "behaviour", "outcomes")


@pytest.fixture
def sent(monkeypatch):
    found = []
    monkeypatch.setattr(tasks.recompute_school, "delay", lambda **ids: found.append(ids))
    return found


@pytest.fixture
def propose(trust, school, in_scope):
    """Have the trust judge every line, and calculate the proposal."""

    def now(phase, on=NOON):
        with in_scope(trust):
            for line in LINES:
                judge_line(
                    trust_id=trust.pk, school=school, line=line, voice="trust", phase=phase, reason="Seen",
                    by=UserFactory(), at=on,
                )  # fmt: skip
            recompute_school(trust_id=trust.pk, school=school, at=on)

    return now


@pytest.fixture
def decide(trust, school, in_scope):
    def now(phase, reason="", on=NOON):
        with in_scope(trust):
            decide_phase(
                trust_id=trust.pk, school=school, phase=phase, reason=reason,
                by=UserFactory(name="Invented Director"), at=on,
            )  # fmt: skip
            recompute_school(trust_id=trust.pk, school=school, at=on)

    return now


@pytest.fixture
def address(trust, school):
    return reverse("trajectories:phase_decide", args=[trust.pk, school.pk])


def test_a_decision_keeps_the_proposal_and_asks_for_a_recomputation(trust, school, in_scope, propose):
    propose("repair")
    with in_scope(trust):
        decide_phase(
            trust_id=trust.pk, school=school, phase="improve", reason=" Teams moved on ", by=UserFactory(), at=NOON
        )

        row = PhaseDecision.objects.get()
        assert (row.phase, row.proposed, row.reason, row.confirms) == ("improve", "repair", "Teams moved on", False)
        assert Recomputation.objects.stale().get().school == school


@pytest.mark.parametrize(("phase", "reason"), [("perfect", "Seen"), ("improve", "  ")])
def test_a_decision_without_a_known_phase_or_a_reason_is_refused(trust, school, in_scope, propose, phase, reason):
    propose("repair")
    with in_scope(trust):
        with pytest.raises(ValueError, match=r"is not a phase|needs a reason"):
            decide_phase(trust_id=trust.pk, school=school, phase=phase, reason=reason, by=UserFactory(), at=NOON)
        assert not PhaseDecision.objects.exists()


def test_the_database_requires_a_reason_and_changes_no_decision(trust, school, in_scope):
    common = {"trust": trust, "school": school, "decided_by": UserFactory(), "decided_at": NOON}
    with in_scope(trust):
        with pytest.raises(IntegrityError, match="decision_otherwise_has_a_reason"), transaction.atomic():
            PhaseDecision.objects.create(**common, phase="improve", proposed="repair", reason="")
        PhaseDecision.objects.create(**common, phase="repair", proposed="repair")
        assert PhaseDecision.objects.update(phase="sustain") == 0


def test_the_decided_phase_decides_the_schools_capacity(trust, school, in_scope, propose, decide):
    for year, value in {2016: 38.0, 2017: 39.0, 2018: 46.0, 2019: 52.0}.items():
        PublishedResultFactory(urn=school.pk, series__measure="ATT8SCR", series__school_year=year, value=value)
    propose("improve")
    with in_scope(trust):
        assert CapacityStatus.objects.latest("pk").status == "giver"

    decide("stabilise", "The headteacher and two deputies have left")

    with in_scope(trust):
        assert PhaseProposal.objects.latest("pk").phase == "improve"
        assert CapacityStatus.objects.latest("pk").status == "taker"
        assert CapacityStatus.objects.latest("pk").inputs["phase"] == "stabilise"
        assert [step.cause for step in capacity_page(school).steps] == [
            "Phase of the school changed from Improve to Stabilise (decided by a person)."
        ]


def test_the_page_shows_both_and_says_when_the_proposal_changed(client, as_role, trust, school, propose, decide):
    propose("repair")
    decide("repair")
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    url = reverse("trajectories:phase_detail", args=[trust.pk, school.pk])
    assert "Confirmed: the rule proposed it too." in client.get(url).text

    propose("improve", on=NOON + timedelta(days=1))
    text = client.get(url).text

    assert "The proposal has since changed to Improve." in text
    assert "Invented Director, 3 November 2025" in text
    page = client.get(url).context["page"]
    assert (page.in_force.phase, page.proposal.phase) == ("repair", "improve")


def test_every_page_shows_the_decided_and_the_proposed_phase(client, as_role, trust, school, propose, decide):
    propose("repair")
    decide("improve", "Two teams are ahead of their lines")
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    for page in ("school_detail", "board"):
        args = [trust.pk, school.pk] if page == "school_detail" else [trust.pk]
        assert "decided; the rule proposed Repair" in client.get(reverse(f"dashboards:{page}", args=args)).text, page
    table = client.get(reverse("dashboards:board", args=[trust.pk]), {"format": "csv"}).text
    assert ",Improve,Repair," in table


def test_the_desk_asks_for_a_decision_and_again_when_the_proposal_changes(
    client, as_role, trust, school, propose, decide
):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    desk = reverse("dashboards:desk", args=[trust.pk])
    propose("repair")
    assert [row.school for row in client.get(desk).context["page"].to_confirm] == [school]

    decide("repair")
    assert client.get(desk).context["page"].to_confirm == []

    propose("improve", on=NOON + timedelta(days=1))
    assert [row.school for row in client.get(desk).context["page"].to_confirm] == [school]


def test_a_phase_is_decided_on_its_page(
    client, as_role, trust, school, in_scope, propose, address, sent, django_capture_on_commit_callbacks
):
    propose("repair")
    user = as_role(Role.EXECUTIVE_DIRECTOR, trust)
    assert "Repair (proposed)" in client.get(address).text

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address, {"phase": "repair", "reason": ""})

    assert response.url == reverse("trajectories:phase_detail", args=[trust.pk, school.pk])
    assert sent == [{"trust_id": trust.pk, "school_id": school.pk}]
    with in_scope(trust):
        assert PhaseDecision.objects.get().decided_by == user


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({}, "Choose a phase"),
        ({"phase": "perfect"}, "Choose one of the four phases"),
        ({"phase": "improve", "reason": " "}, "Say why the school is not in the proposed phase"),
        ({"phase": "improve", "reason": "x" * 2001}, "Reason must be 2,000 characters or fewer"),
    ],
)
def test_an_incomplete_form_is_shown_again_with_its_errors(
    client, as_role, trust, in_scope, propose, address, typed, message
):
    propose("repair")
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.post(address, typed)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert message in response.text
    with in_scope(trust):
        assert not PhaseDecision.objects.exists()


def test_the_page_takes_four_queries_with_and_without_decisions(
    trust, school, in_scope, propose, decide, django_assert_num_queries
):
    propose("repair")
    for day in range(3):
        decide("improve", "Ahead of its lines", on=NOON + timedelta(days=day))
        # The proposals, the decisions, the newest judgements, whether a recomputation is due.
        with in_scope(trust), django_assert_num_queries(4):
            assert len(phase_page(school).decisions) == day + 1


def test_without_a_proposal_or_a_decision_nobody_is_asked():
    assert phase_in_force("").to_decide is False
    assert phase_in_force("").phase == ""
