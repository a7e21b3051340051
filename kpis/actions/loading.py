"""Bring many published figures of schools into their table at once, by COPY."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from django.db import connection
from psycopg.copy import QueuedLibpqWriter

from kpis.dfe.statuses import ValueStatus
from kpis.models import PublishedSeries

TABLE = "kpis_publishedresult"
KEY = ("urn", "series_id")
SERIES = ["measure", "year", "release", "pupil_group"]
EXTRAS = ("lower", "upper", "cohort")
COLUMNS = (*KEY, "status", "value", *EXTRAS, "file_id")
COLUMNS_READ = ("urn", "series", "status", "value", *EXTRAS)
ROWS_AT_ONCE = 20_000
NULL = "\\N"  # How COPY writes it.

SAME_KEY = " AND ".join(f"held.{name} = new.{name}" for name in KEY)
# A blank cell says less than whatever is held, so it replaces nothing; and what a file leaves out of a figure that is
# otherwise the same (its limits, its cohort) stays. So the order in which two files of one release come is the same.
SAYS_MORE = f"""new.status <> '{ValueStatus.BLANK}' AND (
    (held.value, held.status) IS DISTINCT FROM (new.value, new.status)
    OR {" OR ".join(f"new.{name} <> coalesce(held.{name}, new.{name} + 1)" for name in EXTRAS)})"""
KEEPING = ", ".join(
    f"{name} = coalesce(new.{name}, CASE WHEN held.value = new.value THEN held.{name} END)" for name in EXTRAS
)
MERGE = f"""
WITH done AS (
    MERGE INTO {TABLE} held USING staged new ON {SAME_KEY}
    WHEN MATCHED AND {SAYS_MORE} THEN
        UPDATE SET value = new.value, status = new.status, file_id = new.file_id, {KEEPING}
    WHEN NOT MATCHED THEN
        INSERT ({", ".join(COLUMNS)}) VALUES ({", ".join(f"new.{name}" for name in COLUMNS)})
    RETURNING merge_action() AS what
)
SELECT count(*) FILTER (WHERE what = 'INSERT'), count(*) FILTER (WHERE what = 'UPDATE') FROM done"""


@dataclass(frozen=True)
class Loaded:
    """How many figures were added, changed and left as they were."""

    added: int
    changed: int
    unchanged: int


def add(values: pd.DataFrame, *, file_id: int) -> Loaded:
    """Add figures of which the table holds none.

    ``values`` is as ``kpis.dfe.Results`` has it: urn, measure, year, release, pupil_group, value, status, lower, upper
    and cohort, a row a figure; what is missing is NaN.
    """
    _copy(values, TABLE, file_id)
    return Loaded(len(values), 0, 0)


def merge(values: pd.DataFrame, *, file_id: int) -> Loaded:
    """Add figures that are new and change those of which ``values`` say something else."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE staged (LIKE {TABLE}) ON COMMIT DROP")
        _copy(values, "staged", file_id)
        cursor.execute("ANALYZE staged")
        cursor.execute(MERGE)
        added, changed = cursor.fetchone()
        cursor.execute("DROP TABLE staged")
    return Loaded(added, changed, len(values) - added - changed)


def _copy(values: pd.DataFrame, table: str, file_id: int) -> None:
    if values.empty:
        return
    series = _series(values)
    with connection.cursor() as cursor:
        # The queue lets the next rows be written out while the database takes in the last.
        writer = QueuedLibpqWriter(cursor.cursor)
        # The driver's own cursor: with DEBUG on, Django's wrapper takes no writer.
        with cursor.cursor.copy(f"COPY {table} ({', '.join(COLUMNS)}) FROM STDIN", writer=writer) as copy:
            for text in copy_texts(values.assign(series=series), file_id):
                copy.write(text)


def _series(values: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return the number of each figure's series; those that are not known yet are added."""
    together = np.zeros(len(values), dtype=np.int64)
    for column in SERIES:
        codes, different = _codes(values[column])
        together = together * len(different) + codes
    codes, _ = pd.factorize(together)
    _, first = np.unique(codes, return_index=True)
    wanted = [
        PublishedSeries(measure=measure, school_year=year, release=release, pupil_group=group)
        for measure, year, release, group in values.iloc[first][SERIES]
        .astype(object)
        .itertuples(index=False, name=None)
    ]
    PublishedSeries.objects.bulk_create(wanted, ignore_conflicts=True)
    known = {
        (each.measure, each.school_year, each.release, each.pupil_group): each.pk
        for each in PublishedSeries.objects.filter(school_year__in={each.school_year for each in wanted})
    }
    numbers = [known[each.measure, each.school_year, each.release, each.pupil_group] for each in wanted]
    return np.array(numbers)[codes]


def copy_texts(values: pd.DataFrame, file_id: int) -> Iterator[str]:
    """Yield figures as the text that COPY reads, in pieces, school by school.

    ``values`` has the columns urn, series (its number), status, value, lower, upper and cohort. A school's rows lie
    together on the disk, since they are read together. Each different text is made once; what repeats is looked up.
    """
    urns, _ = pd.factorize(values["urn"], sort=True)
    order = np.argsort(urns.astype(np.uint16 if urns.max() < 2**16 else np.int32), kind="stable")
    parts = _parts(values, end=f"{file_id}\n")
    for start in range(0, len(values), ROWS_AT_ONCE):
        rows = order[start : start + ROWS_AT_ONCE]
        cells = zip(*(texts[codes[rows]].tolist() for codes, texts in parts), strict=True)
        yield "".join(chain.from_iterable(cells))


Part = tuple[npt.NDArray[np.integer[Any]], npt.NDArray[np.object_]]


def _parts(values: pd.DataFrame, *, end: str) -> list[Part]:
    """Return the parts of every row's text: their different texts, and which of them each row has."""
    parts: list[Part] = []
    for column in COLUMNS_READ:
        codes, different = _codes(values[column])
        texts = np.array([f"{_text(each)}\t" for each in different] + [f"{NULL}\t"], dtype=object)  # -1 is the last.
        if parts and (codes == codes[0]).all():  # As limits that no measure of the file has.
            before, of_before = parts[-1]
            parts[-1] = before, of_before + texts[codes[0]]
        else:
            parts.append((codes, texts))
    codes, texts = parts[-1]
    return [*parts[:-1], (codes, texts + end)]


def _codes(column: pd.Series) -> tuple[npt.NDArray[np.integer[Any]], pd.Index]:
    """Return a column's different values, and which of them each row has (-1 where it has none)."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), column.cat.categories
    codes, different = pd.factorize(column)
    return codes, pd.Index(different)


def _text(cell: object) -> str:
    return repr(float(cell)) if isinstance(cell, float) else str(cell)
