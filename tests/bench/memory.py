"""Measure the memory of the whole of Sightline, and how much each process that keeps running gains from its work.

python -m tests.bench.memory
"""

import re
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping
from html import unescape
from io import BytesIO
from pathlib import Path

import psutil
from openpyxl import load_workbook

from config.embedded import processes
from config.embedded.servers import DATA
from tests.bench.pages import BOARD, ED, GOVERNOR, HEAD
from tests.bench.results import Measurement, Section, as_text
from tests.bench.stacks import ONCE, TRUST, WholeStack, whole_stack
from tests.bench.visitor import Visitor
from tests.journeys.stack import until
from tests.trajectories.example_files import ks4

GOAL_MB = 1200
MOST_GAINED_MB = 150
MB = 1_000_000
PAGES, UPLOADS, IMPORTS, REPORTS = 1000, 40, 40, 20
FILES_AT_ONCE, SCHOOLS_A_FILE = 10, 3000
LINK = re.compile(r'(?:href|hx-get)="(/trusts/[^"#]*)')
# A report is a file whose memory the bench measures apart.
NOT_A_PAGE = re.compile(r"\.pdf|\.xlsx")
RELEASES = ("final", "revised")
NIGHT_SECONDS = 240.0


def memory_section(stack: WholeStack) -> Section:
    """Add up the proportional set size of all processes, which counts shared memory once."""
    parts: Mapping[str, int | None] = {
        "Web": stack.web.pid if stack.web else None,
        "Worker": stack.worker.pid if stack.worker else None,
        "Beat": stack.beat.pid if stack.beat else None,
        "PostgreSQL": stack.servers.postgres.pid,
        "Valkey": stack.servers.valkey.pid,
    }
    lines = [Measurement(what=name, value=_megabytes(pid), unit="MB") for name, pid in parts.items() if pid]
    assert len(lines) == len(parts), f"not all parts are running: {parts}"
    whole = Measurement(what="The whole stack", value=sum(line.value for line in lines), unit="MB", goal=GOAL_MB)
    remarks = ["proportional set size, after the requests above, without the process manager of `make demo`"]
    return Section(title="Memory", lines=[*lines, whole], remarks=remarks)


def gain_section(stack: WholeStack) -> Section:
    """Measure what each process that keeps running has gained after pages, uploads, imports and a night."""
    work: dict[str, Callable[[WholeStack], None]] = {
        f"{PAGES:,} different pages": _read_pages,
        f"{UPLOADS} different uploads": _upload,
        f"{IMPORTS} imports": _import,
        "a night of recomputation": _recompute,
        f"{REPORTS} Panel reports": _print_reports,
    }
    until(lambda: any(stack.folder.glob("beat-schedule*")), "beat to start")
    Visitor(stack.address, ED)  # So that the processes have answered a request.
    start = _by_process(stack)
    then = dict(start)
    steps: dict[str, list[str]] = {name: [] for name in start}
    gained: dict[str, float] = {}
    for do in work.values():
        do(stack)
        now = _by_process(stack)
        for name in start:
            steps[name].append(f"{now[name] - then[name]:+,.0f}")
        if do is _recompute:  # The reports come after what the goal is about.
            gained = {name: now[name] - start[name] for name in start}
        then = now
    lines = [
        Measurement(
            what=name,
            value=gained[name],
            unit="MB",
            goal=MOST_GAINED_MB,
            note=f"{start[name]:,.0f} MB at the start, then {', '.join(steps[name][:-1])}; reports {steps[name][-1]}",
        )
        for name in start
    ]
    remarks = [
        f"proportional set size, in turn after {', '.join(list(work)[:-1])}",
        f"apart, and not in the total: {REPORTS} Panel reports",
    ]
    return Section(title="Memory gained by each process", lines=lines, remarks=remarks)


def _by_process(stack: WholeStack) -> dict[str, float]:
    assert stack.web is not None
    assert stack.worker is not None
    assert stack.beat is not None
    found = {"Beat": _own_megabytes(psutil.Process(stack.beat.pid))}
    for name, pid in {"Web": stack.web.pid, "Worker": stack.worker.pid}.items():
        parent = psutil.Process(pid)
        found[f"{name}, main process"] = _own_megabytes(parent)
        for number, child in enumerate(sorted(parent.children(), key=lambda child: child.pid), 1):
            found[f"{name}, process {number}"] = _own_megabytes(child)
    for name, pid in {"PostgreSQL": stack.servers.postgres.pid, "Valkey": stack.servers.valkey.pid}.items():
        assert pid is not None
        found[f"{name}, with all its processes"] = _megabytes(pid)
    return found


def _own_megabytes(process: psutil.Process) -> float:
    return float(process.memory_full_info().pss) / MB


def _megabytes(pid: int) -> float:
    process = psutil.Process(pid)
    return sum(_own_megabytes(member) for member in [process, *process.children(recursive=True)])


def _read_pages(stack: WholeStack) -> None:
    """Follow links from the home pages of four people, and read pages that differ by address or by person."""
    visitors = [Visitor(stack.address, email) for email in (ED, BOARD, HEAD, GOVERNOR)]
    homes = [(visitor, f"/trusts/{TRUST}/") for visitor in visitors]
    waiting, seen, answered = deque(homes), set(homes), 0
    while answered < PAGES:
        assert waiting, f"the site has only {answered} pages"
        visitor, path = waiting.popleft()
        page = visitor.get(path)
        assert page.status < 500, f"{path}: {page.status}"
        answered += page.status == 200
        links = [unescape(link) for link in LINK.findall(page.body)] + ([page.location] if page.location else [])
        for link in links:
            if (visitor, link) not in seen and not NOT_A_PAGE.search(link):
                seen.add((visitor, link))
                waiting.append((visitor, link))


def _upload(stack: WholeStack) -> None:
    """Send the workbook of one return back, each time with another comment, and read what it would change."""
    head = Visitor(stack.address, HEAD)
    term = stack.one("SELECT term_id FROM returns_return WHERE school_id = %s ORDER BY term_id DESC LIMIT 1", ONCE)
    files = f"/trusts/{TRUST}/schools/{ONCE}/returns/{term}/files/"
    book = load_workbook(BytesIO(head.get(f"{files}return.xlsx").content))
    sheet = book["Return"]
    heading = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "Comment")
    page = head.get(files)
    for number in range(UPLOADS):
        sheet.cell(heading.row + 1 + number % 5, heading.column).value = f"Comment {number} of the school"
        out = BytesIO()
        book.save(out)
        answer = head.send_file(f"{files}send/", page, name=f"return-{number}.xlsx", content=out.getvalue())
        assert answer.status == 302, f"{files}send/: {answer.status}"
        assert head.get(answer.location).status == 200


def _import(stack: WholeStack) -> None:
    """Import invented files, ten with each command, and find similar schools after each, as on a real site."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = range(IMPORTS)
        files = [
            ks4(
                Path(folder) / str(number),
                2017 + number % 3,
                _schools(number),
                release=("final", "revised")[number % 2],
            )
            for number in numbers
        ]
        for first in range(0, IMPORTS, FILES_AT_ONCE):
            stack.manage("import_results", *map(str, files[first : first + FILES_AT_ONCE]))
            _until_done(stack, "kpis.tasks.find_similar", "kpis.tasks.find_similar_of_trust")


def _schools(number: int) -> dict[int, dict[str, object]]:
    return {800000 + urn: {"ATT8SCR": 30 + (urn + number) % 40} for urn in range(SCHOOLS_A_FILE)}


def _recompute(stack: WholeStack) -> None:
    _until_done(stack, "trajectories.tasks.nightly", "trajectories.tasks.nightly_trust")


def _until_done(stack: WholeStack, task: str, of_trust: str) -> None:
    """Send a task that sends one for each trust, and wait until the worker has done them."""
    trusts = stack.one("SELECT count(*) FROM trusts_trust WHERE is_tenant")
    done = re.compile(rf"Task {re.escape(of_trust)}\[\S+\] succeeded")
    before = len(done.findall(stack.log("worker")))
    stack.call(task)
    until(
        lambda: len(done.findall(stack.log("worker"))) >= before + trusts,
        f"{of_trust} of {trusts} trusts",
        seconds=NIGHT_SECONDS,
    )


def _print_reports(stack: WholeStack) -> None:
    ed = Visitor(stack.address, ED)
    panels = [panel for (panel,) in stack.rows("SELECT id FROM meetings_panel WHERE trust_id = %s ORDER BY id", TRUST)]
    for number in range(REPORTS):
        path = f"/trusts/{TRUST}/panels/{panels[number % len(panels)]}/report.pdf"
        assert ed.get(path).status == 200, path


if __name__ == "__main__":
    processes.adopt_orphans()
    processes.listen_for_stop()
    began = time.perf_counter()
    try:
        with whole_stack(DATA / "bench" / "memory") as running:
            print(as_text(gain_section(running)))
            print(f"{time.perf_counter() - began:,.0f} seconds")
    finally:
        processes.end_descendants()
