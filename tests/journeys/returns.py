"""Fill in a return in a browser, and read its lines from the database."""

import re

from playwright.sync_api import Locator, Page, expect

from demonstration.trust.story import STORYBOOK
from tests.journeys.stack import Stack

BEGUN_TERMS = (
    "SELECT id FROM schools_term WHERE trust_id = %s AND starts_date <= current_date ORDER BY starts_date DESC"
)
CURRENT_TERM = f"{BEGUN_TERMS} LIMIT 1"
LAST_TERM = f"{BEGUN_TERMS} LIMIT 1 OFFSET 1"
LINES = """
    SELECT line.indicator_id, line.value FROM returns_returnline line
    JOIN returns_return of ON of.id = line.termly_return_id
    WHERE of.school_id = %s AND of.term_id = %s"""
UNANSWERED = f"{LINES} AND line.value IS NULL AND line.missing_reason = '' ORDER BY line.id"
LAST_FIGURE = """
    SELECT value, numerator, denominator FROM kpis_observation
    WHERE school_id = %s AND indicator_id = %s AND value IS NOT NULL ORDER BY school_year DESC, season DESC LIMIT 1"""

ANSWERED = re.compile("saved|query|red")  # The states of a line that the server has saved.


class CurrentReturn:
    """One school's return for the current term."""

    def __init__(self, stack: Stack, school: int) -> None:
        self.stack = stack
        self.school = school
        self.term = stack.one(CURRENT_TERM, STORYBOOK.uid)
        self.path = f"/trusts/{STORYBOOK.uid}/schools/{school}/returns/{self.term}/"

    @property
    def state(self) -> str:
        return self.stack.one(
            "SELECT state FROM returns_return WHERE school_id = %s AND term_id = %s", self.school, self.term
        )

    @property
    def unanswered(self) -> list[str]:
        """Return the codes of lines without a figure and without a reason."""
        return [code for code, _ in self.stack.rows(UNANSWERED, self.school, self.term)]

    def figures(self) -> list[tuple[str, float | None]]:
        """Return the stored figure of every line, by code."""
        lines = self.stack.rows(f"{LINES} ORDER BY line.id", self.school, self.term)
        return [(code, None if value is None else float(value)) for code, value in lines]

    def value(self, code: str) -> float | None:
        """Return the stored figure of one line."""
        return dict(self.figures())[code]

    def last_figure(self, code: str) -> dict[str, str]:
        """Return the school's previous answer by field, with its parts if it has them."""
        ((value, numerator, denominator),) = self.stack.rows(LAST_FIGURE, self.school, code)
        fields = {"value": value} if numerator is None else {"numerator": numerator, "denominator": denominator}
        return {name: f"{float(number):.10g}" for name, number in fields.items()}


def line(page: Page, code: str) -> Locator:
    return page.locator(f"#line-{code}")


def field(page: Page, code: str, name: str = "value") -> Locator:
    return page.locator(f"[name='{code}-{name}']")


def fill_in(page: Page, code: str, **texts: str) -> None:
    """Type into the fields of one line as a person does, and leave the line."""
    if "comment" in texts and not field(page, code, "comment").is_visible():
        line(page, code).get_by_text("Add a comment or say why there is no figure").click()
    for name, text in texts.items():
        field(page, code, name).fill(text)
        field(page, code, name).blur()


def expect_explained(page: Page, code: str) -> None:
    """Wait until the line is saved, and give the comment or explanation that it asks for."""
    expect(line(page, code)).to_have_attribute("data-state", ANSWERED)
    state = line(page, code).get_attribute("data-state")
    if state == "red":
        fill_in(page, code, what="As usual", why="Checked", what_next="Go on")
    if state == "query":
        fill_in(page, code, comment="I have checked this and it is correct")
    expect_saved(page, code)


def expect_saved(page: Page, code: str) -> None:
    expect(line(page, code)).to_have_attribute("data-state", "saved")
