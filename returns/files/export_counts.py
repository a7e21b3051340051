"""Count an export into the numerators and denominators of indicators. Rows about pupils go no further than here."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from kpis.catalogue.kinds import FigureUnit
from kpis.rules.typed_figures import UnreadableFigure, parse_figure
from returns.files.export_questions import (
    LEAVE_OUT,
    MOST_QUESTIONS,
    ONE,
    SEVERAL,
    ExportQuestion,
    ExportUnclear,
    answer_to,
    hidden_question,
    rows_in_words,
)
from returns.files.export_rows import SessionsRow, SortedRows, is_pupil_number, sort_rows
from returns.files.exports import Export, ExportField, ExportKind, column_positions, export_column_name
from returns.files.sanction_texts import LONGEST_TEXT, MOST_TEXTS, Sanction, suggested_meaning, text_question
from tables.faults import SpreadsheetFault, SpreadsheetRefused, refuse_spreadsheet
from tables.sheets import SheetRow
from tables.table_reader import BELOW

# Source: the catalogue's definitions of these indicators (kpis/catalogue/attendance.toml).
OVERALL, PERSISTENT, SEVERE, SUSPENSIONS, EXCLUSIONS = "AB1", "AB2", "AB3", "AB6", "AB7"
NUMBERS = (
    ExportField.POSSIBLE,
    ExportField.MISSED,
    ExportField.PRESENT,
    ExportField.AUTHORISED,
    ExportField.UNAUTHORISED,
)


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
    confirmed: Mapping[str, Sanction] = field(default_factory=dict)  # What the answers say about texts, by text.


@dataclass
class _Sessions:
    possible: Decimal
    missed: Decimal
    rows: int = 1


def count_export(
    export: Export,
    kind: ExportKind,
    columns: Mapping[str, str],
    *,
    on_roll: int | None = None,
    meanings: Mapping[str, Sanction] | None = None,
    answers: Mapping[str, str] | None = None,
) -> CountedExport:
    """Count the rows of an export. ``on_roll`` is the number of pupils, which a list of suspensions does not have.

    ``meanings`` are the texts in such a list that the school has confirmed. ``answers`` are those to the questions
    about this file, by their names. No fault or question quotes a cell that may be a pupil's name.

    Raises:
        ExportUnclear: questions have no answer yet.
        SpreadsheetRefused: a column is missing, or a row cannot be counted. Each fault has its place.
    """
    at, answers = column_positions(export, columns), answers or {}
    export, notes = _without_hidden(export, at, answers)
    if kind is ExportKind.BEHAVIOUR:
        counted = _suspensions(export, at, on_roll, meanings or {}, answers)
    else:
        counted = _attendance(export, at, answers, are_pupils=kind is ExportKind.ATTENDANCE)
    return replace(counted, notes=(*counted.notes, *notes))


def _without_hidden(
    export: Export, at: Mapping[ExportField, int], answers: Mapping[str, str]
) -> tuple[Export, list[str]]:
    """Return the export with or without its hidden rows, and what is hidden in it or below it."""
    table, notes = export.table, []
    if rows := table.hidden_rows:
        question = hidden_question(rows)
        if not (answer := answer_to(question, answers)):
            raise ExportUnclear([question])
        if answer == LEAVE_OUT:
            export = replace(export, rows=tuple(row for row in export.rows if row.number not in set(rows)))
        what = "Left out" if answer == LEAVE_OUT else "Counted"
        notes.append(f"{what}: {_of(len(rows), 'row')} hidden in the file.")
    hidden = [
        table.place(column) for column in at.values() if table.place(column).split(",")[0] in table.hidden_columns
    ]
    if hidden:
        notes.append(f"Hidden in the file, but counted: column {' and column '.join(hidden)}.")
    if below := [left_out for left_out in table.left_out if left_out.reason == BELOW]:
        numbers = [number for found in below for number in range(found.row, max(found.row, found.last) + 1)]
        notes.append(f"Left out: notes below the table ({_lower(rows_in_words(numbers))}).")
    return export, notes


def _attendance(
    export: Export, at: Mapping[ExportField, int], answers: Mapping[str, str], *, are_pupils: bool
) -> CountedExport:
    rows = [_sessions_row(row, at) for row in export.rows]
    others = [column for column in range(len(export.headings)) if column not in at.values()]
    found = sort_rows(rows, are_pupils=are_pupils, columns=others, answers=answers)
    sure = (row for row in found.counted if row.number not in found.unsure)
    faults = [fault for row in sure for fault in _faults(export, row, at)]
    if faults:
        raise SpreadsheetRefused(faults)
    namesakes = _namesakes(found.counted) if are_pupils else []
    questions = [*found.questions, *(question for question, _ in namesakes)]
    questions = [question for question in questions if not answer_to(question, answers)]
    if questions:
        raise ExportUnclear(questions)
    apart = {name for question, names in namesakes if answer_to(question, answers) == SEVERAL for name in names}
    sessions = _added_up(found.counted, at, apart)
    known = [one for one in sessions if one.possible > 0]
    if not known:
        raise refuse_spreadsheet("No row has any possible sessions", "Export the report for the whole term")
    possible, missed = sum(one.possible for one in known), sum(one.missed for one in known)
    shares = {OVERALL: CountedShare(Decimal(missed), Decimal(possible))}
    if are_pupils:
        pupils = Decimal(len(known))
        # At least a tenth, and at least half, of the pupil's possible sessions.
        shares[PERSISTENT] = CountedShare(Decimal(sum(one.missed * 10 >= one.possible for one in known)), pupils)
        shares[SEVERE] = CountedShare(Decimal(sum(one.missed * 2 >= one.possible for one in known)), pupils)
    counted = f"Counted: {_of(len(known), 'pupil' if are_pupils else 'group')} with {possible:,} possible sessions."
    return CountedExport(shares=shares, notes=(counted, *_attendance_notes(sessions, found, are_pupils=are_pupils)))


def _attendance_notes(sessions: Sequence[_Sessions], found: SortedRows, *, are_pupils: bool) -> Iterator[str]:
    what = "pupil" if are_pupils else "group"
    if several := sum(one.rows > 1 for one in sessions):
        yield f"Added up: the rows of {_of(several, what)} with more than 1 row."
    if idle := sum(one.possible <= 0 for one in sessions):
        yield f"Left out: {_of(idle, what)} without possible sessions."
    if found.totals:
        named = _lower(rows_in_words(row.number for row in found.totals))
        yield f"Left out: {_of(len(found.totals), 'row')} of totals ({named})."
    if found.unexplained:
        named = rows_in_words(found.unexplained)
        yield f"{named} left out by name, though not the sum or the mean of other rows: check that none is missing."


def _sessions_row(row: SheetRow, at: Mapping[ExportField, int]) -> SessionsRow:
    name_at = at.get(ExportField.PUPIL, at.get(ExportField.GROUP, 0))
    return SessionsRow(row, " ".join(row.cell(name_at).text.casefold().split()), _numbers(row, at))


def _numbers(row: SheetRow, at: Mapping[ExportField, int]) -> tuple[Decimal, ...]:
    """Return the numbers of a row in the order of ``NUMBERS``, or nothing if one of them is faulty."""
    found = []
    for name in NUMBERS:
        if name in at:
            cell = row.cell(at[name])
            try:
                number = parse_figure(cell.text, FigureUnit.COUNT)
            except UnreadableFigure:
                return ()
            if cell.problem or number < 0:
                return ()
            found.append(number)
    return tuple(found)


def _namesakes(rows: Sequence[SessionsRow]) -> list[tuple[ExportQuestion, list[str]]]:
    """Ask about names in several rows, which one pupil or several may have. A number is only one pupil's."""
    by_name: dict[str, list[int]] = {}
    for row in rows:
        if row.name and not is_pupil_number(row.name):
            by_name.setdefault(row.name, []).append(row.number)
    doubled = {name: numbers for name, numbers in by_name.items() if len(numbers) > 1}
    together = len(doubled) > MOST_QUESTIONS
    asked = []
    for names in [list(doubled)] if together else [[name] for name in doubled]:
        numbers = sorted(number for name in names for number in doubled[name])
        what = "names that are in several rows" if together else "the same name"
        question = ExportQuestion(
            name=f"names-{numbers[0]}-{len(numbers)}",
            words=f"{rows_in_words(numbers)} have {what}. Are they one pupil?",
            hint="If the export has a column with UPNs or other pupil numbers, send it again and choose that column.",
            choices=(
                (ONE, "One pupil for each name: add the rows up" if together else "One pupil: add the rows up"),
                (SEVERAL, "Different pupils: count each row"),
            ),
        )
        asked.append((question, names))
    return asked


def _added_up(rows: Sequence[SessionsRow], at: Mapping[ExportField, int], apart: set[str]) -> list[_Sessions]:
    """Add up the rows of each pupil or group. A row without a name, or with one of ``apart``, is one of its own."""
    found: dict[str | int, _Sessions] = {}
    for row in rows:
        possible, missed = _possible_and_missed(row.numbers, at)
        key = row.name if row.name and row.name not in apart else row.number
        if sessions := found.get(key):
            sessions.possible, sessions.missed = sessions.possible + possible, sessions.missed + missed
            sessions.rows += 1
        else:
            found[key] = _Sessions(possible, missed)
    return list(found.values())


def _faults(export: Export, row: SessionsRow, at: Mapping[ExportField, int]) -> Iterator[SpreadsheetFault]:
    def fault(name: ExportField, what: str, todo: str) -> SpreadsheetFault:
        place = export_column_name(export, at[name])
        return SpreadsheetFault(sheet=export.table.sheet, row=row.number, column=place, what=what, todo=todo)

    for name in NUMBERS if not row.numbers else ():
        if name in at and (problem := _problem(row.row, at[name])):
            yield fault(name, f"Found {problem}; expected a number of sessions", "Export counts, not marks or shares")
    name_at = ExportField.PUPIL if ExportField.PUPIL in at else ExportField.GROUP
    if problem := row.row.cell(at[name_at]).problem:
        yield fault(name_at, f"Found {problem}; expected who the row is about", "Export the values, not formulas")
    if row.numbers:
        possible, missed = _possible_and_missed(row.numbers, at)
        if not 0 <= missed <= possible:
            what = "Sessions missed are below zero, or more than the sessions possible"
            yield fault(ExportField.POSSIBLE, what, "Check which columns were chosen")


def _problem(row: SheetRow, column: int) -> str:
    cell = row.cell(column)
    if cell.problem or not cell.text:
        return cell.problem or "nothing"
    try:
        return "a number below zero" if parse_figure(cell.text, FigureUnit.COUNT) < 0 else ""
    except UnreadableFigure:
        return "a percentage" if cell.text.endswith("%") else "something that is not a number"


def _possible_and_missed(numbers: Sequence[Decimal], at: Mapping[ExportField, int]) -> tuple[Decimal, Decimal]:
    """Return the sessions possible and missed."""
    read = dict(zip((name for name in NUMBERS if name in at), numbers, strict=True))
    possible = read[ExportField.POSSIBLE]
    if ExportField.MISSED in read:
        return possible, read[ExportField.MISSED]
    if ExportField.PRESENT in read:
        return possible, possible - read[ExportField.PRESENT]
    return possible, read[ExportField.AUTHORISED] + read[ExportField.UNAUTHORISED]


def _suspensions(
    export: Export,
    at: Mapping[ExportField, int],
    on_roll: int | None,
    meanings: Mapping[str, Sanction],
    answers: Mapping[str, str],
) -> CountedExport:
    if not on_roll:
        raise refuse_spreadsheet("The number of pupils on roll is missing", "Enter it when you send the file")
    counts = _texts(export, at)
    confirmed: dict[str, Sanction] = {}
    questions = []
    for text in sorted(counts.keys() - meanings.keys()):
        question = text_question(text, counts[text], _suggested(text, meanings))
        if answer := answer_to(question, answers):
            confirmed[text] = Sanction(answer)
        else:
            questions.append(question)
    if questions:
        raise ExportUnclear(questions)
    means = {text: confirmed.get(text) or meanings[text] for text in counts}
    totals = {meaning: sum(counts[text] for text in counts if means[text] is meaning) for meaning in Sanction}
    suspensions, exclusions, others = (totals[meaning] for meaning in Sanction)
    notes = [f"Counted: {_of(suspensions, 'suspension')} and {_of(exclusions, 'permanent exclusion')}."]
    if others:
        notes.append(f"Left out: {_of(others, 'row')} that {'is' if others == 1 else 'are'} neither.")
    for meaning in Sanction:
        if texts := [text for text in sorted(counts) if means[text] is meaning]:
            listed = ", ".join(f"{_quoted(text)} {counts[text]:,}" for text in texts)
            notes.append(f"{meaning.label.removesuffix(': do not count')}: {listed}.")
    roll = Decimal(on_roll)
    shares = {
        SUSPENSIONS: CountedShare(Decimal(suspensions), roll),
        EXCLUSIONS: CountedShare(Decimal(exclusions), roll),
    }
    # A row without a text is asked about again in the next file.
    return CountedExport(
        shares=shares, notes=tuple(notes), confirmed={text: meaning for text, meaning in confirmed.items() if text}
    )


def _texts(export: Export, at: Mapping[ExportField, int]) -> Counter[str]:
    """Count the rows that have each text, with the text of the outcome if the export has one."""
    columns = [at[name] for name in (ExportField.TYPE, ExportField.OUTCOME) if name in at]
    counts: Counter[str] = Counter()
    faults = []
    for row in export.rows:
        for column in columns:
            cell = row.cell(column)
            if cell.problem or len(cell.text) > LONGEST_TEXT:
                what = f"Found {cell.problem or 'a long text'}; expected the type of sanction"
                todo = "Choose the column with the type, not a description, or export the values"
                place = export_column_name(export, column)
                faults.append(
                    SpreadsheetFault(sheet=export.table.sheet, row=row.number, column=place, what=what, todo=todo)
                )
        counts[" · ".join(filter(None, (" ".join(row.cell(column).text.split()) for column in columns)))] += 1
    if faults:
        raise SpreadsheetRefused(faults)
    if len(counts) > MOST_TEXTS:
        what = f"Found {len(counts):,} different texts; expected the types of sanction, at most {MOST_TEXTS}"
        raise refuse_spreadsheet(
            what,
            "Choose the columns again: this one may have descriptions or names",
            sheet=export.table.sheet,
            row=export.table.head_row,
            column=export_column_name(export, columns[0]),
        )
    return counts


def _suggested(text: str, meanings: Mapping[str, Sanction]) -> str:
    """Suggest what a text means: as the school confirmed it in other letters, or as most schools mean it."""
    alike = (meaning for known, meaning in meanings.items() if known.casefold() == text.casefold())
    kind, _, outcome = text.partition(" · ")
    return next(alike, None) or suggested_meaning(text) or (suggested_meaning(kind) if outcome else None) or ""


def _quoted(text: str) -> str:
    return f"“{text}”" if text else "nothing in the column"


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]


def _of(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
