"""Test that nobody decides on what they themselves submitted or proposed, whatever roles they hold."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kpis.actions.small_numbers import propose_small_numbers
from kpis.actions.targets import ProposedTarget, propose_targets
from kpis.catalogue import FigureSubject
from kpis.models import SmallNumberPolicy, TargetProposal
from kpis.rules.privacy import STANDARD_RULES, Audience, SmallNumberRules
from kpis.rules.typed_targets import TypedTarget
from returns.actions.returns import LineEntry, open_return, save_line, submit_return
from returns.models import LineDecision, ReturnLine
from schools.models import School, Term
from tests.factories import MembershipFactory, TermFactory, UserFactory
from tests.page_text import PageTextClient
from trajectories.actions.references import propose_reference
from trajectories.actions.units import add_unit
from trajectories.models import JourneyDecision, LineJudgement, PhaseDecision, TrustReference, UnitJudgement
from trajectories.rules.trust_lines import TrustLine
from trusts import actions
from trusts.models import SCHOOL_ROLES, Invitation, Role, Trust, User
from trusts.permissions import DECISION_PERMISSIONS, GRANTS
from trusts.two_people import NOT_BUILT, DecisionKind

NOW = timezone.now
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True)
class Own:
    """Something that a person submitted or proposed: the page about it, and the requests that would decide on it."""

    page: str
    button: str
    requests: tuple[tuple[str, dict[str, Any]], ...]
    decided: Callable[[], int]  # How many decisions there are.


def own_return(trust: Trust, school: School, person: User) -> Own:
    term = TermFactory(trust=trust)
    termly_return = open_return(school=school, term=term, indicator_codes=["HS2"])
    line = ReturnLine.objects.get()
    save_line(line=line, entry=LineEntry(value=Decimal(0)), version=0, by=person, at=NOW())
    submit_return(termly_return=termly_return, by=UserFactory(), at=NOW())  # They filled in what another submitted.
    return returned(trust, school, term)


def returned(trust: Trust, school: School, term: Term) -> Own:
    def url(name: str) -> str:
        return reverse(f"returns:{name}", args=[trust.pk, school.pk, term.pk])

    return Own(
        page=url("moderate_return"),
        button="Save decisions",
        requests=(
            (url("return_accept"), {}),
            (url("return_send_back"), {"reason": "Check it"}),
            (url("lines_decide"), {"HS2-verdict": "accept"}),
        ),
        decided=lambda: (
            LineDecision.objects.filter(step__in=[LineDecision.Step.ACCEPTED, LineDecision.Step.SENT_BACK]).count()
            + ReturnLine.objects.exclude(state=ReturnLine.State.SUBMITTED).count()
        ),
    )


def own_target(trust: Trust, school: School, person: User) -> Own:
    target = TypedTarget(value=Decimal(5), upper=None, tolerance=Decimal(1))
    asked = ProposedTarget(school=school, code="AB1", school_year=2027, target=target, reason="Better")
    (made,) = propose_targets(trust_id=trust.pk, proposed=[asked], by=person, at=NOW())
    url = reverse("dashboards:target_approvals", args=[trust.pk])
    return Own(
        page=url,
        button="Approve chosen targets",
        requests=tuple(
            (url, {"proposals": [made.pk], "decision": decision, "reason": "No"}) for decision in ("approve", "decline")
        ),
        decided=lambda: TargetProposal.objects.exclude(state=TargetProposal.State.WAITING).count(),
    )


def own_reference_lines(trust: Trust, school: School, person: User) -> Own:
    line = TrustLine(code="floor", phase="secondary", first_year=2019, percentile=20.0)
    made = propose_reference(trust=trust, lines=[line], provenance="The Board", by=person, at=NOW())
    url = reverse("trajectories:reference_decide", args=[trust.pk, made.pk])
    return Own(
        page=reverse("trajectories:reference_detail", args=[trust.pk]),
        button="Approve these lines",
        requests=((url, {"decision": "approve"}), (url, {"decision": "decline"})),
        decided=lambda: TrustReference.objects.count() + (made.refresh_from_db() or made.state != "waiting"),
    )


def own_small_numbers(trust: Trust, school: School, person: User) -> Own:
    rules = SmallNumberRules(fewest=STANDARD_RULES.fewest | {(FigureSubject.PEOPLE, Audience.BOARD): 3})
    today = timezone.localdate()
    made = propose_small_numbers(
        trust=trust, rules=rules, decided_on=today, reason="Advice", by=person, at=NOW(), on=today
    )
    url = reverse("kpis:small_numbers_decide", args=[trust.pk, made.pk])
    return Own(
        page=reverse("kpis:small_numbers", args=[trust.pk]),
        button="Approve these rules",
        requests=((url, {"decision": "approve"}), (url, {"decision": "decline"})),
        decided=lambda: SmallNumberPolicy.objects.count() + (made.refresh_from_db() or made.state != "waiting"),
    )


def own_role(trust: Trust, school: School, person: User) -> Own:
    asked = {"trust": trust, "email": "nia@example.org", "name": "Nia", "role": Role.BOARD_MEMBER, "school_id": None}
    made = actions.invite(**asked, ends_date=None, at=NOW(), by=person, reason="Elected")
    return Own(
        page=reverse("trusts:role_requests", args=[trust.pk]),
        button="Confirm<span",
        requests=((reverse("trusts:invitation_confirm", args=[trust.pk, made.pk]), {}),),
        decided=lambda: Invitation.objects.filter(confirmed_at__isnull=False).count(),
    )


def own_school(trust: Trust, school: School, person: User) -> Own:
    unit = add_unit(trust_id=trust.pk, school=school, name="Maths", kind="subject", area="", by=person, at=NOW())

    def url(name: str, *more: object) -> str:
        return reverse(f"trajectories:{name}", args=[trust.pk, school.pk, *more])

    judged = {"phase": "improve", "reason": "Seen"}
    return Own(
        page=url("phase_decide"),
        button="Decide phase",
        requests=(
            (url("phase_decide"), judged),
            (url("journey_decide"), {"letter": "B", "reason": "Seen"}),
            (url("line_moderate", "leadership"), judged),
            (url("unit_moderate", unit.pk), {"outcomes": "improve", "reason": "Seen"}),
        ),
        decided=lambda: sum(
            model.objects.count() for model in (JourneyDecision, PhaseDecision, LineJudgement, UnitJudgement)
        ),
    )


OWN = {
    DecisionKind.RETURNS: own_return,
    DecisionKind.TARGETS: own_target,
    DecisionKind.REFERENCE_LINES: own_reference_lines,
    DecisionKind.SMALL_NUMBERS: own_small_numbers,
    DecisionKind.ROLES: own_role,
    DecisionKind.SCHOOL_POSITION: own_school,
}
every_kind = pytest.mark.parametrize("kind", OWN)


@pytest.fixture
def everything(client, trust, school, in_scope):
    """A person with every role, who is signed in."""
    person = UserFactory(name="Una Everything")
    with in_scope(trust):
        for role in Role:
            MembershipFactory(
                trust=trust, user=person, role=role, school_id=school.pk if role in SCHOOL_ROLES else None
            )
    client.force_login(person, backend=BACKEND)
    return person


def somebody_else(kind: DecisionKind, trust: Trust) -> User:
    role = next(role for role in GRANTS if DECISION_PERMISSIONS[kind] in GRANTS[role])
    return MembershipFactory(trust=trust, role=role, user__name="Otto Other").user


def test_every_kind_of_decision_is_tested_or_not_built_yet():
    assert set(OWN) == set(DECISION_PERMISSIONS) == set(DecisionKind) - NOT_BUILT


@every_kind
def test_nobody_decides_on_their_own_work(client, everything, trust, school, in_scope, kind):
    with in_scope(trust):
        own = OWN[kind](trust, school, everything)
        before = own.decided()

    for url, asked in own.requests:
        answer = client.post(url, asked, follow=True)

        assert answer.status_code in (200, 403)
        assert "Somebody else has to decide" in answer.text or "Another Board member has to decide" in answer.text
        with in_scope(trust):
            assert own.decided() == before, url


@every_kind
def test_page_offers_no_button_and_says_whom_to_ask(client, everything, trust, school, in_scope, kind):
    with in_scope(trust):
        own = OWN[kind](trust, school, everything)

    alone = client.get(own.page).text
    with in_scope(trust):
        somebody_else(kind, trust)
    page = client.get(own.page).text

    assert own.button not in page
    assert "Otto Other" in page
    assert "Otto Other" not in alone
    assert f"Nobody else in {trust.name} can" in alone


@every_kind
def test_somebody_else_decides(everything, trust, school, in_scope, kind):
    with in_scope(trust):
        own = OWN[kind](trust, school, everything)
        other = somebody_else(kind, trust)
        before = own.decided()
    client: Client = PageTextClient()
    client.force_login(other, backend=BACKEND)

    assert own.button in client.get(own.page).text
    client.post(*own.requests[0])

    with in_scope(trust):
        assert own.decided() > before


def test_whoever_withdrew_a_correction_may_still_decide(client, as_role, trust, school, in_scope):
    director = as_role(Role.EXECUTIVE_DIRECTOR, trust)
    with in_scope(trust):
        own = own_return(trust, school, UserFactory())
        line = ReturnLine.objects.get()
        line.changes.create(
            trust=trust, school=school, line_version=9, source="accepted", changed_by=director,
            changed_at=NOW() - timedelta(days=1),
        )  # fmt: skip

    assert own.button in client.get(own.page).text
