from datetime import timedelta

import pytest
from django.utils import timezone

from kpis.catalogue import catalogue_by_code
from kpis.models import Observation, Recomputation, SmallNumberPolicy
from kpis.queries.score_lines import score_rows
from kpis.queries.small_numbers import AUDIENCES, as_stored
from kpis.rules.privacy import STANDARD_RULES, reader_for
from meetings import actions
from meetings.queries import draft_report, note_versions, panel_rows
from tests.factories import NOON, PanelFactory, SchoolFactory, UserFactory, given_away
from tests.meetings.conftest import LATER
from trajectories.models import PhaseDecision, Placement
from trusts.models import Role
from trusts.permissions import GRANTS, Permission

# Schools; the trust's own indicators; score lines; their observations; phases, placements, decisions on both,
# capacities; notes; schools still being processed.
QUERIES = 12


@pytest.fixture
def draft(trust, panel):
    return lambda: draft_report(trust=trust, panel=panel, as_at=LATER)


def test_draft_puts_accepted_figures_into_words(trust, school, in_scope, accepted, draft):
    with in_scope(trust):
        accepted(school, "AB1")
        report = draft()

    [page] = report.schools
    [area] = page.areas
    [line] = area.lines
    assert (report.trust, report.period) == ("Invented Harbour Trust", "2025–26, half-term 2")
    assert (page.name, page.phase_of_education, area.label) == (school.name, "Secondary", "Attendance and behaviour")
    assert (line.title, line.period, line.value) == ("Overall absence", "Autumn 2025", "8.0%")
    assert line.cohort == "of 1,203 sessions possible"
    assert (line.target, line.national, line.national_text) == ("6.0%", "7.4%", "England, secondary, 2023–24")
    assert line.target_text == "Set by the Board, 14 October 2025."
    assert line.reason == "8.0% against a target of 6.0% or less; 6.5% or less is close."
    assert line.movement_text == "0.8 percentage points worse than autumn 2024."
    assert page.provenance == (
        "Return for autumn 2025: accepted by Invented Director on 3 November 2025.",
        "National figures: England, secondary, 2023–24.",
    )


def test_line_off_target_has_the_schools_explanation(trust, school, in_scope, accepted, draft):
    with in_scope(trust):
        accepted(school, "AB1")
        Observation.objects.update(
            version=2, reason="Explained", why="Term-time holidays", what_next="Ring the families"
        )
        [page] = draft().schools
        accepted(school, "AB2", rating="on_target")
        Observation.objects.filter(indicator_id="AB2").update(version=2, reason="Explained", why="Nothing")
        on_target = draft().schools[0].lines[1]

    assert page.lines[0].said == (("Why", "Term-time holidays"), ("What happens next", "Ring the families"))
    assert on_target.said == ()


def test_draft_keeps_the_boards_order_of_areas_and_indicators(trust, school, in_scope, accepted, draft):
    with in_scope(trust):
        for code in ("WB1", "AB2", "SG1", "AB1", "FIN1"):
            accepted(school, code)
        [page] = draft().schools

    assert [line.code for line in page.lines] == ["SG1", "AB1", "AB2", "FIN1", "WB1"]


@pytest.mark.parametrize(
    ("status", "words"), [("suppressed", "Suppressed"), ("to_follow", "To follow"), ("not_published", "Not published")]
)
def test_missing_figure_shows_its_status_and_not_zero(trust, school, in_scope, accepted, draft, status, words):
    with in_scope(trust):
        accepted(school, status=status, value=None, rating="no_value", reason="No value", movement_text="")
        [page] = draft().schools

    assert (page.lines[0].value, page.lines[0].cohort) == (words, "")
    assert not page.has_figures


def test_draft_puts_the_newest_results_into_words(trust, school, in_scope, derived, draft):
    with in_scope(trust):
        derived(school, letter="C", status="taker")
        derived(school, at=NOON + timedelta(days=1), letter="F", status="potential giver")
        [page] = draft().schools

    assert (page.trajectory.code, page.trajectory.label) == ("F", "Steady improver")
    assert page.trajectory.details[0] == "Rule T7, medium confidence, results to 2023–24."
    assert page.trajectory.details[1] == "Nearly B: it would need a slope of 8."
    assert page.trajectory.details[2].endswith("?")
    assert (page.phase.code, page.phase.label) == ("repair", "Repair")
    assert page.phase.details == ("Held back by staffing and attendance.",)
    assert (page.capacity.code, page.capacity.label) == ("potential_giver", "Potential giver")
    assert page.capacity.details[-1] == "Since 4 November 2025."


@pytest.mark.parametrize(
    ("letter", "status", "labels"),
    [("", "not placed", ("Not placed", "Not placed")), ("none", "not placed", ("Steady, below average", "Not placed"))],
)
def test_school_that_is_not_placed_says_so(trust, school, in_scope, derived, draft, letter, status, labels):
    with in_scope(trust):
        derived(school, letter=letter, status=status)
        [page] = draft().schools

    assert (page.trajectory.label, page.capacity.label) == labels
    assert (page.trajectory.code, page.capacity.code) == (letter, "")


def test_school_without_any_data_has_a_page_that_says_it(trust, school, in_scope, draft):
    with in_scope(trust):
        [page] = draft().schools

    assert page.areas == ()
    assert page.trajectory.reason == "Nothing has been calculated for this school yet."
    assert not page.has_figures


def test_chart_is_drawn_from_the_inputs_of_the_engine(trust, school, in_scope, derived, draft):
    with in_scope(trust):
        derived(school)
        [page] = draft().schools

    assert page.chart.sentence.startswith(f"{school.name} was at the ")
    assert "No figure for 2017–18" in page.chart.sentence
    assert [row[0] for row in page.chart.rows] == ["2016–17", "2017–18", "2018–19"]
    assert [row[2] for row in page.chart.rows] == ["−0.6", "Not collected", "0.2"]
    assert page.chart.columns[5].startswith("Floor")
    assert page.chart.svg.startswith("<svg")


def test_school_without_comparable_results_has_no_chart(trust, school, in_scope, derived, draft):
    with in_scope(trust):
        derived(school)
        Placement.objects.update(inputs={"placement": None, "standings": []})
        [page] = draft().schools

    assert page.chart is None


def test_small_groups_and_texts_that_quote_them_are_hidden(trust, school, in_scope, accepted, draft):
    other = SchoolFactory(trust=trust, name="Invented Other")
    with in_scope(trust):
        accepted(school, "SG5", value=3, cohort=None, reason="3 is 1 above the target of 2", movement_text="1 worse")
        accepted(other, "SG5", value=7, cohort=None)
        pages = {page.name: page for page in draft().schools}

    [hidden], [shown] = pages[school.name].lines, pages["Invented Other"].lines
    assert (hidden.value, hidden.rating) == ("Hidden: small number", "hidden")
    assert hidden.movement_text == "Not shown: one of the two figures is hidden from you."
    assert hidden.reason.startswith("Hidden: ")
    assert (hidden.cohort, hidden.said) == ("", ())
    assert pages[school.name].exceptions == ()
    assert pages[school.name].provenance == ("National figures: England, secondary, 2023–24.",)
    assert shown.value == "7"


def test_duties_are_shown_to_the_panel_and_marked(trust, school, in_scope, accepted, draft):
    with in_scope(trust):
        accepted(school, "SG8", value=3, cohort=None, reason="3 is 1 above the target of 2")
        [page] = draft().schools

    assert (page.lines[0].value, page.lines[0].mark) == ("3", "Small number: do not pass on")
    assert page.exceptions == page.lines


def test_report_hides_what_the_strictest_of_its_readers_may_not_see(trust, school, in_scope, accepted, draft):
    fewest = as_stored(STANDARD_RULES)
    fewest["events"] |= {"board": 6}  # Less than those who attend the Panel see.
    with in_scope(trust):
        SmallNumberPolicy.objects.create(
            trust=trust, fewest=fewest, decided_on=timezone.localdate(), reason="Advice", entered_by=UserFactory(),
            entered_at=timezone.now(),
        )  # fmt: skip
        accepted(school, "SG8", value=3, cohort=None)
        [page] = draft().schools

    assert page.lines[0].value == "Hidden: small number"


@pytest.mark.parametrize("role", [role for role in Role if Permission.VIEW_PANELS in GRANTS[role]])
def test_whoever_reads_the_report_sees_its_figures_on_other_pages(role, trust, school, in_scope, accepted, draft):
    with in_scope(trust):
        accepted(school, "SG8", value=3, cohort=None)
        [page] = draft().schools
        reader = reader_for(AUDIENCES[role], STANDARD_RULES)
        [row] = score_rows([school], catalogue_by_code(), reader)

    assert page.lines[0].value == row.value == "3"


def test_movement_that_reveals_last_years_small_figure_is_hidden(trust, school, in_scope, accepted, draft):
    with in_scope(trust):
        counts = given_away("SG5", value=9, then={"value": 3})
        accepted(school, "SG5", value=9, cohort=None, movement_text="6 worse than autumn 2024", small_counts=counts)
        [page] = draft().schools

    assert page.lines[0].value == "9"
    assert page.lines[0].movement_text == "Not shown: one of the two figures is hidden from you."
    assert page.lines[0].movement == "not_comparable"


def test_draft_names_figures_that_are_still_being_processed(trust, school, in_scope, accepted, draft):
    with in_scope(trust):
        accepted(school)
        Recomputation.objects.create(trust=trust, school=school, wanted=2, wanted_at=LATER, done=1)
        [page] = draft().schools

    assert page.pending == (
        "Figures accepted on 18 November 2025, 09:30 are still being processed. This page does not include them yet."
    )


def test_draft_has_the_schools_of_this_trust_only(trust, other_trust, school, in_scope, accepted, draft):
    theirs = SchoolFactory(trust=other_trust)
    with in_scope(other_trust):
        accepted(theirs)
    with in_scope(trust):
        accepted(school)
        report = draft()

    assert [page.urn for page in report.schools] == [school.urn]


def test_decided_phase_is_reported_with_the_proposal_and_the_reason(trust, school, director, in_scope, derived, draft):
    with in_scope(trust):
        derived(school)
        PhaseDecision.objects.create(
            trust=trust, school=school, phase="improve", proposed="repair", reason="Two teams are ahead",
            decided_by=director, decided_at=NOON,
        )  # fmt: skip
        (page,) = draft().schools

    assert (page.phase.code, page.phase.label, page.phase.reason) == ("improve", "Improve", "Outcomes lag.")
    assert page.phase.details == (
        "Decided by a person: the rule proposed Repair. Two teams are ahead. By Invented Director on 3 November 2025.",
        "Held back by staffing and attendance.",
    )


@pytest.mark.parametrize("schools", [1, 5])
def test_draft_needs_no_more_queries_for_more_schools(
    trust, panel, director, in_scope, accepted, derived, draft, django_assert_num_queries, schools
):
    with in_scope(trust):
        for place in range(schools):
            school = SchoolFactory(trust=trust, name=f"Invented School {place}")
            for code in ("AB1", "AB2", "FIN1"):
                accepted(school, code)
            derived(school)
            actions.save_note(panel=panel, school=school, text="Seen.", version=0, by=director, at=NOON)
        with django_assert_num_queries(QUERIES):
            report = draft()

    assert len(report.schools) == schools
    assert all(page.note and len(page.lines) == 3 for page in report.schools)


def test_panels_are_read_newest_first_in_one_query(trust, panel, in_scope, django_assert_num_queries):
    with in_scope(trust):
        PanelFactory(trust=trust, title="Earlier", half_term=1, held_date=panel.held_date - timedelta(days=40))
        with django_assert_num_queries(1):
            rows = panel_rows()

    assert [row.panel.title for row in rows] == [panel.title, "Earlier"]
    assert [row.published_at for row in rows] == [None, None]


def test_note_versions_are_by_school(trust, panel, school, director, in_scope):
    with in_scope(trust):
        actions.save_note(panel=panel, school=school, text="Seen.", version=0, by=director, at=NOON)
        versions = note_versions(panel)

    assert (versions[school.urn].text, versions[school.urn].version) == ("Seen.", 1)
