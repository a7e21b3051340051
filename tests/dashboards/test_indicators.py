"""Test the pages of one indicator, at a school and across the trust, and the headline comparison."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kpis.actions.scoring import rescore_school
from kpis.models import Headline, TrustFigure
from kpis.queries.known_figures import known_figures
from tests.factories import NOON, ObservationFactory, SchoolFactory, TargetFactory
from tests.lists import file_of
from trusts.models import Role


def test_indicator_page_has_a_chart_of_terms_and_a_chart_of_years(client, as_role, in_scope, trust, school):
    with in_scope(trust):
        for year, season, value in [(2025, 1, 7), (2025, 2, 8), (2026, 1, 9), (2025, 0, 8)]:
            ObservationFactory(school=school, school_year=year, season=season, value=value, denominator=900)
        TargetFactory(school=school, school_year=2026, value=Decimal("7.5"))
    as_role(Role.BOARD_MEMBER, trust)

    response = client.get(reverse("dashboards:indicator_detail", args=[trust.pk, school.pk, "AB1"]))

    titles = [chart.title for chart in response.context["page"].charts]
    assert titles == ["Overall absence by term", "Overall absence by school year"]
    assert "autumn 2025" in response.context["page"].charts[0].sentence
    assert "set by the Board, 14 October 2025" in response.text
    assert [row.period.label for row in response.context["page"].rows] == [
        "autumn 2025", "2024–25", "spring 2025", "autumn 2024"
    ]  # fmt: skip
    assert "Sessions missed" in response.text


def test_figures_can_be_sorted_filtered_and_downloaded(
    client, as_role, in_scope, trust, school, django_assert_num_queries
):
    with in_scope(trust):
        for year, season, value in [(2025, 1, 7), (2025, 2, 6), (2026, 1, None), (2025, 0, 8)]:
            status = "value" if value else "not_collected"
            ObservationFactory(
                school=school, school_year=year, season=season, value=value, status=status, denominator=value and 900
            )
        TargetFactory(school=school, school_year=2025, value=Decimal("7.5"))
    as_role(Role.BOARD_MEMBER, trust)
    url = reverse("dashboards:indicator_detail", args=[trust.pk, school.pk, "AB1"])

    def periods(**query):
        shown = [row.period.label for row in client.get(url, query).context["rows"]]
        assert [row["Period"] for row in file_of(client.get(url, query | {"format": "csv"}))] == shown
        return shown

    assert periods() == ["autumn 2025", "2024–25", "spring 2025", "autumn 2024"]
    assert periods(sort="period")[0] == "autumn 2024"
    assert periods(sort="figure") == [
        "spring 2025",
        "autumn 2024",
        "2024–25",
        "autumn 2025",
    ]  # A missing figure comes last.
    assert periods(kind="year") == ["2024–25"]
    assert periods(kind="term", sort="-period") == ["autumn 2025", "spring 2025", "autumn 2024"]
    # The permission check's nine with the release, the trust's own indicators, the rules for small numbers, and the
    # page's, as without filters.
    with django_assert_num_queries(19):
        text = client.get(url, {"kind": "term", "sort": "figure"}).text
    assert 'href="?kind=term&amp;sort=-figure#figures-heading"' in text
    assert "?format=csv&amp;kind=term&amp;sort=figure" in text
    first, last = file_of(client.get(url, {"kind": "term", "sort": "figure", "format": "csv"}))[::2]
    assert first == {
        "School": school.name, "URN": str(school.pk), "Indicator": "Overall absence", "Code": "AB1",
        "Period": "spring 2025", "Unit": "%", "Figure": "6", "Status": "Value", "Out of": first["Out of"],
        "Target": "7.5", "Target in words": "7.5%", "Target set by": "set by the Board, 14 October 2025",
        "Source": first["Source"], "Comment": "", "Note": "",
    }  # fmt: skip
    assert (last["Figure"], last["Status"], last["Out of"]) == ("", "Not collected", "")


def test_indicator_page_hides_small_figures_outside_the_school(client, as_role, in_scope, trust, school, score):
    url = reverse("dashboards:indicator_detail", args=[trust.pk, school.pk, "AB3"])
    with in_scope(trust):
        for year, few, value in [(2025, 4, "0.43"), (2026, 8, "0.86")]:
            ObservationFactory(
                school=school, indicator__code="AB3", school_year=year, season=1, value=Decimal(value),
                numerator=few, denominator=930, comment=f"{few} pupils",
            )  # fmt: skip
        score(
            school, "AB3", value=Decimal("0.86"), movement_text="0.4 percentage points worse than autumn 2024",
            small_counts={"now": {"people": 8}, "then": {"people": 4}},
        )  # fmt: skip
    as_role(Role.BOARD_MEMBER, trust)

    outside = client.get(url)
    file = client.get(url, {"format": "csv"}).text
    as_role(Role.HEADTEACHER, trust, school)
    inside = client.get(url)

    assert "0.4" not in file
    assert "Hidden: small number" in file
    assert [row.value for row in outside.context["page"].rows] == ["0.9%", ""]
    assert "0.4" not in outside.text
    assert "4 pupils" not in outside.text
    assert "Not shown: one of the two figures is hidden from you" in outside.text
    assert "0.4 percentage points worse" in inside.text
    assert [row.value for row in inside.context["page"].rows] == ["0.9%", "0.4%"]


def test_one_answer_for_a_figure_on_the_whole_page(client, as_role, in_scope, trust, score):
    """5 of 12 disadvantaged pupils: the line above the chart and the list below it say the same."""
    school = SchoolFactory(trust=trust, phase="primary")
    with in_scope(trust):
        ObservationFactory(
            school=school, indicator__code="DIS9", pupil_group="disadvantaged", value=Decimal("41.67"), numerator=5,
            denominator=12,
        )  # fmt: skip
        figures = known_figures([school.pk])[school.pk]
        rescore_school(trust_id=trust.pk, school=school, figures=figures, on=timezone.localdate())
    url = reverse("dashboards:indicator_detail", args=[trust.pk, school.pk, "DIS9"])

    for role, shown in ((Role.BOARD_MEMBER, False), (Role.EXECUTIVE_DIRECTOR, True)):
        as_role(role, trust)
        page = client.get(url)
        assert ("42%" in page.text, "of 12 " in page.text, "5 of 12" in page.text) == (shown, shown, False)
        assert bool(page.context["page"].line.value) is bool(page.context["page"].rows[0].value) is shown


def test_indicator_page_says_that_it_has_no_figures(client, as_role, trust, school):
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(reverse("dashboards:indicator_detail", args=[trust.pk, school.pk, "AB1"])).text

    assert "No figure yet" in text


@pytest.mark.parametrize("code", ["NONE", "OUT6"])
def test_indicator_that_does_not_apply_is_not_found(client, as_role, trust, school, code):
    as_role(Role.BOARD_MEMBER, trust)

    url = reverse("dashboards:indicator_detail", args=[trust.pk, school.pk, code])

    assert client.get(url).status_code == 404  # OUT6 is about key stage 2, and this is a secondary school.


def test_indicator_across_shows_the_trusts_figure_with_its_method(
    client, as_role, in_scope, trust, furnish, django_assert_num_queries
):
    url = reverse("dashboards:indicator_across", args=[trust.pk, "AB1"])
    as_role(Role.BOARD_MEMBER, trust)
    for count in (1, 4):
        schools = furnish(count)
        with in_scope(trust):
            for school in schools:
                ObservationFactory(school=school, indicator_id="AB1", value=9, numerator=93, denominator=1000)
        # The permission check's seven with the release; the trust's own indicators, schools, the rules for small
        # numbers, lines, their observations, similar schools, and three for the figures that the trust's is made of.
        with django_assert_num_queries(16):
            response = client.get(url)

    assert "9.3% in all 5 schools, calculated from numerators and denominators: 465 of 5,000" in response.text
    assert all(school.name in response.text for school in schools)


def test_indicator_across_can_be_sorted_and_downloaded(client, as_role, in_scope, trust, score):
    ash, birch = (SchoolFactory(trust=trust, name=f"Invented {name} School") for name in ("Ash", "Birch"))
    with in_scope(trust):
        score(ash, distance=-1.0, rating="on_target")
        score(birch, distance=-4.0)
        score(birch, "AB3")
    as_role(Role.BOARD_MEMBER, trust)
    url = reverse("dashboards:indicator_across", args=[trust.pk, "AB1"])

    def schools(**query):
        return [row.school for row in client.get(url, query).context["rows"]]

    assert schools() == [ash, birch]
    assert schools(sort="distance") == [birch, ash]
    file = client.get(url, {"sort": "distance", "format": "csv"}).text.splitlines()
    assert [row.split(",")[0] for row in file[1:]] == [birch.name, ash.name]
    assert schools(phase="primary") == []
    assert schools(phase="secondary", sort="-school") == [birch, ash]
    assert schools(rating="on_target") == [ash]
    text = client.get(url, {"rating": "on_target", "sort": "school"}).text
    assert 'href="?rating=on_target&amp;sort=-school"' in text
    assert "?format=csv&amp;phase=&amp;rating=on_target&amp;sort=school" in text
    assert len(client.get(url, {"rating": "on_target", "format": "csv"}).text.splitlines()) == 2
    nothing = client.get(url, {"phase": "primary"}).text
    assert "No schools match" in nothing
    assert 'id="phase"' not in nothing  # All schools have the same phase.


@pytest.mark.parametrize(("sort", "size"), [("distance", "distance"), ("movement", "movement_size")])
def test_order_of_a_list_reveals_no_hidden_figure(client, as_role, in_scope, trust, score, sort, size):
    small, large = (SchoolFactory(trust=trust, name=f"Invented {name} School") for name in ("Ash", "Birch"))
    with in_scope(trust):
        score(small, "AB7", cohort=Decimal(4), **{size: -9.0})
        score(large, "AB7", **{size: -0.1})
    as_role(Role.BOARD_MEMBER, trust)
    url = reverse("dashboards:indicator_across", args=[trust.pk, "AB7"])

    assert [row.school for row in client.get(url, {"sort": sort}).context["rows"]] == [large, small]


def test_trust_figure_is_made_of_what_the_reader_may_see(client, as_role, in_scope, trust, score):
    small, large, other = SchoolFactory.create_batch(3, trust=trust)
    with in_scope(trust):
        for school, numerator in ((small, 4), (large, 40), (other, 30)):
            ObservationFactory(
                school=school, indicator__code="WB3", value=Decimal(numerator), numerator=numerator, denominator=100
            )
            score(school, "WB3", small_counts={"now": {"people": numerator}})
    url = reverse("dashboards:indicator_across", args=[trust.pk, "WB3"])

    as_role(Role.BOARD_MEMBER, trust)
    board = client.get(url).text
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    centre = client.get(url).text

    assert "35% in 2 of 3 schools" in board
    assert f"Without {small.name} (hidden: small number)" in board
    assert "25% in all 3 schools" in centre
    assert "Small number: do not pass on" in centre


def test_headteacher_can_compare_headlines_only(client, as_role, trust, furnish):
    school, other = furnish(2)
    as_role(Role.HEADTEACHER, trust, school)

    headline = client.get(reverse("dashboards:indicator_across", args=[trust.pk, "AB1"]))
    line = client.get(reverse("dashboards:indicator_across", args=[trust.pk, "AB3"]))

    assert other.name in headline.text
    assert "set by the Board" not in headline.text  # Headteachers do not see targets and reasons of other schools.
    assert line.status_code == 404


def test_headteacher_can_sort_filter_and_download_one_headline(
    client, as_role, trust, compared, django_assert_num_queries
):
    ash, birch, cedar, elm = compared
    as_role(Role.HEADTEACHER, trust, ash)
    url = reverse("dashboards:indicator_across", args=[trust.pk, "AB1"])

    def schools(**query):
        shown = [school for school, _ in client.get(url, query).context["cells"]]
        assert [row["School"] for row in file_of(client.get(url, query | {"format": "csv"}))] == [
            school.name for school in shown
        ]
        return shown

    assert schools() == [ash, birch, cedar, elm]
    assert schools(sort="figure") == [birch, elm, ash, cedar]
    assert schools(sort="-school", phase="secondary") == [cedar, birch, ash]
    # The permission check's seven with the release; the trust's own indicators, schools, headlines, trust figures,
    # and the name of the person's school.
    with django_assert_num_queries(12):
        text = client.get(url, {"sort": "figure", "phase": "primary"}).text
    assert 'href="?phase=primary&amp;sort=-figure"' in text
    assert "?format=csv&amp;phase=primary&amp;sort=figure" in text
    assert 'id="rating"' not in text


def test_headlines_start_with_the_phase_of_the_persons_school(
    client, as_role, trust, furnish, django_assert_num_queries
):
    first, *_ = furnish(1)
    SchoolFactory(trust=trust, phase="primary", name="Invented Abbey Primary")
    url = reverse("dashboards:headlines", args=[trust.pk])
    as_role(Role.HEADTEACHER, trust, first)
    for count in (0, 3):
        furnish(count) if count else None
        # The permission check's seven with the release; schools, the trust's own indicators, headlines, trust figures,
        # and the name of the person's school.
        with django_assert_num_queries(12):
            response = client.get(url)

    assert response.context["page"].phase == "secondary"
    assert len(response.context["page"].schools) == 4
    assert "of 900 sessions possible, autumn 2025" in " ".join(response.text.split())
    assert "Your school" in response.text


@pytest.fixture
def compared(trust, in_scope):
    """Two secondary schools with headlines, one without, and a primary school, in order of name."""
    names = {"Invented Ash School": (9, 61), "Invented Birch School": (4, 55), "Invented Cedar School": ()}
    schools = [SchoolFactory(trust=trust, name=name) for name in names]
    primary = SchoolFactory(trust=trust, phase="primary", name="Invented Elm Primary")
    made = [(school, code, value) for school, figures in zip(schools, names.values(), strict=True)
            for code, value in zip(("AB1", "OUT10"), figures, strict=False)]  # fmt: skip
    with in_scope(trust):
        for school, code, value in [*made, (primary, "AB1", 5)]:
            Headline.objects.create(
                trust=trust, school=school, indicator_id=code, school_year=2026, season=1, value=value, status="value",
                cohort=900,
            )  # fmt: skip
        TrustFigure.objects.create(
            trust=trust, indicator_id="AB1", school_year=2026, season=1, value=Decimal("6.5"), method="6.5%",
            schools_counted=3, schools_expected=4,
        )  # fmt: skip
    return [*schools, primary]


def test_headlines_can_be_sorted_by_a_figure_and_downloaded(
    client, as_role, in_scope, trust, compared, django_assert_num_queries
):
    ash, birch, cedar, elm = compared
    as_role(Role.HEADTEACHER, trust, ash)
    url = reverse("dashboards:headlines", args=[trust.pk])

    def schools(**query):
        return client.get(url, query).context["page"].schools

    assert schools() == schools(sort="OUT99") == [ash, birch, cedar]
    assert schools(sort="-school") == [cedar, birch, ash]
    assert schools(sort="AB1") == [birch, ash, cedar]  # Lower is better. A missing figure comes last.
    assert schools(sort="OUT10") == [ash, birch, cedar]
    assert schools(phase="primary", sort="AB1") == [elm]
    assert schools(phase="nursery") == [ash, birch, cedar]

    with django_assert_num_queries(12):  # As without filters.
        response = client.get(url, {"sort": "AB1", "area": "attendance"})
    text = response.text
    assert "Schools in order of Overall absence, lowest figure first." in text
    assert 'value="AB1" selected' in text
    assert 'value="attendance" selected' in text
    assert list(response.context["page"].areas) == ["attendance"]
    cells = [cell.figure for _, cell in response.context["page"].rows[0].pairs]
    assert cells == [4, 9, None]
    assert "No headline figures in this area" in client.get(url, {"area": "finance"}).text

    assert f"?{response.context['file_query']}".replace("&", "&amp;") in text
    with django_assert_num_queries(11):  # A file has no header with the person's school.
        file = client.get(f"{url}?{response.context['file_query']}")
    assert file["Content-Disposition"] == f'attachment; filename="headlines-{trust.pk}.csv"'
    rows = file_of(file)
    assert [row["School"] for row in rows] == [birch.name, ash.name, cedar.name]
    assert rows[0] == {
        "School": birch.name, "URN": str(birch.pk), "Phase of education": "Secondary",
        "Area": "Attendance and behaviour", "Indicator": "Overall absence", "Code": "AB1", "Period": "autumn 2025",
        "Unit": "%", "Figure": "4", "Status": "Value", "Out of": "900", "Trust figure": "6.5",
        "Period of trust figure": "autumn 2025", "Schools in trust figure": "3 of 4 schools",
    }  # fmt: skip
    assert (rows[2]["Figure"], rows[2]["Status"], rows[2]["Out of"]) == ("", "To follow", "")


def test_headlines_file_hides_small_numbers_too(client, as_role, in_scope, trust, compared):
    with in_scope(trust):
        Headline.objects.filter(school=compared[0]).update(value=None, cohort=None, status="hidden")
    as_role(Role.GOVERNANCE_PROFESSIONAL, trust)

    for name, args in (("headlines", []), ("indicator_across", ["AB1"])):
        url = reverse(f"dashboards:{name}", args=[trust.pk, *args])
        rows = [row for row in file_of(client.get(url, {"format": "csv"})) if row["Code"] == "AB1"]
        assert (rows[0]["Figure"], rows[0]["Status"], rows[0]["Out of"]) == ("", "Hidden: small number", "")
        assert {row["Schools in trust figure"] for row in rows} == {"3 of 4 schools; 1 not shown"}


def test_headlines_of_a_new_trust_say_that_there_is_nothing_to_compare(client, as_role, trust):
    as_role(Role.GOVERNANCE_PROFESSIONAL, trust)

    assert "Nothing to compare yet" in client.get(reverse("dashboards:headlines", args=[trust.pk])).text


def test_published_figure_shows_pupils_on_roll_as_its_cohort(client, as_role, in_scope, trust, school, score):
    with in_scope(trust):
        score(school, season=0, source="Published, final")
        score(school, "AB2", season=1)
        ObservationFactory(school=school, indicator__code="AB2", season=1, value=9, denominator=900, accepted_at=NOON)
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(reverse("dashboards:school_detail", args=[trust.pk, school.pk])).text

    assert "of 900 pupils" in text
    assert "of 900 sessions possible" not in text
    assert "of 900 pupils on roll in the period" in text
