"""Kill every process of Sightline again and again while people work, and count what was lost, half done or stuck.

python -m tests.bench.kills [--kills 200]

Headteachers save, an Executive Director accepts and corrects returns, and another publishes Panel reports. Meanwhile
the web server, one of its processes, the worker, beat, PostgreSQL and Valkey are killed with SIGKILL in turn and
started again. At the end everything that was acknowledged must be stored, nothing may be stored in part, and nothing
may be left undone.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from http.client import HTTPException
from typing import Any

import psutil
import psycopg

from config.embedded import processes
from config.embedded.servers import DATA
from tests.bench.heads import Browser, Diary, EveningPart, Headteacher, together
from tests.bench.last_evening import (
    HEADTEACHERS_IN_PROGRESS,
    HISTORY,
    LINES,
    SIGN_IN,
    STALE,
    UNAUDITED,
    stored_lines,
)
from tests.bench.ledger import compare
from tests.bench.other_trusts import add_other_trusts
from tests.bench.results import Measurement, Section, as_text
from tests.bench.stacks import WholeStack, whole_stack
from tests.journeys.stack import until

COPIES, SAVING = 15, 30
MODERATED = 4  # Trusts in which returns are accepted and corrected.
ROUND_SECONDS = 15.0
CALM_SECONDS = (0.2, 2.0)  # Between two kills, so that they hit every part of a request.
PATIENCE_SECONDS = 180.0
EXPLANATION = {"what": "It rose", "why": "A class was left out", "what_next": "We count every class"}

# An accepted return of each copy of the trust, with its headteacher and the Executive Director.
ACCEPTED = """
SELECT DISTINCT ON (sent.trust_id)
    sent.id, sent.trust_id, sent.school_id, sent.term_id, headteacher.user_id, director.user_id
FROM returns_return sent
JOIN trusts_membership headteacher ON headteacher.school_id = sent.school_id AND headteacher.role = 'headteacher'
    AND headteacher.ends_date IS NULL
JOIN trusts_membership director ON director.trust_id = sent.trust_id AND director.role = 'executive_director'
WHERE sent.state = 'accepted' AND sent.trust_id > 1000000
ORDER BY sent.trust_id, sent.term_id DESC, sent.school_id LIMIT %s"""
STATE = "SELECT state FROM returns_return WHERE id = %s"
ANY_LINE = """
SELECT indicator_id FROM returns_returnline WHERE termly_return_id = %s AND value IS NOT NULL ORDER BY id LIMIT 1"""
STEPS = """
SELECT termly_return_id, step, count(*) FROM returns_returndecision
WHERE decided_at >= %s AND termly_return_id = ANY(%s) GROUP BY 1, 2"""
REPORTS = "SELECT panel_id FROM meetings_panelreport WHERE published_at >= %s"
CORRECTED = "SELECT count(DISTINCT comment) FROM returns_linechange WHERE comment = ANY(%s)"
HALF_REPORTS = "SELECT count(*) FROM meetings_panelreport WHERE encode(sha256(pdf), 'hex') <> sha256"
HALF_ACCEPTED = """
SELECT count(*) FROM returns_returnline line JOIN returns_return of ON of.id = line.termly_return_id
JOIN schools_term term ON term.id = of.term_id
LEFT JOIN kpis_observation figure ON figure.school_id = line.school_id AND figure.indicator_id = line.indicator_id
    AND figure.school_year = term.school_year AND figure.season = term.season AND figure.pupil_group = line.pupil_group
WHERE of.id = ANY(%s) AND line.state = 'accepted'
    AND (figure.value IS DISTINCT FROM line.value OR figure.comment IS DISTINCT FROM line.comment)"""
HALF_DECIDED = """
SELECT count(*) FROM returns_return of WHERE of.id = ANY(%s) AND (of.state = 'accepted') <> NOT EXISTS (
    SELECT 1 FROM returns_returnline line WHERE line.termly_return_id = of.id AND line.state <> 'accepted')"""
UNPUBLISHED = """
SELECT id FROM meetings_panel panel WHERE trust_id = %s
    AND NOT EXISTS (SELECT 1 FROM meetings_panelreport report WHERE report.panel_id = panel.id) ORDER BY id LIMIT 1"""
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


class Work:
    """What people do until they are told to stop, and what was acknowledged."""

    def __init__(self, stack: WholeStack) -> None:
        self.stack = stack
        self.stop = threading.Event()
        self.steps: Counter[tuple[int, str]] = Counter()  # Acknowledged, by return and step.
        self.comments: list[str] = []  # Of corrected lines.
        self.published: set[int] = set()
        self.diaries: list[Diary] = []
        self.unanswered = 0

    def until_told(self, do: Callable[[], None]) -> None:
        """Do something again and again. People try again later when they get no answer."""
        while not self.stop.is_set():
            try:
                do()
            except (OSError, HTTPException, AssertionError, psycopg.Error):
                self.unanswered += 1
                time.sleep(1)

    def save(self, people: list[Headteacher]) -> None:
        """Let headteachers fill in their returns for a while, each with a newly opened page."""
        ends = time.monotonic() + ROUND_SECONDS

        def fill_in(person: Headteacher) -> None:
            person.lines, person.diary = [], Diary()
            person.open()
            person.live(EveningPart("killed", ROUND_SECONDS, pause=0.5), ends)

        try:
            together(people, fill_in)
        finally:
            self.diaries += [person.diary for person in people]

    def decide(self, pk: int, headteacher: Headteacher, director: Browser) -> None:
        """Take one return one step further: correct it, save and submit the line, accept it."""
        path = headteacher.page
        state = self.state(pk)
        if state == "accepted":
            ask(director, "GET", f"{path}correct/")
            ((code,),) = self.stack.rows(ANY_LINE, pk)
            ask(director, "POST", f"{path}correct/", {"lines": code, "reason": "A class was left out"})
            self.steps[pk, "correction"] += 1
        elif state == "submitted":
            ask(director, "GET", f"{path}moderate/")
            ask(director, "POST", f"{path}accept/", {})
            self.steps[pk, "accepted"] += 1
        else:
            headteacher.lines = []
            headteacher.open()
            for line in headteacher.lines:
                typed = headteacher.typed(line) | {f"{line.code}-{name}": text for name, text in EXPLANATION.items()}
                comment = f"Counted again at {time.time()}"
                ask(headteacher.browser, "POST", line.path, typed | {f"{line.code}-comment": comment})
                self.comments.append(comment)
            ask(headteacher.browser, "POST", f"{path}submit/", {"declared": "on"})
            self.steps[pk, "submitted"] += self.state(pk) == "submitted"  # It answers in the same way if it was not.

    def state(self, pk: int) -> str:
        return str(self.stack.rows(STATE, pk)[0][0])

    def publish(self, trust: int, director: Browser, chance: random.Random) -> None:
        """Plan a Panel of some half-term, and publish its report."""
        panels = f"/trusts/{trust}/panels/"
        ask(director, "GET", f"{panels}plan/")
        held = date(chance.randint(1980, 2020), chance.randint(1, 12), 15).isoformat()
        half_term = str(chance.randint(1, 6))
        ask(director, "POST", f"{panels}plan/", {"title": "Panel", "held_date": held, "half_term": half_term})
        panel = self.stack.one(UNPUBLISHED, trust)
        ask(director, "POST", f"{panels}{panel}/publish/", {})
        if "You published the report" in ask(director, "GET", f"{panels}{panel}/"):
            self.published.add(panel)


def ask(person: Browser, method: str, path: str, fields: dict[str, str] | None = None) -> str:
    """Send a request that the server must acknowledge, and return the page.

    Raises:
        AssertionError: it did not.
    """
    status, body = person.ask(method, path, fields)
    assert status in (200, 302), f"{path}: {status}"
    return body


class Killer:
    """Kills one process after another, and starts again what has ended, as docker-compose.yml does in production."""

    def __init__(self, stack: WholeStack) -> None:
        self.stack = stack
        self.killed: Counter[str] = Counter()
        self.ended: list[str] = []  # What ended because another process was killed, with the end of its log.
        self.ways: dict[str, Callable[[], None]] = {
            "web": self.web,
            "a web process": self.web_process,
            "worker": self.worker,
            "beat": self.beat,
            "PostgreSQL": self.postgres,
            "Valkey": self.valkey,
        }

    def kill(self, name: str) -> None:
        self.ways[name]()
        self.killed[name] += 1

    def start_ended(self) -> None:
        """Start again what has ended without being killed itself, for example while the broker was away."""
        running = {"web": self.stack.web, "worker": self.stack.worker, "beat": self.stack.beat}
        for name, process in running.items():
            if process is not None and process.poll() is not None:
                last = [line for line in self.stack.log(name).splitlines() if line.strip()][-1:]
                self.ended.append(f"{name} ended: {' '.join(last)[:200]}")
                getattr(self.stack, f"start_{name}")()

    def web(self) -> None:
        kill_family(self.stack.web)
        self.stack.start_web()

    def web_process(self) -> None:
        assert self.stack.web is not None
        parent = psutil.Process(self.stack.web.pid)
        before = parent.children()
        before[0].kill()
        until(lambda: len(set(parent.children()) - set(before)) == 1, "gunicorn to start a new process")

    def worker(self) -> None:
        kill_family(self.stack.worker)
        self.stack.start_worker()

    def beat(self) -> None:
        kill_family(self.stack.beat)
        self.stack.start_beat()

    def postgres(self) -> None:
        server = self.stack.servers.postgres
        kill_one(server.pid)
        server.start()

    def valkey(self) -> None:
        server = self.stack.servers.valkey
        kill_one(server.pid)
        server.start()


def kill_family(process: "subprocess.Popen[bytes] | None") -> None:
    assert process is not None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_one(pid: int | None) -> None:
    """Kill a server, and wait until the processes that it had started have noticed."""
    server = psutil.Process(pid)
    family = server.children(recursive=True)
    server.kill()
    psutil.wait_procs([server, *family], timeout=PATIENCE_SECONDS)


def kills_section(stack: WholeStack, kills: int) -> Section:
    """Let people work while ``kills`` processes are killed, and count what was lost, half done or stuck."""
    people, accepted = stack.rows(HEADTEACHERS_IN_PROGRESS, SAVING), stack.rows(ACCEPTED, MODERATED)
    assert len(accepted) == MODERATED
    schools, returns = [school for _, _, school, _ in people], [row[0] for row in accepted]
    before = {row.line: row.version for row in stored_lines(stack, LINES, schools)}
    ((began,),) = stack.rows("SELECT now()")
    work, killer = Work(stack), Killer(stack)
    threads = [
        threading.Thread(target=work.until_told, args=(task,), daemon=True) for task in _tasks(work, people, accepted)
    ]
    seconds = _kill_while(threads, work, killer, kills)
    stuck = _stuck(stack, threads, killer)
    saved = [save for diary in work.diaries for save in diary.saved]
    count = compare(saved, before, stored_lines(stack, LINES, schools), stored_lines(stack, HISTORY, schools))
    found = {
        "Lost": {f"of {count.acknowledged:,} saves": count.lost} | _lost(work, returns, began),
        "Half done": {
            "saves without their row in the history": count.without_history,
            "saves without their audit entry": stack.one(UNAUDITED, began),
            "accepted lines that are not the figure that counts": stack.one(HALF_ACCEPTED, returns),
            "returns whose state is not that of their lines": stack.one(HALF_DECIDED, returns),
            "reports that are not what was published": stack.one(HALF_REPORTS),
        },
        "Stuck": stuck,
    }
    lines = [Measurement(what=f"Killed: {name}", value=number, unit="") for name, number in killer.killed.items()]
    lines.append(Measurement(what="Killed together", value=killer.killed.total(), unit=""))
    for word, numbers in found.items():
        lines += [Measurement(what=f"{word}: {what}", value=number, unit="") for what, number in numbers.items()]
        lines.append(Measurement(what=f"{word} together", value=sum(numbers.values()), unit="", goal=0))
    remarks = [
        f"{seconds:,.0f} seconds; {work.unanswered:,} times a director got no answer or an error, and tried again",
        f"{count.unacknowledged} saves were stored but their answer was lost",
        *killer.ended,
    ]
    title = f"{len(people)} headteachers and {MODERATED} directors at work during {kills} kills"
    return Section(title=title, lines=lines, remarks=remarks)


def _tasks(
    work: Work, people: Sequence[tuple[Any, ...]], accepted: Sequence[tuple[Any, ...]]
) -> list[Callable[[], None]]:
    """Return what each thread does: all headteachers save, directors decide, and one of them publishes."""
    stack = work.stack
    users = {row[0] for row in people} | {user for row in accepted for user in row[-2:]}
    made = stack.manage("shell", "--no-imports", "--command", SIGN_IN.format(users=sorted(users)))
    sessions = json.loads(made.strip().splitlines()[-1])

    def headteacher(user: int, trust: int, school: int, term: int) -> Headteacher:
        page = f"/trusts/{trust}/schools/{school}/returns/{term}/"
        about = {"session": sessions[str(user)], "school": school, "user": user, "page": page, "bare": page}
        return Headteacher(stack.address, about)

    def director(row: tuple[Any, ...]) -> Browser:
        return Browser(stack.address, sessions[str(row[-1])])

    tasks = [partial(work.save, [headteacher(*person) for person in people])]
    for row in accepted:
        pk, trust, school, term, user, _ = row
        tasks.append(partial(work.decide, pk, headteacher(user, trust, school, term), director(row)))
    return [*tasks, partial(work.publish, accepted[0][1], director(accepted[0]), random.Random(2))]


def _kill_while(threads: Sequence[threading.Thread], work: Work, killer: Killer, kills: int) -> float:
    """Kill processes in turn while the threads run, then let them end. Return how many seconds it took."""
    chance, start, names = random.Random(1), time.monotonic(), list(killer.ways)
    for thread in threads:
        thread.start()
    for number in range(kills):
        time.sleep(chance.uniform(*CALM_SECONDS))
        processes.heed_stop()
        killer.start_ended()
        killer.kill(names[number % len(names)])
    work.stop.set()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    return time.monotonic() - start


def _lost(work: Work, returns: Sequence[int], began: datetime) -> dict[str, int]:
    """Count what was acknowledged and is not stored, except saves of returns in progress."""
    rows = work.stack.rows
    stored = {(pk, step): number for pk, step, number in rows(STEPS, began, list(returns))}
    reports = {panel for (panel,) in rows(REPORTS, began)}
    ((corrected,),) = rows(CORRECTED, work.comments)
    lost = {f"of {len(work.comments):,} corrected lines": len(work.comments) - corrected}
    for step in ("submitted", "accepted", "correction"):
        acknowledged = {pk: work.steps[pk, step] for pk in returns}
        missing = sum(max(0, number - stored.get((pk, step), 0)) for pk, number in acknowledged.items())
        lost[f"of {sum(acknowledged.values()):,} steps of returns: {step}"] = missing
    return lost | {f"of {len(work.published):,} published reports": len(work.published - reports)}


def _stuck(stack: WholeStack, threads: Sequence[threading.Thread], killer: Killer) -> dict[str, int]:
    """Wait until everything is done, and count what is not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while stack.one(STALE) and time.monotonic() < deadline:
        killer.start_ended()
        time.sleep(1)
    running = (stack.web, stack.worker, stack.beat)
    return {
        "schools that were not recomputed": stack.one(STALE),
        "transactions stuck at a lock": stack.one(WAITING),
        "people who got no answer": sum(thread.is_alive() for thread in threads),
        "processes that do not run": sum(process is None or process.poll() is not None for process in running),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, metavar="N", help="how many processes to kill")
    options = parser.parse_args()
    processes.adopt_orphans()
    processes.listen_for_stop()
    try:
        with whole_stack(DATA / "bench" / "kills") as running:
            add_other_trusts(running.environment["DATABASE_URL"], COPIES)
            print(as_text(kills_section(running, options.kills)))
    finally:
        processes.end_descendants()
