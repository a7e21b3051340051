"""How long the largest export that is taken takes to read, and how much memory, in a process of its own.

python -m tests.bench.files
"""

import random
import time
from collections.abc import Callable
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

from openpyxl import Workbook, load_workbook

from returns.files.counting import count
from returns.files.exports import MOST_ROWS, ExportKind, open_export
from tables.faults import Refused
from tables.opening import MOST_ELEMENTS
from tests.bench.results import Line, Section, as_text
from tests.returns.return_files import cells_of

COLUMNS = 20
GOAL_SECONDS, GOAL_MEGABYTES = 20.0, 200.0  # A third of what a request may take; of memory, four such at once.
CHOSEN = {"pupil": "Column 0", "possible": "Column 1", "missed": "Column 2"}


def files_section() -> Section:
    """Measure reading beside openpyxl alone, and the slowest workbook that is opened and then refused."""
    largest = _export()
    read, ours = _in_a_process(_count, largest)
    alone, _ = _in_a_process(_plain, largest)
    texts = cells_of('<row><c t="s"><v>0</v></c></row>', "<si/>" * (MOST_ELEMENTS - 5000))
    slowest, _ = _in_a_process(_refused, texts)
    rows = f"{MOST_ROWS - 1:,} rows of {COLUMNS} columns, {len(largest) / 1024**2:.1f} MB"
    return Section(
        title="Reading the largest file that is taken",
        lines=[
            Line(what="an export, read and counted", value=read, unit="s", goal=GOAL_SECONDS, note=rows),
            Line(what="memory for it, at its highest", value=ours, unit="MB", goal=GOAL_MEGABYTES),
            Line(what="openpyxl alone, row by row", value=alone, unit="s"),
            Line(what="the slowest workbook to refuse", value=slowest, unit="s", goal=GOAL_SECONDS, note="empty texts"),
        ],
        remarks=["seconds of the processor"],
    )


def _export() -> bytes:
    chance = random.Random(1)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Export")
    sheet.append([f"Column {at}" for at in range(COLUMNS)])
    for row in range(MOST_ROWS - 1):
        sheet.append([f"X{row}", 300, chance.randint(0, 90), *(chance.randint(0, 300) for _ in range(COLUMNS - 3))])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _count(data: bytes) -> None:
    count(open_export(data), ExportKind.ATTENDANCE, CHOSEN)


def _plain(data: bytes) -> None:
    for _ in load_workbook(BytesIO(data), read_only=True).worksheets[0].iter_rows():
        pass


def _refused(data: bytes) -> None:
    try:
        open_export(data)
    except Refused:
        return
    raise AssertionError("the workbook was taken")


def _in_a_process(read: Callable[[bytes], None], data: bytes) -> tuple[float, float]:
    """Return the seconds and the megabytes that reading needed, in a process that did nothing else."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (read, data))


def _measured(read: Callable[[bytes], None], data: bytes) -> tuple[float, float]:
    before, start = _megabytes(), time.process_time()
    read(data)
    return time.process_time() - start, _megabytes() - before


def _megabytes() -> float:
    """Return the most memory this process has held. The kernel's ``ru_maxrss`` begins with that of the parent."""
    (line,) = (each for each in Path("/proc/self/status").read_text("ascii").splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    print(as_text(files_section()))
