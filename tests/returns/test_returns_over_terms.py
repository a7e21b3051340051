"""Test the page of returns over several terms."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from returns.actions.allowances import exempt_return, extend_return
from returns.actions.returns import LineEntry, open_return, save_line, submit_return
from returns.queries.returns_over_terms import read_returns_over_terms
from schools.models import Season
from tests.factories import SchoolFactory, TermFactory, UserFactory
from trusts.models import Role

ON = date(2026, 3, 2)
FOUR = LineEntry(value=Decimal(4), comment="Checked")
LATER = LineEntry(missing_reason="to_follow", comment="On Friday")
NONE = LineEntry(missing_reason="not_applicable", comment="No such pupils")


@pytest.fixture
def schools(trust, school):
    return [school, SchoolFactory(trust=trust, name="Invented Reef School", phase="primary")]


@pytest.fixture
def terms(trust, in_scope):
    """A summer term without returns, an autumn term that is over and a spring term that is not due."""
    with in_scope(trust):
        days = {"starts_date": date(2025, 4, 21), "ends_date": date(2025, 7, 18), "due_date": date(2025, 7, 4)}
        TermFactory(trust=trust, school_year=2025, season=Season.SUMMER, **days)
        autumn = TermFactory(trust=trust)
        days = {"starts_date": date(2026, 1, 5), "ends_date": date(2026, 3, 27), "due_date": date(2026, 3, 20)}
        return autumn, TermFactory(trust=trust, season=Season.SPRING, **days)


@pytest.fixture
def returns(trust, schools, terms, in_scope):
    """In autumn one school was on time but incomplete, one late but complete. In spring one has started."""
    by = UserFactory()
    with in_scope(trust):
        for at, day, entries in ((schools[0], 12, (FOUR, LATER)), (schools[1], 13, (FOUR, NONE))):
            made = open_return(school=at, term=terms[0], indicator_codes=["AB1", "AB2"])
            when = datetime(2025, 12, day, 12, 0, tzinfo=UTC)
            for line, entry in zip(made.lines.order_by("indicator_id"), entries, strict=True):
                save_line(line=line, entry=entry, version=0, by=by, at=when)
            submit_return(termly_return=made, by=by, at=when)
        open_return(school=schools[0], term=terms[1], indicator_codes=["AB1"])


@pytest.fixture
def page(client, as_role, trust, monkeypatch):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
    return lambda **query: client.get(reverse("returns:returns_over_terms", args=[trust.pk]), query)


def test_each_term_with_returns_has_both_measures(trust, returns, in_scope):
    with in_scope(trust):
        found = read_returns_over_terms(trust, on=ON)

    counted = [(row.measures.counted, row.measures.on_time, row.measures.complete) for row in found.terms]
    assert counted == [(0, 0, 0), (2, 1, 1)]
    assert found.terms[0].measures.not_due == 2
    assert "there is nothing to count in spring 2026 yet" in found.chart.sentence


def test_extension_counts_as_on_time_and_an_exempt_school_does_not_count(trust, schools, terms, returns, in_scope):
    giving = {"school": schools[1], "reason": "A flood", "by": UserFactory(), "at": datetime(2025, 12, 1, tzinfo=UTC)}
    with in_scope(trust):
        extend_return(**giving, term=terms[0], due_date=date(2025, 12, 19))
        exempt_return(**giving, term=terms[1])
        spring, autumn = read_returns_over_terms(trust, on=ON).terms

    assert (autumn.measures.on_time, autumn.measures.extended) == (2, 1)
    assert (spring.measures.asked, spring.measures.exempt) == (1, 1)


def test_page_can_be_sorted_filtered_and_downloaded(page, returns, django_assert_num_queries):
    with django_assert_num_queries(13):  # Seven for the permission check and the transaction, six for the returns.
        html = page().text

    for words in ("1 of 2", "Submitted", "1 day late", "1 of 2 lines", "All 2 lines", "Not started", "Due in 18 days"):
        assert words in html
    assert "Invented Quay School" not in page(phase="primary").text.split("Every school</h2>")[1]
    by_school = page(format="csv", sort="-on_time").text.splitlines()
    assert [line.split(",")[0] for line in by_school[1:]] == ["Invented Quay School"] * 2 + ["Invented Reef School"] * 2
    assert page(format="terms.csv").text.splitlines()[1:] == [
        "Spring term 2025–26,2,0,0,0,2,0,0",
        "Autumn term 2025–26,2,2,1,1,0,0,0",
    ]


def test_page_says_that_the_trust_has_no_terms(page, trust):
    assert "No terms yet" in page().text
