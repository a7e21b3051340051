"""How much work a request makes: processor time, which other work on the machine hardly changes."""

from contextlib import suppress

import psutil

from config.embedded.postgres import ROLE
from tests.bench.stacks import WholeStack

Reading = dict[int, float]  # Seconds of each process so far, by its id.


def reading(stack: WholeStack) -> Reading:
    """Read the processor time of the web server and of the database's own sessions, not of its housekeeping."""
    assert stack.web is not None
    processes = [psutil.Process(stack.web.pid), *psutil.Process(stack.web.pid).children()]
    sessions = psutil.Process(stack.servers.postgres.pid).children()
    found = {}
    for each in processes + sessions:
        with suppress(psutil.NoSuchProcess):  # A session that ended meanwhile.
            if each in processes or f": {ROLE} " in " ".join(each.cmdline()):
                times = each.cpu_times()
                found[each.pid] = times.user + times.system
    return found


def spent_ms(before: Reading, after: Reading) -> float:
    """Return the time spent between two readings, in ms. The clock ticks every 10 ms: add up many requests."""
    return 1000 * sum(seconds - before.get(pid, 0) for pid, seconds in after.items())
