"""Contributors: which lines they fill in, and their word that these are right."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from kpis.actions.returns import NotOpen, locked, note_line_steps
from kpis.models import LineAssignment, LineDecision, Return
from kpis.queries.returns import LineRow, narrowed, return_page
from schools.models import School
from trusts.models import User


@transaction.atomic
def assign_lines(
    *,
    trust_id: int,
    school: School,
    user: User,
    areas: Collection[str],
    codes: Collection[str],
    by: User,
    at: datetime,
) -> None:
    """Say which lines a contributor fills in: every line of some areas, and some lines of others. It takes the place
    of what was said before; assignments that stay keep their date.
    """
    wanted = {(area, None) for area in areas} | {("", code) for code in codes}
    stored = LineAssignment.objects.filter(school=school, user=user).order_by("pk")
    there = {(each.area, each.indicator_id): each for each in stored}
    LineAssignment.objects.filter(pk__in=[each.pk for key, each in there.items() if key not in wanted]).delete()
    LineAssignment.objects.bulk_create(
        LineAssignment(
            trust_id=trust_id, school=school, user=user, area=area, indicator_id=code, assigned_by=by, assigned_at=at
        )
        for area, code in sorted(wanted - set(there), key=str)
    )


@transaction.atomic
def sign_off_lines(*, termly_return: Return, by: User, at: datetime) -> list[LineRow]:
    """Sign off every finished line that is assigned to ``by``; return those that are not finished yet.

    A sign-off is about what the line says now: saving the line again ends it.

    Raises:
        NotOpen: the return is not the school's to change any more.
    """
    of = locked(termly_return.pk)
    page = return_page(of.school, of.term)
    if page is None or not of.is_open:
        raise NotOpen(of.state)
    rows = narrowed(page, by).open_rows
    ready = [row.line for row in rows if row.is_done and row.signed_off is None]
    note_line_steps([(line, LineDecision.Step.SIGNED_OFF, "") for line in ready], by=by, at=at)
    return [row for row in rows if not row.is_done]
