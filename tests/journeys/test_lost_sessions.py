"""Test that what is typed survives each way to lose a session, and that pressing twice saves once."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from demonstration.trust.story import ONCE, PASSWORD, STORYBOOK
from tests.journeys.cast import EXECUTIVE_DIRECTOR, HEAD_OF_ONCE
from tests.journeys.returns import CurrentReturn, field, fill_in, line
from tests.journeys.stack import Stack, until

OpenAs = Callable[..., Page]
Accessible = Callable[[Page], None]
TRUST = f"/trusts/{STORYBOOK.uid}"
TYPED = "Staffing has settled since September.\nThe next visit is on 3 December."
DRAFT_PANEL = "SELECT max(id) FROM meetings_panel WHERE trust_id = %s"
NOTE = "SELECT text FROM meetings_panelnote WHERE panel_id = %s AND school_id = %s"
OWN_INDICATORS = "SELECT count(*) FROM kpis_ownversion WHERE trust_id = %s"
WAITING = "SELECT pid FROM pg_locks WHERE NOT granted"
PRESS_TWICE = """
    async () => {
        const form = document.querySelector("main form[method=post]");
        const press = () => fetch(location.href, {method: "POST", body: new FormData(form)});
        const answers = await Promise.all([press(), press()]);
        return answers.map((answer) => [answer.status, answer.url]);
    }"""


@pytest.fixture
def panel(stack: Stack) -> str:
    return f"{TRUST}/panels/{stack.one(DRAFT_PANEL, STORYBOOK.uid)}/"


@pytest.fixture
def saved(stack: Stack) -> Callable[[], str]:
    """Return the stored note on the school, and begin without one."""
    panel = stack.one(DRAFT_PANEL, STORYBOOK.uid)
    with stack.connect() as connection:
        connection.execute("DELETE FROM meetings_panelnote WHERE panel_id = %s AND school_id = %s", [panel, ONCE])
    return lambda: stack.one(NOTE, panel, ONCE)


def note(page: Page) -> Locator:
    return page.locator(f"#note-{ONCE}-text")


def save(page: Page) -> None:
    page.locator("form", has=note(page)).get_by_role("button", name="Save the note").click()


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def when_the_session_ends(page: Page) -> None:
    page.context.clear_cookies(name="sessionid")


def then_the_text_is_back_and_can_be_saved(page: Page, saved: Callable[[], str]) -> None:
    expect(note(page)).to_have_value(TYPED)
    save(page)
    expect(page.get_by_text("You saved the note on")).to_be_visible()
    assert saved() == TYPED
    page.reload()
    expect(page.get_by_text("What you typed here earlier")).to_have_count(0)
    expect(page.get_by_text("We kept what you typed")).to_have_count(0)


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_session_that_ended(panel: str, saved: Callable[[], str], open_as: OpenAs, accessible: Accessible, javascript):
    page = open_as(EXECUTIVE_DIRECTOR, panel, javascript=javascript)
    note(page).fill(TYPED)
    when_the_session_ends(page)
    save(page)
    expect(page.get_by_text("Sign in again to get back what you typed")).to_be_visible()
    sign_in(page, EXECUTIVE_DIRECTOR)

    expect(page.get_by_text("Not saved yet")).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("We kept what you typed. Check it and save.")).to_be_in_viewport()
    expect(page.locator("#sl-connection")).to_be_hidden()
    if javascript:
        accessible(page)
    then_the_text_is_back_and_can_be_saved(page, saved)


def test_signed_in_again_in_another_tab_saves_at_once(panel: str, saved: Callable[[], str], open_as: OpenAs):
    page = open_as(EXECUTIVE_DIRECTOR, panel)
    note(page).fill(TYPED)
    when_signed_in_again_in_another_tab(page)

    save(page)

    expect(page.get_by_text("You saved the note on")).to_be_visible()
    assert saved() == TYPED


def test_stale_token_without_scripts_brings_the_text_back(panel: str, saved: Callable[[], str], open_as: OpenAs):
    page = open_as(EXECUTIVE_DIRECTOR, panel, javascript=False)
    note(page).fill(TYPED)
    when_signed_in_again_in_another_tab(page)

    save(page)

    then_the_text_is_back_and_can_be_saved(page, saved)


def test_lost_connection(panel: str, saved: Callable[[], str], open_as: OpenAs, accessible: Accessible):
    page = open_as(EXECUTIVE_DIRECTOR, panel)
    note(page).fill(TYPED)
    page.context.set_offline(True)
    save(page)
    page.wait_for_url("chrome-error://**")
    page.context.set_offline(False)

    page.goto(panel)

    expect(page.locator("main").get_by_text("What you typed here earlier was not saved.")).to_be_visible()
    accessible(page)
    then_the_text_is_back_and_can_be_saved(page, saved)


def test_back_button(panel: str, saved: Callable[[], str], open_as: OpenAs):
    page = open_as(EXECUTIVE_DIRECTOR, panel)
    note(page).fill(TYPED)
    page.goto(f"{TRUST}/desk/")

    page.go_back()

    then_the_text_is_back_and_can_be_saved(page, saved)


def test_what_came_back_can_be_removed_and_signing_out_removes_it(
    panel: str, saved: Callable[[], str], open_as: OpenAs
):
    page = open_as(EXECUTIVE_DIRECTOR, panel)
    note(page).fill(TYPED)
    page.reload()
    page.get_by_role("button", name="Remove what I typed").click()
    expect(note(page)).to_have_value("")

    note(page).fill(TYPED)
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    sign_in(page, EXECUTIVE_DIRECTOR)
    page.goto(panel)
    expect(note(page)).to_have_value("")


def test_line_says_you_are_signed_out_and_is_saved_after_signing_in_in_a_new_tab(stack: Stack, open_as: OpenAs):
    once = CurrentReturn(stack, ONCE)
    page = open_as(HEAD_OF_ONCE, once.path)
    when_the_session_ends(page)
    fill_in(page, "STF3", comment="Typed while signed out")
    expect(line(page, "STF3")).to_have_attribute("data-state", "failed")
    expect(page.locator("#sl-connection")).to_contain_text("You are signed out.")

    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    sign_in(opened.value, HEAD_OF_ONCE)
    opened.value.wait_for_url(lambda url: "/accounts/" not in url)
    opened.value.close()
    page.bring_to_front()

    expect(line(page, "STF3")).to_have_attribute("data-state", "empty")  # Saved, and still without a figure.
    expect(page.locator("#sl-connection")).to_be_empty()
    page.reload()
    expect(field(page, "STF3", "comment")).to_have_value("Typed while signed out")


def test_two_presses_at_once_add_one_indicator(stack: Stack, open_as: OpenAs):
    page = open_as(EXECUTIVE_DIRECTOR, f"{TRUST}/setup/indicators/add/")
    texts = {
        "title": "Pupils in a club",
        "definition": "Pupils who went to a club",
        "why": "To see who joins",
        "numerator": "Pupils in a club",
        "denominator": "Pupils on roll",
        "reason": "The Board asked",
        "from_date": "2031-09-01",
    }
    for name, text in texts.items():
        page.locator(f"[name={name}]").fill(text)
    for name in ("area", "unit", "direction", "pupil_group"):
        page.locator(f"[name={name}]").select_option(index=1)
    page.locator("[name=phases]").first.check()
    before = stack.one(OWN_INDICATORS, STORYBOOK.uid)

    with stack.connect() as another:
        another.execute("SELECT uid FROM trusts_trust WHERE uid = %s FOR UPDATE", [STORYBOOK.uid])
        page.evaluate(f"window.answers = ({PRESS_TWICE})(); null")
        until(lambda: len(stack.rows(WAITING)) >= 2, "both presses to wait")
    answers = page.evaluate("window.answers")

    assert stack.one(OWN_INDICATORS, STORYBOOK.uid) == before + 1
    assert answers[0] == answers[1]
    assert "/add/" not in answers[0][1]


def when_signed_in_again_in_another_tab(page: Page) -> None:
    when_the_session_ends(page)
    another = page.context.new_page()
    another.goto("/accounts/login/")
    sign_in(another, EXECUTIVE_DIRECTOR)
    another.wait_for_url(lambda url: "/accounts/" not in url)
    another.close()
