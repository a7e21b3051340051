"""Test extensions and exemptions: they need a reason, and show wherever the return does."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from returns.actions.allowances import AlreadySubmitted, DueDateNotLater, ask_again, exempt_return, extend_return
from returns.actions.returns import LineEntry, open_return, save_line, submit_return
from returns.models import Allowance
from returns.queries.return_list import filtered_returns, on_time_and_complete, returns_of_school, returns_of_term
from tests.factories import SchoolFactory, TermFactory, UserFactory
from trusts.models import Role
from trusts.reasons import ReasonNeeded

AT = datetime(2025, 12, 15, 14, 2, tzinfo=UTC)
ON = date(2025, 12, 15)  # Three days after the due date of the term.
WEEK_LATER = date(2025, 12, 19)


@pytest.fixture
def director(as_role, trust):
    return as_role(Role.EXECUTIVE_DIRECTOR, trust)


@pytest.fixture
def inside(trust, term, in_scope):
    with in_scope(trust):
        yield


@pytest.fixture
def giving(school, term):
    return {"school": school, "term": term, "by": UserFactory(name="Invented Director"), "at": AT}


def submitted(school, term, entries):
    termly_return = open_return(school=school, term=term, indicator_codes=list(entries))
    for line in termly_return.lines.order_by("pk"):
        save_line(line=line, entry=entries[line.indicator_id], version=0, by=UserFactory(), at=AT)
    return submit_return(termly_return=termly_return, by=UserFactory(), at=AT)


def test_extension_moves_the_due_date_and_lateness_counts_from_it(inside, school, term, giving):
    (before,) = returns_of_school(school, on=ON)
    assert before.punctuality.words == "3 days overdue"

    extend_return(**giving, due_date=WEEK_LATER, reason=" A flood ")

    (after,) = returns_of_school(school, on=ON)
    assert (after.due, after.punctuality.words) == (WEEK_LATER, "Due in 4 days")
    assert after.allowed.extension.reason == "A flood"


def test_term_before_a_schools_first_return_is_not_entered_and_sorted_last(inside, school, term):
    years_before = {"starts_date": date(2020, 9, 1), "ends_date": date(2020, 12, 18), "due_date": date(2020, 12, 11)}
    TermFactory(trust=school.trust, school_year=2021, season=term.season, **years_before)

    rows = returns_of_school(school, on=ON)

    for sort in ("punctuality", "-punctuality"):
        found = filtered_returns(rows, state="", sort=sort)
        assert [row.punctuality.words for row in found] == ["3 days overdue", "Not entered"], sort
    assert (on_time_and_complete(rows).counted, on_time_and_complete(rows).on_time) == (2, 0)


def test_the_newest_extension_counts(inside, school, term, giving):
    extend_return(**giving, due_date=date(2026, 1, 9), reason="A flood")
    extend_return(**giving | {"at": AT.replace(hour=15)}, due_date=WEEK_LATER, reason="A mistake")

    assert returns_of_school(school, on=ON)[0].due == WEEK_LATER


@pytest.mark.parametrize("day", [date(2025, 12, 12), date(2025, 12, 1)])
def test_extension_must_be_later_than_the_terms_due_date(inside, giving, day):
    with pytest.raises(DueDateNotLater):
        extend_return(**giving, due_date=day, reason="A flood")


@pytest.mark.parametrize("allow", [exempt_return, ask_again])
def test_extension_and_exemption_need_a_reason(inside, giving, allow):
    with pytest.raises(ReasonNeeded):
        allow(**giving, reason="  ")

    assert not Allowance.objects.exists()


def test_exempt_school_has_no_return_until_the_exemption_ends(inside, trust, school, term, giving):
    SchoolFactory(trust=trust)
    exempt_return(**giving, reason="Opened last month")
    (one, other) = returns_of_term(trust, term, on=ON)
    exempt = one if one.school == school else other
    assert (exempt.state, exempt.label, exempt.punctuality.is_late) == ("exempt", "Exempt", False)
    assert (on_time_and_complete([one, other]).asked, on_time_and_complete([one, other]).exempt) == (1, 1)

    ask_again(**giving | {"at": AT.replace(hour=15)}, reason="It wants to")
    assert returns_of_school(school, on=ON)[0].state == "not_started"


def test_school_that_has_submitted_cannot_be_exempt(inside, school, term, giving):
    submitted(school, term, {"AB1": LineEntry(value=Decimal(6))})

    with pytest.raises(AlreadySubmitted):
        exempt_return(**giving, reason="Opened last month")


def test_extensions_and_exemptions_never_change(inside, giving):
    exempt_return(**giving, reason="Opened last month")

    assert Allowance.objects.update(reason="another") == 0


def test_on_time_and_complete_are_two_measures(inside, trust, school, term, giving):
    six = LineEntry(value=Decimal(6))
    submitted(school, term, {"AB1": six, "AB2": LineEntry(missing_reason="to_follow", comment="on Friday")})
    other = SchoolFactory(trust=trust)
    submitted(other, term, {"AB1": six, "AB2": LineEntry(missing_reason="not_applicable", comment="no such pupils")})
    SchoolFactory(trust=trust)
    extend_return(**giving, due_date=WEEK_LATER, reason="A flood")

    rows = {row.school: row for row in returns_of_term(trust, term, on=ON)}
    found = on_time_and_complete(rows.values())

    assert (rows[school].is_on_time, rows[school].completeness) == (True, "1 of 2 lines")
    assert (rows[other].is_on_time, rows[other].completeness) == (False, "All 2 lines")
    assert (found.asked, found.counted, found.submitted, found.on_time, found.complete, found.extended) == (
        3,
        3,
        2,
        1,
        1,
        1,
    )


def test_a_return_that_is_not_due_yet_is_neither_on_time_nor_late(inside, trust, school, term, giving):
    SchoolFactory(trust=trust)
    extend_return(**giving, due_date=WEEK_LATER, reason="A flood")

    found = on_time_and_complete(returns_of_term(trust, term, on=ON))

    assert (found.asked, found.counted, found.not_due, found.on_time) == (2, 1, 1, 0)


def test_executive_director_moves_a_due_date_and_the_grid_shows_the_reason(client, director, trust, school, term):
    page = reverse("returns:return_allow", args=[trust.pk, school.pk, term.pk])
    sent = {"kind": "extended", "due_date": "2025-12-19", "reason": "A flood"}

    response = client.post(page, sent, follow=True)

    assert f"{school.name}: the return is due on 19 December 2025" in response.text
    assert "Extended: A flood" in response.text
    assert "Of 1 return submitted or due," in response.text
    assert "Due date moved to 19 December 2025" in client.get(page).text
    own = reverse("returns:return_detail", args=[trust.pk, school.pk, term.pk])
    assert client.get(own).status_code == 200


def test_grid_shows_exempt_schools_with_the_reason_and_can_filter_them(client, director, trust, school, term):
    page = reverse("returns:return_allow", args=[trust.pk, school.pk, term.pk])

    response = client.post(page, {"kind": "exempt", "reason": "Opened last month"}, follow=True)

    row = response.text.split("<tbody")[1]
    assert "Exempt" in row
    assert "Opened last month" in row
    grid = reverse("returns:returns_grid", args=[trust.pk])
    assert "1 of 1 school" in client.get(grid, {"state": "exempt"}).text
    assert "Exempt,0,0,2025-12-12,,Not asked for,,,Opened last month" in client.get(grid, {"format": "csv"}).text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"kind": "extended", "reason": "A flood"}, "Enter the new due date"),
        ({"kind": "extended", "due_date": "2025-12-12", "reason": "A flood"}, "Enter a date after 12 December 2025"),
        ({"kind": "extended", "due_date": "soon", "reason": "A flood"}, "like 19 December 2025"),
        ({"kind": "exempt"}, "Enter a reason"),
        ({"reason": "A flood"}, "Choose what changes"),
    ],
)
def test_a_faulty_form_changes_nothing(client, director, trust, school, term, in_scope, sent, words):
    response = client.post(reverse("returns:return_allow", args=[trust.pk, school.pk, term.pk]), sent)

    assert response.status_code == 422
    assert words in response.text
    with in_scope(trust):
        assert not Allowance.objects.exists()


def test_exempting_a_school_that_has_submitted_shows_a_message(client, director, trust, school, term, in_scope):
    with in_scope(trust):
        submitted(school, term, {"AB1": LineEntry(value=Decimal(6))})

    page = reverse("returns:return_allow", args=[trust.pk, school.pk, term.pk])
    assert (
        "has already submitted its return" in client.post(page, {"kind": "exempt", "reason": "Late"}, follow=True).text
    )
