"""Read what was published about schools, including their predecessor schools."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd
from django.db import connection
from django.db.models import Q

from published.dfe import LAYOUTS, ValueStatus, layout_measures
from published.dfe.inspection_layouts import inspection_layouts
from published.models import ImportedFile, Inspection, PublishedResult

PUBLISHED_COLUMNS = [
    "urn",
    "measure",
    "school_year",
    "release",
    "pupil_group",
    "value",
    "status",
    "lower",
    "upper",
    "cohort",
]
OF_THE_SERIES = ("measure", "school_year", "release", "pupil_group")
BEST_FIRST = {"final": 0, "revised": 1, "provisional": 2}
DEEPEST = 10  # The most conversions to follow: more than any school has had, and a way out of a cycle in the register.
# What the tables say about a school for the years before it became what it is now.
SILENT = [ValueStatus.BLANK, ValueStatus.NOT_PUBLISHED, ValueStatus.NEW_SCHOOL]
SCHOOL_LAYOUTS = list(dict.fromkeys(layout.code for layout in LAYOUTS if layout.key == "urn"))

# Most links are listed from both schools; some only from one of the two.
LINEAGE = """
WITH RECURSIVE line (urn, before, depth) AS (
    SELECT school, school, 0 FROM unnest(%s::bigint[]) AS school
    UNION
    SELECT line.urn, (CASE WHEN link.direction = 'predecessor' THEN link.link_urn ELSE link.urn END)::bigint, depth + 1
    FROM line JOIN schools_schoollink link
        ON link.direction = 'predecessor' AND link.urn = line.before
        OR link.direction = 'successor' AND link.link_urn = line.before
    WHERE link.kind = 'one_to_one' AND line.depth < %s
)
SELECT urn, before FROM line GROUP BY urn, before ORDER BY urn, min(depth), before
"""


def lineage(urns: Collection[int]) -> dict[int, list[int]]:
    """Return each school's URN and then the URNs of its one-to-one predecessors, nearest first. One query."""
    found: dict[int, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LINEAGE, [list(urns), DEEPEST])
        for urn, before in cursor.fetchall():
            found[urn].append(before)
    return dict(found)


def published_results_of(urns: Collection[int], *, measures: Collection[str] | None = None) -> pd.DataFrame:
    """Return the published figures of schools, including those of their one-to-one predecessors.

    Columns ``urn`` (the school's own), ``measure, school_year, release, pupil_group, value, status, lower, upper,
    cohort, via_urn`` (the URN it was published under) and ``is_best``, ordered by the first five. Every release is
    included. The best release of a figure is the final, then the revised, then the provisional, but any release with a
    value or code is better than a blank. If both the school and a predecessor have figures for a year, the school's own
    count, unless they are blank: the tables list a school as blank for the years before it was an academy. Two
    queries, whatever the number of schools.
    """
    known_as = [(old, urn, depth) for urn, olds in lineage(urns).items() for depth, old in enumerate(olds)]
    rows = PublishedResult.objects.filter(urn__in={old for old, _, _ in known_as})
    if measures is not None:
        rows = rows.filter(series__measure__in=measures)
    fields = [f"series__{name}" if name in OF_THE_SERIES else name for name in PUBLISHED_COLUMNS]
    frame = pd.DataFrame.from_records(list(rows.values_list(*fields)), columns=PUBLISHED_COLUMNS)
    names = pd.DataFrame(known_as, columns=["via_urn", "urn", "depth"])
    return _one_line(frame.rename(columns={"urn": "via_urn"}).merge(names, on="via_urn"))


def _one_line(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep each figure under only one of the school's URNs, and mark its best release."""
    figure = ["urn", "measure", "school_year", "pupil_group"]
    frame = frame.assign(
        is_silent=frame["status"].isin(SILENT),
        is_blank=frame["status"] == ValueStatus.BLANK,
        rank=frame["release"].map(BEST_FIRST).fillna(len(BEST_FIRST)),
    )
    telling = frame.sort_values([*figure, "is_silent", "depth"]).drop_duplicates(figure)
    frame = frame.merge(telling[[*figure, "via_urn"]], on=[*figure, "via_urn"])
    best = frame.sort_values([*figure, "is_blank", "rank"]).drop_duplicates(figure).index
    frame = frame.assign(is_best=frame.index.isin(best))[[*PUBLISHED_COLUMNS, "via_urn", "is_best"]]
    return frame.sort_values(PUBLISHED_COLUMNS[: PUBLISHED_COLUMNS.index("value")], ignore_index=True)


@dataclass(frozen=True)
class PublishedCoverage:
    """The school years for which one kind of file has a number about one school, and those without."""

    layout: str
    via_urns: Mapping[int, int]  # By school year: the URN under which the school is in the file.
    missing: tuple[int, ...]  # Years with imported files, but without a number about the school.


def published_coverage(urns: Collection[int]) -> dict[int, list[PublishedCoverage]]:
    """Return what we have about each school, by kind of file in the order of the layouts. Three queries."""
    layouts = {measure.code: measure.layout for measure in layout_measures() if measure.layout in SCHOOL_LAYOUTS}
    frame = published_results_of(urns)
    frame = frame[frame["status"] == ValueStatus.VALUE].assign(layout=frame["measure"].map(layouts))
    held: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    for urn, layout, year, via in frame[["urn", "layout", "school_year", "via_urn"]].itertuples(index=False, name=None):
        held[urn, layout][year] = via
    years = imported_years()
    return {
        urn: [
            PublishedCoverage(layout, via, tuple(year for year in years.get(layout, []) if year not in via))
            for layout in SCHOOL_LAYOUTS
            for via in [dict(sorted(held[urn, layout].items()))]
        ]
        for urn in urns
    }


def imported_years() -> dict[str, list[int]]:
    """Return the school years with imported files, by layout, oldest first. One query."""
    found: dict[str, set[int]] = defaultdict(set)
    for layout, year, years in ImportedFile.objects.values_list("layout", "school_year", "summary__years"):
        if year is not None:
            found[layout] |= set(years or [year])
    return {layout: sorted(years) for layout, years in found.items()}


def inspections_of(urn: int) -> list[Inspection]:
    """Return the inspections of a school and its one-to-one predecessors, newest first, each with its file.

    Ofsted lists an inspection of a predecessor under the school that it is now and, in older lists, under the
    predecessor. Of two such rows, the one from the newer list is returned. Two queries.
    """
    urns = lineage([urn]).get(urn, [urn])
    rows = Inspection.objects.filter(Q(urn__in=urns) | Q(inspected_urn__in=urns)).select_related("file")
    found: dict[tuple[int, date], Inspection] = {}
    for row in sorted(rows, key=lambda row: row.file.summary["newest"]):
        found[row.inspected_urn, row.start_date] = row
    return sorted(found.values(), key=lambda row: (row.start_date, row.inspected_urn), reverse=True)


def has_inspection_lists() -> bool:
    """Whether any of Ofsted's lists was imported. One query."""
    return ImportedFile.objects.filter(layout__in=[layout.code for layout in inspection_layouts()]).exists()
