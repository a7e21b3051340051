"""Load many published figures of schools into their table at once with COPY."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from django.db import connection
from psycopg.copy import QueuedLibpqWriter

from published.dfe.value_statuses import ValueStatus
from published.models import PublishedSeries

TABLE = "published_publishedresult"
KEY = ("series_id", "urn")
SERIES = ["measure", "year", "release", "pupil_group"]
EXTRAS = ("lower", "upper", "cohort")
WRITTEN = ("urn", "status", "value", *EXTRAS)
COLUMNS = ("series_id", *WRITTEN, "file_id")
ROWS_AT_ONCE = 20_000
NULL = "\\N"  # How COPY writes it.

SAME_KEY = " AND ".join(f"held.{name} = new.{name}" for name in KEY)
# A blank cell says less than any stored figure, so it replaces nothing. If a file leaves out the limits or the cohort
# of a figure that is otherwise the same, they stay. So the order of two files of a release does not matter.
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


Part = tuple[npt.NDArray[np.integer[Any]], npt.NDArray[np.object_]]


@dataclass(frozen=True)
class FiguresToLoad:
    """Figures in the form that COPY reads, except for the database ids of their series and their file.

    ``series`` lists the figures' series: measure, year, release and pupil group. ``series_of`` has the position of each
    row's series. ``parts`` has the rest of the rows' text: the different texts, and the position of each row's text.
    """

    series: Sequence[tuple[str, int, str, str]]
    series_of: npt.NDArray[np.integer[Any]]
    parts: Sequence[Part]

    def __len__(self) -> int:
        return len(self.series_of)


@dataclass(frozen=True)
class LoadCounts:
    """How many figures were added, changed and left unchanged."""

    added: int
    changed: int
    unchanged: int


def figures_to_load(values: pd.DataFrame) -> FiguresToLoad:
    """Write figures out for COPY, school by school, without the database.

    ``values`` is as ``published.dfe.ResultsFile`` has it: urn, measure, year, release, pupil_group, value, status,
    lower, upper and cohort, with one row for each figure and NaN for missing values. A school's rows are together on
    the disk, because they are read together. Each different text is made only once.
    """
    grouped = values.groupby(SERIES, observed=True, sort=False).ngroup()
    series = values.loc[~grouped.duplicated(), SERIES].astype(object)
    order = np.argsort(values["urn"].to_numpy(), kind="stable")
    parts = [(codes[order], texts) for codes, texts in _parts(values)]
    return FiguresToLoad([*series.itertuples(index=False, name=None)], grouped.to_numpy()[order], parts)


def add_figures(figures: FiguresToLoad, *, file_id: int) -> LoadCounts:
    """Add figures that the table does not have in any form."""
    _copy(figures, TABLE, file_id)
    return LoadCounts(len(figures), 0, 0)


def merge_figures(figures: FiguresToLoad, *, file_id: int) -> LoadCounts:
    """Add new figures and change those that differ from the table."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE staged (LIKE {TABLE}) ON COMMIT DROP")
        _copy(figures, "staged", file_id)
        cursor.execute("ANALYZE staged")
        cursor.execute(MERGE)
        added, changed = cursor.fetchone()
        cursor.execute("DROP TABLE staged")
    return LoadCounts(added, changed, len(figures) - added - changed)


def _copy(figures: FiguresToLoad, table: str, file_id: int) -> None:
    numbers = _numbers(figures.series)
    with connection.cursor() as cursor:
        # With the queue, we write out the next rows while the database takes in the previous ones.
        writer = QueuedLibpqWriter(cursor.cursor)
        # The driver's own cursor: with DEBUG on, Django's wrapper takes no writer.
        with cursor.cursor.copy(f"COPY {table} ({', '.join(COLUMNS)}) FROM STDIN", writer=writer) as copy:
            for text in copy_texts(figures, numbers, file_id):
                copy.write(text)


def _numbers(series: Sequence[tuple[str, int, str, str]]) -> list[int]:
    """Return the id of each series, and add the series that are new."""
    PublishedSeries.objects.bulk_create(
        [
            PublishedSeries(measure=measure, school_year=year, release=release, pupil_group=group)
            for measure, year, release, group in series
        ],
        ignore_conflicts=True,
    )
    known = {
        (row.measure, row.school_year, row.release, row.pupil_group): row.pk
        for row in PublishedSeries.objects.filter(school_year__in={year for _, year, _, _ in series})
    }
    return [known[key] for key in series]


def copy_texts(figures: FiguresToLoad, numbers: Sequence[int], file_id: int) -> Iterator[str]:
    """Yield the text that COPY reads, in pieces, given the ids of the series and of the file."""
    series = np.array([f"{number}\t" for number in numbers], dtype=object)
    *others, (codes, texts) = figures.parts
    parts = [(figures.series_of, series), *others, (codes, texts + f"{file_id}\n")]
    for start in range(0, len(figures), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        cells = zip(*(texts[codes[rows]].tolist() for codes, texts in parts), strict=True)
        yield "".join(chain.from_iterable(cells))


def _parts(values: pd.DataFrame) -> list[Part]:
    """Return the parts of the rows' text: the position of each row's text, and the different texts."""
    parts: list[Part] = []
    for column in WRITTEN:
        codes, different = _codes(values[column])
        texts = np.array([f"{_text(value)}\t" for value in different] + [f"{NULL}\t"], dtype=object)  # -1 is the last.
        if parts and len(codes) and (codes == codes[0]).all():  # For example limits, if no measure of the file has any.
            before, of_before = parts[-1]
            parts[-1] = before, of_before + texts[codes[0]]
        else:
            parts.append((codes, texts))
    return parts


def _codes(column: pd.Series) -> tuple[npt.NDArray[np.integer[Any]], pd.Index]:
    """Return a column's different values, and the position of each row's value (-1 without a value)."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), column.cat.categories
    codes, different = pd.factorize(column)
    return codes, pd.Index(different)


def _text(cell: object) -> str:
    return repr(float(cell)) if isinstance(cell, float) else str(cell)
