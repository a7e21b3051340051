"""Bring many published figures of schools into their table at once, by COPY."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import pandas as pd
from django.db import connection
from psycopg.copy import QueuedLibpqWriter

from kpis.dfe.statuses import ValueStatus

TABLE = "kpis_publishedresult"
KEY = ("urn", "measure", "school_year", "release", "pupil_group")
EXTRAS = ("lower", "upper", "cohort")
COLUMNS = (*KEY, "value", "status", *EXTRAS, "file_id")
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
    """Add figures of which the table holds none. ``values`` is as ``kpis.dfe.Results`` has it."""
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
    with connection.cursor() as cursor:
        # The queue lets the next rows be written out while the database takes in the last.
        writer = QueuedLibpqWriter(cursor.cursor)
        with cursor.copy(f"COPY {table} ({', '.join(COLUMNS)}) FROM STDIN", writer=writer) as copy:
            for text in copy_texts(values, file_id):
                copy.write(text)


def copy_texts(values: pd.DataFrame, file_id: int) -> Iterator[str]:
    """Yield figures as the text that COPY reads, in pieces, school by school.

    A school's rows lie together on the disk, since they are read together. Each different text is made once; what
    repeats is looked up.
    """
    schools, urns = pd.factorize(values["urn"], sort=True)
    order = np.argsort(schools.astype(np.uint16 if len(urns) < 2**16 else np.int32), kind="stable")
    parts = [
        (schools, np.array([f"{urn}\t" for urn in urns], dtype=object)),
        _texts(values, ["measure", "year", "release", "pupil_group", "value", "status"]),
        _texts(values, list(EXTRAS), end=f"{file_id}\n"),
    ]
    for start in range(0, len(values), ROWS_AT_ONCE):
        rows = order[start : start + ROWS_AT_ONCE]
        cells = zip(*(texts[codes[rows]].tolist() for codes, texts in parts), strict=True)
        yield "".join(chain.from_iterable(cells))


def _texts(
    values: pd.DataFrame, columns: list[str], *, end: str = ""
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    """Return the different texts of some columns together, a tab after each cell, and which of them each row has."""
    codes, texts = np.zeros(len(values), dtype=np.int64), np.array([""], dtype=object)
    for column in columns:
        its, different = pd.factorize(values[column])
        own = np.array([f"{_text(each)}\t" for each in different] + [f"{NULL}\t"], dtype=object)  # -1 is the last.
        if (its == its[0]).all():  # The year, the release, limits that no measure of the file has.
            texts = texts + own[its[0]]
            continue
        codes, pairs = pd.factorize(codes * len(own) + its % len(own))
        texts = texts[pairs // len(own)] + own[pairs % len(own)]
    return codes, np.array([text + end for text in texts], dtype=object)


def _text(cell: object) -> str:
    return repr(float(cell)) if isinstance(cell, float) else str(cell)
