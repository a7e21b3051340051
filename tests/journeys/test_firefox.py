"""Pages printed by Firefox: every figure of a table is on paper, headings repeat, and nothing is there to press."""

import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from demonstration.trust.story import HIGH, PASSWORD, STORYBOOK
from tests.journeys.cast import BOARD_MEMBER, HEAD_OF_HIGH
from tests.journeys.firefox import Firefox, firefox_window
from tests.journeys.returns import LAST_TERM
from tests.journeys.stack import Stack, until

pytestmark = [pytest.mark.journey, pytest.mark.full, pytest.mark.program]
TRUST = f"/trusts/{STORYBOOK.uid}"
SIGN_IN = """
const form = document.querySelector("[name=login]").form;
form.elements.login.value = arguments[0];
form.elements.password.value = arguments[1];
form.submit();
"""
# The numbers behind a chart are printed, open or closed; what else is folded away on screen is not.
CELLS = """
return [...document.querySelectorAll("main td")]
    .filter(cell => cell.closest(".sl-chart") || !cell.closest("details:not([open])"))
    .map(cell => cell.textContent).join(" ")
"""
HEADINGS = 'return [...document.querySelectorAll("main table thead")].map(row => row.innerText)'
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


@pytest.fixture
def window(firefox: str, tmp_path: Path) -> Iterator[Firefox]:
    with firefox_window(firefox, tmp_path) as window:
        yield window


def sign_in(window: Firefox, stack: Stack, email: str) -> None:
    window.forget()
    window.go(f"{stack.address}/accounts/login/")
    window.run(SIGN_IN, email, PASSWORD)
    until(lambda: "/accounts/" not in (window.run("return location.pathname") or "/accounts/"), "Firefox to sign in")


def sheets_of(window: Firefox) -> list[str]:
    """Return the words of each printed sheet, with single spaces and letters apart that the font joins."""
    pages = PdfReader(io.BytesIO(window.printed())).pages
    return [" ".join(unicodedata.normalize("NFKC", page.extract_text()).split()) for page in pages]


def then_every_figure_of_a_table_is_on_paper(window: Firefox, sheets: list[str]) -> None:
    on_screen = set(FIGURE.findall(window.run(CELLS)))
    assert len(on_screen) > 5
    assert sorted(on_screen - set(FIGURE.findall(" ".join(sheets)))) == []


def then_nothing_is_there_to_press(window: Firefox, sheets: list[str]) -> None:
    buttons = window.run('return [...document.querySelectorAll("button")].map(button => button.textContent.trim())')
    assert "Sign out" in buttons
    assert [name for name in buttons if name and name in " ".join(sheets)] == []


def test_what_a_reader_prints_is_all_on_paper(stack: Stack, window: Firefox):
    sign_in(window, stack, BOARD_MEMBER)
    window.go(f"{stack.address}{TRUST}/board/")
    board = sheets_of(window)
    (headings,) = [" ".join(row.split()) for row in window.run(HEADINGS)]
    assert len(board) > 1
    assert [headings in sheet for sheet in board[:2]] == [True, True]  # The list of schools goes over both.
    assert [school.name for school in STORYBOOK.schools if school.name not in " ".join(board)] == []
    then_every_figure_of_a_table_is_on_paper(window, board)
    then_nothing_is_there_to_press(window, board)

    window.go(f"{stack.address}{TRUST}/schools/{HIGH}/")  # The tables behind its charts are closed on screen.
    school = sheets_of(window)
    then_every_figure_of_a_table_is_on_paper(window, school)
    then_nothing_is_there_to_press(window, school)

    sign_in(window, stack, HEAD_OF_HIGH)
    window.go(f"{stack.address}{TRUST}/schools/{HIGH}/returns/{stack.one(LAST_TERM, STORYBOOK.uid)}/receipt/")
    then_every_figure_of_a_table_is_on_paper(window, sheets_of(window))
