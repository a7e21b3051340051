"""Test passkeys in a real browser with a virtual authenticator, under the Content Security Policy."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.db import connections
from playwright.sync_api import Page, sync_playwright

from tests.browser import PRESENT, find
from tests.trusts.conftest import PASSWORD

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
pytestmark = pytest.mark.journey


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A browser page with a passkey authenticator. The test fails if a page breaks the Content Security Policy."""
    # Playwright's loop runs in this thread, so Django thinks that the test is asynchronous.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    complaints: list[str] = []
    program = find(PRESENT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-quic"])
        page = browser.new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        chromium = page.context.new_cdp_session(page)
        chromium.send("WebAuthn.enable")
        chromium.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        yield page
        browser.close()
        connections.close_all()  # Nothing else closes the connections that Django opened next to Playwright's loop.
    assert complaints == []


def test_person_adds_a_passkey_and_signs_in_with_it(page, live_server, transactional_db, member):
    address = live_server.url.replace("127.0.0.1", "localhost")  # Browsers keep passkeys for host names only.
    page.goto(f"{address}/accounts/login/?next=/accounts/2fa/webauthn/add/")
    page.locator("[name=login]").fill(member.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("[name=password]").fill(PASSWORD)  # Adding a passkey asks for the password again.
    page.locator("main button[type=submit], main button:not([type])").first.click()

    page.locator("[name=name]").fill("The office computer")
    page.locator("[name=passwordless]").check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/**")

    kept = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)
    assert kept.user == member
    assert kept.wrap().is_passwordless
    page.goto(f"{address}/accounts/2fa/webauthn/")
    assert "The office computer" in page.locator("main").inner_text()

    page.context.clear_cookies()
    page.goto(f"{address}/accounts/login/?next=/accounts/2fa/")
    page.locator("#passkey_login").click()
    page.wait_for_url(f"{address}/accounts/2fa/")

    member.refresh_from_db()
    kept.refresh_from_db()
    assert kept.last_used_at is not None
    assert "Passkeys" in page.locator("main").inner_text()


def test_passkey_is_the_second_step_after_the_password(page, live_server, transactional_db, member):
    address = live_server.url.replace("127.0.0.1", "localhost")
    page.goto(f"{address}/accounts/login/?next=/accounts/2fa/webauthn/add/")
    page.locator("[name=login]").fill(member.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit], main button:not([type])").first.click()
    page.goto(f"{address}/accounts/2fa/totp/activate/")
    assert page.locator("main img").evaluate("image => image.naturalWidth") > 0  # The policy allows the QR code.
    page.goto(f"{address}/accounts/2fa/webauthn/add/")
    page.locator("[name=name]").fill("A key")
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/**")

    page.context.clear_cookies()
    page.goto(f"{address}/accounts/login/?next=/accounts/2fa/")
    page.locator("[name=login]").fill(member.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/accounts/2fa/authenticate/**")
    page.locator("#mfa_webauthn_authenticate").click()
    page.wait_for_url(f"{address}/accounts/2fa/")

    assert Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN).last_used_at is not None
