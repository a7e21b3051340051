"""Test filling in a return with suggested figures by keyboard, on a phone, without JavaScript and offline."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from demonstration.trust.story import DAYDREAM, ONCE
from tests.journeys.cast import CONTRIBUTOR, HEAD_OF_DAYDREAM, HEAD_OF_ONCE
from tests.journeys.returns import ANSWERED, CurrentReturn, expect_explained, expect_saved, field, fill_in, line
from tests.journeys.stack import Stack, until

OpenAs = Callable[..., Page]
Accessible = Callable[[Page], None]
PROPOSED, LINES = 15, 24
# Counts every key, also within a chord. 379 were needed: 12 lines off target with 23 keys of text each, and one mark.
ALLOWED_PRESSES = 420
WHAT, WHY, NEXT = "As usual", "Checked", "Go on"
OFFLINE = ["htmx:sendError", "htmx:afterRequest"]  # What htmx writes to the console while offline.
AS_NOTHING = """
    UPDATE returns_returnline SET value = NULL, numerator = NULL, denominator = NULL, missing_reason = '', comment = '',
        unread = '{}', version = version + 1
    WHERE termly_return_id IN (SELECT id FROM returns_return WHERE school_id = %s AND term_id = %s)"""
FOCUSED = (
    "() => ({name: document.activeElement.name ?? '', line: document.activeElement.closest('[data-line]')?.id ?? ''})"
)


class Keys:
    """A person at a keyboard, with the number of keys they have pressed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed = 0

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)
        self.pressed += len(keys.split("+"))

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.pressed += len(text)

    @property
    def at(self) -> tuple[str, str]:
        """Return the name and the line of the focused field."""
        found = self.page.evaluate(FOCUSED)
        return found["name"], found["line"].removeprefix("line-")

    def go_by(self, keys: str, there: Callable[[str, str], bool], *, at_most: int = 60) -> None:
        """Press the same keys until the right field has the focus."""
        for _ in range(at_most):
            if there(*self.at):
                return
            self.press(keys)
        raise AssertionError(f"pressing {keys} {at_most} times led to {self.at}")


@pytest.fixture
def daydream(stack: Stack) -> CurrentReturn:
    """The return of a school that has filled in nothing, with suggested figures from its own systems."""
    found = CurrentReturn(stack, DAYDREAM)
    with stack.connect() as connection:
        connection.execute(AS_NOTHING, [DAYDREAM, found.term])
    assert len(found.unanswered) == LINES
    return found


def test_suggested_figure_is_confirmed_with_its_button_without_javascript(
    daydream: CurrentReturn, open_as: OpenAs, accessible: Accessible
):
    page = open_as(HEAD_OF_DAYDREAM, daydream.path, javascript=False)
    expect(page.locator("[data-confirm]")).to_have_count(PROPOSED)
    for left in range(PROPOSED, 0, -1):
        expect(page.locator("[data-confirm]")).to_have_count(left)
        page.locator("[data-confirm]").first.click()

    assert len(daydream.unanswered) == LINES - PROPOSED
    for code in daydream.unanswered:
        for name, text in daydream.last_figure(code).items():
            field(page, code, name).fill(text)
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text(re.compile("Saved at"))).to_be_visible()
    assert daydream.unanswered == []


def test_suggested_figures_are_confirmed_by_tapping_on_a_phone(
    daydream: CurrentReturn, open_as: OpenAs, accessible: Accessible
):
    page = open_as(HEAD_OF_DAYDREAM, daydream.path, width=390)
    accessible(page)
    for left in range(PROPOSED, 0, -1):
        page.locator("[data-confirm]").first.tap()
        expect(page.locator("[data-confirm]")).to_have_count(left - 1)
    for code in daydream.unanswered:
        fill_in(page, code, **daydream.last_figure(code), comment=WHY)
        expect_explained(page, code)

    assert daydream.unanswered == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    accessible(page)


def test_contradicting_lines_both_show_it_until_one_changes(daydream: CurrentReturn, open_as: OpenAs):
    page = open_as(HEAD_OF_DAYDREAM, daydream.path)
    contradiction = "pupils who missed 50% are among those who missed 10%"
    whole, part = daydream.last_figure("AB2"), daydream.last_figure("AB3")
    fill_in(page, "AB2", **whole)
    expect(line(page, "AB2")).to_have_attribute("data-state", ANSWERED)
    before = line(page, "AB2").get_attribute("data-state") or ""

    fill_in(page, "AB3", **whole | {"numerator": str(int(whole["numerator"]) + 1)})
    expect(line(page, "AB2")).to_contain_text(contradiction)

    fill_in(page, "AB3", **part)
    expect(line(page, "AB2")).not_to_contain_text(contradiction)
    expect(line(page, "AB2")).to_have_attribute("data-state", before)


@pytest.mark.faults
def test_text_typed_offline_is_kept_when_the_page_closes(
    daydream: CurrentReturn, open_as: OpenAs, accessible: Accessible, to_be_expected: list[str]
):
    to_be_expected += OFFLINE
    page = open_as(HEAD_OF_DAYDREAM, daydream.path)
    page.context.set_offline(True)
    fill_in(page, "HS2", value="1")
    expect(line(page, "HS2")).to_have_attribute("data-state", "failed")
    expect(page.locator("#sl-connection")).to_contain_text("1 line is not saved yet")
    accessible(page)
    page.evaluate("XMLHttpRequest.prototype.send = () => {}")  # While it closes, the browser goes back online.
    page.close(run_before_unload=False)  # As if the battery ran out.

    page.context.set_offline(False)
    assert daydream.value("HS2") is None
    again = page.context.new_page()
    again.goto(daydream.path)
    expect(again.locator("#return-told")).to_contain_text("What you typed is back and is being saved")
    expect(line(again, "HS2")).to_have_attribute("data-state", re.compile("saved|query"))
    assert daydream.value("HS2") == 1
    assert again.evaluate("Object.keys(localStorage).filter(name => name.startsWith('sightline:draft:'))") == []


@pytest.mark.faults
def test_unsaved_text_is_sent_when_the_connection_returns(
    daydream: CurrentReturn, open_as: OpenAs, to_be_expected: list[str]
):
    to_be_expected += OFFLINE
    page = open_as(HEAD_OF_DAYDREAM, daydream.path)
    page.context.set_offline(True)
    fill_in(page, "HS2", value="2")
    expect(line(page, "HS2")).to_have_attribute("data-state", "failed")
    page.context.set_offline(False)

    until(lambda: daydream.value("HS2") == 2, "the typed text to be sent")
    expect(page.locator("#sl-connection")).to_be_empty()


def test_two_people_see_each_others_changes(stack: Stack, open_as: OpenAs, accessible: Accessible):
    once = CurrentReturn(stack, ONCE)
    contributor, head = open_as(CONTRIBUTOR, once.path), open_as(HEAD_OF_ONCE, once.path)
    field(head, "STF3", "numerator").focus()  # The headteacher is about to type here, and not in STF1.

    for code in ("STF1", "STF3"):
        fill_in(contributor, code, **once.last_figure(code), comment=WHY)
        expect_explained(contributor, code)

    figure = once.last_figure("STF1")
    expect(field(head, "STF1", "numerator")).to_have_value(figure["numerator"])
    expect(line(head, "STF3").locator(".sl-line__elsewhere")).to_contain_text("What you type is kept")
    field(head, "STF3", "numerator").fill("1")
    field(head, "STF3", "denominator").fill("20")
    field(head, "STF3", "denominator").blur()
    expect(line(head, "STF3")).to_have_attribute("data-state", "conflict")
    line(head, "STF3").get_by_role("button", name=re.compile("Keep the saved answer")).click()
    expect(field(head, "STF3", "numerator")).to_have_value(once.last_figure("STF3")["numerator"])
    and_one_marks_a_line_that_the_other_comes_back_to(head, contributor, accessible)


def and_one_marks_a_line_that_the_other_comes_back_to(head: Page, contributor: Page, accessible: Accessible) -> None:
    field(contributor, "STF4", "numerator").focus()  # A mark still appears while a person types there.
    line(head, "STF4").get_by_role("button", name=re.compile("Come back to this line")).click()
    expect(line(head, "STF4").get_by_role("button", name=re.compile("Remove the mark"))).to_be_focused()
    expect(line(contributor, "STF4")).to_contain_text(re.compile(r"Marked to come back to\s+by\s.+,", re.DOTALL))
    expect(contributor.locator("#return-progress")).to_contain_text("left, 1 marked to come back to")
    expect(field(contributor, "STF4", "numerator")).to_be_focused()
    accessible(contributor)
    head.get_by_role("button", name="Check before submitting").click()
    expect(head.get_by_text("1 line is still marked to come back to")).to_be_visible()
    accessible(head)
    contributor.keyboard.press("F9")
    expect(line(contributor, "STF4")).not_to_contain_text("Marked to come back to by")
    head.go_back()
    expect(line(head, "STF4").get_by_role("button", name=re.compile("Come back to this line"))).to_be_visible()


def test_headteacher_completes_a_return_with_the_keyboard_only(
    daydream: CurrentReturn,
    open_as: OpenAs,
    accessible: Accessible,
    record_property: Callable[[str, object], None],
):
    page = open_as(HEAD_OF_DAYDREAM, daydream.path)
    accessible(page)
    began, keys = time.monotonic(), Keys(page)

    keys.press("F8")  # The first unfinished line.
    name, first = keys.at
    keys.press("F9")  # Marks the line to come back to.
    expect(line(page, first)).to_contain_text("Marked to come back to,")
    assert keys.at == (name, first)
    for _ in range(LINES):
        _, code = keys.at
        if line(page, code).locator("[data-confirm]").count():
            keys.press("Control+Enter")
            continue
        for text in daydream.last_figure(code).values():
            keys.type(text)
            keys.press("Enter")
    until(lambda: daydream.unanswered == [], "every line to be saved")
    expect(page.locator("[data-state=saving]")).to_have_count(0)
    asked = page.locator("[data-state=query], [data-state=red]").count()
    off_target = page.locator("[data-state=red]").count()
    explained = [explain(keys) for _ in range(asked)]
    keys.press("Shift+Tab")  # Leaving the last field saves it.
    for code in explained:
        expect_saved(page, code)

    keys.press("F8")  # Only the marked line is left.
    assert keys.at == (name, first)
    keys.press("F9")
    expect(page.locator("[name=unmark]")).to_have_count(0)
    when_the_headteacher_submits_by_keyboard(keys)
    seconds = time.monotonic() - began
    print(
        f"\n{LINES} lines, {PROPOSED} with suggested figures, {off_target} off target and explained: "
        f"{keys.pressed} keys, {seconds:.0f} seconds for a machine"
    )
    record_property("keys pressed", keys.pressed)
    assert daydream.state == "submitted"
    assert keys.pressed < ALLOWED_PRESSES


def explain(keys: Keys) -> str:
    """Go to the next line that needs a comment or an explanation, type it, and return the line's code."""
    keys.press("F8")
    name, code = keys.at
    if name == f"{code}-what":
        for text in (WHAT, WHY):
            keys.type(text)
            keys.press("Tab")
        keys.type(NEXT)
    else:
        assert name == f"{code}-comment"
        keys.type(WHY)
    return code


def when_the_headteacher_submits_by_keyboard(keys: Keys) -> None:
    keys.press("F8")  # Nothing is left, so this goes to the button that checks.
    assert keys.at == ("check", "")
    keys.press("Enter")
    expect(keys.page.get_by_role("heading", name="Submit the return")).to_be_visible()
    keys.go_by("Tab", lambda name, _: name == "declared")
    keys.press("Space")
    keys.press("Enter")
    expect(keys.page.get_by_role("heading", name="return submitted")).to_be_visible()
