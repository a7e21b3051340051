"""Check whether the database finds a trust's rows with an index, or reads other trusts' rows too."""

import time
from dataclasses import dataclass
from typing import Self

import psycopg

from tests.bench.other_trusts import enter
from tests.bench.results import Measurement, Section
from tests.bench.stacks import TRUST, WholeStack

MANY_ROWS = 5000  # Reading a smaller table whole is reasonable.
MOST_READ = 5
STATISTICS_SECONDS = 12  # An idle connection reports its statistics after ten seconds.
SCANS = """
SELECT relname::text, coalesce(seq_scan, 0), coalesce(seq_tup_read, 0), coalesce(idx_scan, 0),
       coalesce(idx_tup_fetch, 0)
FROM pg_stat_user_tables WHERE n_live_tup >= %s"""
# One statement for each way that pages read: a school's history, the trust's score lines, and returns.
PLANS = {
    "a school's accepted figures": "SELECT * FROM kpis_observation WHERE school_id = 990001 ORDER BY id",
    "the trust's score lines": "SELECT * FROM kpis_scoreline ORDER BY school_id, indicator_id",
    "the trust's returns": "SELECT * FROM returns_return ORDER BY id",
}
STALE = "SELECT trust_id, school_id FROM kpis_recomputation WHERE wanted > done ORDER BY wanted_at"


@dataclass(frozen=True)
class Reading:
    """The database's counts so far, by table: full scans and their rows, index searches and their rows."""

    counts: dict[str, tuple[int, int, int, int]]

    @classmethod
    def of(cls, stack: WholeStack) -> Self:
        return cls({name: tuple(rest) for name, *rest in stack.rows(SCANS, MANY_ROWS)})


def scans_section(stack: WholeStack, before: Reading) -> Section:
    """Report what was read since ``before``, which indexes were used, and the cost of the sweep of all trusts."""
    time.sleep(STATISTICS_SECONDS)
    read = _since(before, Reading.of(stack))
    whole = [f"{table} {counts[0]:,} times" for table, counts in read.items() if counts[0]]
    lines = [
        Measurement(what="Tables read whole", value=len(whole), unit=f"of {len(read)}", goal=0, note=", ".join(whole))
    ]
    most = sorted(read.items(), key=lambda table_counts: -table_counts[1][3])[:MOST_READ]
    for table, (_, _, scans, rows) in most:
        lines.append(
            Measurement(
                what=f"Rows of {table} read by index",
                value=rows / max(scans, 1),
                unit="a search",
                note=f"{rows:,} rows",
            )
        )
    with psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as connection:
        enter(connection, [TRUST])
        remarks = [f"{what}: {_plan(connection, query)[1]}" for what, query in PLANS.items()]
        enter(connection, [uid for (uid,) in connection.execute("SELECT uid FROM trusts_trust WHERE is_tenant")])
        ms, nodes = _plan(connection, STALE)
    lines.append(Measurement(what="The sweep for lost work, over all trusts", value=ms, unit="ms", note=nodes))
    title = f"How tables with more than {MANY_ROWS:,} rows were read for the pages and returns above"
    return Section(title=title, lines=lines, remarks=remarks)


def _since(before: Reading, after: Reading) -> dict[str, tuple[int, int, int, int]]:
    """Return the counts between two readings, for each table that was read."""
    found = {}
    for table, then in before.counts.items():
        scans, rows, searches, found_rows = (new - old for new, old in zip(after.counts[table], then, strict=True))
        if scans or searches:
            found[table] = (scans, rows, searches, found_rows)
    return found


def _plan(connection: psycopg.Connection, query: str) -> tuple[float, str]:
    """Run a query, and return its time in ms and how it reads tables, in words."""
    row = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}").fetchone()
    assert row
    (whole,) = row[0]
    nodes, found = [whole["Plan"]], []
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if "Scan" in node["Node Type"]:
            source = node.get("Index Name") or node.get("Relation Name", "")
            found.append(f"{node['Node Type'].lower()} of {source}")
    return whole["Planning Time"] + whole["Execution Time"], ", ".join(reversed(found))
