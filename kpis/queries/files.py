"""Files of a return: what goes out, and what a file that came in would change, line by line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.timezone import localtime

from kpis.catalogue.kinds import Labelled
from kpis.files.counting import Share
from kpis.files.exports import ExportKind
from kpis.files.faults import Fault
from kpis.files.form import Form, FormLine, fields_of, form_id
from kpis.files.form_reading import Asked, LineRead
from kpis.models import ColumnMapping, ReceivedFile, Return
from kpis.queries.line_row import LineRow, missing_words
from kpis.queries.return_page import ReturnPage
from kpis.rules.between import Counts, between_findings
from kpis.rules.lines import LineState, Typed, check, grouped, plain, state_of
from kpis.rules.wording import figure
from schools.models import School

SORTS = {
    "name": ("File", lambda each: each.name.casefold()),
    "when": ("When", lambda each: each.received_at),
    "kind": ("What it is", lambda each: each.get_kind_display()),
    "who": ("Who", lambda each: each.received_by.name.casefold()),
    "state": ("State", lambda each: each.get_state_display()),
}


class Outcome(Labelled):
    """What a file would do to one line."""

    CHANGE = "change", "Will change"
    PROPOSE = "propose", "Will stand beside the line, to confirm"
    SAME = "same", "Says the same already"
    SAVED_SINCE = "saved_since", "Not saved: somebody saved this line since"
    CLOSED = "closed", "Not saved: this line is not open"
    NOT_THEIRS = "not_theirs", "Not saved: somebody else fills this line in"
    IMPOSSIBLE = "impossible", "Not proposed: it is not possible"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a file says of one line, in the fields it has, and the number of saves of the line that it was made from."""

    code: str
    typed: dict[str, str]
    version: int
    row: int | None = None  # Of the file.


@dataclass(frozen=True, kw_only=True)
class CheckRow:
    """One line on the check page: what is stored now, what the file says, and what would come of it."""

    now: LineRow
    then: LineRow  # The line as it would be.
    outcome: Outcome
    row: int | None = None  # Of the file.

    @property
    def will_change(self) -> bool:
        return self.outcome in (Outcome.CHANGE, Outcome.PROPOSE)

    @property
    def answer(self) -> str:
        """Write the answer in the file, with the figure that its parts come to."""
        typed, checked = self.then.typed, self.then.checked
        if self.is_impossible:
            return typed.in_short
        if typed.status:
            return missing_words(typed.status, checked.follows_on)
        if checked.value is None:
            return typed.in_short
        return figure(checked.value, self.then.indicator.unit, self.then.indicator.decimals)

    @property
    def parts(self) -> str:
        """Write what the figure was worked out from; empty when it was given alone."""
        counts = (self.then.checked.numerator, self.then.checked.denominator)
        return " of ".join(grouped(each) for each in counts if each is not None)

    @property
    def is_impossible(self) -> bool:
        return self.then.state is LineState.INVALID

    @property
    def clears(self) -> bool:
        """Say whether the file takes an answer away."""
        return self.will_change and self.then.typed.says_nothing and not self.now.stored.says_nothing

    @property
    def words_now(self) -> list[tuple[str, str]]:
        """Return what is stored in words, each text with what it is, where the file says something else."""
        return _words(self.now.stored) if self._words_differ else []

    @property
    def words_then(self) -> list[tuple[str, str]]:
        """Return what the file says in words, where something else is stored."""
        return _words(self.then.typed) if self._words_differ else []

    @property
    def _words_differ(self) -> bool:
        return Typed(**self.now.stored.words).fingerprint != Typed(**self.then.typed.words).fingerprint


@dataclass(frozen=True, kw_only=True)
class Check:
    """A file held against the return as it is stored now."""

    rows: tuple[CheckRow, ...]
    untouched: int  # Lines of the return that the file says nothing new of.

    @cached_property
    def changes(self) -> list[CheckRow]:
        return [row for row in self.rows if row.will_change]

    @property
    def left_out(self) -> list[CheckRow]:
        """Return what the file says differently and what would not be saved."""
        return [row for row in self.rows if not row.will_change and row.outcome is not Outcome.SAME]

    @property
    def to_look_at(self) -> list[CheckRow]:
        """Return the changes that the return could not be submitted with as they are, or that take an answer away."""
        return [row for row in self.changes if row.clears or row.then.state not in (LineState.SAVED, LineState.EMPTY)]


def form_of(page: ReturnPage) -> Form:
    """Return what is written into the file: the open lines that this person fills in."""
    of = page.termly_return
    lines = [
        FormLine(
            indicator=row.indicator,
            last=row.beside.last.text,
            target=row.beside.target.text,
            typed=row.stored,
            version=row.version,
        )
        for row in page.open_rows
    ]
    due = f"{page.due:%-d %B %Y}"
    return Form(form_id=_form_id(of), school=of.school.name, term=str(of.term), due=due, lines=lines)


def asked_of(page: ReturnPage) -> Asked:
    """Return what a file has to be to be this return."""
    of = page.termly_return
    lines = {row.code: row.indicator for row in page.rows}
    return Asked(form_id=_form_id(of), words=f"the return of {of.school.name}, {of.term}", lines=lines)


def closed_to(page: ReturnPage) -> list[Fault]:
    """Say why no file can be taken; nothing while a line is open to this person."""
    if page.open_rows:
        return []
    if page.termly_return.is_open:
        return [Fault(what="No open line of this return is yours", todo="The headteacher says who fills in what")]
    if page.termly_return.state == Return.State.ACCEPTED:
        todo = "Open a correction on the page of the return, say why, and download the file again"
        return [Fault(what="This return was accepted: none of its lines is open", todo=todo)]
    todo = "Wait for the decision: a line that is sent back can be filled in again"
    return [Fault(what="This return was submitted: none of its lines is open", todo=todo)]


def of_form(lines: Iterable[LineRead]) -> list[Said]:
    """Return what a filled-in file says that it did not say when it was downloaded."""
    return [
        Said(code=each.code, typed=fields_of(each.typed), version=each.version, row=each.row)
        for each in lines
        if each.is_changed
    ]


def of_export(page: ReturnPage, shares: Mapping[str, Share]) -> list[Said]:
    """Return what an export comes to for the lines of this return."""
    found = []
    for code, share in shares.items():
        if row := page.row(code):
            typed = {"value": "", "status": "", "follows": ""}
            typed |= {"numerator": plain(share.numerator), "denominator": plain(share.denominator)}
            found.append(Said(code=code, typed=typed, version=row.version))
    return found


def check_of(page: ReturnPage, received: ReceivedFile) -> Check:
    """Hold what a file says against the return as it is stored now, by the rules of each line and those between."""
    said = {each["code"]: Said(**each) for each in received.lines}
    then = {now.code: _then(now, said[now.code]) for now in page.rows if now.code in said}
    rows = [
        CheckRow(now=now, then=held, outcome=_outcome(now, held, said[now.code], received), row=said[now.code].row)
        for now, held in zip(page.rows, _held_together(page, then), strict=True)
        if now.code in then
    ]
    touched = sum(row.will_change for row in rows)
    return Check(rows=tuple(rows), untouched=len(page.rows) - touched)


def _then(now: LineRow, said: Said) -> LineRow:
    # Fields that the file does not have stay as they are stored.
    typed = replace(now.stored, **said.typed)
    checked = check(now.indicator, typed, now.history, now.target)
    return replace(now, typed=typed, checked=checked, state=state_of(typed, checked))


def _held_together(page: ReturnPage, then: Mapping[str, LineRow]) -> Iterator[LineRow]:
    """Return every line as it would be, with what it would contradict in others."""
    rows = [then.get(row.code, row) for row in page.rows]
    counts = {
        row.code: Counts(
            numerator=row.checked.numerator,
            denominator=row.checked.denominator,
            has_comment=bool(row.typed.comment.strip() or row.typed.why.strip()),
        )
        for row in rows
        if row.state is not LineState.INVALID
    }
    found = between_findings(counts)
    for row in rows:
        checked = replace(row.checked, findings=(*row.checked.findings, *found.get(row.code, ())))
        yield replace(row, checked=checked, state=state_of(row.typed, checked)) if row.code in then else row


def _outcome(now: LineRow, then: LineRow, said: Said, received: ReceivedFile) -> Outcome:
    if then.typed.fingerprint == now.stored.fingerprint:
        return Outcome.SAME
    if not now.line.is_open:
        return Outcome.CLOSED
    if not received.is_form:  # Whoever fills the line in confirms it, and overwrites nothing unseen.
        return Outcome.IMPOSSIBLE if then.state is LineState.INVALID else Outcome.PROPOSE
    if not now.theirs:
        return Outcome.NOT_THEIRS
    return Outcome.CHANGE if said.version == now.line.version else Outcome.SAVED_SINCE


def files_of(of: Return) -> list[ReceivedFile]:
    """Return the files that came in for a return. One query."""
    return list(of.files.select_related("received_by").order_by("-received_at", "-pk"))


def as_table(files: Iterable[ReceivedFile]) -> list[list[object]]:
    """Return files as a table, its heads first."""
    table: list[list[object]] = [["File", "What it is", "State", "When", "Who", "Bytes", "SHA-256"]]
    for each in files:
        words: list[object] = [each.name, each.get_kind_display(), each.get_state_display()]
        table.append(
            [*words, f"{localtime(each.received_at):%Y-%m-%d %H:%M}", each.received_by.name, each.size, each.sha256]
        )
    return table


def faults_table(received: ReceivedFile) -> list[list[object]]:
    """Return the faults of a refused file as a table, its heads first."""
    names = ("sheet", "row", "column", "what", "todo")
    return [
        ["Sheet", "Row", "Column", "What is wrong", "What to do"],
        *([fault[name] for name in names] for fault in received.faults),
    ]


def remembered(school: School, kind: ExportKind) -> Mapping[str, str] | None:
    """Return the columns that the school chose for exports of this kind, None where it never did."""
    kept = ColumnMapping.objects.filter(school=school, kind=kind.value).first()
    return kept.columns if kept else None


def _words(typed: Typed) -> list[tuple[str, str]]:
    comment = [("Comment", typed.comment.strip())] if typed.comment.strip() else []
    return [*comment, *typed.explanation.labelled]


def _form_id(of: Return) -> str:
    return form_id(trust=of.trust_id, school=of.school_id, school_year=of.term.school_year, season=of.term.season)
