"""Measure the time from accepting a return to the new scorecard and to the Board's page."""

import time
from dataclasses import dataclass, field

import psycopg

from tests.bench.other_trusts import enter
from tests.bench.pages import BOARD, ED
from tests.bench.results import Measurement, Section, slowest, typical
from tests.bench.stacks import HIGH, TRUST, WholeStack
from tests.bench.visitor import Visitor

LONGEST_SECONDS = 30.0
POLL_SECONDS = 0.003
LINE = "SG8"  # Physical interventions: a count without parts.

STATE = """
SELECT wanted, done, coalesce((extract(epoch FROM done_at) * 1000000)::bigint, 0)
FROM kpis_recomputation WHERE school_id = %s"""
# Accepted lines are locked. To accept one again, it is opened and submitted with another figure.
OPEN_AGAIN = """
UPDATE returns_returnline line SET state = 'open' FROM returns_return of
WHERE of.id = line.termly_return_id AND line.indicator_id = %(line)s AND of.school_id = %(school)s
  AND of.term_id = (SELECT max(term_id) FROM returns_return WHERE school_id = %(school)s)"""
SUBMIT_AGAIN = """
WITH again AS (
    UPDATE returns_return SET state = 'submitted'
    WHERE school_id = %(school)s AND state IN ('submitted', 'accepted')
      AND term_id = (SELECT max(term_id) FROM returns_return WHERE school_id = %(school)s)
    RETURNING id, term_id)
UPDATE returns_returnline line SET value = %(value)s, missing_reason = '', state = 'submitted'
FROM again WHERE line.termly_return_id = again.id AND line.indicator_id = %(line)s
RETURNING again.term_id"""
SCORED = "SELECT value FROM kpis_scoreline WHERE school_id = %s AND indicator_id = %s"


@dataclass
class AcceptingTimes:
    """The times of one stack, in ms since the accepting request started."""

    answered: list[float] = field(default_factory=list)
    scored: list[float] = field(default_factory=list)
    on_board: list[float] = field(default_factory=list)


def time_accepting(stack: WholeStack, repetitions: int) -> AcceptingTimes:
    """Accept one school's return several times, each time with another figure, and wait for the results."""
    ed, board = Visitor(stack.address, ED), Visitor(stack.address, BOARD)
    found = AcceptingTimes()
    with psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as connection:
        enter(connection, [TRUST])
        for number in range(-1, repetitions):  # The first one warms up the worker.
            times = _accept_once(connection, ed, board, value=300 + number)
            if number >= 0:
                for name, ms in zip(("answered", "scored", "on_board"), times, strict=True):
                    getattr(found, name).append(ms)
    return found


def _accept_once(
    connection: psycopg.Connection, ed: Visitor, board: Visitor, *, value: int
) -> tuple[float, float, float]:
    which = {"school": HIGH, "value": value, "line": LINE}
    connection.execute(OPEN_AGAIN, which)
    again = connection.execute(SUBMIT_AGAIN, which).fetchone()
    assert again, "the school's return does not have this line, or was never submitted"
    of_term = f"/trusts/{TRUST}/schools/{HIGH}/returns/{again[0]}"
    page = ed.get(f"{of_term}/moderate/")
    _, before, version = _state(connection)
    start = time.perf_counter()
    answer = ed.post(f"{of_term}/accept/", page)
    answered = time.perf_counter()
    assert answer.status == 302, f"the return was not accepted: {answer.status}"
    while True:
        asked_for, done, _ = _state(connection)
        if done == asked_for > before:
            break
        assert time.perf_counter() < start + LONGEST_SECONDS, "the school was not recomputed"
        time.sleep(POLL_SECONDS)
    scored = time.perf_counter()
    # The open Board page sends this automatically. The answer is 204 while it shows the newest results.
    news = board.get(f"/trusts/{TRUST}/board/?since={version}", **{"HX-Request": "true"})
    shown = time.perf_counter()
    assert news.status == 200, f"the Board's page has nothing new: {news.status}"
    stored = connection.execute(SCORED, [HIGH, LINE]).fetchone()
    assert stored, "the school does not have this score line"
    assert int(stored[0]) == value, f"the scorecard says {stored[0]}, not {value}"
    return (answered - start) * 1000, (scored - start) * 1000, (shown - start) * 1000


def _state(connection: psycopg.Connection) -> tuple[int, int, int]:
    row = connection.execute(STATE, [HIGH]).fetchone()
    return row if row else (0, 0, 0)


def accepting_section(found: AcceptingTimes, title: str) -> Section:
    def line(what: str, ms: list[float], goal: float | None = None) -> Measurement:
        return Measurement(
            what=what, value=typical(ms), unit="ms", goal=goal, note=f"slowest of twenty {slowest(ms):,.1f} ms"
        )

    lines = [
        line("The Executive Director's page answers", found.answered),
        line("The new scorecard is stored", found.scored),
        line("The Board's page has it", found.on_board, goal=2000),
    ]
    remarks = [
        f"{len(found.scored)} times, each with another figure; in ms since the accepting request started",
        "the open Board page asks once a second, so a person sees it up to a second later",
    ]
    return Section(title=title, lines=lines, remarks=remarks)
