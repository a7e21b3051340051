"""Recognise the layout of the DfE's files by their columns."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from published.dfe.faults import ReleaseUnknown, YearUnknown
from published.dfe.inspection_layouts import (
    InspectionLayout,
    inspection_layout_of,
    inspection_layouts,
    unknown_list_in_words,
)
from published.dfe.long_tables import LongTable, long_tables
from published.dfe.other_files import other_file
from published.dfe.value_statuses import PUBLISHED_CODES, ValueStatus
from tables.faults import FileNotRecognised, SeveralSheets
from tables.file_safety import LOCAL
from tables.headings import Fits, normal_name
from tables.table_reader import FoundTable, find_table

RELEASES = ("provisional", "revised", "final")


@dataclass(frozen=True)
class FileLayout:
    """One kind of file. The file must have one column of each tuple in ``required``."""

    code: str
    title: str
    required: tuple[tuple[str, ...], ...]
    key: str = "urn"  # "uid" where the rows are trusts
    release: str = ""  # if the tables only ever have one release
    row_types: Mapping[str, str] = field(default_factory=dict)  # RECTYPE -> what the row is about
    codes: Mapping[str, ValueStatus] = field(default_factory=lambda: PUBLISHED_CODES)
    free_text: str = ""  # the column whose unquoted commas can be repaired
    long: LongTable | None = None  # if there are several rows for each school

    def key_column(self, columns: Iterable[str]) -> str:
        """Return the column that has the URN or UID of each row."""
        present = set(columns)
        return next(name for name in KEY_COLUMNS[self.key] if name in present)

    def missing(self, columns: Iterable[str]) -> list[str]:
        """Return in words the columns that the layout needs and the file does not have."""
        present = set(columns)
        return [" or ".join(names) for names in self.required if present.isdisjoint(names)]


SCHOOL, MAINSTREAM, SPECIAL, AREA = "school", "mainstream school", "special school", "local authority"
ALL_SCHOOLS, STATE_FUNDED = "all schools", "state-funded"
KEY_COLUMNS = {"urn": ("URN", "SCHOOL_URN"), "uid": ("UID", "TRUST_UID")}
_URN, _LA = KEY_COLUMNS["urn"], ("LEA", "LA", "LA NUMBER")

# The order matters if a file would fit two layouts: trust files before school files, destinations before results.
# Record types: ks2_meta and ks4_meta 2018-19. State-funded is what earlier files call maintained.
WIDE_LAYOUTS = (
    FileLayout(
        "mats_ks4",
        "Multi-academy trusts at key stage 4",
        (
            KEY_COLUMNS["uid"],
            ("GROUP-ID", "CHAINID", "TRUST_ID"),
            ("P8SCORE_ADJ_WGTAVG", "MAT-PROG8-SCORE", "P8MEA_WGTAVG"),
            ("SCHOOL-URNS", "INSTITUTIONS_MATPTINC"),
        ),
        key="uid",
        release="final",
        free_text="GROUP-NAME",
    ),
    FileLayout(
        "mats_ks2",
        "Multi-academy trusts at key stage 2",
        (
            KEY_COLUMNS["uid"],
            ("GROUP-ID", "CHAINID", "TRUST_ID"),
            ("READPROGSCORE_P_ADJUSTED_WGTAVG", "MAT-PROG-READ-SCORE"),
            ("SCHOOL-URNS", "INSTITUTIONS_MATPTINC"),
        ),
        key="uid",
        release="final",
        free_text="GROUP-NAME",
    ),
    FileLayout(
        "destinations",
        "Destinations after key stage 4",
        (_URN, _LA, ("RECTYPE",), ("COHORT",), ("OVERALL_DESTPER",)),
        release="final",
        row_types={"1": MAINSTREAM, "2": SPECIAL, "LA": AREA, "NAT": STATE_FUNDED},
        # Found in the files: the code SP is used exactly if the count is above 0 and its percentage rounds to 0.
        # SN replaces counts of authorities, rounded to 5, where the rest of the row leaves 0.
        codes=PUBLISHED_CODES | {"SP": ValueStatus.SMALL_PERCENTAGE, "SN": ValueStatus.ROUNDS_TO_ZERO},
    ),
    FileLayout(
        "ks4",
        "Key stage 4 results",
        # Results of 2025 and 2026 have no Progress 8, so any of these will do together with Attainment 8.
        (_URN, _LA, ("SCHNAME",), ("ATT8SCR",), ("P8MEA", "PTEBACC_E_PTQ_EE", "EBACCAPS", "PTL2BASICS_95")),
        row_types={"1": MAINSTREAM, "2": SPECIAL, "4": AREA, "5": ALL_SCHOOLS, "7": STATE_FUNDED},
    ),
    FileLayout(
        "ks2",
        "Key stage 2 results",
        (_URN, _LA, ("SCHNAME",), ("READPROG",), ("WRITPROG",), ("MATPROG",)),
        row_types={"1": MAINSTREAM, "2": SPECIAL, "3": AREA, "4": ALL_SCHOOLS, "5": STATE_FUNDED},
    ),
    FileLayout("absence", "Absence", (_URN, _LA, ("PERCTOT",), ("PPERSABS10",)), release="final"),
    FileLayout("census", "School census", (_URN, _LA, ("NOR",), ("NUMEAL",), ("PSENELK",)), release="final"),
    FileLayout(
        "workforce",
        "School workforce census",
        (
            _URN,
            _LA,
            ("TOTAL NUMBER OF TEACHERS (HEADCOUNT)",),
            ("TOTAL NUMBER OF TEACHERS (FULL-TIME EQUIVALENT)",),
            ("PUPIL: TEACHER RATIO",),
        ),
        release="final",
    ),
    FileLayout(
        "finance",
        "School finance",
        (
            _URN,
            _LA,
            ("PERIOD COVERED BY RETURN",),
            ("REVENUE RESERVE", "REVENUE RESERVE: B01 + B02 + B06"),
            ("TOTAL INCOME", "TOTAL INCOME: I01:I18 - E30"),
        ),
        release="final",
        codes=PUBLISHED_CODES | {"DNS": ValueStatus.NOT_PUBLISHED},  # The school did not supply its figures.
    ),
)
TITLES = {layout.code: layout.title for layout in WIDE_LAYOUTS} | {
    "suspensions": "Suspensions and permanent exclusions",
}
LONG_LAYOUTS = tuple(
    FileLayout(table.layout, TITLES[table.layout], table.needs, release=table.release, long=table)
    for table in long_tables()
)
LAYOUTS = (*WIDE_LAYOUTS, *LONG_LAYOUTS)
COMMON = frozenset({*_URN, *_LA, "SCHNAME", "TIME_PERIOD", "YEAR", "TIME_IDENTIFIER", "RECTYPE", "COHORT", "BREAKDOWN"})
LONGEST_LIST = 200  # characters


def recognise_layout(path: Path | str) -> FileLayout:
    """Return the layout that a file's columns fit. The name of the file does not matter.

    Raises:
        FileNotRecognised: no layout fits. The message names the nearest layout and the missing columns.
    """
    path = Path(path)
    return layout_of(normal_names(find_results(path)), path.name)


def find_results(path: Path) -> FoundTable:
    """Find the table in a file: the one whose columns fit a layout or a list of inspections, if there is one.

    A workbook of inspections has a sheet with the latest and one with those of the year. The latest are read.

    Raises:
        SpreadsheetRefused: it is no file with a table.
    """
    data = path.read_bytes()
    try:
        return find_table(data, fits=_fits_a_layout, limits=LOCAL)
    except SeveralSheets as several:
        for layout in inspection_layouts():
            with suppress(SeveralSheets):
                return find_table(data, fits=_fits(layout), limits=LOCAL)
        raise several from None


def normal_names(found: FoundTable) -> list[str]:
    """Return the normal names of a table's columns."""
    return [normal_name(heading) for heading in found.headings]


def _fits_a_layout(headings: Sequence[str]) -> bool:
    present = {normal_name(heading) for heading in headings}
    is_results = any(not layout.missing(present) for layout in LAYOUTS)
    return is_results or inspection_layout_of(present) is not None


def _fits(layout: InspectionLayout) -> Fits:
    return lambda headings: not layout.missing({normal_name(heading) for heading in headings})


def layout_of(columns: list[str], name: str) -> FileLayout:
    """Return the layout that these columns (normal names) fit. ``name`` is for the message.

    >>> layout_of(["LA", "ESTAB", "URN", "PERCTOT", "PPERSABS10"], "any.csv").title
    'Absence'
    >>> layout_of(["LA", "URN", "PERCTOT"], "any.csv")
    Traceback (most recent call last):
    tables.faults.FileNotRecognised: any.csv is not recognised. It is most like Absence, but has no PPERSABS10.
    """
    for layout in LAYOUTS:
        if not layout.missing(columns):
            return layout
    raise FileNotRecognised(f"{name} is not recognised. {_what_it_looks_like(columns, name)}")


def _what_it_looks_like(columns: list[str], name: str) -> str:
    """Say what a file that fits no layout may be, and what to do."""
    if inspections := inspection_layout_of(columns):
        return f"It is {inspections.title}, without results. Import it with import_results."
    if unknown_list := unknown_list_in_words(columns, name):
        return unknown_list
    if known := other_file(columns):
        return f"It looks like {known.what}. {known.todo}"
    likeness, nearest = max(((_likeness(layout, columns), layout) for layout in LAYOUTS), key=itemgetter(0))
    if likeness >= 0.5:
        return f"It is most like {nearest.title}, but has no {', '.join(nearest.missing(columns))}."
    if not any(columns):
        return "It is no table of text: use the CSV file as it was downloaded."
    shown = ", ".join(name for name in columns if name)[:LONGEST_LIST]
    return (
        f"It has the columns {shown}: no file of results that Sightline reads has these. Use the file of schools as it "
        "was downloaded."
    )


def _likeness(layout: FileLayout, columns: list[str]) -> float:
    """Return the share of a layout's own columns that a file has. Columns of every file do not count."""
    own = [names for names in layout.required if COMMON.isdisjoint(names)]
    return sum(not set(names).isdisjoint(columns) for names in own) / len(own)


def school_year(year: int) -> str:
    """Write a school year, which is stored as the year it ends in.

    >>> school_year(2019)
    '2018-19'
    """
    return f"{year - 1}-{year % 100:02d}"


def year_of_period(text: str) -> int | None:
    """Return the school year of a ``time_period`` like 202425, or None.

    >>> year_of_period("202425"), year_of_period("2024/25"), year_of_period("202426")
    (2025, 2025, None)
    """
    match = _PERIOD.fullmatch(text.strip())
    return int(match[1]) + 1 if match and int(match[2]) == (int(match[1]) + 1) % 100 else None


NO_TABLES = (2020, 2021)  # School years without performance tables, left out when counting back.
_EARLIER = re.compile(r"(.+)_([1-4]\d)")  # READPROG_18 next to READPROG: the figure of the year before
_PERIOD = re.compile(r"(20\d\d)[/-]?(\d\d)", re.ASCII)
LAST_YEAR_BEFORE = 2019  # Since then, the newest earlier figures of destinations are two or three years back.
_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_ :]?((?:20)?\d\d)(?!\d)")


def year_in_columns(columns: Iterable[str]) -> int | None:
    """Return the school year that the columns imply, or None.

    Wide files have earlier years' figures in columns with suffixes. The newest is the year before, with tables.

    >>> year_in_columns(["READPROG", "READPROG_17", "READPROG_18"]), year_in_columns(["READPROG", "READPROG_19"])
    (2019, 2022)
    """
    present = set(columns)
    if {"PTL2BASICS_LL_PTQ_EE", "P8MEA"} <= present:
        return 2016  # the one year of Progress 8 with GCSEs still graded A* to G
    matches = (_EARLIER.fullmatch(column) for column in present)
    earlier = [2000 + int(match[2]) for match in matches if match and match[1] in present]
    if not earlier or ({"COHORT", "OVERALL_DESTPER"} <= present and max(earlier) >= LAST_YEAR_BEFORE):
        return None
    year = max(earlier) + 1
    while year in NO_TABLES:
        year += 1
    return year


def year_in_place(path: Path) -> int | None:
    """Return the school year in a file's name, or else in the name of its nearest folder, or None.

    >>> year_in_place(Path("2018-19/england_ks4final.csv")), year_in_place(Path("ks4/2019.csv"))
    (2019, None)
    """
    for part in (path.name, *reversed(path.parent.parts)):
        for start, end in _IN_NAME.findall(part):
            if int(end) % 100 == (int(start) + 1) % 100:
                return int(start) + 1
    return None


def year_of(path: Path, columns: Iterable[str], asked: int | None, periods: Iterable[str] = ()) -> int:
    """Return the school year of a file: from its ``periods`` or columns, or else ``asked``, or else from its place.

    Raises:
        YearUnknown: there is no year anywhere, or the columns contradict the caller or the place.
    """
    years = {year_of_period(period) for period in periods}
    inside, stated = years.pop() if len(years) == 1 else year_in_columns(columns), asked or year_in_place(path)
    if inside and stated and inside != stated:
        who = "year= says" if asked else "its name or folder says"
        raise YearUnknown(f"{path.name}: its columns are those of {school_year(inside)}, {who} {stated}.")
    if year := inside or stated:
        return year
    raise YearUnknown(
        f"{path.name}: the school year is not in its columns. Put the file in a folder named like 2018-19, "
        "or give the year in which the school year ends."
    )


def release_of(path: Path, layout: FileLayout, asked: str | None) -> str:
    """Return the release of a file: ``asked``, or else from its name or folder, or else the layout's only one.

    Raises:
        ReleaseUnknown: there is no release anywhere, or ``asked`` is not a release.
    """
    if asked is not None and asked not in RELEASES:
        raise ReleaseUnknown(f"{asked!r} is not a release; expected {', '.join(RELEASES)}.")
    named = (word for part in (path.name, path.parent.name) for word in RELEASES if word in part.lower())
    if release := asked or next(named, layout.release):
        return release
    raise ReleaseUnknown(
        f"{path.name}: give the release ({', '.join(RELEASES)}). Neither its name nor its folder has it."
    )
