"""Choices about what returns ask for apply from a date, and opened returns keep their lines."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from kpis.actions.indicator_set import ChoiceInThePast, choose_for_school, choose_indicator
from kpis.catalogue import catalogue_by_code, catalogue_indicators, return_lines
from kpis.models import IndicatorChoice, SchoolChoice
from kpis.queries.indicator_set import areas_without_a_line, lines_asked_of, lines_not_asked_of, set_rows
from kpis.rules.indicator_choices import DatedChoice, asked_lines
from returns.actions.contributors import assign_lines, open_for_school, set_default_areas
from returns.models import ContributorArea, LineAssignment, Return
from tests.factories import MembershipFactory, SchoolFactory, TermFactory, UserFactory
from trusts.models import Role
from trusts.reasons import ReasonNeeded

ON = date(2025, 9, 1)
AT = datetime(2025, 9, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def head(as_role, trust, school):
    return as_role(Role.HEADTEACHER, trust, school)


def choice(code="HS2", *, asked=False, begins=ON, until=None, hours=0):
    return DatedChoice(
        code=code, is_asked=asked, from_date=begins, until_date=until, chosen_at=AT + timedelta(hours=hours)
    )


def codes(on=ON, *, trust=(), school=(), phase="secondary"):
    return {
        indicator.code for indicator in asked_lines(catalogue_indicators(), phase, trust=trust, school=school, on=on)
    }


def test_catalogue_decides_without_a_choice():
    assert codes() == {indicator.code for indicator in return_lines("secondary")}


@pytest.mark.parametrize(
    ("on", "asked"), [(date(2025, 8, 31), True), (ON, False), (date(2025, 12, 31), False), (date(2026, 1, 1), True)]
)
def test_school_is_not_asked_from_the_first_day_to_the_last(on, asked):
    not_asked = choice(until=date(2025, 12, 31))

    assert ("HS2" in codes(on, school=[not_asked])) == asked
    assert "AB1" in codes(on, school=[not_asked])


def test_last_decision_applies():
    off, on_again = choice(), choice(asked=True, begins=date(2026, 1, 1), hours=1)

    assert "HS2" not in codes(date(2025, 12, 31), trust=[on_again, off])
    assert "HS2" in codes(date(2026, 1, 1), trust=[on_again, off])


def test_school_choice_cannot_add_what_trust_or_catalogue_leaves_out():
    assert "HS2" not in codes(trust=[choice()], school=[choice(asked=True, hours=1)])
    secondary_only = next(
        indicator
        for indicator in catalogue_indicators()
        if "secondary" in indicator.in_return and "primary" not in indicator.in_return
    )
    assert secondary_only.code not in codes(trust=[choice(secondary_only.code, asked=True)], phase="primary")


@pytest.fixture
def deciding(trust):
    return {"trust_id": trust.pk, "by": UserFactory(name="Invented Administrator"), "at": AT}


def opened(client, trust, school, term):
    client.post(reverse("returns:return_open", args=[trust.pk, school.pk, term.pk]))


def lines_of(school, term):
    return set(Return.objects.get(school=school, term=term).lines.values_list("indicator_id", flat=True))


def test_opened_return_keeps_its_lines_and_the_next_term_has_the_new_ones(
    client, head, trust, school, in_scope, deciding
):
    with in_scope(trust):
        autumn = TermFactory(trust=trust)
        spring = TermFactory(
            trust=trust, season=2, starts_date=date(2026, 1, 5), ends_date=date(2026, 3, 27), due_date=date(2026, 3, 20)
        )
    opened(client, trust, school, autumn)
    with in_scope(trust):
        before = lines_of(school, autumn)
        choose_indicator(
            **deciding, code="HS2", is_asked=False, from_date=date(2025, 11, 3), reason="Counted elsewhere",
            on=date(2025, 11, 3),
        )  # fmt: skip
        late = SchoolFactory(trust=trust)
        open_for_school(trust=trust, school=late, term=autumn, on=date(2025, 11, 20), at=AT)
        choose_for_school(
            **deciding, school=school, code="STF3", is_asked=False, from_date=date(2026, 1, 1), reason="A new system"
        )
    opened(client, trust, school, autumn)
    opened(client, trust, school, spring)

    with in_scope(trust):
        assert (
            lines_of(school, autumn)
            == lines_of(late, autumn)
            == before
            == {indicator.code for indicator in return_lines(school.phase)}
        )
        assert before - lines_of(school, spring) == {"HS2", "STF3"}


def test_headteacher_sees_which_lines_are_not_asked_for_and_why(client, head, trust, school, in_scope, deciding):
    with in_scope(trust):
        term = TermFactory(trust=trust)
        for code, until in (("HS2", None), ("STF3", date(2025, 8, 31))):
            choose_for_school(
                **deciding, school=school, code=code, is_asked=False, from_date=date(2025, 1, 1), until_date=until,
                reason=f"No workshop for {code}",
            )  # fmt: skip
    opened(client, trust, school, term)

    text = client.get(reverse("returns:return_detail", args=[trust.pk, school.pk, term.pk])).text

    assert f"{catalogue_by_code()['HS2'].title}: No workshop for HS2" in text
    assert "No workshop for STF3" not in text
    with in_scope(trust):
        assert [line.code for line, _ in lines_not_asked_of(school, on=term.starts_date)] == ["HS2"]


def test_another_school_is_still_asked(in_scope, trust, school, deciding):
    other = SchoolFactory(trust=trust)
    with in_scope(trust):
        choose_for_school(**deciding, school=school, code="HS2", is_asked=False, from_date=ON, reason="No workshop")

        assert "HS2" not in {indicator.code for indicator in lines_asked_of(school, on=ON)}
        assert "HS2" in {indicator.code for indicator in lines_asked_of(other, on=ON)}


def test_choice_needs_a_reason_and_a_date_that_is_not_past_and_is_kept(in_scope, trust, school, deciding):
    choice_made = {**deciding, "code": "HS2", "is_asked": False, "on": ON}
    with in_scope(trust):
        with pytest.raises(ReasonNeeded):
            choose_indicator(**choice_made, from_date=ON, reason=" ")
        with pytest.raises(ChoiceInThePast):
            choose_indicator(**choice_made, from_date=ON - timedelta(days=1), reason="Counted elsewhere")
        kept = choose_indicator(**choice_made, from_date=ON, reason="Counted elsewhere")
        with pytest.raises(ReasonNeeded):
            choose_for_school(**deciding, school=school, code="HS2", is_asked=False, from_date=ON, reason=" ")
        assert not SchoolChoice.objects.exists()
        assert IndicatorChoice.objects.filter(pk=kept.pk).update(is_asked=True) == 0
        with pytest.raises(DatabaseError), transaction.atomic():
            IndicatorChoice.objects.create(
                trust=trust, indicator_id="HS2", is_asked=True, from_date=ON, reason="", chosen_by=deciding["by"],
                chosen_at=AT,
            )  # fmt: skip


def test_area_without_a_line_is_listed(in_scope, trust, deciding):
    wellbeing = [
        indicator.code for indicator in catalogue_indicators() if indicator.area == "wellbeing" and indicator.in_return
    ]
    with in_scope(trust):
        for code in wellbeing:
            choose_indicator(**deciding, code=code, is_asked=False, from_date=ON, reason="Asked by survey", on=ON)

        assert areas_without_a_line(set_rows(trust, on=ON)) == ["Wellbeing"]


def test_administrator_chooses_and_the_list_shows_it(
    client, as_role, trust, school, in_scope, django_assert_num_queries
):
    as_role(Role.TRUST_ADMINISTRATOR, trust)
    today = timezone.localdate()
    page, to_school = (reverse(f"kpis:{name}", args=[trust.pk, "HS2"]) for name in ("set_indicator", "set_school"))
    for_all_schools = {
        "trust-is_asked": "no",
        "trust-from_date": today.isoformat(),
        "trust-reason": "Counted elsewhere",
    }
    for_one_school = {
        "school-school": school.pk, "school-is_asked": "no", "school-from_date": "2025-09-01",
        "school-reason": "No workshop",
    }  # fmt: skip

    assert "your choice is saved" in client.post(page, for_all_schools, follow=True).text
    assert f"at {school.name}: your choice is saved" in client.post(to_school, for_one_school, follow=True).text

    shown = client.get(page).text
    assert catalogue_by_code()["HS2"].definition in shown
    assert "Counted elsewhere" in shown
    assert "No workshop" in shown
    listed = reverse("kpis:set_list", args=[trust.pk])
    with django_assert_num_queries(10):
        text = client.get(listed, {"asked": "no"}).text
    assert "13 of " in text  # With the twelve groups of pupils, which are asked for only by choice.
    assert f"{school.name}: No workshop" in text
    file = client.get(listed, {"asked": "no", "format": "csv"}).text
    assert ",no,Counted elsewhere," in file
    assert client.get(listed, {"area": "nowhere"}).text.count("No indicators match") == 1
    with in_scope(trust):
        assert SchoolChoice.objects.get().until_date is None


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("set_indicator", {"trust-is_asked": "no", "trust-from_date": "2999-01-01"}, "Say why"),
        ("set_indicator", {"trust-is_asked": "no", "trust-from_date": "2025-01-01", "trust-reason": "x"}, "or a later"),
        ("set_indicator", {"trust-from_date": "2999-01-01", "trust-reason": "x"}, "Choose whether"),
        (
            "set_indicator",
            {"trust-is_asked": "no", "trust-from_date": "soon", "trust-reason": "x"},
            "Enter the first day, like",
        ),
        ("set_school", {"school-is_asked": "no", "school-from_date": "2999-01-01", "school-reason": "x"}, "the school"),
        (
            "set_school",
            {"school-is_asked": "no", "school-from_date": "2026-01-02", "school-until_date": "2026-01-01"},
            "the same as or after the first day",
        ),
    ],
)
def test_invalid_choice_changes_nothing(client, as_role, trust, school, in_scope, name, typed, words):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.post(reverse(f"kpis:{name}", args=[trust.pk, "HS2"]), typed)

    assert response.status_code == 422
    assert words in response.text
    with in_scope(trust):
        assert not IndicatorChoice.objects.exists()
        assert not SchoolChoice.objects.exists()


def test_indicator_outside_returns_is_not_offered(client, as_role, trust):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    published = next(indicator.code for indicator in catalogue_indicators() if not indicator.in_return)

    assert client.get(reverse("kpis:set_indicator", args=[trust.pk, published])).status_code == 404
    assert client.get(reverse("kpis:set_indicator", args=[trust.pk, "nothing"])).status_code == 404


def test_indicator_page_says_whether_it_is_asked_without_a_choice(client, as_role, trust):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    of_all, of_group = (
        client.get(reverse("kpis:set_indicator", args=[trust.pk, code])).text for code in ("AB1", "AB13")
    )

    assert "Asked for by default" in of_all
    assert "Returns ask about a group of pupils only if the trust chooses it" in of_group
    assert "Asked for by default" not in of_group


@pytest.fixture
def contributor(trust, school, in_scope):
    with in_scope(trust):
        return MembershipFactory(trust=trust, role=Role.SCHOOL_CONTRIBUTOR, school_id=school.pk).user


def given(user):
    return [
        (assignment.area, assignment.indicator_id)
        for assignment in LineAssignment.objects.filter(user=user).order_by("area", "pk")
    ]


def test_contributor_without_lines_gets_the_default_areas_when_a_return_is_opened(
    client, head, trust, school, in_scope, contributor, deciding
):
    with in_scope(trust):
        other = MembershipFactory(trust=trust, role=Role.SCHOOL_CONTRIBUTOR, school_id=school.pk).user
        assign_lines(trust_id=trust.pk, school=school, user=other, areas=[], codes=["HS2"], by=deciding["by"], at=AT)
        set_default_areas(trust_id=trust.pk, areas=["finance", "staffing"], by=deciding["by"], at=AT)
        term = TermFactory(trust=trust)

    opened(client, trust, school, term)
    opened(client, trust, school, term)

    with in_scope(trust):
        assert given(contributor) == [("finance", None), ("staffing", None)]
        assert given(other) == [("", "HS2")]
        assert {assignment.assigned_by for assignment in LineAssignment.objects.all()} == {deciding["by"]}


def test_nothing_is_assigned_without_default_areas(client, head, trust, school, in_scope, contributor):
    with in_scope(trust):
        term = TermFactory(trust=trust)
    opened(client, trust, school, term)

    with in_scope(trust):
        assert given(contributor) == []


def test_administrator_sets_and_removes_default_areas(client, as_role, trust, in_scope):
    as_role(Role.TRUST_ADMINISTRATOR, trust)
    page = reverse("returns:default_areas", args=[trust.pk])
    assert "None yet" in client.get(page).text

    client.post(page, {"areas": ["finance", "staffing"]})
    with in_scope(trust):
        first = ContributorArea.objects.get(area="finance")
    assert client.post(page, {"areas": ["nowhere"]}).status_code == 422
    client.post(page, {"areas": ["finance"]})

    assert "Finance: set by Invented Person" in client.get(page).text
    with in_scope(trust):
        assert ContributorArea.objects.get() == first
