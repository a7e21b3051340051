"""Read targets that people type into a grid or send in a file, or say what is wrong and where."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kpis.catalogue import Indicator
from kpis.catalogue.kinds import Direction, FigureUnit
from kpis.rules.figures_in_words import figure_in_words
from kpis.rules.typed_figures import TOO_LARGE, UnreadableFigure, parse_figure
from schools.rules.terms import school_year_code

TARGET_FILE_HEADINGS = (
    "URN",
    "School",
    "Code",
    "Indicator",
    "School year",
    "Target",
    "Top of the range",
    "Tolerance",
    "Reason",
)
LONGEST_REASON = 1000
MOST_ROWS = 20_000  # A trust of two hundred schools has fewer targets in a year.


@dataclass(frozen=True, kw_only=True)
class TypedTarget:
    """A target and its tolerance, in the indicator's unit."""

    value: Decimal
    upper: Decimal | None
    tolerance: Decimal


@dataclass(frozen=True)
class TargetFault:
    """What is wrong with one typed target, and in which field: value, upper or tolerance."""

    field: str
    message: str


def read_target(indicator: Indicator, value: str, upper: str, tolerance: str) -> TypedTarget | None:
    """Read one target; None if all fields are empty. An empty tolerance means the catalogue's tolerance.

    >>> from kpis.catalogue import catalogue_by_code
    >>> read_target(catalogue_by_code()["AB1"], "5.5%", "", "0.5")
    TypedTarget(value=Decimal('5.5'), upper=None, tolerance=Decimal('0.5'))

    Raises:
        Unfit: naming the field and what to type instead.
    """
    if not any(text.strip() for text in (value, upper, tolerance)):
        return None
    target = TypedTarget(
        value=_read(indicator, "value", value),
        upper=_upper(indicator, upper),
        tolerance=_tolerance(indicator, tolerance),
    )
    if target.upper is not None and target.upper <= target.value:
        raise UnreadableTarget("upper", "The top of the range must be above the target")
    return target


class UnreadableTarget(ValueError):
    """What was typed cannot be a target."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.fault = TargetFault(field, message)


def _parsed(field: str, text: str, unit: FigureUnit) -> Decimal:
    try:
        read = parse_figure(text, unit)
    except UnreadableFigure as unreadable:
        raise UnreadableTarget(field, str(unreadable)) from None
    if abs(read) >= TOO_LARGE:
        raise UnreadableTarget(field, "This figure is too large to save")
    return read


def _read(indicator: Indicator, field: str, text: str) -> Decimal:
    read = _parsed(field, text, indicator.unit)
    if not indicator.limits.allow(read):
        raise UnreadableTarget(
            field, f"{figure_in_words(read, indicator.unit, indicator.decimals)} is not possible for this indicator"
        )
    return read


def _upper(indicator: Indicator, text: str) -> Decimal | None:
    is_range = indicator.direction is Direction.RANGE
    if is_range != bool(text.strip()):
        raise UnreadableTarget(
            "upper", "Enter the top of the range" if is_range else "Leave the top empty: this is not a range"
        )
    return _read(indicator, "upper", text) if is_range else None


def _tolerance(indicator: Indicator, text: str) -> Decimal:
    if not text.strip():
        return indicator.target.tolerance
    read = _parsed("tolerance", text, FigureUnit.SCORE if indicator.unit is FigureUnit.YES_NO else indicator.unit)
    if read < 0:
        raise UnreadableTarget("tolerance", "The tolerance must not be below zero")
    if read and indicator.unit is FigureUnit.YES_NO:
        raise UnreadableTarget("tolerance", "A yes or no answer has no tolerance: enter 0")
    return read


@dataclass(frozen=True, kw_only=True)
class TargetFileRow:
    """One target from a file."""

    row: int  # The column headings are row 1.
    urn: int
    code: str
    target: TypedTarget
    reason: str  # A row that changes a target must have one.


@dataclass(frozen=True, kw_only=True)
class TargetFileFault:
    """What is wrong in a file, with the row (the column headings are row 1) and the column."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"Row {self.row}, {self.column}: {self.message}"


COLUMN_OF = {"value": "Target", "upper": "Top of the range", "tolerance": "Tolerance"}


def read_targets(
    text: str, *, schools: Mapping[int, str], indicators: Mapping[str, Indicator], school_year: int
) -> tuple[list[TargetFileRow], list[TargetFileFault]]:
    """Read a file of targets for one school year. If it has a fault, no rows are returned.

    ``schools`` has the phase of education by URN for the trust's schools. A row with an empty target is ignored.
    """
    rows, fault = _cells(text)
    if fault:
        return [], [fault]
    found: list[TargetFileRow] = []
    faults: list[TargetFileFault] = []
    seen: dict[tuple[int, str], int] = {}
    for number, cells in enumerate(rows, start=2):
        result = _file_row(number, cells, schools, indicators, school_year) if any(map(str.strip, cells)) else None
        if isinstance(result, TargetFileFault):
            faults.append(result)
        elif result is not None:
            first = seen.setdefault((result.urn, result.code), number)
            if first != number:
                faults.append(TargetFileFault(row=number, column="Code", message=f"is already in row {first}"))
            found.append(result)
    return ([], faults) if faults else (found, [])


def _cells(text: str) -> tuple[list[list[str]], TargetFileFault | None]:
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error:
        return [], TargetFileFault(row=1, column="file", message="this is not a CSV file")
    if not rows or tuple(cell.strip() for cell in rows[0]) != TARGET_FILE_HEADINGS:
        return [], TargetFileFault(
            row=1, column="column headings", message=f"must be: {', '.join(TARGET_FILE_HEADINGS)}"
        )
    if len(rows) > MOST_ROWS:
        return [], TargetFileFault(row=MOST_ROWS, column="file", message=f"has more than {MOST_ROWS:,} rows")
    return rows[1:], None


def _file_row(
    number: int, cells: list[str], schools: Mapping[int, str], indicators: Mapping[str, Indicator], school_year: int
) -> TargetFileRow | TargetFileFault | None:
    if len(cells) != len(TARGET_FILE_HEADINGS):
        return TargetFileFault(
            row=number, column="row", message=f"must have {len(TARGET_FILE_HEADINGS)} cells, not {len(cells)}"
        )
    row = {head: cell.strip().removeprefix("'") for head, cell in zip(TARGET_FILE_HEADINGS, cells, strict=True)}
    if fault := next(_row_faults(row, schools, indicators, school_year), None):
        return TargetFileFault(row=number, column=fault[0], message=fault[1])
    try:
        target = read_target(indicators[row["Code"]], row["Target"], row["Top of the range"], row["Tolerance"])
    except UnreadableTarget as unfit:
        return TargetFileFault(row=number, column=COLUMN_OF[unfit.fault.field], message=str(unfit))
    if target is None:
        return None
    return TargetFileRow(row=number, urn=int(row["URN"]), code=row["Code"], target=target, reason=row["Reason"])


def _row_faults(
    row: Mapping[str, str], schools: Mapping[int, str], indicators: Mapping[str, Indicator], school_year: int
) -> Iterator[tuple[str, str]]:
    urn = int(row["URN"]) if row["URN"].isascii() and row["URN"].isdigit() and len(row["URN"]) <= 7 else 0
    if urn not in schools:
        yield "URN", f"{row['URN'][:20]!r} is not a school of this trust"
    elif row["Code"] not in indicators:
        yield "Code", f"{row['Code'][:20]!r} is not an indicator"
    elif schools[urn] not in indicators[row["Code"]].phases:
        yield "Code", f"{row['Code']} does not apply to a {schools[urn]} school"
    if row["School year"] != school_year_code(school_year):
        yield "School year", f"must be {school_year_code(school_year)}"
    if len(row["Reason"]) > LONGEST_REASON:
        yield "Reason", f"shorten it to {LONGEST_REASON:,} characters"
    if "\0" in "".join(row.values()):
        yield "row", "has a character that we cannot read"
