"""National files as frames: results and context of several years, each school under one URN."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from kpis.rules.mainstream_schools import kind_of_schools
from published.dfe import ResultsFile, ValueStatus
from published.dfe.measures import layout_measures
from tables.faults import FileRefused
from trajectories.rules.headline import HEADLINES
from trajectories.rules.lineage import COLUMNS as LINEAGE
from trajectories.rules.lineage import known_as
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import FEWEST_SCHOOLS, NationalTables, before_the_shipped, tables_from

PHASES = {"ks4": "secondary", "ks2": "primary"}  # The layouts of results, and the phase of education they are about.
LIMITS = {"lower": "P8CILOW", "upper": "P8CIUPP"}  # The limits of Progress 8 become measures, as in the files.
NATIONAL_FILE = 1_000  # Mainstream schools with the measure: a file with fewer is not the whole country.
# The tables list a school by the URN in force on 12 September of the school year. Measured on the files of 2016 to
# 2019, this is right for 98.7 to 99.4% of schools; 31 August before the year gives 98.0 to 99.1%, and 30 August at its
# end 94.0 to 96.9%.
NAMED_ON = (9, 12)
# What the tables say about a school for the years before it became the school it is now.
SILENT = [str(status) for status in (ValueStatus.BLANK, ValueStatus.NOT_PUBLISHED, ValueStatus.NEW_SCHOOL)]
CONTEXT_COLUMNS = ["urn", "measure", "year", "release", "value", "status", "cohort", "via_urn"]
COLUMNS = [*CONTEXT_COLUMNS, "phase_of_education", "via_kind", "comparable"]


@dataclass(frozen=True, kw_only=True, eq=False)
class NationalFiles:
    """What published files say about England's schools, with each school under its current URN.

    ``results`` has one row for each figure of all pupils at key stage 2 or 4: ``urn, measure, year, release, value,
    status, cohort, via_urn, phase_of_education`` (primary for key stage 2, secondary for 4), ``via_kind`` and
    ``comparable``. The value is NaN unless the status is "value". ``via_urn`` is the URN that published it,
    ``via_kind`` what that school was (mainstream, special or other), ``comparable`` whether it was a state-funded
    mainstream school. The limits of Progress 8 are the measures P8CILOW and P8CIUPP.

    ``context`` has the first eight of these columns, from the other files of schools (absence, census, workforce …).

    ``schools`` has one row for each school with results: ``urn, name, la, estab, school_type, kind`` (mainstream,
    special or other) and ``phase_of_education`` (primary, secondary or all-through).

    ``known_as`` has ``via_urn, urn, depth`` (see ``lineage.known_as``). ``tables`` are the percentile tables of
    mainstream schools: those calculated from these files take precedence over those that ship with Sightline.
    ``own_tables`` has the years of the former by phase of education. ``special_tables`` and ``special_years`` are the
    same for special schools compared with each other.
    """

    results: pd.DataFrame
    context: pd.DataFrame
    schools: pd.DataFrame
    known_as: pd.DataFrame
    tables: NationalTables
    own_tables: Mapping[str, tuple[int, ...]]
    special_tables: NationalTables
    special_years: Mapping[str, tuple[int, ...]]
    last_year: int

    def comparisons(self, phase: str) -> dict[str, NationalTables]:
        """Return the kinds of schools that can be compared with each other, with their tables."""
        special = {"special": self.special_tables} if self.special_years[phase] else {}
        return {"mainstream": self.tables} | special

    def own_years(self, kind: str, phase: str) -> tuple[int, ...]:
        """Return the years whose tables were calculated from the files themselves."""
        return (self.own_tables if kind == "mainstream" else self.special_years)[phase]


def join_national_files(
    files: Mapping[str, ResultsFile],
    *,
    links: pd.DataFrame | None = None,
    year: int | None = None,
) -> NationalFiles:
    """Return what these files say together: results, context and schools, with each school under one URN.

    ``files`` are read by ``published.dfe.read_results_file``; their names are for messages. ``links`` is as
    ``schools.gias.read_links`` returns it. A school has the URN in force when the school year ``year`` began (on 12
    September), as in the tables; by default the year is that of the last results. A figure is the school's own unless
    its row is silent; then it is the nearest predecessor's.

    Source: trajectories/README.md, rules S1 and S7.

    Raises:
        FileRefused: no file has results of key stage 2 or 4, two files disagree about a school, or the links form a
            circle.
    """
    results = {name: file for name, file in files.items() if file.layout.code in PHASES}
    others = {name: file for name, file in files.items() if name not in results and file.layout.key == "urn"}
    if not results:
        given = "; ".join(f"{name}: {file.layout.title}" for name, file in files.items()) or "no file"
        raise FileRefused(f"These files have no key stage 2 or 4 results. At least one must. Files given: {given}.")
    last_year = max(file.summary.year for file in results.values())
    long, other = _long(results), _long(others)
    seen = pd.unique(pd.concat([long["via_urn"], other["via_urn"]]))
    lineage = _known_as(links, date((year or last_year) - 1, *NAMED_ON), seen)
    kinds = kind_of_schools({phase: _schools(results, layout) for layout, phase in PHASES.items()})
    everything = pd.concat([long, other], ignore_index=True)
    own, own_tables = _own_tables(everything, kinds, "mainstream", NATIONAL_FILE)
    special, special_years = _own_tables(long, kinds, "special", FEWEST_SCHOOLS)
    averages = _averages(results)
    long = _with_kinds(_under_one_urn(_with_limits(long), lineage), kinds)
    return NationalFiles(
        results=long[COLUMNS],
        context=_under_one_urn(other, lineage)[CONTEXT_COLUMNS],
        schools=_one_row_each(results, kinds, lineage, long),
        known_as=lineage,
        tables=before_the_shipped(own, averages),
        own_tables=own_tables,
        special_tables=NationalTables(percentiles=special, averages=averages.iloc[:0]),
        special_years=special_years,
        last_year=last_year,
    )


def _long(files: Mapping[str, ResultsFile]) -> pd.DataFrame:
    """Return the figures of all pupils of several files. Refuse files that disagree about a school."""
    frames = []
    for place, file in enumerate(files.values()):
        own = file.values[(file.values["pupil_group"] == "all").to_numpy()]
        phase = PHASES.get(file.layout.code, "")
        frames.append(own.drop(columns="pupil_group").assign(phase_of_education=phase, file=place))
    if not frames:
        empty = ["via_urn", "phase_of_education", "measure", "year", "release", "value", "status", "cohort"]
        return pd.DataFrame(columns=[*empty, "lower", "upper"]).astype({"via_urn": np.int64})
    codes = [measure.code for measure in layout_measures()]
    types = {
        "measure": pd.CategoricalDtype(list(dict.fromkeys([*codes, *LIMITS.values()]))),
        "release": pd.CategoricalDtype(["final", "revised", "provisional"]),
        "status": pd.CategoricalDtype([str(status) for status in ValueStatus]),
        "phase_of_education": pd.CategoricalDtype([*PHASES.values(), ""]),
    }
    typed = [frame.astype(types) for frame in frames]
    return _agreed(pd.concat(typed, ignore_index=True), list(files)).rename(columns={"urn": "via_urn"})


def _agreed(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Keep one row of each figure that several files have. A row with a number takes precedence over one without.

    Raises:
        FileRefused: two files give different numbers.
    """
    key = _key(frame, ["urn", "measure", "year", "release", "phase_of_education"])
    if not (again := key.duplicated(keep=False)).any():
        return frame.drop(columns="file")
    both = frame[again].assign(key=key[again], none=lambda rows: rows["value"].isna())
    both = both.sort_values(["key", "none", "file"], kind="stable")
    first = both.groupby("key")["value"].transform("first")
    differ = both[both["value"].notna() & (both["value"] != first)]
    if len(differ):
        pair = both[both["key"] == differ["key"].iloc[0]].to_dict("records")
        numbers = " and ".join(f"{names[row['file']]} has {row['value']:g}" for row in pair[:2])
        about = f"school {pair[0]['urn']}, {pair[0]['measure']} of {pair[0]['year']} ({pair[0]['release']})"
        raise FileRefused(f"Two files disagree about {about}: {numbers}. Use only one of them.")
    kept = both.drop_duplicates("key").index
    return frame[~again | frame.index.isin(kept)].drop(columns="file").reset_index(drop=True)


def _key(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Return a whole number for each row, the same if the columns are the same: faster to compare than the columns."""
    key = np.zeros(len(frame), dtype=np.int64)
    for name in columns:
        column = frame[name]
        codes = column.cat.codes if isinstance(column.dtype, pd.CategoricalDtype) else column
        low = int(codes.min()) if len(codes) else 0
        key = key * (int(codes.max()) - low + 1 if len(codes) else 1) + (codes.to_numpy(np.int64) - low)
    return pd.Series(key, index=frame.index)


def _with_limits(frame: pd.DataFrame) -> pd.DataFrame:
    progress = frame[(frame["measure"] == "P8MEA") & (frame["status"] == "value")]
    limits = []
    for column, code in LIMITS.items():
        known = progress.dropna(subset=[column])
        limits.append(known.assign(value=known[column], measure=code).astype({"measure": frame["measure"].dtype}))
    return pd.concat([frame, *limits], ignore_index=True)


def _known_as(links: pd.DataFrame | None, on: date, seen: np.ndarray) -> pd.DataFrame:
    if links is None:
        return pd.DataFrame(columns=LINEAGE, dtype=np.int64)
    lineage = known_as(links, on=on, seen=seen)
    return lineage[lineage["urn"].isin(lineage.loc[lineage["via_urn"].isin(seen), "urn"])].reset_index(drop=True)


def _under_one_urn(frame: pd.DataFrame, lineage: pd.DataFrame) -> pd.DataFrame:
    """Give each row its school's current URN, and keep each figure under only one of the school's URNs."""
    name = lineage.set_index("via_urn")
    at = name.index.get_indexer(pd.Index(frame["via_urn"]))
    urn = np.where(at >= 0, name["urn"].to_numpy()[at], frame["via_urn"]) if len(name) else frame["via_urn"]
    depth = np.where(at >= 0, name["depth"].to_numpy()[at], 0) if len(name) else 0
    frame = frame.assign(urn=np.asarray(urn, dtype=np.int64), depth=depth)
    figure = _key(frame, ["urn", "measure", "year", "phase_of_education"])
    shared = frame["urn"].isin(lineage["urn"])
    ranked = pd.DataFrame({"figure": figure, "via_urn": frame["via_urn"], "depth": frame["depth"]})[shared]
    ranked["silent"] = frame.loc[shared, "status"].isin(SILENT)
    ranked["later"] = ranked["depth"] < 0  # A school that took over later counts only if no earlier one has the figure.
    ranked["far"] = ranked["depth"].abs()
    telling = ranked.sort_values(["figure", "silent", "later", "far"]).drop_duplicates("figure")
    told_by = ranked["figure"].map(telling.set_index("figure")["via_urn"])
    keep = ~shared
    keep[shared] = told_by.eq(ranked["via_urn"])
    return frame[keep].reset_index(drop=True)


def _schools(files: Mapping[str, ResultsFile], layout: str) -> list[pd.DataFrame]:
    return [file.schools.assign(year=file.summary.year) for file in files.values() if file.layout.code == layout]


def _with_kinds(long: pd.DataFrame, kinds: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Add what kind of school published each figure."""
    kind = np.full(len(long), "other", dtype=object)
    for phase, own in kinds.items():
        at = np.flatnonzero(long["phase_of_education"] == phase)
        kind[at] = own.reindex(long["via_urn"].to_numpy()[at]).to_numpy()
    via_kind = pd.Categorical(kind, categories=["mainstream", "special", "other"])
    return long.assign(via_kind=via_kind, comparable=kind == "mainstream")


def _own_tables(
    long: pd.DataFrame, kinds: Mapping[str, pd.Series], kind: str, fewest: int
) -> tuple[pd.DataFrame, dict[str, tuple[int, ...]]]:
    """Return the percentile tables of one kind of school if the files have enough of them, and their years by phase."""
    plain = {"measure": str, "release": str, "status": str}
    known = long[long["value"].notna() & long["measure"].isin(list(measures()))].rename(columns={"via_urn": "urn"})
    urns = {phase: own.index[own == kind] for phase, own in kinds.items()}
    tables = tables_from(known.astype(plain), urns, source="the files given")
    tables = tables[tables["schools"] >= fewest]
    headline = tables[tables["measure"].isin([code for codes in HEADLINES.values() for code in codes])]
    years = {phase: tuple(sorted(set(headline.loc[headline["phase"] == phase, "year"]))) for phase in kinds}
    return tables, years


def _averages(files: Mapping[str, ResultsFile]) -> pd.DataFrame:
    """Return the figures for England's state-funded schools in the files."""
    frames = []
    for name, file in files.items():
        place = file.national
        ours = place["geography"].eq("England") & place["scope"].eq("state-funded") & place["value"].notna()
        rows = place[ours & place["pupil_group"].eq("all")]
        phase, source = PHASES[file.layout.code], f"England's row in {name}"
        frames.append(rows[["measure", "year", "release", "value"]].assign(phase=phase, source=source))
    plain = {"measure": str, "release": str}
    return pd.concat([frame.astype(plain) for frame in frames], ignore_index=True)


def _one_row_each(
    files: Mapping[str, ResultsFile], kinds: Mapping[str, pd.Series], lineage: pd.DataFrame, long: pd.DataFrame
) -> pd.DataFrame:
    """Return one row for each school with results, from the newest file, under its own URN if any file has that."""
    frames = []
    for layout, phase in PHASES.items():
        for schools in _schools(files, layout):
            frames.append(schools.assign(phase_of_education=phase, kind=schools["urn"].map(kinds[phase]).to_numpy()))
    rows = pd.concat(frames, ignore_index=True).rename(columns={"urn": "via_urn"})
    rows = rows.merge(lineage, on="via_urn", how="left")
    rows["urn"] = rows["urn"].fillna(rows["via_urn"]).astype(np.int64)
    rows["far"] = rows["depth"].fillna(0).abs()
    rows = rows.sort_values(["urn", "far", "year"], ascending=[True, True, False], kind="stable")
    told = long[(long["status"] == "value").to_numpy()].drop_duplicates(["urn", "phase_of_education"])
    both = told.loc[told["urn"].duplicated(), "urn"]
    phases = told.drop_duplicates("urn").set_index("urn")["phase_of_education"].astype(str)
    phases[phases.index.isin(both)] = "all-through"
    one = rows.drop_duplicates("urn").set_index("urn")
    one["phase_of_education"] = phases.reindex(one.index).fillna(one["phase_of_education"])
    return one.reset_index()[["urn", "name", "la", "estab", "school_type", "kind", "phase_of_education"]]
