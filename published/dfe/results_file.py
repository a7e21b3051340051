"""Describe what is read from one of the DfE's files."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from published.dfe.layouts import FileLayout
from published.dfe.value_statuses import ValueStatus
from tables.table_reader import LeftOut


@dataclass(frozen=True)
class ReadingSummary:
    """What we read from a file, and what we left out."""

    layout: str
    year: int  # the newest, if a long table has several
    years: tuple[int, ...]
    release: str
    rows: int
    schools: int  # or trusts
    values: int
    by_status: Mapping[str, int]
    left_out: tuple[LeftOut, ...]
    hidden: tuple[str, ...]  # rows and columns that were read although the file hides them, in words
    repaired: tuple[int, ...]  # rows whose unquoted commas were repaired
    unread: tuple[str, ...]  # columns that are not read
    left_out_columns: tuple[str, ...]  # columns and years that were left out, in words
    cohorts: Mapping[str, str]  # measure (all pupils) -> the column of its cohort

    @property
    def codes_are_blank(self) -> bool:
        """Whether the file has empty cells instead of codes, so that the reasons are unknown."""
        reasons = {ValueStatus.SUPPRESSED, ValueStatus.NOT_APPLICABLE, ValueStatus.NO_ENTRIES}
        return ValueStatus.BLANK in self.by_status and reasons.isdisjoint(self.by_status)


@dataclass(frozen=True)
class ResultsFile:
    """One file, read.

    ``values``: urn (or uid, for trusts), measure, year, release, pupil_group, value, status, lower,
    upper, cohort. One row for each school, measure and pupil group, with or without a number, and for
    each earlier year of a long table only with one;
    missing numbers in value, lower, upper and cohort are NaN. Percentages are percent numbers.

    ``schools``: urn, name, la, estab, school_type, is_mainstream (True, False or None: unknown).
    Empty for trusts, whose frames are ``trusts`` (uid, group_id, name, group_type) and ``members``
    (uid, urn of the schools counted).

    ``national``: geography ("England" or "local authority"), la (0 for England), scope, then as
    ``values``, starting with measure. Empty cells are left out.
    """

    layout: FileLayout
    values: pd.DataFrame
    national: pd.DataFrame
    summary: ReadingSummary
    schools: pd.DataFrame = field(default_factory=pd.DataFrame)
    trusts: pd.DataFrame = field(default_factory=pd.DataFrame)
    members: pd.DataFrame = field(default_factory=pd.DataFrame)
