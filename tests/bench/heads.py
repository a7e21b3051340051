"""Act as many headteachers who fill in their returns at the same time, each like a browser, in one process.

python -m tests.bench.heads PLAN DIARY: PLAN says who and how long, DIARY gets the requests and answers. It prints the
name of each part when it starts. Each headteacher is a thread that mostly waits: the standard library's client needs a
quarter of a millisecond for a request, and the diary has the total.
"""

import json
import random
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

OPENING_SECONDS = 120.0  # Two hundred pages are opened at once, which is not measured.
PATIENCE_SECONDS = 20.0  # As for htmx in templates/base.html: after this time without an answer, the page sends again.
AGAIN_SECONDS = (3, 6, 12, 25, 60)  # As in static/js/saving.js.
GRACE_SECONDS = 30.0  # This long after the end of a part, a request without an answer is an error.
POLL_SECONDS = 5.0  # As in static/js/together.js.
SECOND_TAB = 10  # One in this many saves is repeated from a tab that has not seen it.
LOW = {"AB7"}  # Forty in a hundred is within the limits of every line with parts, except these.
LINE = re.compile(r'<li class="sl-line"[^>]* hx-post="([^"]+)"')
VERSION = re.compile(r'name="(\w+)-version"\s+value="(\d+)"')
SHOWN = re.compile(r'name="\w+-shown"\s+value="(\w+)"')
OVER = re.compile(r'name="over"\s+value="([^"]+)"')
KINDS = {"parts": 'name="{}-numerator"', "yes_no": '<select class="govuk-select" id="line-{}-value"'}
SINCE = re.compile(r'data-changes="([^"]+)" data-since="([^"]+)"')


@dataclass(frozen=True)
class EveningPart:
    """One part of the evening. ``pause`` is the mean time between one headteacher's saves; 0 for no pause."""

    name: str
    seconds: float
    pause: float = 0.0
    polls: bool = False  # Whether open pages ask for other people's changes.
    bare: bool = False  # Whether to request the bare view instead of saving.


@dataclass(frozen=True)
class AcknowledgedSave:
    """A save that the server acknowledged: the line, its version and the typed values."""

    school: int
    code: str
    version: int
    user: int
    typed: dict[str, str]


@dataclass
class Diary:
    """What one headteacher did in one part. Times are in ms, from sending to the last byte of the final answer."""

    saves: list[float] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    saved: list[AcknowledgedSave] = field(default_factory=list)
    conflicts: int = 0  # Conflicts that the second tab showed, as it should.
    overwritten: int = 0  # Saves from the second tab that showed no conflict.
    sent_again: int = 0  # No answer, or a server error.
    errors: list[str] = field(default_factory=list)  # Answers that no headteacher should see.


@dataclass
class TabLine:
    """One line as a tab shows it."""

    code: str
    path: str
    kind: str  # parts, yes_no, value
    version: str
    shown: str


class Browser:
    """One person's open connection. If the server has closed it, it is opened again, as browsers do."""

    def __init__(self, address: str, session: str) -> None:
        place = urlsplit(address)
        self._host, self._port, self._address = place.hostname or "", place.port, address
        self._cookies = {"sessionid": session}
        self._connection: HTTPConnection | None = None
        self.patience = OPENING_SECONDS

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """Return status and body.

        Raises:
            OSError, HTTPException: there was no answer.
        """
        body = urlencode(fields) if fields is not None else None
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            token = self._cookies.get("csrftoken", "")
            sent |= {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token}
            sent |= {"Origin": self._address, "HX-Request": "true"}
        was_kept = self._connection is not None
        try:
            return self._ask(method, path, body, sent)
        except TimeoutError:
            raise
        except (OSError, HTTPException):
            if not was_kept:
                raise
            return self._ask(method, path, body, sent)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        if self._connection is None:
            self._connection = HTTPConnection(self._host, self._port, timeout=self.patience)
        elif self._connection.sock is not None:
            self._connection.sock.settimeout(self.patience)
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, HTTPException):
            self._connection.close()
            self._connection = None
            raise
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, rest = cookie.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        return response.status, content.decode(errors="replace")


class Headteacher:
    """One headteacher with the return open, now and then in two tabs."""

    def __init__(self, address: str, about: dict[str, object]) -> None:
        self.browser = Browser(address, str(about["session"]))
        self.school, self.user = int(str(about["school"])), int(str(about["user"]))
        self.page, self.bare = str(about["page"]), str(about["bare"])
        self.chance = random.Random(self.user)
        self.count = 0
        self.diary = Diary()
        self.lines: list[TabLine] = []
        self.changes, self.since = "", ""
        self.until = 0.0

    def open(self) -> None:
        """Load the page and read its lines."""
        status, html = self.browser.ask("GET", self.page)
        assert status == 200, f"{self.page}: {status}"
        html = " ".join(html.split())  # A template may break a line between any two attributes.
        for start in LINE.finditer(html):
            piece = html[start.start() : html.find("</li>", start.start())]
            code, version = VERSION.findall(piece)[0]
            kind = next((kind for kind, mark in KINDS.items() if mark.format(code) in piece), "value")
            self.lines.append(TabLine(code, start[1], kind, version, SHOWN.findall(piece)[0]))
        assert self.lines, f"{self.page} has no line to fill in"
        if found := SINCE.search(html):
            self.changes, self.since = found.groups()
        self.browser.patience = PATIENCE_SECONDS

    def live(self, part: EveningPart, until: float) -> None:
        """Do what this part of the evening asks for until its end, and finish what was started."""
        now, self.until = time.monotonic(), until
        save_at = now + self.chance.uniform(0, part.pause)
        poll_at = now + self.chance.uniform(0, POLL_SECONDS) if part.polls and self.changes else until
        while (now := min(save_at, poll_at)) < until:
            time.sleep(max(0.0, now - time.monotonic()))
            if part.bare:
                self.visit()
            elif poll_at <= save_at:
                self.poll()
            else:
                self.type()
            if not part.bare and poll_at <= save_at:
                poll_at = time.monotonic() + POLL_SECONDS
            else:
                save_at = time.monotonic() + self.chance.uniform(0.5, 1.5) * part.pause

    def visit(self) -> None:
        status, _, ms = self.answer("GET", self.bare, None)
        self.diary.bare.append(ms)
        self.expect(status == 302, f"{self.bare}: {status}")

    def poll(self) -> None:
        status, body, ms = self.answer("GET", f"{self.changes}?since={quote(self.since)}", None)
        self.diary.polls.append(ms)
        if self.expect(status == 200, f"{self.changes}: {status}"):
            self.since = json.loads(body)["since"]

    def type(self) -> None:
        """Fill in one line, and sometimes the same line again from a tab that still shows the old values."""
        line = self.lines[self.count % len(self.lines)]
        before = replace(line)
        self.save(line)
        if self.count % SECOND_TAB == 0 and line.version != before.version:
            self.save_from_second_tab(before, line)

    def save(self, line: TabLine) -> None:
        fields = self.typed(line)
        status, body, ms = self.answer("POST", line.path, fields)
        self.diary.saves.append(ms)
        if self.expect(status == 200, f"{line.code}: {status}"):
            self.note(line, fields, body)

    def save_from_second_tab(self, tab: TabLine, line: TabLine) -> None:
        """Type into the tab that has not seen the last save, and resolve the conflict in either way."""
        fields = self.typed(tab)
        status, body, ms = self.answer("POST", tab.path, fields)
        self.diary.saves.append(ms)
        if status == 200:
            self.diary.overwritten += 1
        if not self.expect(status == 409, f"{tab.code} from a second tab: {status}"):
            return
        self.diary.conflicts += 1
        mine = self.chance.random() < 0.5
        choice = {"over": OVER.findall(body)[0]} if mine else {"keep": line.code}
        status, body, ms = self.answer("POST", tab.path, fields | choice)
        if self.expect(status == 200, f"{tab.code}, a choice: {status}") and mine:
            self.note(line, fields, body)

    def typed(self, line: TabLine) -> dict[str, str]:
        """Return all fields of the line, with possible figures and a unique comment."""
        self.count += 1
        number = self.count % 5
        figures = {"numerator": "", "denominator": "", "value": "", "status": "", "follows": ""}
        if line.kind == "parts":
            share = 0 if line.code in LOW else 400
            # At most 49.9 in a hundred, however many lines a headteacher gets through: FIN1 allows 50.
            figures |= {"numerator": str(share + self.count % 100), "denominator": str(1000 + self.count)}
        else:
            figures["value"] = ("yes", "no")[number % 2] if line.kind == "yes_no" else str(number)
        figures |= {
            "comment": f"Headteacher {self.user}, entry {self.count}",
            "version": line.version,
            "shown": line.shown,
        }
        return {f"{line.code}-{name}": text for name, text in figures.items()}

    def note(self, line: TabLine, fields: dict[str, str], body: str) -> None:
        """Write the acknowledged save into the diary, and store the new version for the next save."""
        (_, line.version), line.shown = VERSION.findall(body)[0], SHOWN.findall(body)[0]
        names = ("numerator", "denominator", "value", "comment")
        typed = {name: fields[f"{line.code}-{name}"] for name in names}
        self.diary.saved.append(AcknowledgedSave(self.school, line.code, int(line.version), self.user, typed))

    def answer(self, method: str, path: str, fields: dict[str, str] | None) -> tuple[int, str, float]:
        """Send a request, and send it again later if there is no answer or a server error, as the page does."""
        start = time.perf_counter()
        for wait in (*AGAIN_SECONDS, 0):
            try:
                status, body = self.browser.ask(method, path, fields)
            except (OSError, HTTPException):
                status, body = 0, ""
            if 0 < status < 500 or not wait or time.monotonic() > self.until + GRACE_SECONDS:
                break
            if status:
                self.diary.errors.append(f"{path}: {status}")
            self.diary.sent_again += 1
            time.sleep(wait)
        return status, body, (time.perf_counter() - start) * 1000

    def expect(self, is_true: bool, else_: str) -> bool:
        if not is_true:
            self.diary.errors.append(else_)
        return is_true


def main(plan_file: Path, diary_file: Path) -> None:
    """Run the evening, and write each part with the processor time of this process."""
    plan = json.loads(plan_file.read_text())
    headteachers = [Headteacher(plan["address"], person) for person in plan["headteachers"]]
    together(headteachers, Headteacher.open)
    diaries = []
    for planned in plan["parts"]:
        part = EveningPart(**planned)
        for headteacher in headteachers:
            headteacher.diary = Diary()
        print(part.name, flush=True)
        began, cpu = time.monotonic(), time.process_time()
        until = began + part.seconds
        together(headteachers, lambda headteacher, part=part, until=until: headteacher.live(part, until))
        diaries.append(
            {
                "part": planned,
                "seconds": time.monotonic() - began,
                "client_seconds": time.process_time() - cpu,
                "headteachers": [asdict(headteacher.diary) for headteacher in headteachers],
            }
        )
    diary_file.write_text(json.dumps(diaries))


def together(headteachers: list[Headteacher], what: Callable[[Headteacher], None]) -> None:
    """Let every headteacher do the same at once, and wait for all. Raise the first error."""
    faults: list[BaseException] = []

    def run(headteacher: Headteacher) -> None:
        try:
            what(headteacher)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(headteacher,), daemon=True) for headteacher in headteachers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
