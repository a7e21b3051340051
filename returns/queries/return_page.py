"""A return as its pages show it: its lines, its progress and the decisions on it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from kpis.catalogue.kinds import Area
from returns.models import Return, ReturnDecision, ReturnLine
from returns.queries.allowances import AllowancesInForce
from returns.queries.line_row import ReturnLineRow
from returns.queries.return_context import ReturnContext
from returns.rules.cross_checks import lines_compared_with
from returns.rules.return_lines import LineState
from trusts.models import User
from trusts.permissions import Access, Permission


@dataclass(frozen=True, kw_only=True)
class ReturnPage:
    """A return with its lines in the Board's order."""

    termly_return: Return
    rows: tuple[ReturnLineRow, ...]
    return_context: ReturnContext

    @property
    def decisions(self) -> tuple[ReturnDecision, ...]:
        """Return the return's steps, newest first."""
        return self.return_context.steps

    @property
    def allowed(self) -> AllowancesInForce:
        """Return the extension and exemption, if any."""
        return self.return_context.allowed

    @property
    def due(self) -> date:
        """Return the date when the return is due, with any extension."""
        return self.allowed.due(self.termly_return.term)

    @property
    def areas(self) -> list[tuple[Area, list[ReturnLineRow]]]:
        return _by_area(self.rows)

    @property
    def open_areas(self) -> list[tuple[Area, list[ReturnLineRow]]]:
        """Return the lines that this person can change, by area."""
        return _by_area(self.open_rows)

    @property
    def left_areas(self) -> list[tuple[Area, list[ReturnLineRow]]]:
        """Return the open lines that need a look (LineRow.needs_a_look), by area."""
        return _by_area(row for row in self.open_rows if row.needs_a_look)

    @property
    def settled_areas(self) -> list[tuple[Area, list[ReturnLineRow]]]:
        """Return the lines that this person cannot change, by area: not open, or filled in by somebody else."""
        return _by_area(row for row in self.rows if not row.line.is_open or not row.theirs)

    @property
    def total(self) -> int:
        return sum(row.theirs for row in self.rows)

    @cached_property
    def unfinished(self) -> list[ReturnLineRow]:
        """Return this person's lines that stop the return being submitted."""
        return [row for row in self.rows if row.theirs and not row.status.may_submit]

    @property
    def not_signed_off(self) -> list[ReturnLineRow]:
        """Return the open lines that have contributors but no current sign-off."""
        return [row for row in self.rows if row.line.is_open and row.assigned and not row.signed_off]

    @property
    def signed_off(self) -> list[ReturnLineRow]:
        """Return the open lines with a current sign-off."""
        return [row for row in self.rows if row.line.is_open and row.signed_off]

    @cached_property
    def faulty(self) -> list[ReturnLineRow]:
        """Return the lines to correct, or with a choice between two texts, as they are shown now."""
        return [row for row in self.rows if row.state in (LineState.INVALID, LineState.CONFLICT)]

    @property
    def left(self) -> int:
        return len(self.unfinished)

    @property
    def done(self) -> int:
        return self.total - self.left

    @property
    def marked(self) -> list[ReturnLineRow]:
        """Return this person's lines that are marked to come back to."""
        return [row for row in self.rows if row.theirs and row.line.marked]

    @property
    def explained(self) -> list[ReturnLineRow]:
        """Return the lines with queries that a comment has answered."""
        return [row for row in self.rows if row.answered_queries]

    @property
    def off_target(self) -> list[ReturnLineRow]:
        """Return the lines that are off target."""
        return [row for row in self.rows if row.is_off_target]

    @property
    def without_figure(self) -> list[ReturnLineRow]:
        """Return the lines that give a reason instead of a figure."""
        return [row for row in self.rows if row.line.missing_reason]

    @property
    def sent_back(self) -> ReturnDecision | None:
        """Return the step that sent lines back to the school, while it has them."""
        if self.termly_return.state != Return.State.SENT_BACK:
            return None
        return next((decision for decision in self.decisions if decision.step == ReturnDecision.Step.SENT_BACK), None)

    @property
    def correction(self) -> ReturnDecision | None:
        """Return the step that opened the current correction, or None without a correction."""
        ended = (ReturnDecision.Step.ACCEPTED, ReturnDecision.Step.WITHDRAWN, ReturnDecision.Step.CORRECTION)
        latest = next((decision for decision in self.decisions if decision.step in ended), None)
        return latest if latest and latest.step == ReturnDecision.Step.CORRECTION else None

    @property
    def waiting(self) -> list[ReturnLineRow]:
        """Return the lines waiting for the trust's decision."""
        return [row for row in self.rows if row.line.state == ReturnLine.State.SUBMITTED]

    @property
    def open_rows(self) -> list[ReturnLineRow]:
        """Return the lines that this person can change."""
        return [row for row in self.rows if row.line.is_open and row.theirs]

    def compared(self, code: str) -> list[ReturnLineRow]:
        """Return the open lines that rules compare with this line, without empty and faulty lines."""
        states, codes = (LineState.SAVED, LineState.QUERY, LineState.RED), lines_compared_with(code)
        return [row for row in self.open_rows if row.code in codes and row.state in states]

    def row(self, code: str) -> ReturnLineRow | None:
        return next((row for row in self.rows if row.code == code), None)


def contributors_page(page: ReturnPage, user: User) -> ReturnPage:
    """Return the page for a contributor, who fills in only the lines assigned to them."""
    return replace(page, rows=tuple(replace(row, theirs=user in row.assigned) for row in page.rows))


def page_as_seen(page: ReturnPage, access: Access, user: User) -> ReturnPage:
    """Narrow the page to a contributor's lines. Everybody else has all lines."""
    school_id = page.termly_return.school_id
    fills_in_some = access.can(Permission.ENTER_RETURN, school_id)
    if fills_in_some and not access.can(Permission.SUBMIT_RETURN, school_id):
        return contributors_page(page, user)
    return page


def _by_area(rows: Iterable[ReturnLineRow]) -> list[tuple[Area, list[ReturnLineRow]]]:
    found: dict[Area, list[ReturnLineRow]] = defaultdict(list)
    for row in rows:
        found[row.indicator.area].append(row)
    return list(found.items())
