"""Two hundred headteachers on the evening that returns are due, while processes are killed under them."""

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
from tests.bench.heads import Part, Saved
from tests.bench.ledger import Count, Stored, compare
from tests.bench.other_trusts import add_other_trusts, enter
from tests.bench.results import Line, Section, as_text, slowest, typical
from tests.bench.stacks import WholeStack, whole_stack
from tests.journeys.stack import ROOT, until

HEADS_A_TRUST = 2  # Of the demonstration trust and its copies: one return in progress, one not started.
BARE, ALL_AT_ONCE, KILLED, EVENING = "bare", "all at once", "killed", "evening"
PARTS = (
    Part("warm up", 4),
    Part(BARE, 10, bare=True),
    Part(ALL_AT_ONCE, 20),
    Part(KILLED, 25),
    Part(EVENING, 30, pause=5.0, polls=True),
)
LONGEST_SECONDS = 300  # With every head at the end of its patience in every part
RECOMPUTED = 120  # Schools that want their results worked out again when the worker is killed.

# Heads whose return of the newest term has open lines, those of one trust together.
HEADS = """
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
class Told:
    """What all heads did in one part, and what their process spent on it."""

    part: Part
    seconds: float
    client_seconds: float
    heads: list[dict[str, list[float]]]

    def every(self, name: str) -> list[float]:
        """Return the entries of all heads' lists of that name."""
        return list(chain.from_iterable(each[name] for each in self.heads))

    def count(self, name: str) -> int:
        return sum(int(str(each[name])) for each in self.heads)

    @property
    def rate(self) -> float:
        """Saves, or bare views, a second."""
        return len(self.every("bare" if self.part.bare else "saves")) / self.seconds


@dataclass
class Kills:
    """What was killed, and how far the work was."""

    left_when_killed: int = 0  # Schools still to be worked out when the worker was killed.
    web_back_seconds: float = 0.0
    caught_up_seconds: float = 0.0


def copies_for(heads: int) -> int:
    """Return how many copies of the demonstration trust have as many heads with an open return."""
    return -(-heads // HEADS_A_TRUST)


def last_evening_section(stack: WholeStack, number: int) -> Section:
    """Let ``number`` heads fill in their returns, and hold what they were told against what is stored."""
    people = stack.rows(HEADS, number)
    schools = [school for _, _, school, _ in people]
    before = {each.line: each.version for each in _stored(stack, LINES, schools)}
    ((began,),) = stack.rows("SELECT now()")
    kills = Kills()
    told = _live(stack, _plan(stack, people), kills)
    start = time.monotonic()
    until(lambda: stack.one(STALE) == 0, "the schools to be worked out")
    kills.caught_up_seconds = time.monotonic() - start
    saved = [Saved(**each) for part in told.values() for each in part.every("saved")]
    count = compare(saved, before, _stored(stack, LINES, schools), _stored(stack, HISTORY, schools))
    return _section(told, count, kills, stack.one(UNAUDITED, began), people)


def _stored(stack: WholeStack, query: str, schools: Sequence[int]) -> list[Stored]:
    names = ("school", "code", "version", "user", "comment", "value", "numerator", "denominator")
    return [Stored(**dict(zip(names, row, strict=True))) for row in stack.rows(query, list(schools))]


def _plan(stack: WholeStack, people: Sequence[tuple[int, int, int, int]]) -> dict[str, object]:
    """Say who the heads are and what they do. Their sessions are made by Django's own sign-in, without the form."""
    made = stack.manage("shell", "--no-imports", "--command", SIGN_IN.format(users=[user for user, *_ in people]))
    sessions = json.loads(made.strip().splitlines()[-1])
    heads = [
        {
            "user": user,
            "school": school,
            "session": sessions[str(user)],
            "page": f"/trusts/{trust}/schools/{school}/returns/{term}/",
            "bare": f"/trusts/{trust}/",
        }
        for user, trust, school, term in people
    ]
    return {"address": stack.address, "heads": heads, "parts": [asdict(each) for each in PARTS]}


# The form's own limit of sign-ins from one address would take the two hundred seven minutes.
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


def _live(stack: WholeStack, plan: dict[str, object], kills: Kills) -> dict[str, Told]:
    """Let the heads' process run, and kill what is to be killed when it says that this part has begun."""
    files = stack.folder / "plan.json", stack.folder / "diary.json"
    files[0].write_text(json.dumps(plan))
    with _heads(*files, log=stack.folder / "heads.log") as clients:
        until(lambda: KILLED in stack.log("heads") or clients.poll() is not None, "the heads", seconds=LONGEST_SECONDS)
        _kill(stack, kills)
        status = processes.wait(clients, seconds=LONGEST_SECONDS)
    assert status == 0, stack.log("heads")
    found = [Told(Part(**each.pop("part")), **each) for each in json.loads(files[1].read_text())]
    return {each.part.name: each for each in found}


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
    """Kill a web process in the middle of its requests, and the worker in the middle of working schools out."""
    with psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as connection:
        enter(connection, [uid for (uid,) in connection.execute("SELECT uid FROM trusts_trust WHERE is_tenant")])
        connection.execute(WANT, [RECOMPUTED])
    assert stack.web is not None
    time.sleep(3)
    web = psutil.Process(stack.web.pid)
    mine = web.children()
    mine[0].kill()
    start = time.monotonic()
    until(lambda: len(set(web.children()) - set(mine)) == 1, "gunicorn to begin a new process")
    kills.web_back_seconds = time.monotonic() - start
    stack.call("trajectories.tasks.catch_up")
    until(lambda: 0 < stack.one(STALE) < RECOMPUTED, "the worker to work schools out")
    stack.kill_worker()
    kills.left_when_killed = stack.one(STALE)
    stack.start_worker()


def _section(
    told: dict[str, Told], count: Count, kills: Kills, unaudited: int, people: Sequence[tuple[int, ...]]
) -> Section:
    bare, once, killed, paced = (told[name] for name in (BARE, ALL_AT_ONCE, KILLED, EVENING))
    every = list(told.values())
    errors = sorted({str(error) for each in every for error in each.every("errors")})
    again = {name: each.count("sent_again") for name, each in told.items()}
    conflicts = sum(each.count("conflicts") for each in every)

    def fault(what: str, number: int, note: str = "") -> Line:
        return Line(what=what, value=number, unit="", goal=0, note=note)

    lines = [
        _rate("The bare view, asked for by all at once", bare, "bare"),
        _rate("Saves, all at once", once, "saves"),
        Line(what="A save, in bare views", value=bare.rate / once.rate, unit="times"),
        _rate("Saves, all at once, while processes are killed", killed, "saves"),
        _rate("Saves, each head a cell every five seconds", paced, "saves"),
        _rate("Meanwhile, pages asking what others saved", paced, "polls"),
        fault("Errors", sum(len(each.every("errors")) for each in every), "; ".join(errors[:3])),
        fault("Lost saves", count.lost, f"of {count.acknowledged:,} acknowledged"),
        fault("Saves over another tab's, no conflict shown", sum(each.count("overwritten") for each in every),
              f"{conflicts:,} conflicts shown and settled"),
        fault("Saves without their row of history", count.without_history),
        fault("Saves without their audit entry", unaudited),
    ]  # fmt: skip
    return Section(
        title=f"{len(people)} heads of {len({each[1] for each in people})} trusts on the last evening",
        lines=lines,
        remarks=[*_remarks(every, kills), f"sent again for want of an answer: {_in_words(again)}", _cut_off(count)],
    )


def _remarks(every: Sequence[Told], kills: Kills) -> list[str]:
    share = sum(each.client_seconds for each in every) / sum(each.seconds for each in every)
    return [
        f"the heads are one process beside the server, on the same cores: it took {share:.0%} of one of them",
        "a save's time is a head's: from leaving the cell to the answer, with the three seconds before the page sends "
        "again",
        f"a web process was killed (-9) with requests in hand; another ran {kills.web_back_seconds:.1f} seconds later",
        f"the worker was killed (-9) with {kills.left_when_killed} of {RECOMPUTED} schools still to be worked out, and "
        f"started again; {kills.caught_up_seconds:.0f} seconds after the last save nothing was left",
    ]


def _rate(what: str, told: Told, name: str) -> Line:
    ms = told.every(name)
    note = f"half within {typical(ms):,.0f} ms, 19 of 20 within {slowest(ms):,.0f} ms"
    return Line(what=what, value=len(ms) / told.seconds, unit="a second", note=note)


def _in_words(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "none"


def _cut_off(count: Count) -> str:
    return f"{count.unacknowledged} saves were stored and their answer cut off; sent again, each was found as it was"


if __name__ == "__main__":
    processes.adopt_orphans()
    processes.listen_for_stop()
    try:
        with whole_stack(DATA / "bench" / "evening") as running:
            heads = int(sys.argv[1]) if len(sys.argv) > 1 else 200
            add_other_trusts(running.environment["DATABASE_URL"], copies_for(heads))
            print(as_text(last_evening_section(running, heads)))
    finally:
        processes.end_descendants()
