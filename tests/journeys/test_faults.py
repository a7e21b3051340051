"""Test that nothing is lost or left half done when servers and workers die while people work."""

import json
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from demonstration.trust.story import FABLE, GLASS, HIGH, ONCE, STORYBOOK
from tests.journeys.cast import ADMINISTRATOR, EXECUTIVE_DIRECTOR, HEAD_OF_GLASS, HEAD_OF_ONCE
from tests.journeys.returns import CurrentReturn, expect_saved, field, fill_in, line
from tests.journeys.stack import Stack, until
from trajectories.tasks import SETTLING
from trusts.locks import TRUST_FIGURES

OpenAs = Callable[..., Page]
TRUST = f"/trusts/{STORYBOOK.uid}"
pytestmark = pytest.mark.faults

REPLACED = ("kpis_scoreline", "kpis_headline", "kpis_trustfigure")  # Rows that a recomputation updates,
ADDED = (
    "trajectories_placement",
    "trajectories_phaseproposal",
    "trajectories_capacitystatus",
)  # and rows that it adds.
WAITING_WITH_CHANGES = """
    SELECT pid FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND query LIKE '%%pg_advisory%%' AND backend_xid IS NOT NULL"""
UNFINISHED = "SELECT pid FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
STILL_WANTED = "SELECT wanted > done FROM kpis_recomputation WHERE school_id = %s"
SCORE = "SELECT value FROM kpis_scoreline WHERE school_id = %s AND indicator_id = %s AND season > 0"


def results(stack: Stack, tables: tuple[str, ...]) -> list[str]:
    """Return every row of the tables in a fixed order, without the columns that a second run changes."""
    found = []
    for table in tables:
        rows = stack.rows(f"SELECT to_jsonb(row) - 'id' - 'computed_at' FROM {table} row")
        found += [f"{table} {json.dumps(row, sort_keys=True)}" for (row,) in rows]
    return sorted(found)


def test_worker_killed_while_recomputing_leaves_nothing_half_done(stack: Stack, open_as: OpenAs):
    high = CurrentReturn(stack, HIGH)
    before = results(stack, REPLACED + ADDED)

    with stack.connect() as another:
        # The recomputation ends with the trust figures, one run at a time. It waits for its turn with all of the
        # school's results written but not committed.
        another.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [TRUST_FIGURES, STORYBOOK.uid])
        when_the_director_accepts(open_as, high)
        until(lambda: stack.rows(WAITING_WITH_CHANGES), "the worker to be in the middle of its work")
        stack.kill_worker()
    until(lambda: not stack.rows(UNFINISHED), "the database to notice that the worker died")

    assert results(stack, REPLACED + ADDED) == before
    assert stack.one(STILL_WANTED, HIGH)

    stack.start_worker()
    time.sleep(SETTLING.total_seconds())
    stack.call("trajectories.tasks.catch_up")
    until(lambda: not stack.one(STILL_WANTED, HIGH), "the sweep to recompute the school")

    then_the_accepted_figures_are_scored(stack, high)
    then_a_fresh_recomputation_gives_the_same_results(stack)


def then_a_fresh_recomputation_gives_the_same_results(stack: Stack) -> None:
    caught_up, kept = results(stack, REPLACED), results(stack, ADDED)
    with stack.connect() as connection:
        for table in REPLACED:
            connection.execute(f"DELETE FROM {table} WHERE trust_id = %s", [STORYBOOK.uid])
    assert results(stack, REPLACED) != caught_up
    stack.call("trajectories.tasks.nightly_trust", trust_id=STORYBOOK.uid)
    until(lambda: results(stack, REPLACED) == caught_up, "a fresh recomputation to give the same results")
    assert results(stack, ADDED) == kept


def then_the_accepted_figures_are_scored(stack: Stack, current_return: CurrentReturn) -> None:
    figures = [(code, value) for code, value in current_return.figures() if value is not None]
    scored = [
        (code, float(value)) for code, _ in figures for (value,) in stack.rows(SCORE, current_return.school, code)
    ]
    assert len(scored) > 10
    assert scored == [figure for figure in figures if figure[0] in dict(scored)]


def when_the_director_accepts(open_as: OpenAs, current_return: CurrentReturn) -> None:
    page = open_as(EXECUTIVE_DIRECTOR, f"{current_return.path}moderate/")
    page.get_by_role("button", name="Accept return").click()
    expect(page.get_by_text("Its results are being updated.")).to_be_visible()
    assert current_return.state == "accepted"


def test_database_restart_between_two_saves_loses_nothing(stack: Stack, open_as: OpenAs, to_be_expected: list[str]):
    once = CurrentReturn(stack, ONCE)
    page = open_as(HEAD_OF_ONCE, once.path)
    banner = page.locator("#sl-connection")
    fill_in(page, "HS2", value="1", comment="Before the outage")
    expect_saved(page, "HS2")

    to_be_expected.append("Response Status Error Code 503")
    stack.servers.postgres.stop()
    fill_in(page, "HS3", value="1", comment="During the outage")

    expect(line(page, "HS3")).to_have_attribute("data-state", "failed")
    expect(line(page, "HS3")).to_contain_text("Not saved yet. What you typed is kept here and will be sent again.")
    expect(banner).to_contain_text("Sightline could not save. 1 line is not saved yet. Keep this page open")
    expect(field(page, "HS3")).to_have_value("1")

    stack.servers.postgres.start()
    expect_saved(page, "HS3")  # Automatically: nobody presses anything.
    expect(banner).to_be_empty()
    assert (once.value("HS2"), once.value("HS3")) == (1, 1)


def test_database_restart_loses_nothing_without_javascript(stack: Stack, open_as: OpenAs):
    once = CurrentReturn(stack, ONCE)
    page = open_as(HEAD_OF_ONCE, once.path, javascript=False)
    field(page, "SG8").fill("2")

    stack.servers.postgres.stop()
    with page.expect_navigation() as navigation:
        page.get_by_role("button", name="Save", exact=True).last.click()
    assert navigation.value.status == 503
    expect(page.get_by_role("heading", name="Sightline is not available at the moment")).to_be_visible()
    expect(page.get_by_text("What you last sent was not saved.")).to_be_visible()
    expect(page.get_by_text("Wait a minute, then reload this page.")).to_be_visible()

    stack.servers.postgres.start()
    page.reload()  # The page asks for this, and the browser sends the form again.
    expect(page.get_by_text("Saved at")).to_be_visible()
    expect(field(page, "SG8")).to_have_value("2")
    assert once.value("SG8") == 2


def test_people_can_work_while_the_broker_is_down_and_the_sweep_catches_up(stack: Stack, open_as: OpenAs):
    glass = CurrentReturn(stack, GLASS)
    stack.start_beat()
    stack.servers.valkey.stop()

    when_the_headteacher_submits(open_as, glass)
    when_the_director_accepts(open_as, glass)
    when_the_director_moderates_a_line(open_as, FABLE)
    when_a_person_is_invited(open_as)
    assert stack.one(STILL_WANTED, GLASS)
    assert stack.one(STILL_WANTED, FABLE)

    stack.servers.valkey.start()
    for school in (GLASS, FABLE):
        until(lambda urn=school: not stack.one(STILL_WANTED, urn), "beat's own sweep to catch up", seconds=180)
    then_the_accepted_figures_are_scored(stack, glass)


def when_the_headteacher_submits(open_as: OpenAs, current_return: CurrentReturn) -> None:
    page = open_as(HEAD_OF_GLASS, current_return.path)
    fill_in(page, "STF3", comment="This now counts 12 months")
    expect_saved(page, "STF3")
    page.get_by_role("button", name="Check before submitting").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Submit return").click()
    expect(page.get_by_role("heading", name="return submitted")).to_be_visible()
    assert current_return.state == "submitted"


def when_the_director_moderates_a_line(open_as: OpenAs, school: int) -> None:
    page = open_as(EXECUTIVE_DIRECTOR, f"{TRUST}/schools/{school}/phase/leadership/moderate/")
    page.get_by_role("radio").first.check()
    page.get_by_label("Reason").fill("The headteacher leaves at Christmas")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("Leadership recorded at")).to_be_visible()


def when_a_person_is_invited(open_as: OpenAs) -> None:
    page = open_as(ADMINISTRATOR, f"{TRUST}/people/invite/")
    page.get_by_label("Name").fill("Nora Example")
    page.get_by_label("Work email address").fill("nora@storybook.example")
    page.get_by_label("Role", exact=True).select_option(label="Trust Business Manager")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Nora Example is invited.")).to_be_visible()
