"""A line that somebody wants to come back to. The mark says nothing of the figure, and ends with the submission."""

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
    """Mark one line to come back to, or take its mark off; a line that is so already stays as it is.

    What the line says, its number of saves and the return's state do not change. ``only`` holds the codes that this
    person fills in; None stands for every line.

    Raises:
        NotOpen: the return or the line is not the school's to change any more.
        NotAssigned: the line is somebody else's to fill in.
    """
    of = locked_return(line.termly_return_id)  # Nobody submits it, or saves the line whole, in between.
    stored = of.lines.select_related("marked_by").get(pk=line.pk)
    if not of.is_open or not stored.is_open:
        raise LineNotOpen(of.state)
    if only is not None and stored.indicator_id not in only:
        raise LineNotAssigned(", ".join(sorted(only)) or "no lines")
    if stored.marked == marked:
        return stored
    stored.marked, stored.marked_by, stored.marked_at = marked, by, at
    stored.save(update_fields=["marked", "marked_by", "marked_at"])
    step = LineDecision.Step.MARKED if marked else LineDecision.Step.UNMARKED
    note_line_steps([(stored, step, "")], by=by, at=at)
    return stored
