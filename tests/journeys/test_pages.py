"""Every page, opened by every role that may open it, is accessible, fits a phone and complains of nothing."""

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


def test_every_page_is_listed_and_nothing_listed_is_stale():
    listed = [*GATED_PAGES, *SIGNED_IN_PAGES, *SECOND_STEP_PAGES, *PUBLIC_PAGES, *NOT_PAGES]

    assert sorted(listed) == sorted(GETS)


@pytest.fixture(scope="module")
def places(stack: Stack) -> Places:
    return Places(stack)


@pytest.fixture
def look(accessible: Callable[..., None]) -> Look:
    """Open a page at a desk and on a phone: it is there, axe finds nothing, and nothing runs out of the window.

    Unless it is looked at closely, axe leaves out the colours, which takes most of its time, and the phone.
    """

    def look_at(page: Page, path: str, *, closely: bool = True) -> None:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == HTTPStatus.OK, f"{path}: {answer.status}"
        assert page.url.endswith(path), f"{path} led to {page.url}"
        accessible(page, colours=closely)
        page.set_viewport_size(PHONE)
        until(lambda: page.evaluate(TOO_WIDE) <= 0, f"{path} to fit a phone's width", seconds=20)  # Charts are redrawn.
        if closely:
            accessible(page)
        page.set_viewport_size(DESKTOP)

    return look_at


@pytest.mark.parametrize("role", Role)
def test_every_page_that_a_role_opens(open_as: OpenAs, places: Places, look: Look, role: Role):
    email = somebody(role)
    page = open_as(email)
    if "trusts:invite" in opened_by(role):
        when_somebody_is_invited(page, f"invited.by.{role}@storybook.example")

    names = opened_by(role)

    assert names
    faults = []
    for name in names:
        is_first = next(each for each in Role if name in opened_by(each)) == role
        try:
            look(page, places.path(name, school_of(email, role)), closely=is_first)
        except AssertionError as fault:
            faults.append(str(fault))
    assert faults == [], "\n\n".join(faults)


def test_every_page_about_oneself_and_every_public_page(open_as: OpenAs, look: Look):
    for page, names in [(open_as(None), PUBLIC_PAGES), (open_as(LOCAL_GOVERNOR), SIGNED_IN_PAGES)]:
        for name in names:
            look(page, reverse(name))


def test_every_page_of_a_second_step(open_as: OpenAs, look: Look):
    page = open_as(LOCAL_GOVERNOR, reverse("mfa_activate_totp"))
    page.get_by_label("Password").fill(PASSWORD)  # Adding a way in asks for the password again.
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"**{reverse('mfa_activate_totp')}")

    for name in SECOND_STEP_PAGES:
        look(page, reverse(name))


def test_a_local_governor_sees_their_own_school_only(open_as: OpenAs, places: Places):
    others = [school for school in STORYBOOK.schools if school.urn != HIGH]
    page = open_as(LOCAL_GOVERNOR)

    expect(page.get_by_role("heading", name="Storybook High School", level=1)).to_be_visible()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link")).to_have_text(["My school"])
    for name in opened_by(Role.LOCAL_GOVERNOR):
        page.goto(places.path(name, HIGH))
        said = page.content()
        assert [school.name for school in others if school.name in said or str(school.urn) in said] == [], name
        expect(page.locator("main form[method=post]")).to_have_count(0)  # To read only.

    for name in GATED_PAGES:
        opens = name in opened_by(Role.LOCAL_GOVERNOR)
        if opens and "school_id" not in GETS[name].arguments:
            continue  # A page about oneself, the same from every school: it was looked at above.
        for school in others:
            refusal = HTTPStatus.NOT_FOUND if opens and "school_id" in GETS[name].arguments else HTTPStatus.FORBIDDEN
            assert status_of(page, places.path(name, school.urn)) == refusal, name
    for school in others:
        rows = page.request.get(f"/api/trusts/{STORYBOOK.uid}/score-lines/", params={"school": school.urn}).json()
        assert rows["results"] == []


def test_a_stranger_gets_nothing_but_the_way_in(open_as: OpenAs, places: Places, accessible: Callable[..., None]):
    page = open_as(None)
    for name in GATED_PAGES:
        answer = page.goto(places.path(name, HIGH))
        assert answer is not None
        assert page.url.startswith(f"{places.stack.address}{reverse('account_login')}?next="), name
        assert STORYBOOK.name not in page.content()
    accessible(page)
    assert page.request.get(f"/api/trusts/{STORYBOOK.uid}/score-lines/").status == HTTPStatus.FORBIDDEN


def test_a_person_of_another_trust_gets_nothing(open_as: OpenAs, places: Places, accessible: Callable[..., None]):
    page = open_as(DIRECTOR_ELSEWHERE)
    assert_nothing_of_storybook_is_said(page)
    for trust_page in ("board", "desk", "returns", "indicators", "headlines", "people", "panels"):
        page.goto(f"/trusts/{NURSERY_RHYME.uid}/{trust_page}/")
        assert_nothing_of_storybook_is_said(page)

    for name in GATED_PAGES:
        theirs = places.path(name, HIGH)
        page.goto(theirs)
        expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
        assert_nothing_of_storybook_is_said(page)
        if "school_id" in GETS[name].arguments:  # Nor does their school exist in one's own trust.
            page.goto(theirs.replace(str(STORYBOOK.uid), str(NURSERY_RHYME.uid), 1))
            may = name in opened_by(Role.EXECUTIVE_DIRECTOR)
            said = "Page not found" if may else "You do not have access to this page"
            expect(page.get_by_role("heading", name=said)).to_be_visible()
            assert_nothing_of_storybook_is_said(page)
    accessible(page)
    for names in ("score-lines", "observations"):
        assert page.request.get(f"/api/trusts/{STORYBOOK.uid}/{names}/").status == HTTPStatus.NOT_FOUND


def test_an_invited_person_comes_in_and_one_whose_role_is_ended_stays_out(
    stack: Stack, open_as: OpenAs, accessible: Callable[..., None]
):
    administrator = open_as(ADMINISTRATOR)
    reviewer = open_as(somebody(Role.EXTERNAL_REVIEWER))

    when_somebody_is_invited(administrator, "nora@storybook.example")
    nora = open_as(None, link_in_the_letter_to(stack, "nora@storybook.example"))
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


def when_somebody_is_invited(page: Page, email: str) -> None:
    page.goto(f"{PEOPLE}invite/")
    page.get_by_label("Name").fill("Nora Example")
    page.get_by_label("Work e-mail address").fill(email)
    page.get_by_label("Role").select_option(label="Board member")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_text("Nora Example is invited.")).to_be_visible()


def link_in_the_letter_to(stack: Stack, email: str) -> str:
    letter = re.compile(rf"To: {re.escape(email)}.*?{re.escape(stack.address)}(/invitations/\S+/)\s", re.DOTALL)
    until(lambda: letter.search(stack.log("worker")), "the worker to send the letter")
    found = letter.search(stack.log("worker"))
    assert found is not None
    return found[1]


def status_of(page: Page, path: str) -> int:
    """Ask for a page in the person's own session, without showing it."""
    return page.request.get(path, max_redirects=0).status


def assert_nothing_of_storybook_is_said(page: Page) -> None:
    said = page.content()
    assert STORYBOOK.name not in said, page.url
    assert [school.name for school in STORYBOOK.schools if school.name in said] == [], page.url
