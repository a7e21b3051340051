"""Test signing in, its limits, and the pages that stay closed."""

import re
import time
from smtplib import SMTPServerDisconnected
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.urls import reverse
from kombu.exceptions import OperationalError

from tests.trusts.conftest import PASSWORD
from trusts.adapters import EncryptedSecondSteps, InvitationOnlySocialAccounts
from trusts.models import User
from trusts.tasks import send_password_reset

GOOGLE = {"google": {"APPS": [{"client_id": "our-google-id", "secret": "s"}]}}
MICROSOFT = {
    "microsoft": {
        "APPS": [
            {
                "client_id": "our-microsoft-id",
                "secret": "s",
                "settings": {"tenant": "our-directory", "verified_email": ["example.org"]},
            }
        ]
    }
}
LIMITS = {"login": "30/m/ip", "login_failed": "1000/m/ip,5/5m/key", "reset_password": "20/m/ip,5/m/key"}


def sign_in(client, email, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def confirm(client) -> None:
    """Enter the password again, as pages that change how you sign in require."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def signed_in_as(client) -> str | None:
    return client.session.get("_auth_user_id")


def words_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r'csrf\S+" value="\S+"|nonce="\S+"|X-CSRFToken[^}]*', "", response.text))


def test_session_ends_when_the_browser_closes(client, member):
    response = sign_in(client, member.email)

    assert response.url == reverse("home")
    assert signed_in_as(client) == str(member.pk)
    assert client.session.get_expire_at_browser_close()
    assert client.session.get_expiry_age() <= 12 * 3600


def test_unknown_address_and_wrong_password_get_the_same_answer(client, member):
    wrong = sign_in(client, member.email, "not the password")
    unknown = sign_in(client, "nobody@example.org", "not the password")

    assert wrong.status_code == unknown.status_code == 200
    assert "email address or password is wrong" in wrong.text
    assert words_of(wrong).replace(member.email, "X") == words_of(unknown).replace("nobody@example.org", "X")


def test_person_has_to_wait_after_five_wrong_passwords(client, member, settings):
    settings.ACCOUNT_RATE_LIMITS = LIMITS
    for _ in range(5):
        assert "email address or password is wrong" in sign_in(client, member.email, "not the password").text

    assert "Wait 5 minutes" in sign_in(client, member.email, "not the password").text
    assert (
        "Wait 5 minutes" in sign_in(client, member.email.upper()).text
    )  # The right password fails too, however the address is typed.
    assert signed_in_as(client) is None
    assert (
        "email address or password is wrong" in sign_in(client, "other@example.org", "x").text
    )  # Other people are not affected.


def test_network_with_too_many_tries_gets_a_page_that_says_wait(client, member, settings):
    settings.ACCOUNT_RATE_LIMITS = LIMITS | {"login": "2/m/ip"}
    answers = [sign_in(client, "a@example.org", "x") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Please wait a minute" in answers[-1].text


def test_visitors_behind_a_proxy_are_counted_separately(client, member, settings):
    settings.ACCOUNT_RATE_LIMITS = LIMITS | {"login": "1/m/ip"}
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    def status(forwarded: str) -> int:
        return client.post(reverse("account_login"), {}, headers={"X-Forwarded-For": forwarded}).status_code

    assert [status("192.0.2.1"), status("192.0.2.2"), status("192.0.2.1")] == [200, 200, 429]
    assert status("192.0.2.9, 192.0.2.2") == 429  # The visitor can forge the first address, so it does not count.


def test_people_can_sign_in_while_the_cache_is_down(client, member, settings, cache_of_production):
    settings.CACHES = {"default": cache_of_production | {"LOCATION": "redis://127.0.0.1:1/0"}}
    settings.ACCOUNT_RATE_LIMITS = LIMITS
    started = time.monotonic()

    assert sign_in(client, member.email, "not the password").status_code == 200
    assert sign_in(client, member.email).status_code == 302

    assert signed_in_as(client) == str(member.pk)
    assert time.monotonic() - started < 3
    assert caches["default"].get("anything", "nothing") == "nothing"


@pytest.mark.parametrize(
    "name", ["account_signup", "socialaccount_signup", "account_email", "socialaccount_connections"]
)
def test_closed_pages_are_closed_to_members_too(client, member, name):
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    given = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD, "action_add": ""}

    assert client.get(reverse(name)).status_code == 404
    assert client.post(reverse(name), given).status_code == 404
    assert User.objects.count() == EmailAddress.objects.count() == 1


def test_sign_in_page_offers_no_sign_up_and_no_provider(client, db):
    page = client.get(reverse("account_login")).text

    assert reverse("account_signup") not in page
    assert "google" not in page.lower()
    assert "microsoft" not in page.lower()
    for name in ("google_login", "google_callback", "microsoft_login", "microsoft_callback"):
        assert client.get(reverse(name)).status_code == client.post(reverse(name)).status_code == 404


@pytest.mark.parametrize(
    ("providers", "name", "address", "client_id"),
    [
        (GOOGLE, "google_login", "https://accounts.google.com/", "our-google-id"),
        (MICROSOFT, "microsoft_login", "https://login.microsoftonline.com/our-directory/", "our-microsoft-id"),
    ],
)
def test_provider_that_is_on_has_a_button_that_leads_to_it(client, db, settings, providers, name, address, client_id):
    settings.SOCIALACCOUNT_PROVIDERS = providers

    assert reverse(name) in client.get(reverse("account_login")).text
    sent = client.post(reverse(name))

    assert sent.status_code == 302
    assert sent.url.startswith(address)
    asked = parse_qs(urlsplit(sent.url).query)
    assert asked["client_id"] == [client_id]
    assert asked["redirect_uri"][0].endswith(reverse(name.replace("login", "callback")))
    assert asked["state"][0]


def arrive_from(client, monkeypatch, settings, provider: str, answer: dict):
    """Return from the provider with its answer about the person, as our own code sees it."""
    settings.SOCIALACCOUNT_PROVIDERS = GOOGLE | MICROSOFT
    sent = client.post(reverse(f"{provider}_login"))
    state = parse_qs(urlsplit(sent.url).query)["state"][0]
    adapter = {
        "google": "allauth.socialaccount.providers.google.views.GoogleOAuth2Adapter",
        "microsoft": "allauth.socialaccount.providers.microsoft.views.MicrosoftGraphOAuth2Adapter",
    }[provider]
    monkeypatch.setattr(
        "allauth.socialaccount.providers.oauth2.client.OAuth2Client.get_access_token",
        lambda *args, **kwargs: {"access_token": "t"},
    )
    monkeypatch.setattr(
        f"{adapter}.complete_login",
        lambda self, request, *args, **kwargs: self.get_provider().sociallogin_from_response(request, answer),
    )
    return client.get(reverse(f"{provider}_callback"), {"code": "c", "state": state})


def google_says(email, *, verified=True):
    return {"sub": "g-1", "email": email, "email_verified": verified, "name": "Somebody"}


def microsoft_says(email):
    return {"id": "m-1", "mail": email, "userPrincipalName": email, "displayName": "Somebody"}


@pytest.mark.parametrize(
    ("provider", "says"), [("google", google_says), ("microsoft", microsoft_says)], ids=["google", "microsoft"]
)
def test_provider_signs_in_the_person_with_that_address(client, member, settings, monkeypatch, provider, says):
    response = arrive_from(client, monkeypatch, settings, provider, says(member.email))

    assert response.url == reverse("home")
    assert signed_in_as(client) == str(member.pk)
    assert SocialAccount.objects.get().user == member


@pytest.mark.parametrize(
    ("provider", "answer"),
    [
        ("google", google_says("stranger@example.org")),
        ("google", google_says("member@example.org", verified=False)),
        ("microsoft", microsoft_says("stranger@example.org")),
    ],
)
def test_provider_creates_no_account_and_signs_in_nobody_else(client, member, settings, monkeypatch, provider, answer):
    response = arrive_from(client, monkeypatch, settings, provider, answer)

    assert signed_in_as(client) is None
    assert User.objects.count() == 1
    assert not SocialAccount.objects.exists()
    assert response.status_code in (200, 302)
    if response.status_code == 302:  # allauth's own sign-up page, which is closed.
        assert client.get(response.url).status_code == 404


def test_microsoft_is_trusted_for_its_own_domains_only(client, db, settings, monkeypatch):
    User.objects.create_user(email="director@another.example", name="Director", password=PASSWORD)
    EmailAddress.objects.create(user=User.objects.get(), email="director@another.example", verified=True, primary=True)

    arrive_from(client, monkeypatch, settings, "microsoft", microsoft_says("director@another.example"))

    assert signed_in_as(client) is None
    assert not SocialAccount.objects.exists()


def test_person_cannot_connect_a_second_account(rf, member):
    connecting = SocialLogin()
    connecting.state = {"process": "connect"}

    with pytest.raises(PermissionDenied):
        InvitationOnlySocialAccounts().pre_social_login(rf.get("/"), connecting)


def test_person_who_changes_their_password_gets_an_email(
    client, member, mailoutbox, worker, django_capture_on_commit_callbacks
):
    sign_in(client, member.email)
    another = "six more unrelated words here now"

    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(
            reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": another, "password2": another}
        )

    assert page.status_code == 302
    member.refresh_from_db()
    assert member.check_password(another)
    assert [email.to for email in mailoutbox] == [[member.email]]
    assert mailoutbox[0].subject.startswith("Sightline: ")
    assert "If you did not do this" in mailoutbox[0].body


def test_password_page_labels_its_fields_in_sentence_case(client, member):
    sign_in(client, member.email)

    page = client.get(reverse("account_change_password"))

    labels = [field.label for field in page.context["form"]]
    assert labels == ["Current password", "New password", "New password again"]
    assert "New Password" not in page.text


def test_password_stays_changed_when_the_mail_server_is_down(
    client, member, monkeypatch, worker, django_capture_on_commit_callbacks
):
    def away(*args):
        raise SMTPServerDisconnected

    monkeypatch.setattr(EmailBackend, "send_messages", away)
    sign_in(client, member.email)
    another = "six more unrelated words here now"

    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(
            reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": another, "password2": another}
        )

    assert page.status_code == 302
    member.refresh_from_db()
    assert member.check_password(another)


def test_person_chooses_a_new_password_through_the_email(
    client, member, mailoutbox, worker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        asked = client.post(reverse("account_reset_password"), {"email": member.email})
    (email,) = mailoutbox
    assert email.to == [member.email]
    link = re.search(r"http://localhost(\S+)", email.body).group(1)
    another = "six more unrelated words here now"

    form = client.get(link, follow=True)
    done = client.post(form.redirect_chain[-1][0], {"password1": another, "password2": another}, follow=True)

    assert asked.url == reverse("account_reset_password_done")
    assert email.subject == "Sightline: Choose a new password"
    assert done.status_code == 200
    assert signed_in_as(client) is None  # A second step is still asked for at sign-in.
    assert sign_in(client, member.email, another).status_code == 302
    client.post(reverse("account_logout"))
    assert "This link no longer works" in client.get(link, follow=True).text


def test_forgotten_password_page_does_not_wait_for_the_mail_server(
    client, member, mailoutbox, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(send_password_reset, "delay", lambda **ids: sent.append(ids))

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("account_reset_password"), {"email": member.email})

    assert sent == [{"user_id": member.pk}]
    assert mailoutbox == []


def test_password_email_is_sent_when_the_broker_is_down(
    client, member, mailoutbox, monkeypatch, django_capture_on_commit_callbacks
):
    def away(**ids):
        raise OperationalError("no broker")

    monkeypatch.setattr(send_password_reset, "delay", away)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("account_reset_password"), {"email": member.email})

    assert [email.to for email in mailoutbox] == [[member.email]]


def test_closed_account_gets_no_link(member, mailoutbox):
    member.is_active = False
    member.save()

    send_password_reset(user_id=member.pk)

    assert mailoutbox == []


def test_unknown_address_gets_the_same_page_and_no_email(client, member, mailoutbox):
    asked = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})

    assert asked.url == reverse("account_reset_password_done")
    assert mailoutbox == []


def test_authenticator_app_is_asked_for_at_the_next_sign_in(
    client, rf, member, mailoutbox, worker, django_capture_on_commit_callbacks
):
    sign_in(client, member.email)
    confirm(client)

    page = client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    assert 'src="data:image/svg+xml' in page.text  # The code to scan; img-src allows data:.
    assert secret in page.text
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    # The email is sent on commit, which on a real site is still inside the request.
    with context.request_context(rf.get("/")), django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": code})

    kept = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in kept  # Encrypted at rest.
    assert EncryptedSecondSteps().decrypt(kept) == secret
    codes = client.get(reverse("mfa_view_recovery_codes"))
    assert codes.status_code == 200
    recovery = codes.context["unused_codes"][0]
    assert "If you did not do this" in mailoutbox[-1].body

    client.post(reverse("account_logout"))
    assert sign_in(client, member.email).url.startswith(reverse("mfa_authenticate"))
    assert signed_in_as(client) is None
    assert client.get(reverse("mfa_index")).url.startswith(reverse("account_login"))  # Half signed in is not signed in.
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert signed_in_as(client) is None

    client.post(reverse("mfa_authenticate"), {"code": recovery})
    assert signed_in_as(client) == str(member.pk)
    client.post(reverse("account_logout"))
    sign_in(client, member.email)
    assert client.post(reverse("mfa_authenticate"), {"code": recovery}).status_code == 200  # Each code works once.
    assert signed_in_as(client) is None


def test_second_step_is_asked_for_after_microsoft_too(client, member, settings, monkeypatch):
    totp.TOTP.activate(member, totp.generate_totp_secret())

    response = arrive_from(client, monkeypatch, settings, "microsoft", microsoft_says(member.email))

    assert response.url.startswith(reverse("mfa_authenticate"))
    assert signed_in_as(client) is None


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_add_webauthn", "account_change_password"])
def test_changing_how_you_sign_in_asks_for_the_password_again(client, member, name):
    sign_in(client, member.email)
    if name == "account_change_password":  # That page asks for it in its own form.
        assert "oldpassword" in client.get(reverse(name)).context["form"].fields
        return
    asked = client.get(reverse(name))
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert client.post(asked.url, {"password": "not the password"}).status_code == 200
    assert client.get(reverse(name)).status_code == 302

    assert client.post(asked.url, {"password": PASSWORD}).url == reverse(name)
    assert client.get(reverse(name)).status_code == 200

    session = client.session
    session["account_authentication_methods"][-1]["at"] -= 16 * 60
    session.save()
    assert client.get(reverse(name)).status_code == 302  # It asks again after 15 minutes.


def test_new_key_still_reads_what_the_old_key_encrypted(settings):
    kept = EncryptedSecondSteps().encrypt("a secret")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key"

    assert EncryptedSecondSteps().decrypt(kept) == "a secret"
    assert EncryptedSecondSteps().encrypt("a secret") != EncryptedSecondSteps().encrypt("a secret")


@pytest.fixture
def second_step_of_another_key(member, settings):
    """A person whose second step no key of this installation reads."""
    totp.TOTP.activate(member, totp.generate_totp_secret())
    RecoveryCodes.activate(member)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", []


def test_second_step_that_no_key_reads_has_a_page_and_a_way_back(client, member, second_step_of_another_key):
    assert sign_in(client, member.email).url.startswith(reverse("mfa_authenticate"))

    page = client.post(reverse("mfa_authenticate"), {"code": "000000"})

    assert page.status_code == 409
    assert "Sightline’s secret key was changed" in page.text
    assert "Go back to sign-in" in page.text
    call_command("remove_second_step", email=member.email)
    assert client.post(reverse("account_logout"), {"next": reverse("account_login")}).url == reverse("account_login")
    sign_in(client, member.email)
    assert signed_in_as(client) == str(member.pk)


@pytest.mark.parametrize("name", ["mfa_index", "mfa_view_recovery_codes", "mfa_download_recovery_codes"])
def test_signed_in_person_can_turn_off_a_second_step_that_no_key_reads(
    client, member, second_step_of_another_key, worker, name
):
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    confirm(client)

    page = client.get(reverse(name))

    assert page.status_code == 409
    assert f'href="{reverse("mfa_deactivate_totp")}"' in page.text
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=member).exists()
    assert client.get(reverse("mfa_index")).status_code == 200


def test_only_a_person_with_a_second_step_can_lose_it(member):
    with pytest.raises(CommandError, match="Nobody has an account"):
        call_command("remove_second_step", email="nobody@example.org")
    with pytest.raises(CommandError, match="has no authenticator app and no recovery codes"):
        call_command("remove_second_step", email=member.email)
