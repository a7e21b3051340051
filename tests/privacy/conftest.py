import pytest

from tests.privacy.verdict import Verdict

VERDICTS = pytest.StashKey[list[Verdict]]()


@pytest.fixture
def verdicts(request: pytest.FixtureRequest) -> list[Verdict]:
    """What the readers found out. The last lines of pytest's output say it."""
    return request.config.stash.setdefault(VERDICTS, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if found := config.stash.get(VERDICTS, []):
        terminalreporter.section("How many of the figures that are hidden from them readers find")
        for verdict in found:
            terminalreporter.write_line(verdict.in_numbers)
