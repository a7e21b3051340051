import os
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.journeys.stack import Stack, demonstration

AXE = Axe()
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(
        executable_path=os.environ.get("SIGHTLINE_CHROMIUM") or None,
        args=["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
    )
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The demonstration trust, fresh for each module of journeys."""
    with demonstration(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def open_as(browser: Browser, stack: Stack) -> Iterator[Callable[..., Page]]:
    """Open the product as somebody: ``open_as("head@…")`` signs in through the real form and returns the page.

    At the end every page opened must have broken no rule of the Content Security Policy and thrown nothing.
    """
    contexts, complaints = [], []

    def sign_in(email: str | None, *, path: str = "/", width: int = 1280, javascript: bool = True) -> Page:
        context = browser.new_context(
            base_url=stack.address, viewport={"width": width, "height": 900}, java_script_enabled=javascript
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda line: "Content Security Policy" in line.text and complaints.append(line.text))
        page.goto(path)
        if email:
            page.get_by_label("Email").fill(email)
            page.get_by_label("Password", exact=True).fill(DEMONSTRATION_PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.wait_for_url(lambda url: "/accounts/" not in url)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Assert that axe finds nothing against WCAG 2.2 AA on the page as it is now."""

    def check(page: Page) -> None:
        found = AXE.run(page, options=WCAG)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"

    return check


DEMONSTRATION_PASSWORD = "a demonstration of sightline"
