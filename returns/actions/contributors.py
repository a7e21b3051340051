"""Assign lines to contributors, open a return for them, and sign their lines off."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from kpis.queries.indicator_set import lines_asked_of
from returns.actions.returns import LineNotOpen, locked_return, note_line_steps, open_return
from returns.models import ContributorArea, LineAssignment, LineDecision, Return
from returns.queries.contributors import contributors_of
from returns.queries.line_row import ReturnLineRow
from returns.queries.return_page import contributors_page
from returns.queries.return_reading import return_page
from schools.models import School, Term
from trusts.models import Trust, User


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
    """Assign lines to a contributor: every line in some areas, and individual lines in others.

    This replaces earlier assignments. Assignments that stay keep their date.
    """
    chosen = {(area, None) for area in areas} | {("", code) for code in codes}
    stored = LineAssignment.objects.filter(school=school, user=user).order_by("pk")
    there = {(assignment.area, assignment.indicator_id): assignment for assignment in stored}
    LineAssignment.objects.filter(
        pk__in=[assignment.pk for key, assignment in there.items() if key not in chosen]
    ).delete()
    LineAssignment.objects.bulk_create(
        LineAssignment(
            trust_id=trust_id, school=school, user=user, area=area, indicator_id=code, assigned_by=by, assigned_at=at
        )
        for area, code in sorted(chosen - set(there), key=str)
    )


@transaction.atomic
def set_default_areas(*, trust_id: int, areas: Collection[str], by: User, at: datetime) -> None:
    """Set the areas of contributors who have no lines from their headteacher. Areas that stay keep their date."""
    there = set(ContributorArea.objects.order_by("pk").values_list("area", flat=True))
    ContributorArea.objects.exclude(area__in=areas).delete()
    ContributorArea.objects.bulk_create(
        ContributorArea(trust_id=trust_id, area=area, set_by=by, set_at=at) for area in sorted(set(areas) - there)
    )


@transaction.atomic
def open_for_school(*, trust: Trust, school: School, term: Term, on: date, at: datetime) -> Return:
    """Open a school's return with the lines that the trust asked for on the term's first day.

    The set of lines does not depend on the date when a school opens its return. Contributors without assignments get
    the trust's default areas, in the name of the person who set them.
    """
    codes = [indicator.code for indicator in lines_asked_of(school, on=term.starts_date)]
    defaults = list(ContributorArea.objects.order_by("area"))
    idle = [
        contributor.user
        for contributor in contributors_of(trust, school, on=on)
        if not (contributor.areas or contributor.codes)
    ]
    given = [
        LineAssignment(
            trust_id=trust.pk,
            school=school,
            user=user,
            area=default.area,
            assigned_by_id=default.set_by_id,
            assigned_at=at,
        )
        for user in sorted(idle, key=lambda user: user.pk)
        for default in defaults
    ]
    LineAssignment.objects.bulk_create(given, ignore_conflicts=True)  # Two people may open it at once.
    return open_return(school=school, term=term, indicator_codes=codes)


@transaction.atomic
def sign_off_lines(*, termly_return: Return, by: User, at: datetime) -> list[ReturnLineRow]:
    """Sign off every finished line that is assigned to ``by``. Return the unfinished lines.

    Saving a line again ends its sign-off.

    Raises:
        LineNotOpen: the school can no longer change the return.
    """
    termly_return = locked_return(termly_return.pk)
    page = return_page(termly_return.school, termly_return.term)
    if page is None or not termly_return.is_open:
        raise LineNotOpen(termly_return.state)
    rows = contributors_page(page, by).open_rows
    ready = [row.line for row in rows if row.status.may_submit and row.signed_off is None]
    note_line_steps([(line, LineDecision.Step.SIGNED_OFF, "") for line in ready], by=by, at=at)
    return [row for row in rows if not row.status.may_submit]
