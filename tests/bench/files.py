"""Measure time and memory for reading the largest allowed export, in a separate process.

python -m tests.bench.files
"""

import random
import time
from collections.abc import Callable
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

from openpyxl import Workbook, load_workbook

from returns.files.export_counts import count_export
from returns.files.exports import MOST_ROWS, ExportKind, open_export
from tables.faults import SpreadsheetRefused
from tables.file_safety import MOST_ELEMENTS
from tests.bench.results import Measurement, Section, as_text
from tests.returns.return_files import cells_of

COLUMNS = 20
GOAL_SECONDS, GOAL_MEGABYTES = 20.0, 200.0  # A third of a request's limit; memory for four such files at once.
CHOSEN = {"pupil": "Column 0", "possible": "Column 1", "missed": "Column 2"}


def files_section() -> Section:
    """Measure our reading against openpyxl alone, and the slowest workbook that is opened and then refused."""
    largest = _export()
    read, ours = _in_a_process(_count, largest)
    alone, _ = _in_a_process(_plain, largest)
    texts = cells_of('<row><c t="s"><v>0</v></c></row>', "<si/>" * (MOST_ELEMENTS - 5000))
    slowest, _ = _in_a_process(_refused, texts)
    rows = f"{MOST_ROWS - 1:,} rows of {COLUMNS} columns, {len(largest) / 1024**2:.1f} MB"
    return Section(
        title="Reading the largest allowed file",
        lines=[
            Measurement(what="an export, read and counted", value=read, unit="s", goal=GOAL_SECONDS, note=rows),
            Measurement(what="its peak memory", value=ours, unit="MB", goal=GOAL_MEGABYTES),
            Measurement(what="openpyxl alone, row by row", value=alone, unit="s"),
            Measurement(
                what="the slowest workbook to refuse", value=slowest, unit="s", goal=GOAL_SECONDS, note="empty texts"
            ),
        ],
        remarks=["seconds of processor time"],
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
    count_export(open_export(data), ExportKind.ATTENDANCE, CHOSEN)


def _plain(data: bytes) -> None:
    for _ in load_workbook(BytesIO(data), read_only=True).worksheets[0].iter_rows():
        pass


def _refused(data: bytes) -> None:
    try:
        open_export(data)
    except SpreadsheetRefused:
        return
    raise AssertionError("the workbook was accepted")


def _in_a_process(read: Callable[[bytes], None], data: bytes) -> tuple[float, float]:
    """Return the seconds and megabytes that reading needed, in a process that did nothing else."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (read, data))


def _measured(read: Callable[[bytes], None], data: bytes) -> tuple[float, float]:
    before, start = _megabytes(), time.process_time()
    read(data)
    return time.process_time() - start, _megabytes() - before


def _megabytes() -> float:
    """Return the peak memory of this process. The kernel's ``ru_maxrss`` would start with the parent's."""
    status = Path("/proc/self/status").read_text("ascii")
    (line,) = (text for text in status.splitlines() if text.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    print(as_text(files_section()))
