"""Test that every page is accessible, fits a phone and shows no errors, for every role that may open it."""

import re
from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from demonstration.trust.story import HIGH, NURSERY_RHYME, PASSWORD, STORYBOOK
from tests.journeys.cast import (
    ADMINISTRATOR,
    DIRECTOR_ELSEWHERE,
    EXECUTIVE_DIRECTOR,
    LOCAL_GOVERNOR,
    somebody,
)
from tests.journeys.pages import (
    GATED_PAGES,
    GETS,
    NOT_PAGES,
    PUBLIC_PAGES,
    SECOND_STEP_PAGES,
    SIGNED_IN_PAGES,
    Places,
    opened_by,
    school_of,
)
from tests.journeys.stack import Stack, until
from trusts.models import Role

OpenAs = Callable[..., Page]
Look = Callable[..., None]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"  # Pixels.
PEOPLE = f"/trusts/{STORYBOOK.uid}/people/"


def test_every_page_is_listed_and_no_entry_is_stale():
    listed = [*GATED_PAGES, *SIGNED_IN_PAGES, *SECOND_STEP_PAGES, *PUBLIC_PAGES, *NOT_PAGES]

    assert sorted(listed) == sorted(GETS)


@pytest.fixture(scope="module")
def places(stack: Stack) -> Places:
    return Places(stack)


@pytest.fixture
def look(accessible: Callable[..., None]) -> Look:
    """Open a page on a desktop and a phone, and check that it exists, is accessible and fits the window.

    Unless ``closely`` is set, axe skips the phone and the colours, which take most of its time.
    """

    def look_at(page: Page, path: str, *, closely: bool = True) -> None:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == HTTPStatus.OK, f"{path}: {answer.status}"
        assert page.url.endswith(path), f"{path} led to {page.url}"
        accessible(page, colours=closely)
        page.set_viewport_size(PHONE)
        until(
            lambda: page.evaluate(TOO_WIDE) <= 0, f"{path} to fit a phone's width", seconds=20
        )  # Charts are drawn again.
        if closely:
            accessible(page)
        page.set_viewport_size(DESKTOP)

    return look_at


# Whoever a page is made for looks at it first: what a headteacher fills in, then what the Board reads, then the rest.
ROLES = list(dict.fromkeys([Role.HEADTEACHER, Role.BOARD_MEMBER, *Role]))


def opened_first_by(role: Role) -> list[str]:
    """Return the pages that this role opens and none before it does: each page once over all the roles."""
    earlier = [name for other in ROLES[: ROLES.index(role)] for name in opened_by(other)]
    return [name for name in opened_by(role) if name not in earlier]


def opened_again_by(role: Role) -> list[str]:
    return [name for name in opened_by(role) if name not in opened_first_by(role)]


@pytest.mark.parametrize("role", list(filter(opened_first_by, ROLES)))
def test_every_page_as_the_first_role_that_opens_it(open_as: OpenAs, places: Places, look: Look, role: Role):
    look_at_all(opened_first_by(role), open_as, places, look, role, closely=True)


@pytest.mark.full
@pytest.mark.parametrize("role", list(filter(opened_again_by, ROLES)))
def test_every_page_as_every_other_role_that_opens_it(open_as: OpenAs, places: Places, look: Look, role: Role):
    look_at_all(opened_again_by(role), open_as, places, look, role, closely=False)


def test_every_page_of_a_role_is_looked_at():
    for role in Role:
        assert sorted(opened_first_by(role) + opened_again_by(role)) == sorted(opened_by(role))
    assert sorted(name for role in Role for name in opened_first_by(role)) == sorted(GATED_PAGES)


def look_at_all(names: list[str], open_as: OpenAs, places: Places, look: Look, role: Role, *, closely: bool) -> None:
    email = somebody(role)
    page = open_as(email)
    if "trusts:invitation_withdraw" in names:
        when_a_board_member_is_invited(page, f"invited.by.{role}@storybook.example")
    faults = []
    for name in names:
        try:
            look(page, places.path(name, school_of(email, role)), closely=closely)
        except AssertionError as fault:
            faults.append(str(fault))
    assert faults == [], "\n\n".join(faults)


def test_account_pages_and_public_pages(open_as: OpenAs, look: Look):
    for page, names in [(open_as(None), PUBLIC_PAGES), (open_as(LOCAL_GOVERNOR), SIGNED_IN_PAGES)]:
        for name in names:
            look(page, reverse(name))


def test_pages_about_the_second_step(open_as: OpenAs, look: Look):
    page = open_as(LOCAL_GOVERNOR, reverse("mfa_activate_totp"))
    page.get_by_label("Password").fill(PASSWORD)  # Adding a second step asks for the password again.
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"**{reverse('mfa_activate_totp')}")

    for name in SECOND_STEP_PAGES:
        look(page, reverse(name))


def test_local_governor_sees_their_own_school_only(open_as: OpenAs, places: Places):
    others = [school for school in STORYBOOK.schools if school.urn != HIGH]
    page = open_as(LOCAL_GOVERNOR)

    expect(page.get_by_role("heading", name="Storybook High School", level=1)).to_be_visible()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link")).to_have_text(["My school"])
    for name in opened_by(Role.LOCAL_GOVERNOR):
        page.goto(places.path(name, HIGH))
        html = page.content()
        assert [school.name for school in others if school.name in html or str(school.urn) in html] == [], name
        expect(page.locator("main form[method=post]")).to_have_count(0)  # Governors only read.

    for name in GATED_PAGES:
        opens = name in opened_by(Role.LOCAL_GOVERNOR)
        if opens and "school_id" not in GETS[name].arguments:
            continue  # An account page, which was checked above.
        for school in others:
            refusal = HTTPStatus.NOT_FOUND if opens and "school_id" in GETS[name].arguments else HTTPStatus.FORBIDDEN
            assert status_of(page, places.path(name, school.urn)) == refusal, name
    for school in others:
        rows = page.request.get(f"/api/trusts/{STORYBOOK.uid}/score-lines/", params={"school": school.urn}).json()
        assert rows["results"] == []


def test_stranger_sees_only_sign_in(open_as: OpenAs, places: Places, accessible: Callable[..., None]):
    page = open_as(None)
    for name in GATED_PAGES:
        answer = page.goto(places.path(name, HIGH))
        assert answer is not None
        assert page.url.startswith(f"{places.stack.address}{reverse('account_login')}?next="), name
        assert STORYBOOK.name not in page.content()
    accessible(page)
    assert page.request.get(f"/api/trusts/{STORYBOOK.uid}/score-lines/").status == HTTPStatus.FORBIDDEN


def test_person_in_another_trust_sees_nothing(open_as: OpenAs, places: Places, accessible: Callable[..., None]):
    page = open_as(DIRECTOR_ELSEWHERE)
    assert_page_does_not_mention_storybook(page)
    for trust_page in ("board", "desk", "returns", "indicators", "headlines", "people", "panels"):
        page.goto(f"/trusts/{NURSERY_RHYME.uid}/{trust_page}/")
        assert_page_does_not_mention_storybook(page)

    for name in GATED_PAGES:
        theirs = places.path(name, HIGH)
        page.goto(theirs)
        expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
        assert_page_does_not_mention_storybook(page)
        if "school_id" in GETS[name].arguments:  # The school does not exist in the person's own trust either.
            page.goto(theirs.replace(str(STORYBOOK.uid), str(NURSERY_RHYME.uid), 1))
            may = name in opened_by(Role.EXECUTIVE_DIRECTOR)
            heading = "Page not found" if may else "You do not have access to this page"
            expect(page.get_by_role("heading", name=heading)).to_be_visible()
            assert_page_does_not_mention_storybook(page)
    accessible(page)
    for names in ("score-lines", "observations"):
        assert page.request.get(f"/api/trusts/{STORYBOOK.uid}/{names}/").status == HTTPStatus.NOT_FOUND


def test_invited_person_gets_access_and_person_whose_role_ended_loses_it(
    stack: Stack, open_as: OpenAs, accessible: Callable[..., None]
):
    administrator = open_as(ADMINISTRATOR)
    reviewer = open_as(somebody(Role.EXTERNAL_REVIEWER))

    when_a_board_member_is_invited(administrator, "nora@storybook.example")
    when_the_director_confirms(open_as)
    nora = open_as(None, link_in_the_email_to(stack, "nora@storybook.example"))
    accessible(nora)
    nora.get_by_label("password").first.fill("a password of her own")
    nora.get_by_label("password").last.fill("a password of her own")
    nora.get_by_role("button", name="Accept invitation").click()
    expect(nora.get_by_role("heading", name="How our schools are doing")).to_be_visible()

    administrator.goto(PEOPLE)
    administrator.get_by_role("row", name="Rolf Example").get_by_role("link", name="End").click()
    administrator.get_by_role("radio").first.check()
    administrator.get_by_role("button", name="End role").click()
    expect(administrator.get_by_text("Rolf Example is no longer")).to_be_visible()
    assert status_of(reviewer, reviewer.url) == HTTPStatus.NOT_FOUND
    reviewer.goto("/")
    expect(reviewer.get_by_role("heading", name="You have no current role")).to_be_visible()
    accessible(reviewer)


def when_a_board_member_is_invited(page: Page, email: str) -> None:
    page.goto(f"{PEOPLE}invite/")
    page.get_by_label("Name").fill("Nora Example")
    page.get_by_label("Work email address").fill(email)
    page.get_by_label("Role", exact=True).select_option(label="Board member")
    page.get_by_label("Why do they need this role?").fill("She joins the Board in January")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_text("The invitation of Nora Example is waiting to be confirmed.")).to_be_visible()


def when_the_director_confirms(open_as: OpenAs) -> None:
    page = open_as(EXECUTIVE_DIRECTOR, f"{PEOPLE}confirmations/")
    page.get_by_role("button", name="Confirm Nora Example").click()
    expect(page.get_by_text("You confirmed the invitation of Nora Example.")).to_be_visible()


def link_in_the_email_to(stack: Stack, email: str) -> str:
    letter = re.compile(rf"To: {re.escape(email)}.*?{re.escape(stack.address)}(/invitations/\S+/)\s", re.DOTALL)
    until(lambda: letter.search(stack.log("worker")), "the worker to send the email")
    found = letter.search(stack.log("worker"))
    assert found is not None
    return found[1]


def status_of(page: Page, path: str) -> int:
    """Request a page in the person's session without showing it."""
    return page.request.get(path, max_redirects=0).status


def assert_page_does_not_mention_storybook(page: Page) -> None:
    html = page.content()
    assert STORYBOOK.name not in html, page.url
    assert [school.name for school in STORYBOOK.schools if school.name in html] == [], page.url
