"""Test early warnings on their list, the home pages and a school's page."""

import csv
import io
import re

import pytest
from django.urls import reverse

from dashboards.queries.warnings import OutlookFilter, filtered_outlooks, first_warnings, outlook_rows
from schools.models import School
from tests.factories import NOON, SchoolFactory
from trajectories.models import Outlook
from trajectories.rules.warning_record import kept_record
from trusts.models import Role

LINES = [
    {"code": "floor", "name": "Floor", "percentile": 13.9},
    {"code": "coasting", "name": "Coasting", "percentile": 29.3},
    {"code": "average", "name": "National average", "percentile": 49.0},
    {"code": "top", "name": "Top 15%", "percentile": 85.0},
]
DRIVER = {"name": "Attainment 8 of 2025–26", "effect": -9.4, "sentence": "It was at the 38th national percentile."}
EFFECT = {"name": "Overall absence this year", "effect": -1.6, "sentence": "Overall absence in autumn 2026 was 9.3%."}


@pytest.fixture
def foresee():
    """Store a school's outlook; keywords set its fields."""

    def make(school, measure="ATT8SCR", inputs=None, **fields):
        row = {
            "school_year": 2027, "expected": 43.21, "low80": 39.12, "high80": 47.4, "percentile": 31.0,
            "percentile_low80": 17.0, "percentile_high80": 48.0, "p_below_floor": 0.06, "p_below_coasting": 0.45,
            "p_below_average": 0.91, "p_bottom_fifth": 0.2, "p_decline": 0.3, "data_cutoff": 2026, "reason": "",
        }  # fmt: skip
        held = {
            "standing": {"year": 2026, "value": 45.0, "percentile": 38.0}, "lines": LINES, "letter": "none",
            "lines_then": {"floor": 13.9, "coasting": 29.3, "average": 49.0}, "forecast": {"expected": 43.9},
            "drivers": [DRIVER], "effects": [EFFECT],
        }  # fmt: skip
        return Outlook.objects.create(
            trust_id=school.trust_id, school=school, measure=measure, computed_at=NOON, engine_version="2",
            inputs=held if inputs is None else inputs, **row | fields,
        )  # fmt: skip

    return make


NONE = dict.fromkeys(
    ("expected", "low80", "high80", "percentile", "percentile_low80", "percentile_high80", "p_below_floor",
     "p_below_coasting", "p_below_average", "p_bottom_fifth", "p_decline", "data_cutoff")
)  # fmt: skip


@pytest.fixture
def warnings_url(trust):
    return reverse("dashboards:warning_list", args=[trust.pk])


def test_list_says_that_there_are_no_forecasts_yet(client, as_role, trust, school, warnings_url):
    as_role(Role.BOARD_MEMBER, trust)

    assert "No forecasts yet" in client.get(warnings_url).text


def test_list_starts_with_the_greatest_risk_and_says_why(client, as_role, in_scope, trust, foresee, warnings_url):
    calm, worried, silent = SchoolFactory.create_batch(3, trust=trust)
    with in_scope(trust):
        foresee(calm, p_below_coasting=0.02, p_decline=0.03)
        foresee(worried)
        foresee(silent, reason="This school has no Attainment 8 result.", inputs={}, **NONE)
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(warnings_url).text

    table = text[text.index("3 forecasts") :]
    assert table.index(worried.name) < table.index(calm.name) < table.index(silent.name)
    assert "Falling below the coasting line: about 2 in 5." in table
    assert "Likely range: 39.1 to 47.4" in table
    assert "This school has no Attainment 8 result." in table
    assert "A forecast is not a judgement." in text


def test_list_can_be_filtered_and_sorted(client, as_role, in_scope, trust, foresee, warnings_url):
    worried, calm = SchoolFactory(trust=trust), SchoolFactory(trust=trust, phase=School.Phase.PRIMARY)
    with in_scope(trust):
        foresee(worried)
        foresee(worried, "P8MEA", expected=-0.2, low80=-0.5, high80=0.1, p_below_coasting=0.1, p_decline=0.01)
        foresee(calm, "PTRWM_EXP", expected=66.0, p_below_coasting=0.01, p_decline=0.01)
    as_role(Role.BOARD_MEMBER, trust)

    def schools(**query):
        found = client.get(warnings_url, query, headers={"HX-Request": "true"}).text
        assert "<html" not in found
        return found

    assert "1 forecast<" in schools(warning="warning")
    assert "−0.20" in schools(measure="P8MEA")
    assert calm.name not in schools(phase="secondary")
    assert "No forecasts match" in schools(warning="watch")
    by_school = schools(sort="-school")
    assert by_school.index(calm.name) < by_school.index(worried.name)


def test_list_file_has_numbers_and_reasons(client, as_role, in_scope, trust, foresee, warnings_url):
    worried, silent = SchoolFactory.create_batch(2, trust=trust)
    with in_scope(trust):
        foresee(worried)
        foresee(silent, reason="There is no result.", inputs={}, **NONE)
    as_role(Role.BOARD_MEMBER, trust)

    content = client.get(warnings_url, {"format": "csv"}).content.decode("utf-8-sig")

    first, second = csv.DictReader(io.StringIO(content))
    assert (first["Warning"], float(first["P below coasting"]), first["Moved by"]) == (
        "Warning", 0.45, "Attainment 8 of 2025–26 −9.4",
    )  # fmt: skip
    assert (second["Warning"], second["Expected"], second["Reason"]) == ("No forecast", "", "There is no result.")


def test_list_needs_no_more_queries_for_more_schools(
    client, as_role, in_scope, trust, foresee, warnings_url, django_assert_num_queries
):
    as_role(Role.BOARD_MEMBER, trust)
    for count in (1, 4):
        with in_scope(trust):
            for school in SchoolFactory.create_batch(count, trust=trust):
                foresee(school)
        with django_assert_num_queries(9):
            client.get(warnings_url)


def test_newest_outlook_of_each_current_measure_counts(in_scope, trust, school, foresee):
    with in_scope(trust):
        foresee(school, "ATT8SCR")
        foresee(school, "ATT8SCR", expected=50.0)
        foresee(school, "READPROG")
        foresee(school, "P8MEA", expected=0.1)

        rows = outlook_rows([school])

    assert [(row.outlook.measure, row.outlook.expected) for row in rows] == [("P8MEA", 0.1), ("ATT8SCR", 50.0)]


def test_home_page_shows_the_greatest_warning_of_each_school(in_scope, trust, foresee):
    first, second = SchoolFactory.create_batch(2, trust=trust)
    with in_scope(trust):
        foresee(first, "P8MEA", p_below_coasting=0.5)
        foresee(first, "ATT8SCR", p_below_coasting=0.4)
        foresee(second, "ATT8SCR", p_below_coasting=0.9)
        rows = outlook_rows([first, second])

    found = first_warnings(rows)
    assert [(row.school, row.outlook.measure) for row in found.rows] == [(second, "ATT8SCR"), (first, "P8MEA")]
    assert found.foreseen == 2
    assert filtered_outlooks(rows, OutlookFilter(warning="none")) == []


@pytest.mark.parametrize(("page", "role"), [("board", Role.BOARD_MEMBER), ("desk", Role.EXECUTIVE_DIRECTOR)])
def test_board_and_desk_show_the_warnings(client, as_role, in_scope, trust, furnish, foresee, warnings_url, page, role):
    (school,) = furnish(1)
    as_role(role, trust)
    url = reverse(f"dashboards:{page}", args=[trust.pk])
    assert "There are no forecasts yet" in client.get(url).text

    with in_scope(trust):
        foresee(school, p_below_coasting=0.01, p_decline=0.01)
    assert "gives no reason for a warning" in client.get(url).text

    with in_scope(trust):
        foresee(school)
    text = client.get(url).text

    assert "Attainment 8, 2026–27: 43.2 expected (likely range 39.1 to 47.4)" in text
    assert warnings_url in text


def test_school_page_says_what_to_expect_why_and_how_likely(client, as_role, in_scope, trust, school, foresee):
    with in_scope(trust):
        foresee(school)
        foresee(school, "P8MEA", reason="Progress 8 is not published for 2026–27.", inputs={}, **NONE)
    as_role(Role.LOCAL_GOVERNOR, trust, school)

    text = client.get(reverse("dashboards:school_detail", args=[trust.pk, school.pk])).text

    section = text[text.index('id="outlook"') :]
    assert "Attainment 8 of 43.2 in 2026–27, at the 31st national percentile" in section
    assert "Falling below the coasting line" in section
    assert "Staying below the national average" in section
    assert "Becoming C, D or G" in section
    assert "45%" in section
    assert "It was at the 38th national percentile." in section
    assert "The forecast from published data alone was 43.9. With this year’s figures it is 43.2." in section
    assert "Progress 8 is not published for 2026–27." in section
    assert "A forecast is not a judgement." in section


def test_school_without_a_forecast_gets_the_reason(client, as_role, in_scope, trust, school, foresee):
    with in_scope(trust):
        foresee(school, reason="There is no result.", inputs={}, **NONE)
    as_role(Role.HEADTEACHER, trust, school)

    section = client.get(reverse("dashboards:school_detail", args=[trust.pk, school.pk])).text

    assert "There is no result." in section
    assert "How likely each outcome is" not in section
    assert f"outlook-{school.pk}" not in section


def test_warning_about_a_past_year_is_only_on_the_list(in_scope, trust, school, foresee):
    with in_scope(trust):
        row = foresee(school, school_year=2022, data_cutoff=2019)
        row.inputs["is_old"] = True
        row.save()
        (old,) = outlook_rows([school])

    assert old.code == "warning"
    assert old.why.endswith("We have no results after 2018–19.")
    assert first_warnings([old]).foreseen == 0


def test_record_of_warnings_is_shown_with_them(client, as_role, in_scope, trust, school, foresee):
    with in_scope(trust):
        foresee(school)
        foresee(school, "PTRWM_EXP")
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(reverse("dashboards:school_detail", args=[trust.pk, school.pk])).text

    (interval,) = [row for row in kept_record() if (row.measure, row.thing) == ("ATT8SCR", "interval")]
    assert f"{interval.schools:,} schools in England, {round(100 * interval.happened)}% had a result within" in text


def words_of(response):
    """Return a page's words with single spaces, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


RESULT = {
    "measure": "ATT8SCR", "year": 2026, "made_on": "2025-11-20", "known_to": 2025, "expected": 44.8, "low80": 41.1,
    "high80": 48.5, "percentile": 46.0, "percentile_low80": 27.0, "percentile_high80": 66.0, "was": 40.0,
    "release": "provisional",
}  # fmt: skip


def test_school_page_shows_an_earlier_forecast_and_its_result(client, as_role, in_scope, trust, school, foresee):
    with in_scope(trust):
        foresee(school, inputs={"results": [RESULT]})
    as_role(Role.HEADTEACHER, trust, school)

    page = words_of(client.get(reverse("dashboards:school_detail", args=[trust.pk, school.pk])))

    assert "Earlier forecasts and their results" in page
    assert "Attainment 8 in 2025–26: 44.8 was expected, likely between 41.1 and 48.5." in page
    assert "The result was 40.0, below the likely range and 4.8 points lower than expected." in page
    assert "Provisional" in page
    assert "20 Nov 2025" in page
    assert "of 3,130 schools in England with results for 2018–19, 81% were within the range" in page


def test_school_page_has_no_such_part_without_a_known_result(client, as_role, in_scope, trust, school, foresee):
    with in_scope(trust):
        foresee(school)
    as_role(Role.HEADTEACHER, trust, school)

    page = words_of(client.get(reverse("dashboards:school_detail", args=[trust.pk, school.pk])))

    assert "Earlier forecasts and their results" not in page


def test_list_says_how_reliable_the_trusts_forecasts_were(client, as_role, in_scope, trust, foresee, warnings_url):
    with in_scope(trust):
        for school, was in zip(SchoolFactory.create_batch(3, trust=trust), (40.0, 45.8, 49.0), strict=True):
            foresee(school, inputs={"results": [RESULT | {"was": was}]})
    as_role(Role.BOARD_MEMBER, trust)

    page = words_of(client.get(warnings_url))

    assert "How reliable earlier forecasts were" in page
    assert "Attainment 8 3 1 1 1 2 1 0.1 points higher 3.3 points" in page


def test_another_trusts_forecasts_are_not_counted(
    client, as_role, in_scope, trust, other_trust, school, foresee, warnings_url
):
    with in_scope(other_trust):
        foresee(SchoolFactory(trust=other_trust), inputs={"results": [RESULT]})
    with in_scope(trust):
        foresee(school)
    as_role(Role.BOARD_MEMBER, trust)

    assert "How reliable earlier forecasts were" not in words_of(client.get(warnings_url))


def test_method_page_explains_warnings_and_their_record(client, db):
    text = client.get(reverse("method")).text

    assert "A warning when the chance is 20% or more. Something to watch when it is 12% or more." in text
    assert "−0.17 normal scores" in text
    assert "How often these warnings came true" in text
