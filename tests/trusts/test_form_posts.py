"""Test that nothing typed is lost, and that pressing twice saves once. Notes of a Panel stand for every form."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from meetings.models import Panel
from tests.factories import MembershipFactory, PanelFactory, UserFactory
from trusts import form_posts, tenancy
from trusts.models import AuditEntry, FormPress, KeptText, Membership, Role, Trust, User
from trusts.tasks import forget_old_forms

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TYPED = "Staffing has settled\r\nsince “September” & <half-term>"
PASSWORD = "four unrelated invented words"


@pytest.fixture
def client() -> Client:
    """A client that checks CSRF tokens, as a browser meets them."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def director(trust: Trust) -> User:
    return person(trust)


@pytest.fixture
def plan(trust: Trust, director: User, client: Client) -> str:
    """The page to plan a Panel, for a director who has signed in."""
    sign_in(client, director)
    return reverse("meetings:panel_plan", args=[trust.pk])


def person(trust: Trust, role: Role = Role.EXECUTIVE_DIRECTOR) -> User:
    user = UserFactory()
    user.set_password(PASSWORD)
    user.save()
    with tenancy.scope([trust.pk], actor="test"):
        MembershipFactory(user=user, trust=trust, role=role)
    return user


def sign_in(client: Client, user: User) -> None:
    """Sign in with the form, as a person does whose session is over."""
    client.cookies.pop("sessionid", None)
    client.get("/accounts/login/")
    token = client.cookies["csrftoken"].value
    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD, "csrfmiddlewaretoken": token})
    assert answer.status_code == 302


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of the last form of a page."""
    form = page[page.rindex("<form") :]
    names = ("csrfmiddlewaretoken", "form_token")
    return {name: re.search(rf'name="{name}" value="([^"]*)"', form)[1] for name in names}


def typed(title: str = "Panel with an invented title") -> dict[str, str]:
    return {"title": title, "held_date": "2026-12-03", "half_term": "2"}


def kept_for(user: User) -> list[KeptText]:
    with form_posts._as_person(user.pk):
        return list(KeptText.objects.order_by("pk"))


def panels(trust: Trust) -> list[str]:
    with tenancy.scope([trust.pk], actor="test"):
        return list(Panel.objects.order_by("pk").values_list("title", flat=True))


def lose_session(client: Client) -> None:
    del client.cookies["sessionid"]


def test_session_that_ended_brings_the_text_back_after_signing_in(client, plan, trust, director):
    form = hidden(client.get(plan).text)
    lose_session(client)

    answer = client.post(plan, typed() | form)

    assert answer.status_code == 302
    assert answer.url == f"/accounts/login/?next={plan}%23kept-text"
    assert "Sign in again to get back what you typed" in client.get(answer.url).text
    sign_in(client, director)
    page = client.get(plan).text
    assert 'value="Panel with an invented title"' in page
    assert 'value="2026-12-03"' in page
    assert "We kept what you typed. Check it and save." in page

    saved = client.post(plan, typed() | hidden(page))
    assert saved.status_code == 302
    assert panels(trust) == ["Panel with an invented title"]
    assert kept_for(director) == []
    assert "We kept" not in client.get(plan).text


def test_signing_in_again_in_another_tab_brings_the_text_back(client, plan, trust, director):
    form = hidden(client.get(plan).text)
    sign_in(client, director)

    answer = client.post(plan, typed() | form)

    assert (answer.status_code, answer.url) == (302, f"{plan}#kept-text")
    page = client.get(plan).text
    assert 'value="Panel with an invented title"' in page
    assert client.post(plan, typed() | hidden(page)).status_code == 302
    assert panels(trust) == ["Panel with an invented title"]


def test_text_is_never_given_to_another_person(client, plan, trust, director):
    other = person(trust)
    form = hidden(client.get(plan).text)
    lose_session(client)
    client.post(plan, typed() | form)

    sign_in(client, other)

    assert "invented title" not in client.get(plan).text
    sign_in(client, director)
    assert "invented title" in client.get(plan).text


def test_form_of_one_person_is_not_saved_by_another(client, plan, trust, director):
    other = person(trust)
    form = hidden(client.get(plan).text)
    sign_in(client, other)
    fresh = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}

    for sent in (typed() | form, typed() | form | fresh):
        answer = client.post(plan, sent)

        assert answer.status_code == 403
        assert "Someone else has signed in" in answer.text
        assert "invented title" not in answer.text
    assert panels(trust) == []
    assert kept_for(other) == []
    assert [text.fields["title"] for text in kept_for(director)] == [["Panel with an invented title"]]


def test_line_of_one_person_is_not_saved_by_another(client, plan, trust):
    form = hidden(client.get(plan).text)
    sign_in(client, person(trust))

    sent = typed() | {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    answer = client.post(plan, sent, headers={"X-Form-Token": form["form_token"]})

    assert answer.status_code == 403
    assert panels(trust) == []


def test_signing_out_forgets_what_was_kept(client, plan, director):
    form = hidden(client.get(plan).text)
    lose_session(client)
    client.post(plan, typed() | form)
    sign_in(client, director)

    client.post("/accounts/logout/", {"csrfmiddlewaretoken": client.cookies["csrftoken"].value})

    assert kept_for(director) == []
    sign_in(client, director)
    assert "invented title" not in client.get(plan).text


def test_text_is_kept_for_a_day(client, plan, director, trust):
    form = hidden(client.get(plan).text)
    lose_session(client)
    client.post(plan, typed() | form)
    sign_in(client, director)
    with form_posts._as_person(director.pk):
        KeptText.objects.filter(user=director).update(at=Now() - timedelta(days=1, minutes=1))

    assert "invented title" not in client.get(plan).text


def test_old_forms_are_removed_and_others_stay(director, trust):
    old, new = Now() - timedelta(days=1, minutes=1), Now() - timedelta(hours=23)
    people = [(director, old), (person(trust), new), (person(trust), old)]
    for user, at in people:
        with form_posts._as_person(user.pk):
            KeptText.objects.create(user=user, page="/", path="/", fields={}, at=at)
            FormPress.objects.create(user=user, key="1", location="/", at=at)

    forget_old_forms()

    left = []
    for user, _ in people:
        with form_posts._as_person(user.pk):
            left.append((KeptText.objects.count(), FormPress.objects.count()))
    assert left == [(0, 0), (1, 1), (0, 0)]


def test_database_shows_the_text_to_nobody_else(director, trust):
    with form_posts._as_person(director.pk):
        KeptText.objects.create(user=director, page="/", path="/", fields={"text": ["Mine"]})

    for other in (0, person(trust).pk):
        with tenancy.scope([trust.pk], actor="test", user_id=other):
            assert list(KeptText.objects.all()) == []
    with tenancy.scope([trust.pk], actor="test"):
        assert not AuditEntry.objects.filter(table="trusts_kepttext").exists()


def test_text_of_another_person_cannot_be_written(director, trust):
    with pytest.raises(Exception, match="row-level security"), form_posts._as_person(person(trust).pk):
        KeptText.objects.create(user=director, page="/", path="/", fields={})


def test_token_that_we_did_not_sign_keeps_nothing(client, plan, director):
    lose_session(client)
    forged = signing.dumps([director.pk, plan, "1"], salt="other")

    answer = client.post(
        plan, typed() | {"form_token": forged, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    )

    assert answer.url == f"/accounts/login/?next={plan}"
    assert kept_for(director) == []


def test_passwords_tokens_and_very_long_texts_are_not_kept(client, plan, director):
    form = hidden(client.get(plan).text)
    lose_session(client)

    client.post(plan, {"password": "secret", "new_password": "secret", "title": "A\0B"} | form)
    client.post(f"{plan}?", {"title": "A" * 300_000} | form)

    assert [text.fields for text in kept_for(director)] == [{"title": ["AB"]}]


def test_refused_text_is_shown_to_be_copied_where_its_form_is_gone(client, plan, trust, director, school):
    with tenancy.scope([trust.pk], actor="test"):
        panel = PanelFactory(trust=trust)
    detail = reverse("meetings:panel_detail", args=[trust.pk, panel.pk])
    with form_posts._as_person(director.pk):
        KeptText.objects.create(user=director, page=detail, path="/gone/", fields={"text": [TYPED], "version": ["1"]})

    first, second = client.get(detail).text, client.get(detail).text

    assert "since “September” &amp; &lt;half-term&gt;" in first
    assert "since “September”" not in second


def test_refusal_that_leads_to_another_page_shows_the_text_there(client, plan, trust):
    with tenancy.scope([trust.pk], actor="test"):
        panel = PanelFactory(trust=trust)
    publish = reverse("meetings:panel_publish", args=[trust.pk, panel.pk])

    answer = client.post(publish, {"text": TYPED} | hidden(client.get(plan).text))

    page = client.get(answer.url).text
    assert "there is nothing to publish" in page
    assert "since “September” &amp; &lt;half-term&gt;" in page


def test_second_press_gets_the_page_of_the_first(client, plan, trust):
    form = hidden(client.get(plan).text)

    first, second = (client.post(plan, typed() | form) for _ in range(2))

    assert len(panels(trust)) == 1
    assert (first.status_code, first.url) == (second.status_code, second.url)


def test_second_press_says_the_same_as_the_first(client, plan, trust):
    invite = reverse("trusts:invite", args=[trust.pk])
    form = {"name": "Nora Example", "email": "nora@example.org", "role": "business_manager"} | hidden(
        client.get(invite).text
    )

    for _ in range(2):
        answer = client.post(invite, form)

        assert "Nora Example is invited" in client.get(answer.url).text


def test_refused_form_can_be_sent_again(client, plan, trust):
    with tenancy.scope([trust.pk], actor="test"):
        PanelFactory(trust=trust, school_year=2027, half_term=2)
    form = typed() | hidden(client.get(plan).text)
    assert "already has a Panel" in client.post(plan, form).text

    with tenancy.scope([trust.pk], actor="test"):
        Panel.objects.all().delete()
    assert client.post(plan, form).status_code == 302

    assert panels(trust) == ["Panel with an invented title"]


def test_same_page_with_another_text_is_no_second_press(client, plan, trust):
    form = hidden(client.get(plan).text)
    client.post(plan, typed() | form)

    client.post(plan, typed("A second Panel") | {"half_term": "3"} | form)

    assert panels(trust) == ["Panel with an invented title", "A second Panel"]


@pytest.mark.parametrize(("role", "heading"), [(Role.BOARD_MEMBER, "You do not have access"), (None, "Page not found")])
def test_text_that_may_not_be_saved_any_more_is_shown_to_be_copied(client, plan, trust, director, role, heading):
    form = hidden(client.get(plan).text)
    with tenancy.scope([trust.pk], actor="test"):
        Membership.objects.filter(user=director).delete()
        if role:
            MembershipFactory(user=director, trust=trust, role=role)

    answer = client.post(plan, typed() | form)

    assert heading in answer.text
    assert "Panel with an invented title" in answer.text


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_wrong_method_has_a_page_with_a_way_back(client, plan, trust, method):
    detail = reverse("meetings:panel_list", args=[trust.pk])

    answer = getattr(client, method)(detail, headers={"X-CSRFToken": client.cookies["csrftoken"].value})

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET"
    assert "This address has no page" in answer.text
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert '<a class="govuk-link" href="/">Go to your home page</a>' in answer.text


def test_address_that_only_receives_a_form_leads_to_its_page(client, plan, trust, school):
    with tenancy.scope([trust.pk], actor="test"):
        panel = PanelFactory(trust=trust)

    answer = client.get(reverse("meetings:note_save", args=[trust.pk, panel.pk, school.pk]))

    assert (answer.status_code, answer.url) == (302, reverse("meetings:panel_detail", args=[trust.pk, panel.pk]))
