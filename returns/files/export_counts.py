"""Count an export into the numerators and denominators of indicators. Rows about pupils go no further than here."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kpis.catalogue.kinds import FigureUnit
from kpis.rules.typed_figures import UnreadableFigure, parse_figure
from returns.files.exports import Export, ExportField, ExportKind, column_positions, export_column_name
from tables.faults import SpreadsheetFault, SpreadsheetRefused
from tables.sheets import SheetRow

# Source: the catalogue's definitions of these indicators (kpis/catalogue/attendance.toml).
OVERALL, PERSISTENT, SEVERE, SUSPENSIONS, EXCLUSIONS = "AB1", "AB2", "AB3", "AB6", "AB7"
TOTALS = ("total", "grand total", "whole school", "overall", "average", "all pupils", "all students")
NUMBERS = {
    ExportField.POSSIBLE,
    ExportField.MISSED,
    ExportField.PRESENT,
    ExportField.AUTHORISED,
    ExportField.UNAUTHORISED,
}


@dataclass(frozen=True)
class CountedShare:
    """A numerator and its denominator."""

    numerator: Decimal
    denominator: Decimal


@dataclass(frozen=True, kw_only=True)
class CountedExport:
    """The result of counting: shares by indicator, and sentences about what was counted and left out."""

    shares: Mapping[str, CountedShare]
    notes: tuple[str, ...]


@dataclass
class _Sessions:
    possible: Decimal = Decimal(0)
    missed: Decimal = Decimal(0)


def count_export(
    export: Export, kind: ExportKind, columns: Mapping[str, str], *, on_roll: int | None = None
) -> CountedExport:
    """Count the rows of an export. ``on_roll`` is the number of pupils, which a list of suspensions does not have.

    No fault quotes a cell: a cell in the wrong column may be a pupil's name.

    Raises:
        Refused: a column is missing, or a row cannot be counted. Each fault has its place.
    """
    at = column_positions(export, columns)
    if kind is ExportKind.BEHAVIOUR:
        return _suspensions(export, at, on_roll)
    by_name, totals = _sessions(export, at)
    known = [sessions for sessions in by_name.values() if sessions.possible > 0]
    possible, missed = sum(sessions.possible for sessions in known), sum(sessions.missed for sessions in known)
    if not known or not possible:
        raise SpreadsheetRefused(
            [SpreadsheetFault(what="No row has any possible sessions", todo="Export the report for the whole term")]
        )
    shares = {OVERALL: CountedShare(Decimal(missed), Decimal(possible))}
    what = "group" if kind is ExportKind.ATTENDANCE_GROUPS else "pupil"
    notes = [f"Counted: {_of(len(known), what)} with {possible:,} possible sessions."]
    if idle := len(by_name) - len(known):
        notes.append(f"Left out: {_of(idle, what)} without possible sessions.")
    if totals:
        notes.append(f"Left out: {_of(totals, 'row')} of totals.")
    if kind is ExportKind.ATTENDANCE:
        pupils = Decimal(len(known))
        # At least a tenth, and at least half, of the pupil's possible sessions.
        shares[PERSISTENT] = CountedShare(
            Decimal(sum(sessions.missed * 10 >= sessions.possible for sessions in known)), pupils
        )
        shares[SEVERE] = CountedShare(
            Decimal(sum(sessions.missed * 2 >= sessions.possible for sessions in known)), pupils
        )
    return CountedExport(shares=shares, notes=tuple(notes))


def _sessions(export: Export, at: Mapping[ExportField, int]) -> tuple[dict[str, _Sessions], int]:
    """Add up the sessions of each pupil or group, and count the rows of totals. A pupil can have several rows."""
    name_at = at.get(ExportField.PUPIL, at.get(ExportField.GROUP, 0))
    found: dict[str, _Sessions] = {}
    faults: list[SpreadsheetFault] = []
    totals = 0
    for row in export.rows:
        name = row.cell(name_at).text.casefold()
        if name.startswith(TOTALS):
            totals += 1
            continue
        wrong = list(_faults(export, row, at, name_at))
        faults += wrong
        if not wrong:
            sessions = found.setdefault(name, _Sessions())
            possible, missed = _read(row, at)
            sessions.possible, sessions.missed = sessions.possible + possible, sessions.missed + missed
    if faults:
        raise SpreadsheetRefused(faults)
    return found, totals


def _faults(export: Export, row: SheetRow, at: Mapping[ExportField, int], name_at: int) -> Iterator[SpreadsheetFault]:
    def fault(column: int, what: str, todo: str) -> SpreadsheetFault:
        return SpreadsheetFault(
            sheet=export.table.sheet, row=row.number, column=export_column_name(export, column), what=what, todo=todo
        )

    if not row.cell(name_at).text:
        yield fault(name_at, "The row does not say who it is about", "Delete totals and notes under the table")
    whole = True
    for field in sorted(NUMBERS & set(at)):
        if problem := _problem(row, at[field]):
            whole = False
            yield fault(
                at[field], f"Found {problem}; expected a number of sessions", "Export counts, not marks or shares"
            )
    if whole:
        possible, missed = _read(row, at)
        if not 0 <= missed <= possible:
            what = "Sessions missed are below zero, or more than the sessions possible"
            yield fault(at[ExportField.POSSIBLE], what, "Check which columns were chosen")


def _problem(row: SheetRow, column: int) -> str:
    cell = row.cell(column)
    if cell.problem or not cell.text:
        return cell.problem or "nothing"
    try:
        return "a number below zero" if parse_figure(cell.text, FigureUnit.COUNT) < 0 else ""
    except UnreadableFigure:
        return "a percentage" if cell.text.endswith("%") else "something that is not a number"


def _read(row: SheetRow, at: Mapping[ExportField, int]) -> tuple[Decimal, Decimal]:
    """Return the sessions possible and missed of a row whose numbers can be read."""
    read = {field: parse_figure(row.cell(at[field]).text, FigureUnit.COUNT) for field in NUMBERS & set(at)}
    possible = read[ExportField.POSSIBLE]
    if ExportField.MISSED in read:
        return possible, read[ExportField.MISSED]
    if ExportField.PRESENT in read:
        return possible, possible - read[ExportField.PRESENT]
    return possible, read[ExportField.AUTHORISED] + read[ExportField.UNAUTHORISED]


def _suspensions(export: Export, at: Mapping[ExportField, int], on_roll: int | None) -> CountedExport:
    if not on_roll:
        raise SpreadsheetRefused(
            [SpreadsheetFault(what="The number of pupils on roll is missing", todo="Enter it when you send the file")]
        )
    kinds: Counter[str] = Counter()
    faults = []
    for row in export.rows:
        cell = row.cell(at[ExportField.TYPE])
        if not cell.text:
            place = export_column_name(export, at[ExportField.TYPE])
            what = f"Found {cell.problem or 'nothing'}; expected the type of sanction"
            faults.append(
                SpreadsheetFault(sheet=export.table.sheet, row=row.number, column=place, what=what, todo="Fill it in")
            )
        kinds[_kind(cell.text)] += 1
    if faults:
        raise SpreadsheetRefused(faults)
    roll = Decimal(on_roll)
    found = f"{_of(kinds['suspension'], 'suspension')} and {_of(kinds['exclusion'], 'permanent exclusion')}"
    notes = [f"Counted: {found}."]
    if kinds["other"]:
        notes.append(f"Left out: {_of(kinds['other'], 'row')} that {'is' if kinds['other'] == 1 else 'are'} neither.")
    shares = {
        SUSPENSIONS: CountedShare(Decimal(kinds["suspension"]), roll),
        EXCLUSIONS: CountedShare(Decimal(kinds["exclusion"]), roll),
    }
    return CountedExport(shares=shares, notes=tuple(notes))


def _kind(text: str) -> str:
    words = text.casefold()
    if "internal" in words:  # The pupil is away from lessons, but in school.
        return "other"
    if "perm" in words:
        return "exclusion"
    return "suspension" if any(part in words for part in ("susp", "fixed", "lunch", "fxd")) else "other"


def _of(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
