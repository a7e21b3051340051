"""Test the list of people, invitations and ending roles."""

import csv
import io
from datetime import date, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.mail import EmailMessage
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import MembershipFactory, SchoolFactory, UserFactory
from trusts import actions
from trusts.models import Invitation, Membership, Role
from trusts.rules.role_days import RoleDaysRefused

TODAY = timezone.localdate


@pytest.fixture
def manager(as_role, trust):
    return as_role(Role.TRUST_ADMINISTRATOR, trust)


@pytest.fixture
def people_url(trust):
    return reverse("trusts:people", args=[trust.pk])


@pytest.fixture
def headteacher(trust, school, in_scope):
    with in_scope(trust):
        return MembershipFactory(trust=trust, user__name="Ann Invented", role=Role.HEADTEACHER, school_id=school.pk)


def link_in(email: EmailMessage) -> str:
    """Return the link in an email. A new link would differ, because its signature includes the second."""
    return email.body.split("http://localhost", 1)[1].split()[0]


def names_in(response) -> list[str]:
    return [row.name for row in response.context["rows"]]


def test_list_has_the_people_of_this_trust_only(client, manager, headteacher, trust, other_trust, in_scope, people_url):
    with in_scope(other_trust):
        MembershipFactory(trust=other_trust, user__name="Zoe Elsewhere")
        MembershipFactory(trust=other_trust, user=manager)

    response = client.get(people_url)

    assert names_in(response) == ["Ann Invented", manager.name]
    assert "Zoe Elsewhere" not in response.text
    assert "Invented Quay School" in response.text


def test_list_needs_no_more_queries_for_more_people(client, manager, headteacher, trust, school, in_scope, people_url):
    client.get(people_url)
    with CaptureQueriesContext(connection) as few:
        client.get(people_url)
    with in_scope(trust):
        for _ in range(5):
            MembershipFactory(trust=trust, role=Role.LOCAL_GOVERNOR, school_id=school.pk)
    with CaptureQueriesContext(connection) as many:
        response = client.get(people_url)

    assert len(response.context["rows"]) == 7
    assert len(few) == len(many)


def test_two_step_sign_in_is_shown_for_each_person(client, manager, headteacher, people_url):
    assert [row.two_step for row in client.get(people_url).context["rows"]] == [False, False]

    Authenticator.objects.create(user=headteacher.user, type=Authenticator.Type.WEBAUTHN, data={})
    Authenticator.objects.create(user=manager, type=Authenticator.Type.RECOVERY_CODES, data={})

    assert [row.two_step for row in client.get(people_url).context["rows"]] == [True, False]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["Ann", "Bea", "Cid"]),
        ({"sort": "-name"}, ["Cid", "Bea", "Ann"]),
        ({"sort": "role"}, ["Bea", "Ann", "Cid"]),  # Board member, Headteacher, Local governing body member.
        ({"sort": "school"}, ["Bea", "Cid", "Ann"]),
        ({"sort": "-starts"}, ["Bea", "Ann", "Cid"]),
        ({"sort": "ends"}, ["Cid", "Ann", "Bea"]),
        ({"sort": "nonsense"}, ["Ann", "Bea", "Cid"]),
        ({"role": "board_member"}, ["Bea"]),
        ({"role": "nonsense"}, ["Ann", "Bea", "Cid"]),
        ({"when": "past"}, ["Dan"]),
        ({"when": "all"}, ["Ann", "Bea", "Cid", "Dan"]),
        ({"school": "own"}, ["Ann"]),
        ({"school": "12345"}, ["Ann", "Bea", "Cid"]),
    ],
)
def test_list_is_sorted_and_filtered(client, as_role, trust, school, in_scope, asked, expected, people_url):
    alpha = SchoolFactory(trust=trust, name="Alpha School")
    with in_scope(trust):
        rows = [
            ("Ann", Role.HEADTEACHER, school.pk, date(2021, 1, 1), None),
            ("Bea", Role.BOARD_MEMBER, None, date(2022, 1, 1), None),
            ("Cid", Role.LOCAL_GOVERNOR, alpha.pk, date(2020, 1, 1), date(2999, 1, 1)),
            ("Dan", Role.BOARD_MEMBER, None, date(2019, 1, 1), date(2020, 1, 1)),
        ]
        for name, role, school_id, starts_date, ends_date in rows:
            MembershipFactory(
                trust=trust,
                user__name=name,
                role=role,
                school_id=school_id,
                starts_date=starts_date,
                ends_date=ends_date,
            )
    me = as_role(Role.TRUST_ADMINISTRATOR, trust)

    response = client.get(people_url, asked | ({"school": school.pk} if asked.get("school") == "own" else {}))

    assert [name for name in names_in(response) if name != me.name] == expected


def test_swap_gets_the_table_and_a_visit_gets_the_page(client, manager, people_url):
    swap = client.get(people_url, headers={"HX-Request": "true"})

    assert "<table" in swap.text
    assert "<html" not in swap.text
    assert "HX-Request" in swap.headers["Vary"]
    assert "<html" in client.get(people_url).text


def test_school_that_left_the_trust_is_shown_by_its_urn(
    client, manager, headteacher, trust, other_trust, school, people_url
):
    school.trust = other_trust
    school.save()

    assert names_in(client.get(people_url)) == [manager.name]
    past = client.get(people_url, {"when": "past"})
    assert f"URN {school.pk}, no longer in this trust" in past.text
    assert "The school left the trust" in past.text
    assert next(row.left_date for row in past.context["rows"] if row.state == "left") == TODAY()


def test_export_has_the_same_rows_and_no_formulas(client, manager, headteacher, trust, in_scope):
    with in_scope(trust):
        MembershipFactory(trust=trust, user__name="=HYPERLINK(1)")

    response = client.get(reverse("trusts:people_csv", args=[trust.pk]), {"role": "board_member"})

    rows = list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))
    assert [(row["Name"], row["Role"], row["Two-step sign-in"]) for row in rows] == [
        ("'=HYPERLINK(1)", "Board member", "off")
    ]
    assert response.headers["Content-Disposition"].startswith("attachment")


def invite(client, trust, **changes):
    asked = {"name": "Invented Headteacher", "email": "new.head@example.org", "role": "business_manager"} | changes
    return client.post(reverse("trusts:invite", args=[trust.pk]), asked)


def test_invitation_is_sent_only_after_it_is_stored(
    client, manager, trust, school, in_scope, worker, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        response = invite(client, trust, email="New.Head@Example.org", role="headteacher", school=school.pk)
        assert mailoutbox == []  # Not before the transaction commits.

    assert response.status_code == 302
    with in_scope(trust):
        invitation = Invitation.objects.get()
    assert (invitation.email, invitation.invited_by, invitation.school_id) == (
        "new.head@example.org", manager, school.pk,
    )  # fmt: skip
    assert invitation.sent_at is not None
    (email,) = mailoutbox
    assert email.to == ["new.head@example.org"]
    link = link_in(email)
    assert link in email.alternatives[0].content
    assert invitation.email in Client().get(link).text
    assert "Headteacher of Invented Quay School" in email.body


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": ""}, "Enter an email address"),
        ({"name": ""}, "Enter the person&#x27;s name"),
        ({"role": "headteacher"}, "Choose the school this role is in"),
        ({"school": "own"}, "Do not choose a school"),
        ({"role": "headteacher", "school": "foreign"}, "Choose a school of the trust"),
        ({"role": "improvement_partner"}, "Enter the last day of this role"),
        ({"role": "improvement_partner", "ends_date": "9999-12-31"}, "at the latest"),
        ({"ends_date": "2020-01-01"}, "The last day must be today or later"),
        ({"ends_date": "soon"}, "Enter a real date"),
        ({"email": "mine"}, "This is your own address"),
    ],
)
def test_wrong_invitation_is_explained_and_not_stored(
    client, manager, trust, other_trust, school, in_scope, changes, words
):
    if changes.get("email") == "mine":
        changes = {"email": manager.email.upper()}
    if "school" in changes:
        foreign = SchoolFactory(trust=other_trust)
        changes = changes | {"school": school.pk if changes["school"] == "own" else foreign.pk}

    response = invite(client, trust, **changes)

    assert words in response.text
    assert "There is a problem" in response.text
    with in_scope(trust):
        assert not Invitation.objects.exists()


def test_person_cannot_be_invited_twice_to_one_role(
    client, manager, headteacher, trust, school, in_scope, make_invitation
):
    make_invitation(role=Role.BUSINESS_MANAGER)
    assert "has not answered an invitation" in invite(client, trust).text

    again = invite(client, trust, email=headteacher.user.email, role="headteacher", school=school.pk)
    assert "already has this role" in again.text
    with in_scope(trust):
        assert Invitation.objects.count() == 1


def test_list_shows_open_invitations_and_whether_they_expired(client, manager, make_invitation, people_url):
    make_invitation(name="Waiting Person")
    make_invitation(name="Late Person", at=timezone.now() - timedelta(days=20))

    response = client.get(people_url)

    assert [(row.name, row.is_expired) for row in response.context["invitations"]] == [
        ("Waiting Person", False),
        ("Late Person", True),
    ]
    assert "Not sent yet" in response.text
    assert "Expired" in response.text


def test_sending_an_invitation_again_renews_the_link(
    client, manager, trust, in_scope, make_invitation, worker, mailoutbox, django_capture_on_commit_callbacks
):
    late = make_invitation(at=timezone.now() - timedelta(days=20))

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("trusts:invitation_resend", args=[trust.pk, late.pk]))

    with in_scope(trust):
        renewed = Invitation.objects.get()
    assert renewed.expires_at > timezone.now() + timedelta(days=13)
    assert renewed.email in Client().get(link_in(mailoutbox[0])).text
    assert Client().get(reverse("invitation", args=[late.token()])).status_code == 410


def test_invitation_is_withdrawn_after_a_confirmation(client, manager, trust, in_scope, make_invitation):
    invitation = make_invitation()
    url = reverse("trusts:invitation_withdraw", args=[trust.pk, invitation.pk])

    assert "Withdraw the invitation to Invented Headteacher?" in client.get(url).text
    with in_scope(trust):
        assert Invitation.objects.open().count() == 1

    client.post(url)
    with in_scope(trust):
        assert Invitation.objects.open().count() == 0
    assert "already accepted, confirmed or withdrawn" in client.post(url, follow=True).text


def test_invitations_and_roles_of_another_trust_are_not_found(
    client, manager, trust, other_trust, in_scope, make_invitation
):
    theirs = make_invitation(trust=trust)
    with in_scope(other_trust):
        own_elsewhere = MembershipFactory(trust=other_trust, user=manager, role=Role.TRUST_ADMINISTRATOR)

    url = reverse("trusts:role_end", args=[trust.pk, own_elsewhere.pk])
    # The database shows people their own rows in every trust, so the view must filter them.
    assert client.get(url).status_code == 404
    url = reverse("trusts:invitation_withdraw", args=[other_trust.pk, theirs.pk])
    assert client.post(url).status_code == 404
    with in_scope(trust):
        assert Invitation.objects.open().count() == 1


def end(client, membership, **asked):
    return client.post(reverse("trusts:role_end", args=[membership.trust_id, membership.pk]), asked)


def test_role_ends_at_once(client, manager, headteacher, trust, in_scope):
    response = end(client, headteacher, ends="at_once")

    assert response.status_code == 302
    with in_scope(trust):
        headteacher.refresh_from_db()
        assert not Membership.objects.of(trust).current(on=TODAY()).filter(pk=headteacher.pk).exists()
    assert headteacher.ends_date == TODAY() - timedelta(days=1)


def test_role_ends_on_its_last_day(client, manager, headteacher, trust, in_scope):
    last = TODAY() + timedelta(days=3)

    end(client, headteacher, ends="later", last_day=last.isoformat())

    with in_scope(trust):
        headteacher.refresh_from_db()
    assert headteacher.ends_date == last


def test_role_that_started_today_and_ends_at_once_is_deleted(client, manager, trust, in_scope):
    with in_scope(trust):
        mistake = MembershipFactory(trust=trust, starts_date=TODAY())

    end(client, mistake, ends="at_once")

    with in_scope(trust):
        assert not Membership.objects.filter(pk=mistake.pk).exists()


def test_a_role_that_ends_on_its_first_day_had_that_day_and_is_kept(client, manager, trust, in_scope):
    with in_scope(trust):
        one_day = MembershipFactory(trust=trust, starts_date=TODAY())

    end(client, one_day, ends="later", last_day=TODAY().isoformat())

    with in_scope(trust):
        one_day.refresh_from_db()
    assert (one_day.starts_date, one_day.ends_date) == (TODAY(), TODAY())


def test_a_role_to_come_is_listed_as_such_and_opens_nothing_yet(client, manager, trust, in_scope, people_url):
    with in_scope(trust):
        to_come = MembershipFactory(trust=trust, user__name="Zara Invented", starts_date=TODAY() + timedelta(days=1))

    states = {row.name: row.state for row in client.get(people_url).context["rows"]}
    exported = client.get(reverse("trusts:people_csv", args=[trust.pk])).text.removeprefix("\ufeff")
    client.force_login(to_come.user, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert states == {"Zara Invented": "future", manager.name: "current"}
    assert [row["State"] for row in csv.DictReader(io.StringIO(exported)) if row["Name"] == "Zara Invented"] == [
        "future"
    ]
    assert client.get(reverse("dashboards:board", args=[trust.pk])).status_code == 404


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "Choose when the role ends"),
        ({"ends": "later"}, "Enter the last day"),
        ({"ends": "later", "last_day": "2020-01-01"}, "The last day must be today or later"),
    ],
)
def test_wrong_last_day_is_explained(client, manager, headteacher, trust, in_scope, asked, words):
    assert words in end(client, headteacher, **asked).text
    with in_scope(trust):
        headteacher.refresh_from_db()
    assert headteacher.ends_date is None


def test_person_cannot_end_their_own_last_role_that_manages_people(client, manager, colleague, trust, in_scope):
    with in_scope(trust):
        mine = Membership.objects.get(user=manager)

    assert "Ask a colleague to end it" in end(client, mine, ends="at_once").text

    with in_scope(trust):
        MembershipFactory(trust=trust, user=manager, role=Role.EXECUTIVE_DIRECTOR)
    assert end(client, mine, ends="at_once").status_code == 302


def test_trust_administrator_cannot_see_schools_figures(client, manager, trust, school):
    assert client.get(f"/api/trusts/{trust.pk}/observations/").status_code == 403


def test_people_without_a_role_here_are_not_listed(client, manager, people_url):
    UserFactory(name="Nobody Anywhere")

    assert "Nobody Anywhere" not in client.get(people_url).text


YESTERDAY, TOMORROW = -1, 1


@pytest.mark.parametrize(
    ("ended_on", "asked_for", "words"),
    [
        (YESTERDAY, "2099-12-31", "This role ended on"),
        (YESTERDAY, None, "This role ended on"),  # At once.
        (TOMORROW, "2099-12-31", "can only end earlier"),
        (TOMORROW, "9999-12-31", "can only end earlier"),
    ],
)
def test_ending_a_role_neither_gives_it_back_nor_extends_it(
    client, as_role, trust, in_scope, ended_on, asked_for, words
):
    director = as_role(Role.EXECUTIVE_DIRECTOR, trust)
    last_day = TODAY() + timedelta(days=ended_on)
    with in_scope(trust):
        theirs = MembershipFactory(trust=trust, role=Role.EXECUTIVE_DIRECTOR, ends_date=last_day)
        own = MembershipFactory(trust=trust, user=director, role=Role.TRUST_ADMINISTRATOR, ends_date=last_day)

    for membership in (theirs, own):
        asked = {"ends": "later", "last_day": asked_for} if asked_for else {"ends": "at_once"}
        response = end(client, membership, **asked)

        assert words in response.text
        with in_scope(trust):
            membership.refresh_from_db()
        assert membership.ends_date == last_day


def test_page_of_a_role_that_ended_offers_an_invitation_instead(client, manager, trust, in_scope):
    with in_scope(trust):
        over = MembershipFactory(trust=trust, ends_date=TODAY() - timedelta(days=1))

    page = client.get(reverse("trusts:role_end", args=[trust.pk, over.pk])).text

    assert "This role has ended and cannot change" in page
    assert "End role</button>" not in page


@pytest.mark.parametrize(
    ("ended_on", "change", "words"),
    [
        (YESTERDAY, {"ends_date": date(2099, 12, 31)}, "never changes"),
        (TOMORROW, {"ends_date": date(2099, 12, 31)}, "only becomes earlier"),
        (TOMORROW, {"ends_date": None}, "only becomes earlier"),
        (None, {"role": Role.EXECUTIVE_DIRECTOR}, "only the last day"),
        (None, {"starts_date": date(2019, 1, 1)}, "only the last day"),
    ],
)
def test_database_refuses_every_change_of_a_role_but_an_earlier_last_day(trust, in_scope, ended_on, change, words):
    last_day = ended_on and TODAY() + timedelta(days=ended_on)
    with in_scope(trust):
        membership = MembershipFactory(trust=trust, ends_date=last_day)
        with pytest.raises(IntegrityError, match=words), transaction.atomic():
            Membership.objects.filter(pk=membership.pk).update(**change)


def test_only_one_of_two_who_end_a_role_moves_its_last_day(trust, colleague, in_scope):
    with in_scope(trust):
        seen_by_both = MembershipFactory(trust=trust)
        actions.end_role(membership=seen_by_both, on=TODAY(), at=timezone.now(), by=colleague)
        with pytest.raises(RoleDaysRefused, match="can only end earlier"):
            actions.end_role(membership=seen_by_both, on=TODAY() + timedelta(days=9), at=timezone.now(), by=colleague)


def test_role_that_has_ended_is_not_ended_again(trust, colleague, in_scope):
    with in_scope(trust):
        ended = MembershipFactory(trust=trust, ends_date=TODAY() - timedelta(days=10))
        with pytest.raises(RoleDaysRefused, match="This role ended on"):
            actions.end_role(membership=ended, on=TODAY() - timedelta(days=20), at=timezone.now(), by=colleague)
        running = MembershipFactory(trust=trust)
        with pytest.raises(RoleDaysRefused, match="today or later"):
            actions.end_role(membership=running, on=TODAY() - timedelta(days=2), at=timezone.now(), by=colleague)
