"""Keep who the schools of a results file are: names and kinds, beside their figures."""

import pandas as pd
from django.db import connection

from kpis.dfe import Results

LAYOUTS = ("ks2", "ks4")  # The files that name schools and say of which phase of education their results are.
COLUMNS = ("urn", "name", "local_authority_code", "establishment_number", "school_type", "is_mainstream")
# What a newer file leaves unsaid stays as an older one had it; an older file fills in only what is not known.
KEEP = """
INSERT INTO kpis_publishedschool AS held
    (layout, school_year, urn, name, local_authority_code, establishment_number, school_type, is_mainstream)
SELECT %s, %s, *
FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::smallint[], %s::text[], %s::boolean[])
ON CONFLICT (urn, layout) DO UPDATE SET
    name = CASE WHEN excluded.school_year >= held.school_year AND excluded.name <> '' OR held.name = ''
        THEN excluded.name ELSE held.name END,
    local_authority_code = coalesce(excluded.local_authority_code, held.local_authority_code),
    establishment_number = coalesce(excluded.establishment_number, held.establishment_number),
    school_type = CASE WHEN excluded.school_type = '' THEN held.school_type ELSE excluded.school_type END,
    is_mainstream = coalesce(excluded.is_mainstream, held.is_mainstream),
    school_year = greatest(excluded.school_year, held.school_year)
"""


def keep_schools(results: Results) -> None:
    """Keep the schools that a results file lists; other files are left alone."""
    if results.layout.code not in LAYOUTS or results.schools.empty:
        return
    frame = results.schools.rename(columns={"la": "local_authority_code", "estab": "establishment_number"})
    columns = [_plain(frame[name]) for name in COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [results.layout.code, results.summary.year, *columns])


def _plain(column: pd.Series) -> list[object]:
    """Return a column's values with None for what is missing."""
    return [None if missing else value for value, missing in zip(column.tolist(), column.isna().tolist(), strict=True)]
