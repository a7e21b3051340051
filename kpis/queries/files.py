"""Files of a return: what goes out, and what a file that came in would change, line by line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from django.utils.timezone import localtime

from kpis.catalogue.kinds import Labelled
from kpis.files.counting import Share
from kpis.files.exports import ExportKind
from kpis.files.form import Form, FormLine, carried, form_id
from kpis.files.form_reading import Asked, LineRead
from kpis.models import ColumnMapping, ReceivedFile, Return
from kpis.queries.returns import LineRow, ReturnPage
from kpis.rules.lines import LineState, Typed, check, plain, state_of
from kpis.rules.wording import figure
from schools.models import School

SORTS = {
    "when": ("When", lambda each: each.received_at),
    "name": ("File", lambda each: each.name.casefold()),
    "kind": ("What it is", lambda each: each.get_kind_display()),
    "who": ("Who", lambda each: each.received_by.name.casefold()),
    "state": ("State", lambda each: each.get_state_display()),
}
NO_TEXTS = Typed()


class Outcome(Labelled):
    """What a file would do to one line."""

    CHANGE = "change", "Will change"
    SAME = "same", "Says the same already"
    SAVED_SINCE = "saved_since", "Not saved: somebody saved this line since"
    CLOSED = "closed", "Not saved: this line is not open"
    NOT_THEIRS = "not_theirs", "Not saved: somebody else fills this line in"


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """What a file says of one line, and the number of saves of the line that it was made from."""

    code: str
    typed: dict[str, str]
    version: int


@dataclass(frozen=True, kw_only=True)
class CheckRow:
    """One line on the check page: what is stored now, what the file says, and what would come of it."""

    now: LineRow
    then: LineRow  # The line as it would be.
    outcome: Outcome

    @property
    def will_change(self) -> bool:
        return self.outcome is Outcome.CHANGE

    @property
    def answer(self) -> str:
        """Write the answer in the file, with the figure that its parts come to."""
        typed, value = self.then.typed, self.then.checked.value
        if value is None or typed.status or self.is_impossible:
            return typed.in_short
        return figure(value, self.then.indicator.unit, self.then.indicator.decimals)

    @property
    def parts(self) -> str:
        typed = self.then.typed
        return " of ".join(text for text in (typed.numerator, typed.denominator) if text)

    @property
    def is_impossible(self) -> bool:
        return self.then.state is LineState.INVALID

    @property
    def clears(self) -> bool:
        """Say whether the file takes an answer away."""
        return self.will_change and self.then.typed.says_nothing and not self.now.stored.says_nothing

    @property
    def comment_changes(self) -> bool:
        return replace(NO_TEXTS, comment=self.now.stored.comment).fingerprint != (
            replace(NO_TEXTS, comment=self.then.typed.comment).fingerprint
        )


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
        """Return the changes that are impossible, or odd without a comment, or take an answer away."""
        return [row for row in self.changes if row.clears or row.then.state in (LineState.INVALID, LineState.QUERY)]


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


def of_form(lines: Iterable[LineRead]) -> list[Proposed]:
    """Return what a filled-in file says that it did not say when it was downloaded."""
    return [
        Proposed(code=each.code, typed=asdict(each.typed), version=each.version) for each in lines if each.is_changed
    ]


def of_export(page: ReturnPage, shares: Mapping[str, Share]) -> list[Proposed]:
    """Return what an export comes to for the lines of this return; their comments stay."""
    found = []
    for code, share in shares.items():
        if row := page.row(code):
            typed = Typed(
                numerator=plain(share.numerator), denominator=plain(share.denominator), comment=row.stored.comment
            )
            found.append(Proposed(code=code, typed=asdict(typed), version=row.version))
    return found


def check_of(page: ReturnPage, lines: Sequence[Mapping[str, Any]]) -> Check:
    """Hold what a file says against the return as it is stored now. ``lines`` are of ``ReceivedFile.lines``."""
    said = {each["code"]: each for each in lines}
    held = [(now, said[now.code]) for now in page.rows if now.code in said]
    rows = [_row(now, Typed(**each["typed"]), each["version"]) for now, each in held]
    touched = sum(row.will_change for row in rows)
    return Check(rows=tuple(rows), untouched=len(page.rows) - touched)


def _row(now: LineRow, typed: Typed, version: int) -> CheckRow:
    checked = check(now.indicator, typed, now.history)
    then = replace(now, typed=typed, checked=checked, state=state_of(typed, checked))
    return CheckRow(now=now, then=then, outcome=_outcome(now, typed, version))


def _outcome(now: LineRow, typed: Typed, version: int) -> Outcome:
    if carried(typed).fingerprint == carried(now.stored).fingerprint:
        return Outcome.SAME
    if not now.line.is_open:
        return Outcome.CLOSED
    if not now.theirs:
        return Outcome.NOT_THEIRS
    return Outcome.CHANGE if version == now.line.version else Outcome.SAVED_SINCE


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


def _form_id(of: Return) -> str:
    return form_id(trust=of.trust_id, school=of.school_id, school_year=of.term.school_year, season=of.term.season)
