"""Measure two hundred headteachers on the evening that returns are due, while processes are killed."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import psutil
import psycopg

from config.embedded import processes
from config.embedded.servers import DATA
from tests.bench.heads import AcknowledgedSave, EveningPart
from tests.bench.ledger import Count, Stored, compare
from tests.bench.other_trusts import add_other_trusts, enter
from tests.bench.results import Measurement, Section, as_text, slowest, typical
from tests.bench.stacks import WholeStack, whole_stack
from tests.journeys.stack import ROOT, until

HEADS_A_TRUST = 2  # In each copy of the demonstration trust: one return in progress, one not started.
BARE, ALL_AT_ONCE, KILLED, EVENING = "bare", "all at once", "killed", "evening"
PARTS = (
    EveningPart("warm up", 4),
    EveningPart(BARE, 10, bare=True),
    EveningPart(ALL_AT_ONCE, 20),
    EveningPart(KILLED, 25),
    EveningPart(EVENING, 30, pause=5.0, polls=True),
)
LONGEST_SECONDS = 300  # If every headteacher waits as long as possible in every part.
RECOMPUTED = 120  # Schools that need a recomputation when the worker is killed.

# Headteachers whose return for the newest term has open lines, by trust.
HEADTEACHERS_IN_PROGRESS = """
SELECT membership.user_id, membership.trust_id, membership.school_id, of.term_id
FROM trusts_membership membership JOIN returns_return of ON of.school_id = membership.school_id
WHERE membership.role = 'headteacher' AND of.state IN ('not_started', 'in_progress')
  AND of.term_id = (SELECT max(term_id) FROM returns_return WHERE trust_id = membership.trust_id)
ORDER BY membership.trust_id, membership.school_id LIMIT %s"""
LINES = """
SELECT line.school_id, line.indicator_id, line.version, coalesce(line.saved_by_id, 0), line.comment, line.value,
       line.numerator, line.denominator
FROM returns_returnline line JOIN returns_return of ON of.id = line.termly_return_id
WHERE of.school_id = ANY(%s) AND of.state IN ('not_started', 'in_progress')"""
HISTORY = """
SELECT change.school_id, line.indicator_id, change.line_version, change.changed_by_id, change.comment, change.value,
       change.numerator, change.denominator
FROM returns_linechange change JOIN returns_returnline line ON line.id = change.line_id
JOIN returns_return of ON of.id = line.termly_return_id
WHERE of.school_id = ANY(%s) AND of.state IN ('not_started', 'in_progress')"""
UNAUDITED = """
SELECT count(*) FROM returns_linechange change WHERE changed_at > %s AND NOT EXISTS (
    SELECT 1 FROM trusts_auditentry entry WHERE entry."table" = 'returns_linechange' AND entry.row_id = change.id)"""
WANT = """
UPDATE kpis_recomputation SET wanted = wanted + 1, wanted_at = now() - interval '1 minute'
WHERE id IN (SELECT id FROM kpis_recomputation ORDER BY id LIMIT %s)"""
STALE = "SELECT count(*) FROM kpis_recomputation WHERE wanted > done"


@dataclass
class EveningResults:
    """What all headteachers did in one part, and the processor time of their process."""

    part: EveningPart
    seconds: float
    client_seconds: float
    headteachers: list[dict[str, list[float]]]

    def every(self, name: str) -> list[float]:
        """Return the entries of all headteachers' lists with this name."""
        return list(chain.from_iterable(diary[name] for diary in self.headteachers))

    def count(self, name: str) -> int:
        return sum(int(str(diary[name])) for diary in self.headteachers)

    @property
    def rate(self) -> float:
        """Return the saves, or bare views, in a second."""
        return len(self.every("bare" if self.part.bare else "saves")) / self.seconds


@dataclass
class Kills:
    """What was killed, and how much work was left."""

    left_when_killed: int = 0  # Schools still to be recomputed when the worker was killed.
    web_back_seconds: float = 0.0
    caught_up_seconds: float = 0.0


def copies_for(headteachers: int) -> int:
    """Return how many copies of the demonstration trust are needed for this many open returns."""
    return -(-headteachers // HEADS_A_TRUST)


def last_evening_section(stack: WholeStack, number: int) -> Section:
    """Let ``number`` headteachers fill in their returns, and compare the acknowledged saves with the database."""
    people = stack.rows(HEADTEACHERS_IN_PROGRESS, number)
    schools = [school for _, _, school, _ in people]
    before = {row.line: row.version for row in stored_lines(stack, LINES, schools)}
    ((began,),) = stack.rows("SELECT now()")
    kills = Kills()
    told = _live(stack, _plan(stack, people), kills)
    start = time.monotonic()
    until(lambda: stack.one(STALE) == 0, "the schools to be recomputed", seconds=LONGEST_SECONDS)
    kills.caught_up_seconds = time.monotonic() - start
    saved = [AcknowledgedSave(**save) for part in told.values() for save in part.every("saved")]
    count = compare(saved, before, stored_lines(stack, LINES, schools), stored_lines(stack, HISTORY, schools))
    return _section(told, count, kills, stack.one(UNAUDITED, began), people)


def stored_lines(stack: WholeStack, query: str, schools: Sequence[int]) -> list[Stored]:
    """Return the lines of these schools, or the saves in their history, as ``LINES`` or ``HISTORY`` reads them."""
    names = ("school", "code", "version", "user", "comment", "value", "numerator", "denominator")
    return [Stored(**dict(zip(names, row, strict=True))) for row in stack.rows(query, list(schools))]


def _plan(stack: WholeStack, people: Sequence[tuple[int, int, int, int]]) -> dict[str, object]:
    """Plan who the headteachers are and what they do. They are signed in without the form."""
    made = stack.manage("shell", "--no-imports", "--command", SIGN_IN.format(users=[user for user, *_ in people]))
    sessions = json.loads(made.strip().splitlines()[-1])
    headteachers = [
        {
            "user": user,
            "school": school,
            "session": sessions[str(user)],
            "page": f"/trusts/{trust}/schools/{school}/returns/{term}/",
            "bare": f"/trusts/{trust}/",
        }
        for user, trust, school, term in people
    ]
    return {"address": stack.address, "headteachers": headteachers, "parts": [asdict(part) for part in PARTS]}


# With the form's limit for one address, two hundred sign-ins would take seven minutes.
SIGN_IN = """
import json
from django.test import Client
from trusts.models import User
found = {{}}
for user in User.objects.filter(pk__in={users}):
    client = Client()
    client.force_login(user)
    found[user.pk] = client.session.session_key
print(json.dumps(found))
"""


def _live(stack: WholeStack, plan: dict[str, object], kills: Kills) -> dict[str, EveningResults]:
    """Run the headteachers' process, and kill processes when it says that this part has started."""
    files = stack.folder / "plan.json", stack.folder / "diary.json"
    files[0].write_text(json.dumps(plan))
    with _heads(*files, log=stack.folder / "heads.log") as clients:
        until(
            lambda: KILLED in stack.log("heads") or clients.poll() is not None,
            "the headteachers",
            seconds=LONGEST_SECONDS,
        )
        _kill(stack, kills)
        status = processes.wait(clients, seconds=LONGEST_SECONDS)
    assert status == 0, stack.log("heads")
    found = [EveningResults(EveningPart(**row.pop("part")), **row) for row in json.loads(files[1].read_text())]
    return {told.part.name: told for told in found}


@contextmanager
def _heads(plan: Path, diary: Path, *, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        command = [sys.executable, "-m", "tests.bench.heads", plan, diary]
        clients = processes.start(command, cwd=ROOT, env=os.environ, output=output, new_session=True)
    try:
        yield clients
    finally:
        processes.end(clients)


def _kill(stack: WholeStack, kills: Kills) -> None:
    """Kill a web process during its requests, and the worker during recomputations."""
    with psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as connection:
        enter(connection, [uid for (uid,) in connection.execute("SELECT uid FROM trusts_trust WHERE is_tenant")])
        connection.execute(WANT, [RECOMPUTED])
    assert stack.web is not None
    time.sleep(3)
    web = psutil.Process(stack.web.pid)
    mine = web.children()
    mine[0].kill()
    start = time.monotonic()
    until(lambda: len(set(web.children()) - set(mine)) == 1, "gunicorn to start a new process")
    kills.web_back_seconds = time.monotonic() - start
    stack.call("trajectories.tasks.catch_up")
    until(lambda: 0 < stack.one(STALE) < RECOMPUTED, "the worker to recompute schools")
    stack.kill_worker()
    kills.left_when_killed = stack.one(STALE)
    stack.start_worker()


def _section(
    told: dict[str, EveningResults], count: Count, kills: Kills, unaudited: int, people: Sequence[tuple[int, ...]]
) -> Section:
    bare, once, killed, paced = (told[name] for name in (BARE, ALL_AT_ONCE, KILLED, EVENING))
    all_parts = list(told.values())
    errors = sorted({str(error) for told in all_parts for error in told.every("errors")})
    again = {name: part.count("sent_again") for name, part in told.items()}
    conflicts = sum(told.count("conflicts") for told in all_parts)

    def fault(what: str, number: int, note: str = "") -> Measurement:
        return Measurement(what=what, value=number, unit="", goal=0, note=note)

    lines = [
        _rate("The bare view, requested by all at once", bare, "bare"),
        _rate("Saves, all at once", once, "saves"),
        Measurement(what="A save, in bare views", value=bare.rate / once.rate, unit="times"),
        _rate("Saves, all at once, while processes are killed", killed, "saves"),
        _rate("Saves, one every five seconds for each headteacher", paced, "saves"),
        _rate("Meanwhile, pages asking for other people's changes", paced, "polls"),
        fault("Errors", sum(len(told.every("errors")) for told in all_parts), "; ".join(errors[:3])),
        fault("Lost saves", count.lost, f"of {count.acknowledged:,} acknowledged"),
        fault("Saves over another tab's, without a conflict", sum(told.count("overwritten") for told in all_parts),
              f"{conflicts:,} conflicts shown and resolved"),
        fault("Saves without their row in the history", count.without_history),
        fault("Saves without their audit entry", unaudited),
    ]  # fmt: skip
    return Section(
        title=f"{len(people)} headteachers in {len({person[1] for person in people})} trusts on the last evening",
        lines=lines,
        remarks=[*_remarks(all_parts, kills), f"sent again without an answer: {_in_words(again)}", _cut_off(count)],
    )


def _remarks(all_parts: Sequence[EveningResults], kills: Kills) -> list[str]:
    share = sum(told.client_seconds for told in all_parts) / sum(told.seconds for told in all_parts)
    return [
        f"the headteachers are one process on the server's own cores; it used {share:.0%} of one core",
        "a save's time is from leaving the field to the answer, with the three seconds before the page sends again",
        f"a web process was killed (-9) during requests; a new one ran {kills.web_back_seconds:.1f} seconds later",
        f"the worker was killed (-9) with {kills.left_when_killed} of {RECOMPUTED} schools still to be recomputed, and "
        f"restarted; {kills.caught_up_seconds:.0f} seconds after the last save nothing was left",
    ]


def _rate(what: str, told: EveningResults, name: str) -> Measurement:
    ms = told.every(name)
    note = f"half within {typical(ms):,.0f} ms, 19 of 20 within {slowest(ms):,.0f} ms"
    return Measurement(what=what, value=len(ms) / told.seconds, unit="a second", note=note)


def _in_words(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "none"


def _cut_off(count: Count) -> str:
    return f"{count.unacknowledged} saves were stored but their answer was lost; sent again, each was found unchanged"


if __name__ == "__main__":
    processes.adopt_orphans()
    processes.listen_for_stop()
    try:
        with whole_stack(DATA / "bench" / "evening") as running:
            headteachers = int(sys.argv[1]) if len(sys.argv) > 1 else 200
            add_other_trusts(running.environment["DATABASE_URL"], copies_for(headteachers))
            print(as_text(last_evening_section(running, headteachers)))
    finally:
        processes.end_descendants()
