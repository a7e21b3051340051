"""Mark lines to come back to. A mark does not change the figure, and ends when the return is submitted."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from returns.actions.returns import LineNotAssigned, LineNotOpen, locked_return, note_line_steps
from returns.models import LineDecision, ReturnLine
from trusts.models import User


@transaction.atomic
def mark_line(
    *, line: ReturnLine, marked: bool, by: User, at: datetime, only: Collection[str] | None = None
) -> ReturnLine:
    """Mark a line to come back to, or remove its mark. Nothing happens if the line is already marked or unmarked.

    The line's text and version and the return's state do not change. ``only`` has the codes of the lines that this
    person fills in; None means every line.

    Raises:
        LineNotOpen: the school can no longer change the return or the line.
        LineNotAssigned: somebody else fills in the line.
    """
    termly_return = locked_return(line.termly_return_id)  # So that nobody submits it or saves the line meanwhile.
    stored = termly_return.lines.select_related("marked_by").get(pk=line.pk)
    if not termly_return.is_open or not stored.is_open:
        raise LineNotOpen(termly_return.state)
    if only is not None and stored.indicator_id not in only:
        raise LineNotAssigned(", ".join(sorted(only)) or "no lines")
    if stored.marked == marked:
        return stored
    stored.marked, stored.marked_by, stored.marked_at = marked, by, at
    stored.save(update_fields=["marked", "marked_by", "marked_at"])
    step = LineDecision.Step.MARKED if marked else LineDecision.Step.UNMARKED
    note_line_steps([(stored, step, "")], by=by, at=at)
    return stored
