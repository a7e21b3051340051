"""What was published about schools, through the schools they were before."""

from collections import defaultdict
from collections.abc import Collection

import pandas as pd
from django.db import connection

from kpis.models import PublishedResult

COLUMNS = ["urn", "measure", "school_year", "release", "pupil_group", "value", "status", "lower", "upper", "cohort"]
BEST_FIRST = {"final": 0, "revised": 1, "provisional": 2}
DEEPEST = 10  # Conversions in a row; more than any school has had, and an end to a cycle in the register.

LINEAGE = """
WITH RECURSIVE line (urn, before, depth) AS (
    SELECT school, school, 0 FROM unnest(%s::bigint[]) AS school
    UNION
    SELECT line.urn, link.link_urn::bigint, line.depth + 1
    FROM line JOIN schools_schoollink link ON link.urn = line.before
    WHERE link.direction = 'predecessor' AND link.kind = 'one_to_one' AND line.depth < %s
)
SELECT urn, before, min(depth) FROM line GROUP BY urn, before ORDER BY urn, 3
"""


def lineage(urns: Collection[int]) -> dict[int, list[int]]:
    """Return each school's URN followed by those of its one-to-one predecessors, nearest first. One query."""
    found: dict[int, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LINEAGE, [list(urns), DEEPEST])
        for urn, before, _ in cursor.fetchall():
            found[urn].append(before)
    return dict(found)


def published(urns: Collection[int], *, measures: Collection[str] | None = None) -> pd.DataFrame:
    """Return the published figures of schools, including those of their one-to-one predecessors.

    Columns ``urn`` (the school's own), ``measure, school_year, release, pupil_group, value, status, lower, upper,
    cohort, via_urn`` (the URN it was published under) and ``is_best``: of the releases of one figure the final comes
    before the revised and that before the provisional. A year that both the school and a predecessor have is the
    school's own. Two queries, whatever the number of schools.
    """
    before = lineage(urns)
    known_as = [(old, urn, depth) for urn, olds in before.items() for depth, old in enumerate(olds)]
    rows = PublishedResult.objects.filter(urn__in={old for old, _, _ in known_as})
    if measures is not None:
        rows = rows.filter(measure__in=measures)
    frame = pd.DataFrame.from_records(list(rows.values_list(*COLUMNS)), columns=COLUMNS)
    names = pd.DataFrame(known_as, columns=["via_urn", "urn", "depth"])
    frame = frame.rename(columns={"urn": "via_urn"}).merge(names, on="via_urn")
    key = ["urn", "measure", "school_year", "pupil_group"]
    frame = frame.assign(rank=frame["release"].map(BEST_FIRST).fillna(len(BEST_FIRST)))
    frame = frame.sort_values([*key, "release", "depth"]).drop_duplicates([*key, "release"])
    best = frame.sort_values([*key, "rank"]).drop_duplicates(key).index
    return frame.assign(is_best=frame.index.isin(best)).drop(columns=["rank", "depth"]).reset_index(drop=True)
