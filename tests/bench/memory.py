"""Measure the memory of the whole of Sightline."""

from collections.abc import Mapping

import psutil

from tests.bench.results import Measurement, Section
from tests.bench.stacks import WholeStack

GOAL_MB = 1200
MB = 1_000_000


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


def _megabytes(pid: int) -> float:
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return sum(process.memory_full_info().pss for process in family) / MB
