"""Measure importing published results against reading the same files with pandas and a raw COPY of the rows.

Both use the same empty database, in turns. The text for the raw COPY is prepared and its table has no key, constraint
or index, so nothing can load these rows faster.
"""

import io
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import django
import pandas as pd
import psycopg
from django.apps import apps
from django.core.management import call_command

from tests.bench.results import Measurement, Section, as_text

DFE = Path(__file__).resolve().parents[3] / "shared" / "data" / "dfe"
YEARS = ("2015-16", "2016-17", "2017-18", "2018-19")
ROUNDS = 5
GOAL = 3.0  # Times the duration of pandas and a raw COPY.
BARE = """
CREATE TABLE bench_bare (urn integer, measure text, school_year smallint, release text, pupil_group text,
    value float8, status text, lower float8, upper float8, cohort float8, file_id bigint)"""

ROWS = """
COPY (SELECT urn, measure, school_year, release, pupil_group, value, status, lower, upper, cohort, file_id
    FROM published_publishedresult JOIN published_publishedseries series ON series.id = series_id
    WHERE file_id = %s ORDER BY urn, series_id) TO STDOUT"""


def imports_section() -> Section:
    """Measure four years of final key stage 2 and 4 files. DATABASE_URL names a database that may be emptied."""
    files = [DFE / kind / year / f"england_{kind}final_headline.csv" for year in YEARS for kind in ("ks2", "ks4")]
    title = "Importing four years of key stage 2 and 4 results"
    if not DFE.is_dir():
        return Section(title=title, lines=[], remarks=["not measured, because the published files are not available"])
    if not apps.ready:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
    call_command("migrate", verbosity=0)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        texts = _rows(connection, files)
        seconds: dict[str, list[float]] = {"import": [], "raw": [], "plain": []}
        for _ in range(ROUNDS):
            _empty(connection)
            seconds["raw"].append(_timed(lambda: _raw(connection, files, texts)))
            seconds["import"].append(_timed(lambda: _import(files)))
        seconds["plain"].append(_timed(lambda: _plain(connection, files)))
        connection.execute("DROP TABLE bench_bare")
        _empty(connection)
    ratios = [ours / theirs for ours, theirs in zip(seconds["import"], seconds["raw"], strict=True)]
    rows = sum(text.count("\n") for text in texts)
    return Section(
        title=title,
        lines=[
            Measurement(what="import_results", value=median(seconds["import"]), unit="s", note=f"{rows:,} figures"),
            Measurement(what="pandas.read_csv and a raw COPY", value=median(seconds["raw"]), unit="s"),
            Measurement(
                what="ratio",
                value=median(ratios),
                unit="times",
                goal=GOAL,
                note=f"from {min(ratios):.2f} to {max(ratios):.2f}",
            ),
            Measurement(
                what="with the rows written by pandas",
                value=seconds["plain"][0],
                unit="s",
                note="instead of the raw COPY",
            ),
        ],
        remarks=[f"median of {ROUNDS} rounds, in turns; the raw COPY's text is prepared and its table has no key"],
    )


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _empty(connection: psycopg.Connection) -> None:
    connection.execute(
        "TRUNCATE published_publishedresult, published_publishedseries, published_nationalfigure,"
        " published_schoollist, published_importedfile"
    )


def _import(files: Sequence[Path]) -> None:
    call_command("import_results", *map(str, files), stdout=io.StringIO())


def _rows(connection: psycopg.Connection, files: Sequence[Path]) -> list[str]:
    """Import the files once, and return each file's rows in COPY's format."""
    connection.execute(BARE)
    _empty(connection)
    _import(files)
    texts = []
    for (pk,) in connection.execute("SELECT id FROM published_importedfile ORDER BY id").fetchall():
        with connection.cursor().copy(ROWS, [pk]) as copy:
            texts.append(b"".join(bytes(piece) for piece in copy).decode())
    return texts


def _raw(connection: psycopg.Connection, files: Sequence[Path], texts: Sequence[str]) -> None:
    connection.execute("TRUNCATE bench_bare")
    for path, text in zip(files, texts, strict=True):
        pd.read_csv(path)
        with connection.cursor().copy("COPY bench_bare FROM STDIN") as copy:
            copy.write(text)


def _plain(connection: psycopg.Connection, files: Sequence[Path]) -> None:
    """Read with pandas, and let pandas write the rows for COPY, as a simple script would."""
    connection.execute("TRUNCATE bench_bare")
    for path in files:
        wide = pd.read_csv(path, dtype=str)
        long = wide.melt(["URN"], [name for name in wide if name not in ("URN", "LEA", "ESTAB", "SCHNAME")])
        long = long.assign(year=2019, release="final", group="all", status="value", file=1)
        long["number"] = pd.to_numeric(long["value"].str.rstrip("%"), errors="coerce")
        text = long[["URN", "variable", "year", "release", "group", "number", "status", "file"]].to_csv(
            sep="\t", header=False, index=False, na_rep="\\N"
        )
        columns = "urn, measure, school_year, release, pupil_group, value, status, file_id"
        with connection.cursor().copy(f"COPY bench_bare ({columns}) FROM STDIN") as copy:
            copy.write(text)


if __name__ == "__main__":
    print(as_text(imports_section()))
