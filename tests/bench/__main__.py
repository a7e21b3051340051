"""Measure speed and memory with real servers: `make bench`. Nothing here passes or fails.

python -m tests.bench [--trusts 2000] [--rounds 30] [--accepts 20] [--headteachers 200]
"""

import argparse
import os
import platform
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

from config.embedded.servers import DATA, throwaway
from tests.bench.accepting import accepting_section, time_accepting
from tests.bench.files import files_section
from tests.bench.imports import imports_section
from tests.bench.last_evening import copies_for, last_evening_section
from tests.bench.memory import gain_section, memory_section
from tests.bench.other_trusts import MOST, add_other_trusts
from tests.bench.pages import growth_section, pages_section, time_pages
from tests.bench.placing import placing_section
from tests.bench.results import Section, as_text, write
from tests.bench.scans import Reading, scans_section
from tests.bench.stacks import whole_stack

FOLDER = DATA / "bench"


def main() -> None:
    options = _parser().parse_args()
    start, at = time.perf_counter(), datetime.now(UTC)
    sections = []
    for section in measure(**vars(options)):
        print(as_text(section), flush=True)
        sections.append(section)
    seconds = time.perf_counter() - start
    file = FOLDER / f"{at:%Y-%m-%dT%H-%M-%S}.json"
    about = {
        "seconds": round(seconds, 1),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
    }
    write(file, sections, at=at, about=about | vars(options))
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    print(f"{seconds:,.0f} seconds in total on {os.cpu_count()} cores. Load at the end: {load}. {file}")


def measure(*, trusts: int, rounds: int, accepts: int, headteachers: int) -> Iterator[Section]:
    """Measure one section after another.

    The stack with many trusts and the stack with few run at the same time, so that both can be asked in turns.
    """
    with throwaway(own=True) as servers:  # It empties tables, so it never uses a database that the environment names.
        os.environ.update(servers.environment() | {"DJANGO_SETTINGS_MODULE": "config.settings"})
        yield imports_section()
    yield placing_section()
    yield files_section()
    with ExitStack() as running:
        few = running.enter_context(whole_stack(FOLDER / "few"))
        if not trusts:
            yield pages_section(time_pages([few], rounds)[0])
        else:
            many = running.enter_context(whole_stack(FOLDER / "many"))
            began = time.perf_counter()
            added = add_other_trusts(many.environment["DATABASE_URL"], trusts)
            seeded = f"{sum(added.values()):,} rows added by COPY in {time.perf_counter() - began:,.0f} seconds, "
            seeded += f"{added['kpis_observation']:,} of them accepted figures"
            reading = Reading.of(many)
            times_few, times_many = time_pages([few, many], rounds)
            yield pages_section(times_few)
            yield growth_section(times_few, times_many, trusts, seeded)
        yield accepting_section(time_accepting(few, accepts), "From accepting a return to its new scorecard")
        if trusts:
            title = f"From accepting a return to its new scorecard, with {trusts:,} other trusts"
            yield accepting_section(time_accepting(many, accepts), title)
            yield scans_section(many, reading)
        yield memory_section(few)
        yield gain_section(few)
        if headteachers and not trusts:
            add_other_trusts(few.environment["DATABASE_URL"], copies_for(headteachers))
        if headteachers:
            yield last_evening_section(many if trusts else few, headteachers)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--trusts", type=int, default=2000, choices=range(MOST + 1), metavar="N", help="other trusts")
    parser.add_argument("--rounds", type=int, default=30, metavar="N", help="requests for each page")
    parser.add_argument("--accepts", type=int, default=20, metavar="N", help="returns to accept")
    parser.add_argument(
        "--headteachers", dest="headteachers", type=int, default=200, metavar="N", help="headteachers who save at once"
    )
    return parser


if __name__ == "__main__":
    main()
