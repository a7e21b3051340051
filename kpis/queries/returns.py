"""A return as its page shows it: every line with what stands beside it and how it is doing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from kpis.catalogue import Indicator, in_board_order
from kpis.catalogue.kinds import Area
from kpis.dfe.statuses import ValueStatus
from kpis.models import LineDecision, Proposal, Return, ReturnDecision, ReturnLine, Term
from kpis.queries.allowances import Allowed
from kpis.queries.around import Around
from kpis.rules.between import Counts, between_findings
from kpis.rules.lines import Beside, LineState, Typed, check, comparable, grouped, state_of, typed_from
from kpis.rules.score import Figure
from kpis.rules.similar_figure import SimilarFigure
from kpis.rules.validation import REASONS_FOR_NONE, Checked, Level
from kpis.rules.wording import figure
from schools.models import School
from trusts.models import User
from trusts.permissions import Access, Permission

ANSWER_NEEDED = "Change what was sent back, or say in the comment why it stands"
REASONS = [("", "There is a figure"), *((each.value, each.label) for each in REASONS_FOR_NONE)]


@dataclass(frozen=True, kw_only=True)
class LineRow:
    """One line of a return: what is stored or was just typed, what was found, and what stands beside it."""

    line: ReturnLine
    indicator: Indicator
    typed: Typed
    checked: Checked
    around: Around
    history: tuple[Decimal, ...]
    state: LineState
    version: int  # The number of saves that these fields are based on.
    shown: str  # The fingerprint of what the fields showed at that number.
    theirs: bool = True  # Whether the person who looks fills it in; False for other contributors' lines.
    accepted_version: int = 0  # Of the accepted figure; 0 where none is.
    faults: tuple[str, ...] = ()  # What makes the fields themselves unusable, in words.
    earlier: tuple[Figure, ...] = ()  # The school's accepted figures, oldest first; those of the term itself too.
    proposal: Proposal | None = None  # What a file says of it. Only where a line is filled in (kpis.queries.filling).
    similar: SimilarFigure | None = None  # The same.
    spark: str = ""  # The same: the earlier terms as a small drawing.

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def decisions(self) -> tuple[LineDecision, ...]:
        """Return the line's own steps, newest first."""
        return self.around.line_steps.get(self.line.pk, ())

    @property
    def assigned(self) -> tuple[User, ...]:
        """Return the contributors who fill it in."""
        return self.around.people.get(self.code, ())

    @cached_property
    def beside(self) -> Beside:
        """Return what a person sees beside the line before they type."""
        return self.around.beside(self.indicator)

    @property
    def is_done(self) -> bool:
        """Say whether the return may be submitted with this line as it is stored."""
        if not self.line.is_open:
            return True
        return not self.stored.says_nothing and self.checked.may_submit and not self.waits_for_answer

    @property
    def sent_back(self) -> LineDecision | None:
        """Return the step that sent the line back, for a reason of its own, while the school has it."""
        if self.line.state != ReturnLine.State.SENT_BACK:
            return None
        return next((each for each in self.decisions if each.step == LineDecision.Step.SENT_BACK), None)

    @property
    def settled(self) -> LineDecision | None:
        """Return the step that accepted the line, while it is accepted."""
        accepted = (each for each in self.decisions if each.step == LineDecision.Step.ACCEPTED)
        return next(accepted, None) if self.line.state == ReturnLine.State.ACCEPTED else None

    @property
    def waits_for_answer(self) -> bool:
        """Say whether the line was sent back and nobody has saved it since."""
        return self.sent_back is not None and self.sent_back.line_version == self.line.version

    @property
    def signed_off(self) -> LineDecision | None:
        """Return the contributor's sign-off of what the line says now."""
        signed = (each for each in self.decisions if each.step == LineDecision.Step.SIGNED_OFF)
        return next((each for each in signed if each.line_version == self.line.version), None)

    @property
    def stored(self) -> Typed:
        """Return what the fields show when nothing was typed since."""
        return stored_text(self.line, self.indicator)

    @property
    def figure(self) -> str:
        """Write the stored figure with its unit; empty when there is none."""
        if self.line.value is None:
            return ""
        return figure(self.line.value, self.indicator.unit, self.indicator.decimals)

    @property
    def parts(self) -> str:
        """Write what the figure was worked out from; empty when it was given alone."""
        counts = (self.line.numerator, self.line.denominator)
        return " of ".join(grouped(each) for each in counts if each is not None)

    @property
    def answer(self) -> str:
        """Write what the line says: the figure, or why there is none; empty when it says nothing yet."""
        if self.line.missing_reason:
            return missing_words(self.line.missing_reason, self.line.follows_on)
        return self.figure

    @property
    def typed_figure(self) -> str:
        """Write what was just typed in short, to set beside what somebody else saved."""
        return self.typed.in_short

    @property
    def stored_figure(self) -> str:
        """Write what is stored in short: the figure, the reason for none, or what could not be read."""
        return self.stored.in_short if self.line.unread else self.answer or "nothing"

    @property
    def agrees(self) -> bool:
        """Say whether the line says what was proposed for it."""
        if self.proposal is None or self.line.unread:
            return False
        return all(
            getattr(self.line, name) == getattr(self.proposal, name) for name in ("value", "numerator", "denominator")
        )

    @property
    def proposed_figure(self) -> str:
        """Write the proposed figure with its unit; empty when none is proposed."""
        if self.proposal is None:
            return ""
        return figure(self.proposal.value, self.indicator.unit, self.indicator.decimals)

    @property
    def proposed_parts(self) -> str:
        """Write what the proposed figure was worked out from; empty when it was given alone."""
        counts = (self.proposal.numerator, self.proposal.denominator) if self.proposal else ()
        return " of ".join(grouped(each) for each in counts if each is not None)

    @property
    def to_confirm(self) -> bool:
        """Say whether a figure is proposed for a line that says nothing yet."""
        return self.proposal is not None and self.stored.says_nothing

    @property
    def needs_a_look(self) -> bool:
        """Say whether the line is missing, odd, sent back, or other than what was proposed for it."""
        return not self.is_done or (self.proposal is not None and not self.agrees)

    @property
    def messages(self) -> tuple[str, ...]:
        """Return what is wrong or to be explained, in words."""
        found = [each.message for each in self.checked.findings if each.stops]
        return self.faults or tuple([*found, *([ANSWER_NEEDED] if self.waits_for_answer else [])])

    @property
    def answered_queries(self) -> tuple[str, ...]:
        """Return what was odd and has been explained in the comment."""
        return tuple(each.message for each in self.checked.findings if not each.stops)

    @property
    def wrong_fields(self) -> frozenset[str]:
        """Return the fields the errors are about; a missing reason is asked for in the comment."""
        if self.state is not LineState.INVALID:
            return frozenset()
        errors = {each.field for each in self.checked.findings if each.level is Level.ERROR}
        return frozenset("comment" if name == "reason" else name for name in errors)

    @property
    def first_field(self) -> str:
        """Return the field to go to when something is left to do in this line."""
        order = ("numerator", "denominator", "value", "status", "comment")
        if self.state is LineState.QUERY:
            return "comment"
        usual = "numerator" if self.indicator.has_parts else "value"
        return next((name for name in order if name in self.wrong_fields), usual)

    @property
    def shows_more(self) -> bool:
        """Say whether the comment and the reason for no figure are open from the start."""
        return bool(self.typed.status or self.typed.comment) or self.state in (LineState.QUERY, LineState.INVALID)


@dataclass(frozen=True, kw_only=True)
class ReturnPage:
    """One return with its lines in the Board's order."""

    termly_return: Return
    rows: tuple[LineRow, ...]
    around: Around

    @property
    def decisions(self) -> tuple[ReturnDecision, ...]:
        """Return the steps the return has been through, newest first."""
        return self.around.steps

    @property
    def allowed(self) -> Allowed:
        return self.around.allowed

    @property
    def due(self) -> date:
        """Return the day the return is due, as it may have been moved."""
        return self.allowed.due(self.termly_return.term)

    @property
    def areas(self) -> list[tuple[Area, list[LineRow]]]:
        return _by_area(self.rows)

    @property
    def open_areas(self) -> list[tuple[Area, list[LineRow]]]:
        """Return the lines that are the school's to change, by area."""
        return _by_area(self.open_rows)

    @property
    def left_areas(self) -> list[tuple[Area, list[LineRow]]]:
        """Return the open lines that need a look: missing, odd, sent back, or other than what was proposed."""
        return _by_area(row for row in self.open_rows if row.needs_a_look)

    @property
    def settled_areas(self) -> list[tuple[Area, list[LineRow]]]:
        """Return the lines that this person does not change: settled, or somebody else's to fill in."""
        return _by_area(row for row in self.rows if not row.line.is_open or not row.theirs)

    @property
    def total(self) -> int:
        return sum(row.theirs for row in self.rows)

    @cached_property
    def unfinished(self) -> list[LineRow]:
        """Return the lines the return cannot be submitted with, of those that this person fills in."""
        return [row for row in self.rows if row.theirs and not row.is_done]

    @property
    def not_signed_off(self) -> list[LineRow]:
        """Return the open lines that a contributor fills in and has not signed off as they are now."""
        return [row for row in self.rows if row.line.is_open and row.assigned and not row.signed_off]

    @property
    def signed_off(self) -> list[LineRow]:
        """Return the open lines that a contributor has signed off as they are now."""
        return [row for row in self.rows if row.line.is_open and row.signed_off]

    @cached_property
    def faulty(self) -> list[LineRow]:
        """Return the lines to put right or to choose in, as they are shown now."""
        return [row for row in self.rows if row.state in (LineState.INVALID, LineState.CONFLICT)]

    @property
    def left(self) -> int:
        return len(self.unfinished)

    @property
    def done(self) -> int:
        return self.total - self.left

    @property
    def explained(self) -> list[LineRow]:
        """Return the lines that were odd and carry a comment."""
        return [row for row in self.rows if row.answered_queries]

    @property
    def without_figure(self) -> list[LineRow]:
        """Return the lines that give a reason instead of a figure."""
        return [row for row in self.rows if row.line.missing_reason]

    @property
    def sent_back(self) -> ReturnDecision | None:
        """Return the step that gave lines back to the school, while it has them."""
        if self.termly_return.state != Return.State.SENT_BACK:
            return None
        return next((each for each in self.decisions if each.step == ReturnDecision.Step.SENT_BACK), None)

    @property
    def correction(self) -> ReturnDecision | None:
        """Return the step that opened the correction which is under way."""
        ended = (ReturnDecision.Step.ACCEPTED, ReturnDecision.Step.WITHDRAWN, ReturnDecision.Step.CORRECTION)
        latest = next((each for each in self.decisions if each.step in ended), None)
        return latest if latest and latest.step == ReturnDecision.Step.CORRECTION else None

    @property
    def waiting(self) -> list[LineRow]:
        """Return the lines that wait for the trust's decision."""
        return [row for row in self.rows if row.line.state == ReturnLine.State.SUBMITTED]

    @property
    def open_rows(self) -> list[LineRow]:
        """Return the lines that are the school's to change, of those that this person fills in."""
        return [row for row in self.rows if row.line.is_open and row.theirs]

    def row(self, code: str) -> LineRow | None:
        return next((row for row in self.rows if row.code == code), None)


def return_page(school: School, term: Term) -> ReturnPage | None:
    """Return one school's return of a term with everything its pages print, or None when it was never opened.

    Three queries whatever the number of lines (the return, its lines, the school's accepted figures), and one each for
    what a page uses besides (kpis.queries.around).
    """
    found = Return.objects.filter(school=school, term=term).select_related("submitted_by").first()
    if found is None:
        return None
    found.school, found.term = school, term
    lines = list(found.lines.select_related("saved_by", "definition").order_by("pk"))
    # As each line asks it, whatever the catalogue says today. A line of before definitions were kept, whose indicator
    # has left the catalogue, has none to show.
    asked = sorted(((line.asked, line) for line in lines if line.asked), key=lambda each: in_board_order(each[0]))
    around = Around(found, [indicator for indicator, _ in asked])
    rows = [_row(line, indicator, around) for indicator, line in asked]
    return ReturnPage(termly_return=found, rows=tuple(_held_together(rows)), around=around)


def as_stored_now(page: ReturnPage, codes: Collection[str]) -> ReturnPage:
    """Return the page with these lines as they are stored now, after they were saved. One query."""
    of = page.termly_return
    lines = of.lines.filter(indicator_id__in=codes).select_related("saved_by", "termly_return").order_by("pk")
    now = {line.indicator_id: line for line in lines}
    if now:
        of.state = next(iter(now.values())).termly_return.state  # The first save starts a return.
    stored = [replace(row, **_as_stored(now.get(row.code, row.line), row.indicator, row.history)) for row in page.rows]
    return replace(page, rows=tuple(_held_together(stored)))


def missing_words(status: str, follows_on: date | None) -> str:
    """Say why there is no figure, and by when there will be one where that was said.

    >>> missing_words("to_follow", date(2026, 1, 31))
    'To follow by 31 January 2026'
    """
    by = f" by {follows_on.day} {follows_on:%B %Y}" if follows_on else ""
    return ValueStatus(status).label + by


def _by_area(rows: Iterable[LineRow]) -> list[tuple[Area, list[LineRow]]]:
    found: dict[Area, list[LineRow]] = defaultdict(list)
    for row in rows:
        found[row.indicator.area].append(row)
    return list(found.items())


def narrowed(page: ReturnPage, user: User) -> ReturnPage:
    """Return the page as a contributor has it: the lines assigned to them are theirs, the others are not."""
    return replace(page, rows=tuple(replace(row, theirs=user in row.assigned) for row in page.rows))


def as_seen(page: ReturnPage, access: Access, user: User) -> ReturnPage:
    """Narrow the page to the lines of a contributor; for everybody else it holds all."""
    school_id = page.termly_return.school_id
    fills_in_some = access.can(Permission.ENTER_RETURN, school_id)
    if fills_in_some and not access.can(Permission.SUBMIT_RETURN, school_id):
        return narrowed(page, user)
    return page


def stored_text(line: ReturnLine, indicator: Indicator) -> Typed:
    """Return what a stored line's fields show."""
    return typed_from(
        indicator,
        value=line.value,
        numerator=line.numerator,
        denominator=line.denominator,
        missing_reason=line.missing_reason,
        comment=line.comment,
        unread=line.unread,
        follows_on=line.follows_on,
    )


def _held_together(rows: list[LineRow]) -> Iterator[LineRow]:
    """Add to each line what it contradicts in others, and that it was sent back."""
    counts = {
        row.code: Counts(
            numerator=row.line.numerator, denominator=row.line.denominator, has_comment=bool(row.line.comment.strip())
        )
        for row in rows
        if not row.line.unread
    }
    found = between_findings(counts)
    for row in rows:
        findings = (*row.checked.findings, *found.get(row.code, ()))
        checked = replace(row.checked, findings=findings)
        yield as_sent_back(replace(row, checked=checked, state=state_of(row.typed, checked)))


def as_sent_back(row: LineRow) -> LineRow:
    """Ask for an answer in a line that was sent back and is otherwise in order."""
    return replace(row, state=LineState.QUERY) if row.waits_for_answer and row.state is LineState.SAVED else row


def _row(line: ReturnLine, indicator: Indicator, around: Around) -> LineRow:
    earlier = around.figures.get(indicator.code, [])
    history = tuple(comparable(earlier, around.period))
    return LineRow(
        indicator=indicator,
        around=around,
        history=history,
        accepted_version=around.versions.get(indicator.code, 0),
        earlier=tuple(earlier),
        **_as_stored(line, indicator, history),
    )


def _as_stored(line: ReturnLine, indicator: Indicator, history: Sequence[Decimal]) -> dict[str, Any]:
    """Return what follows from a line as it is stored."""
    typed = stored_text(line, indicator)
    checked = check(indicator, typed, history)
    return {
        "line": line,
        "typed": typed,
        "checked": checked,
        "state": state_of(typed, checked),
        "version": line.version,
        "shown": typed.fingerprint,
    }
