"""Count an export into the numerators and denominators of indicators. Rows about pupils go no further than here."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kpis.catalogue.kinds import Unit
from kpis.rules.typed import Unreadable, parse
from returns.files.exports import Export, ExportKind, Field, place_of, places
from tables.faults import Fault, Refused
from tables.sheets import Row

# Source: the catalogue's definitions of these indicators (kpis/catalogue/attendance.toml).
OVERALL, PERSISTENT, SEVERE, SUSPENSIONS, EXCLUSIONS = "AB1", "AB2", "AB3", "AB6", "AB7"
TOTALS = ("total", "grand total", "whole school", "overall", "average", "all pupils", "all students")
NUMBERS = {Field.POSSIBLE, Field.MISSED, Field.PRESENT, Field.AUTHORISED, Field.UNAUTHORISED}


@dataclass(frozen=True)
class Share:
    """A numerator and its denominator."""

    numerator: Decimal
    denominator: Decimal


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The result of counting: shares by indicator, and sentences about what was counted and left out."""

    shares: Mapping[str, Share]
    notes: tuple[str, ...]


@dataclass
class _Sessions:
    possible: Decimal = Decimal(0)
    missed: Decimal = Decimal(0)


def count(export: Export, kind: ExportKind, columns: Mapping[str, str], *, on_roll: int | None = None) -> Counted:
    """Count the rows of an export. ``on_roll`` is the number of pupils, which a list of suspensions does not have.

    No fault quotes a cell: a cell in the wrong column may be a pupil's name.

    Raises:
        Refused: a column is missing, or a row cannot be counted. Each fault has its place.
    """
    at = places(export, columns)
    if kind is ExportKind.BEHAVIOUR:
        return _suspensions(export, at, on_roll)
    by_name, totals = _sessions(export, at)
    known = [each for each in by_name.values() if each.possible > 0]
    possible, missed = sum(each.possible for each in known), sum(each.missed for each in known)
    if not known or not possible:
        raise Refused([Fault(what="No row has any possible sessions", todo="Export the report for the whole term")])
    shares = {OVERALL: Share(Decimal(missed), Decimal(possible))}
    what = "group" if kind is ExportKind.ATTENDANCE_GROUPS else "pupil"
    notes = [f"Counted: {_of(len(known), what)} with {possible:,} possible sessions."]
    if idle := len(by_name) - len(known):
        notes.append(f"Left out: {_of(idle, what)} without possible sessions.")
    if totals:
        notes.append(f"Left out: {_of(totals, 'row')} of totals.")
    if kind is ExportKind.ATTENDANCE:
        pupils = Decimal(len(known))
        # At least a tenth, and at least half, of the pupil's possible sessions.
        shares[PERSISTENT] = Share(Decimal(sum(each.missed * 10 >= each.possible for each in known)), pupils)
        shares[SEVERE] = Share(Decimal(sum(each.missed * 2 >= each.possible for each in known)), pupils)
    return Counted(shares=shares, notes=tuple(notes))


def _sessions(export: Export, at: Mapping[Field, int]) -> tuple[dict[str, _Sessions], int]:
    """Add up the sessions of each pupil or group, and count the rows of totals. A pupil can have several rows."""
    name_at = at.get(Field.PUPIL, at.get(Field.GROUP, 0))
    found: dict[str, _Sessions] = {}
    faults: list[Fault] = []
    totals = 0
    for row in export.rows:
        name = row.cell(name_at).text.casefold()
        if name.startswith(TOTALS):
            totals += 1
            continue
        wrong = list(_faults(export, row, at, name_at))
        faults += wrong
        if not wrong:
            of = found.setdefault(name, _Sessions())
            possible, missed = _read(row, at)
            of.possible, of.missed = of.possible + possible, of.missed + missed
    if faults:
        raise Refused(faults)
    return found, totals


def _faults(export: Export, row: Row, at: Mapping[Field, int], name_at: int) -> Iterator[Fault]:
    def fault(column: int, what: str, todo: str) -> Fault:
        return Fault(sheet=export.sheet.name, row=row.number, column=place_of(export, column), what=what, todo=todo)

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
            yield fault(at[Field.POSSIBLE], what, "Check which columns were chosen")


def _problem(row: Row, column: int) -> str:
    cell = row.cell(column)
    if cell.problem or not cell.text:
        return cell.problem or "nothing"
    try:
        return "a number below zero" if parse(cell.text, Unit.COUNT) < 0 else ""
    except Unreadable:
        return "a percentage" if cell.text.endswith("%") else "something that is not a number"


def _read(row: Row, at: Mapping[Field, int]) -> tuple[Decimal, Decimal]:
    """Return the sessions possible and missed of a row whose numbers can be read."""
    read = {field: parse(row.cell(at[field]).text, Unit.COUNT) for field in NUMBERS & set(at)}
    possible = read[Field.POSSIBLE]
    if Field.MISSED in read:
        return possible, read[Field.MISSED]
    if Field.PRESENT in read:
        return possible, possible - read[Field.PRESENT]
    return possible, read[Field.AUTHORISED] + read[Field.UNAUTHORISED]


def _suspensions(export: Export, at: Mapping[Field, int], on_roll: int | None) -> Counted:
    if not on_roll:
        raise Refused([Fault(what="The number of pupils on roll is missing", todo="Enter it when you send the file")])
    kinds: Counter[str] = Counter()
    faults = []
    for row in export.rows:
        cell = row.cell(at[Field.TYPE])
        if not cell.text:
            place = place_of(export, at[Field.TYPE])
            what = f"Found {cell.problem or 'nothing'}; expected the type of sanction"
            faults.append(Fault(sheet=export.sheet.name, row=row.number, column=place, what=what, todo="Fill it in"))
        kinds[_kind(cell.text)] += 1
    if faults:
        raise Refused(faults)
    roll = Decimal(on_roll)
    found = f"{_of(kinds['suspension'], 'suspension')} and {_of(kinds['exclusion'], 'permanent exclusion')}"
    notes = [f"Counted: {found}."]
    if kinds["other"]:
        notes.append(f"Left out: {_of(kinds['other'], 'row')} that {'is' if kinds['other'] == 1 else 'are'} neither.")
    shares = {
        SUSPENSIONS: Share(Decimal(kinds["suspension"]), roll),
        EXCLUSIONS: Share(Decimal(kinds["exclusion"]), roll),
    }
    return Counted(shares=shares, notes=tuple(notes))


def _kind(text: str) -> str:
    words = text.casefold()
    if "internal" in words:  # The pupil is away from lessons, but in school.
        return "other"
    if "perm" in words:
        return "exclusion"
    return "suspension" if any(each in words for each in ("susp", "fixed", "lunch", "fxd")) else "other"


def _of(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
