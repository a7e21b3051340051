import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect, sync_playwright

from demonstration.trust.story import PASSWORD
from tests.browser import PRESENT, find
from tests.journeys.stack import Stack, demonstration

AXE = Axe()
WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],  # The other results are short, because nobody reads them.
}
MILLISECONDS = 60_000  # Generous, because the machine may be busy.
PHONE = 500  # Narrower windows have a touch screen.
expect.set_options(timeout=MILLISECONDS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark journeys and run them first, starting with the module that has most of them.

    They take longest: if they started last, one process would have to wait for the other.
    """
    for item in items:
        if "open_as" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.journey)
    sizes = Counter(item.path for item in items if item.get_closest_marker("journey"))
    items.sort(key=lambda item: -sizes[item.path])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for one module only: while Playwright runs, Django thinks that the thread is asynchronous."""
    program = find(PRESENT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A fresh demonstration for each module of journeys."""
    place = tmp_path_factory.getbasetemp()
    # Each process of a run has a folder below the run's folder.
    kept = (place.parent if "PYTEST_XDIST_WORKER" in os.environ else place) / "demonstration"
    with demonstration(tmp_path_factory.mktemp("stack"), kept) as running:
        yield running


@pytest.fixture
def to_be_expected() -> list[str]:
    """Texts that a journey causes in the browser's console on purpose."""
    return ["Failed to load resource"]  # Journeys check statuses themselves.


@pytest.fixture
def open_as(browser: Browser, stack: Stack, to_be_expected: list[str]) -> Iterator[Callable[..., Page]]:
    """Open Sightline as a person: ``open_as("head@…")`` signs in with the real form and returns the page.

    The test fails if any page broke the Content Security Policy, raised an error, wrote an error to the console or
    missed a file.
    """
    contexts, complaints = [], []

    def heed(line: ConsoleMessage) -> None:
        if line.type == "error" and not any(words in line.text for words in to_be_expected):
            complaints.append(f"{line.location['url']}: {line.text}")

    def check(response: Response) -> None:
        if "/static/" in response.url and not response.ok:
            complaints.append(f"{response.url}: {response.status}")

    def sign_in(email: str | None, path: str = "/", *, width: int = 1280, javascript: bool = True) -> Page:
        context = browser.new_context(
            base_url=stack.address,
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            has_touch=width < PHONE,
        )
        context.set_default_timeout(MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", heed)
        page.on("response", check)
        if email:
            page.goto("/accounts/login/")
            page.get_by_label("Email").fill(email)
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.wait_for_url(lambda url: "/accounts/" not in url)
        page.goto(path)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def accessible() -> Callable[..., None]:
    """Assert that axe finds no fault against WCAG 2.2 AA on the page as it is now."""

    def check(page: Page, *, colours: bool = True) -> None:
        if not page.evaluate("'axe' in window"):  # It is half a megabyte, and a page may be checked twice.
            page.evaluate(AXE.axe_script)
        options = WCAG | {"rules": {"color-contrast": {"enabled": colours}}}
        found = AxeResults(page.evaluate("options => axe.run(options)", options))
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"

    return check
