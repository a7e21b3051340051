"""Whether the database found a trust's rows by an index, or read other trusts' rows to get there."""

import time
from dataclasses import dataclass
from typing import Self

import psycopg

from tests.bench.other_trusts import enter
from tests.bench.results import Line, Section
from tests.bench.stacks import TRUST, WholeStack

MANY_ROWS = 5000  # A smaller table is read whole with good reason.
STATISTICS_SECONDS = 12  # An idle connection tells the server what it did after ten.
SCANS = """
SELECT relname::text, coalesce(seq_scan, 0), coalesce(seq_tup_read, 0), coalesce(idx_scan, 0),
       coalesce(idx_tup_fetch, 0)
FROM pg_stat_user_tables WHERE n_live_tup >= %s"""
# One statement for each way that pages read: a school's history, the trust's score lines, the lines of a return.
PLANS = {
    "a school's accepted figures": "SELECT * FROM kpis_observation WHERE school_id = 990001 ORDER BY id",
    "the trust's score lines": "SELECT * FROM kpis_scoreline ORDER BY school_id, indicator_id",
    "the trust's returns": "SELECT * FROM kpis_return ORDER BY id",
}
STALE = "SELECT trust_id, school_id FROM kpis_recomputation WHERE wanted > done ORDER BY wanted_at"


@dataclass(frozen=True)
class Reading:
    """What the database has counted so far, by table: (scans, rows) in sequence and by index."""

    counts: dict[str, tuple[int, int, int, int]]

    @classmethod
    def of(cls, stack: WholeStack) -> Self:
        return cls({name: tuple(rest) for name, *rest in stack.rows(SCANS, MANY_ROWS)})


def scans_section(stack: WholeStack, before: Reading) -> Section:
    """Say how much was read whole since ``before``, which indexes answer, and what the sweep of all trusts costs."""
    time.sleep(STATISTICS_SECONDS)
    after = Reading.of(stack)
    lines = []
    for table, counts in sorted(after.counts.items()):
        scans, rows, by_index, by_index_rows = (
            now - then for now, then in zip(counts, before.counts[table], strict=True)
        )
        if scans or by_index:
            note = f"{rows:,} rows; by index {by_index:,} times, {by_index_rows:,} rows"
            lines.append(Line(what=f"{table} read whole", value=scans, unit="times", goal=0, note=note))
    with psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as connection:
        enter(connection, [TRUST])
        remarks = [f"{what}: {_plan(connection, query)[1]}" for what, query in PLANS.items()]
        enter(connection, [uid for (uid,) in connection.execute("SELECT uid FROM trusts_trust WHERE is_tenant")])
        ms, nodes = _plan(connection, STALE)
    lines.append(Line(what="The sweep for lost work, over all trusts", value=ms, unit="ms", note=nodes))
    title = f"How the tables of more than {MANY_ROWS:,} rows were read for the pages and the accepting above"
    return Section(title=title, lines=lines, remarks=remarks)


def _plan(connection: psycopg.Connection, query: str) -> tuple[float, str]:
    """Run a query; return its time in ms and the ways it reads tables, in words."""
    row = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}").fetchone()
    assert row
    (whole,) = row[0]
    nodes, found = [whole["Plan"]], []
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if "Scan" in node["Node Type"]:
            of = node.get("Index Name") or node.get("Relation Name", "")
            found.append(f"{node['Node Type'].lower()} of {of}")
    return whole["Planning Time"] + whole["Execution Time"], ", ".join(reversed(found))
