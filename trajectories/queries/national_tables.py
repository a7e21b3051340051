"""National tables from imported files: calculating them, and reading the ones to use."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

import pandas as pd

from kpis.queries.similar_context import school_lists
from kpis.rules.mainstream_schools import mainstream_urns
from published.dfe.value_statuses import ValueStatus
from published.models import NationalFigure, PublishedResult, PublishedSeries
from trajectories.models import CalculatedTables
from trajectories.rules.measures import measures
from trajectories.rules.national_files import NATIONAL_FILE
from trajectories.rules.percentiles import NEWEST_RELEASE, NationalTables, before_the_shipped, load_tables, tables_from

AVERAGES = ["measure", "phase", "year", "release", "value", "source"]
RESULTS = ["urn", "measure", "year", "release", "value", "file"]


def tables_in_force() -> NationalTables:
    """Return the national tables to use: those from imported files, then those that ship with Sightline.

    One query, and one more if the tables have changed since this process last read them.
    """
    newest = CalculatedTables.objects.order_by("-files_seen").values_list("files_seen", "computed_at").first()
    return load_tables() if newest is None else _read(*newest)


def tables_seen() -> int:
    """Return the number of the newest file behind the calculated tables; 0 without tables. One query."""
    return CalculatedTables.objects.order_by("-files_seen").values_list("files_seen", flat=True).first() or 0


@lru_cache(maxsize=2)  # The same object each time, because tables are looked up by it.
def _read(files_seen: int, computed_at: datetime) -> NationalTables:
    row = CalculatedTables.objects.filter(files_seen=files_seen, computed_at=computed_at).first()
    if row is None:  # Another process has just replaced them.
        return load_tables()
    return before_the_shipped(pd.DataFrame(**row.percentiles), pd.DataFrame(**row.averages))


def imported_percentiles(*, computed_on: str) -> pd.DataFrame:
    """Calculate the percentile tables of the imported files of the whole country, as ``percentiles.tables_from`` does.

    A table counts if one file alone has enough mainstream schools with the measure (``fewest_schools``): the files of
    several authorities are not the country. Year by year, because a year has up to 200,000 figures.

    Source: trajectories/README.md, rule S2.
    """
    mainstream = mainstream_urns(school_lists())
    everyone = pd.Index(sorted(set().union(*mainstream.values())))
    frames = [tables_from(pd.DataFrame(columns=[*RESULTS, "status"]), mainstream)]
    for held in _national_results(everyone):
        frames.append(tables_from(held, mainstream, source="the imported files", computed_on=computed_on))
    tables = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    keys = zip(tables["measure"], tables["phase"], strict=True)
    return tables[tables["schools"] >= [fewest_schools(measure, phase) for measure, phase in keys]]


def fewest_schools(measure: str, phase: str) -> int:
    """Return how many mainstream schools a file needs for a table: half of those in the shipped tables, or 1,000.

    A third of the schools, whoever chose them, can have a spread of their own.
    """
    shipped = load_tables().percentiles
    held = shipped.loc[(shipped["measure"] == measure) & (shipped["phase"] == phase), "schools"]
    return max(NATIONAL_FILE, 0 if held.empty else int(held.max()) // 2)


def _national_results(mainstream: pd.Index) -> Iterator[pd.DataFrame]:
    """Yield the results of each year's national files: ``urn, measure, year, release, value, status``."""
    series = PublishedSeries.objects.filter(measure__in=measures(), pupil_group="all")
    for year in series.order_by("school_year").values_list("school_year", flat=True).distinct():
        rows = PublishedResult.objects.filter(
            series__in=list(series.filter(school_year=year)), status=ValueStatus.VALUE
        )
        names = ("urn", "series__measure", "series__school_year", "series__release", "value", "file_id")
        held = pd.DataFrame.from_records(list(rows.values_list(*names)), columns=RESULTS)
        held = held[held["urn"].isin(mainstream)]
        largest = held.groupby(["measure", "release", "file"])["urn"].transform("size")
        largest = largest.groupby([held["measure"], held["release"]]).transform("max")
        fewest = {code: min(fewest_schools(code, phase) for phase in measures()[code].phases) for code in measures()}
        national = largest >= held["measure"].map(fewest)
        if national.any():
            yield held[national].drop(columns="file").assign(status=str(ValueStatus.VALUE))


def imported_averages() -> pd.DataFrame:
    """Return the averages of England's state-funded schools in the imported files: the best release of each year.

    Measures that are about primary and secondary schools alike are left out: the files have one figure for both.
    """
    rows = NationalFigure.objects.filter(
        geography="England", scope="state-funded", pupil_group="all", measure__in=measures()
    )
    names = ("measure", "school_year", "release", "value", "file__name")
    frame = pd.DataFrame.from_records(
        list(rows.values_list(*names)), columns=["measure", "year", "release", "value", "file"]
    )
    phases = {code: measure.phases[0] for code, measure in measures().items() if len(measure.phases) == 1}
    frame = frame[frame["measure"].isin(list(phases))]
    frame = frame.sort_values("release", key=lambda releases: releases.map(NEWEST_RELEASE.index), kind="stable")
    source = "England’s row in " + frame["file"].astype(str)
    return frame.assign(phase=frame["measure"].map(phases), source=source)[AVERAGES]
