"""Measure the processor time of requests, which other work on the machine hardly changes."""

from contextlib import suppress

import psutil

from config.embedded.postgres import ROLE
from tests.bench.stacks import WholeStack

Reading = dict[int, float]  # Seconds of each process so far, by its ID.


def reading(stack: WholeStack) -> Reading:
    """Read the processor time of the web server and the database sessions, without the database's maintenance."""
    assert stack.web is not None
    processes = [psutil.Process(stack.web.pid), *psutil.Process(stack.web.pid).children()]
    sessions = psutil.Process(stack.servers.postgres.pid).children()
    found = {}
    for process in processes + sessions:
        with suppress(psutil.NoSuchProcess):  # The session has ended.
            if process in processes or f": {ROLE} " in " ".join(process.cmdline()):
                times = process.cpu_times()
                found[process.pid] = times.user + times.system
    return found


def spent_ms(before: Reading, after: Reading) -> float:
    """Return the time between two readings, in ms. The clock ticks every 10 ms, so add up many requests."""
    return 1000 * sum(seconds - before.get(pid, 0) for pid, seconds in after.items())
