"""The pages of units and of capacity. tests/guards tests who may open them."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.urls import reverse

from tests.factories import NOON, SchoolFactory, TermFactory, UserFactory
from trajectories import tasks
from trajectories.actions import recompute_school
from trajectories.actions.capacity import record_dimension
from trajectories.actions.units import add_unit, close_unit, judge_unit
from trajectories.models import DimensionRecord, Unit, UnitJudgement
from trajectories.queries.capacity import capacity_page, school_areas
from trajectories.queries.units import unit_page, unit_rows
from trusts.models import Role

SEEN = ("outcomes", "teaching", "leadership")


@pytest.fixture
def add(trust, school, in_scope):
    """Add a unit, judged in one phase if one is named, and recalculate the school."""

    def make(name="Mathematics", phase="", area="mathematics", kind="subject", on=NOON, other_school=None):
        where = other_school or school
        with in_scope(trust):
            unit = add_unit(trust_id=trust.pk, school=where, name=name, kind=kind, area=area, by=UserFactory(), at=on)
            if phase:
                judge(unit, phase, on=on)
            recompute_school(trust_id=trust.pk, school=where, at=on)
        return unit

    return make


def judge(unit, phase, on=NOON, voice="trust"):
    return judge_unit(
        unit=unit, voice=voice, levels=dict.fromkeys(SEEN, phase), reason="Seen in May", evidence="Six books",
        by=UserFactory(name="Invented Director"), at=on,
    )  # fmt: skip


@pytest.fixture
def sent(monkeypatch):
    found = []
    monkeypatch.setattr(tasks.recompute_school, "delay", lambda **ids: found.append(ids))
    return found


def address(name, trust, *args):
    return reverse(f"trajectories:{name}", args=[trust.pk, *args])


def test_the_heat_map_shows_phases_now_and_at_the_end_of_earlier_terms(client, as_role, trust, school, in_scope, add):
    with in_scope(trust):
        for season, days in ((3, 130), (1, 250)):
            end = (NOON - timedelta(days=days)).date()
            TermFactory(
                trust=trust, school_year=2025, season=season, starts_date=end - timedelta(days=60), ends_date=end,
                due_date=end - timedelta(days=5),
            )  # fmt: skip
    unit = add(phase="repair", on=NOON - timedelta(days=140))
    with in_scope(trust):
        judge(unit, "improve", on=NOON)
        recompute_school(trust_id=trust.pk, school=school, at=NOON)
    as_role(Role.LOCAL_GOVERNOR, trust, school)

    response = client.get(address("unit_list", trust, school.pk))

    (row,) = response.context["rows"]
    assert (row.phase, row.since) == ("improve", NOON.date())
    assert [(cell.phase, cell.known) for cell in row.cells] == [("repair", True), ("", False)]
    assert "1 unit: 1 in Improve." in response.text
    assert "Not recorded" in response.text
    assert address("unit_add", trust, school.pk) not in response.text


def test_units_are_filtered_sorted_and_exported(client, as_role, trust, school, add):
    add("Mathematics", "improve")
    add("Science", "stabilise", area="science")
    add("Year 4", kind="year_group", area="")
    as_role(Role.BOARD_MEMBER, trust)
    url = address("unit_list", trust, school.pk)

    def names(**query):
        return [row.unit.name for row in client.get(url, query).context["rows"]]

    assert names() == ["Mathematics", "Science", "Year 4"]
    assert names(sort="-phase") == ["Mathematics", "Science", "Year 4"]
    assert names(sort="phase") == ["Year 4", "Science", "Mathematics"]
    assert names(phase="none") == ["Year 4"]
    assert names(kind="subject", sort="-name") == ["Science", "Mathematics"]
    file = client.get(url, {"format": "csv", "phase": "stabilise"}).content.decode("utf-8-sig").splitlines()
    assert file[0].startswith("School,URN,Unit,Kind,Area,Phase,Since,Reason")
    assert len(file) == 2
    assert f"{school.name},{school.pk},Science,Subject,Science,Stabilise,{NOON.date()}" in file[1]


def test_a_school_without_units_says_what_to_do(client, as_role, trust, school):
    as_role(Role.HEADTEACHER, trust, school)
    assert address("unit_add", trust, school.pk) in client.get(address("unit_list", trust, school.pk)).text

    as_role(Role.LOCAL_GOVERNOR, trust, school)
    text = client.get(address("unit_list", trust, school.pk)).text
    assert "The headteacher or the Executive Director can add them" in text


def test_one_unit_shows_its_voices_evidence_and_history(client, as_role, trust, school, in_scope, add):
    unit = add(phase="repair")
    with in_scope(trust):
        judge(unit, "improve", voice="school", on=NOON + timedelta(days=1))
        judge(unit, "improve", on=NOON + timedelta(days=2))
        recompute_school(trust_id=trust.pk, school=school, at=NOON + timedelta(days=2))
    as_role(Role.BOARD_MEMBER, trust)

    response = client.get(address("unit_detail", trust, school.pk, unit.pk))

    page = response.context["page"]
    assert [(before, row.phase) for before, row in page.steps] == [("repair", "improve"), ("", "repair")]
    assert [voice.code for voice in page.lines[0].voices if voice.counts] == ["trust"]
    assert "Evidence: Six books" in response.text
    assert "Invented Director" in response.text
    assert "by rule U3" in response.text
    assert "No level yet. This does not count as weak" in response.text


@pytest.mark.parametrize(
    ("role", "view", "voice"),
    [(Role.HEADTEACHER, "unit_judge", "school"), (Role.EXECUTIVE_DIRECTOR, "unit_moderate", "trust")],
)
def test_a_unit_is_judged_in_the_persons_own_voice(
    client, as_role, trust, school, in_scope, add, sent, django_capture_on_commit_callbacks, role, view, voice
):
    unit = add()
    as_role(role, trust, school if role == Role.HEADTEACHER else None)
    url = address(view, trust, school.pk, unit.pk)
    assert "Nobody leads it, or the lead is new" in client.get(url).text

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(
            url, {"outcomes": "repair", "teaching": "", "reason": "Seen in May", "evidence": "Books"}
        )

    assert response.url == address("unit_detail", trust, school.pk, unit.pk)
    assert sent == [{"trust_id": trust.pk, "school_id": school.pk}]
    with in_scope(trust):
        row = UnitJudgement.objects.get()
        assert (row.voice, row.levels, row.evidence) == (voice, {"outcomes": "repair"}, "Books")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"reason": "Seen"}, "Choose a phase for at least one line"),
        ({"outcomes": "repair", "reason": " "}, "Say what you have seen"),
        ({"outcomes": "perfect", "reason": "Seen"}, "Choose one of the four phases, or “Not seen this time”"),
        ({"outcomes": "repair", "reason": "x" * 2001}, "Your answer must be 2,000 characters or fewer"),
    ],
)
def test_an_incomplete_judgement_is_shown_again_with_its_errors(
    client, as_role, trust, school, in_scope, add, typed, message
):
    unit = add()
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.post(address("unit_moderate", trust, school.pk, unit.pk), typed)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert message in response.text
    with in_scope(trust):
        assert not UnitJudgement.objects.exists()


def test_a_unit_is_added_renamed_and_closed(client, as_role, trust, school, in_scope, sent):
    as_role(Role.HEADTEACHER, trust, school)

    client.post(address("unit_add", trust, school.pk), {"name": "Maths", "kind": "subject", "area": "mathematics"})
    with in_scope(trust):
        unit = Unit.objects.get()
    client.post(
        address("unit_change", trust, school.pk, unit.pk), {"name": "Mathematics", "kind": "department", "area": ""}
    )
    client.post(address("unit_close", trust, school.pk, unit.pk), {"reason": "Merged with science"})

    with in_scope(trust):
        unit.refresh_from_db()
        assert (unit.name, unit.kind, unit.area, unit.closed_reason) == (
            "Mathematics", "department", "", "Merged with science",
        )  # fmt: skip
    text = client.get(address("unit_list", trust, school.pk)).text
    assert "Merged with science" in text
    assert "Closed " in client.get(address("unit_detail", trust, school.pk, unit.pk)).text
    for view in ("unit_change", "unit_close", "unit_judge"):
        assert client.get(address(view, trust, school.pk, unit.pk)).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"name": "", "kind": "subject"}, "Enter a name"),
        ({"name": "MATHEMATICS", "kind": "subject"}, "The school already has a unit with that name"),
        ({"name": "x" * 61, "kind": "subject"}, "Name must be 60 characters or fewer"),
        ({"name": "Art"}, "Choose a kind"),
        ({"name": "Art", "kind": "subject", "area": "early_years"}, "Choose an area from the list"),
    ],
)
def test_an_invalid_unit_is_shown_again_with_its_errors(client, as_role, trust, school, in_scope, add, typed, message):
    add()
    as_role(Role.HEADTEACHER, trust, school)

    response = client.post(address("unit_add", trust, school.pk), typed)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert message in response.text
    with in_scope(trust):
        assert Unit.objects.count() == 1


def test_a_unit_of_another_school_does_not_exist_here(client, as_role, trust, school, add):
    theirs = add(other_school=SchoolFactory(trust=trust))
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    for view in ("unit_detail", "unit_change", "unit_close", "unit_moderate"):
        assert client.get(address(view, trust, school.pk, theirs.pk)).status_code == HTTPStatus.NOT_FOUND, view


def test_a_schools_capacity_page_shows_statuses_dates_and_reasons(client, as_role, trust, school, in_scope, add):
    unit = add(phase="repair")
    with in_scope(trust):
        judge(unit, "sustain", on=NOON + timedelta(days=3))
        recompute_school(trust_id=trust.pk, school=school, at=NOON + timedelta(days=3))
        record_dimension(
            trust_id=trust.pk, school=school, dimension="time", has_level="some", has_text="A training day a term",
            needs_level="none", needs_text="", by=UserFactory(name="Invented Headteacher"), at=NOON,
        )  # fmt: skip
    as_role(Role.LOCAL_GOVERNOR, trust, school)

    text = client.get(address("capacity_detail", trust, school.pk)).text

    assert "The area is in Sustain, so it can give, even where the school does not." in text
    assert "Phase of the area changed from Repair to Sustain." in text
    assert "Previously capacity taker." in text
    assert "A training day a term" in text
    assert "Invented Headteacher" in text
    assert "Early years" not in text
    assert address("dimension_record", trust, school.pk, "time") not in text


def test_a_school_whose_capacity_was_never_calculated_says_so(client, as_role, trust, school):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    text = client.get(address("capacity_detail", trust, school.pk)).text

    assert "Nothing has been calculated for this school yet." in text
    assert "Not calculated yet" in text


def test_a_dimension_is_recorded_and_the_form_opens_with_its_record(client, as_role, trust, school, in_scope, sent):
    user = as_role(Role.HEADTEACHER, trust, school)
    url = address("dimension_record", trust, school.pk, "people")

    response = client.post(url, {"has_level": "much", "has_text": "Two leads", "needs_level": "none", "needs_text": ""})

    assert response.url == address("capacity_detail", trust, school.pk)
    with in_scope(trust):
        row = DimensionRecord.objects.get()
        assert (row.dimension, row.has_level, row.recorded_by) == ("people", "much", user)
    assert "Two leads</textarea>" in client.get(url).text
    assert client.get(address("dimension_record", trust, school.pk, "luck")).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({}, "Choose how much it could give"),
        ({"has_level": "some", "needs_level": "none"}, "Describe what it could give"),
        ({"has_level": "none", "needs_level": "much", "needs_text": " "}, "Describe what it needs"),
    ],
)
def test_a_dimension_without_a_description_is_shown_again_with_its_errors(
    client, as_role, trust, school, in_scope, typed, message
):
    as_role(Role.HEADTEACHER, trust, school)

    response = client.post(address("dimension_record", trust, school.pk, "people"), typed)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert message in response.text
    with in_scope(trust):
        assert not DimensionRecord.objects.exists()


@pytest.mark.parametrize("view", ["capacity_across", "phases_across"])
def test_the_trusts_tables_filter_sort_and_export(client, as_role, trust, school, add, view):
    other = SchoolFactory(trust=trust, name="Invented Abbey School", phase="primary")
    add(phase="sustain")
    add(phase="stabilise", other_school=other)
    as_role(Role.BOARD_MEMBER, trust)
    url = address(view, trust)

    def names(**query):
        return [row.school.name for row in client.get(url, query).context["rows"]]

    assert names() == ["Invented Abbey School", "Invented Quay School"]
    first = "Invented Quay School" if view == "capacity_across" else "Invented Abbey School"
    assert names(sort="mathematics")[0] == first
    assert names(sort="-mathematics")[0] != first
    assert names(area="mathematics", status="giver") == ["Invented Quay School"]
    assert names(area="mathematics", phase="stabilise") == ["Invented Abbey School"]
    assert names(area="science", status="giver") == []
    assert "No schools match" in client.get(url, {"area": "science", "status": "giver"}).text
    file = client.get(url, {"format": "csv", "area": "mathematics"}).content.decode("utf-8-sig").splitlines()
    assert file[0] == "School,URN,School's status,Area,Status,Phase of the area,Reason,Calculated on"
    assert len(file) == 3
    assert "Mathematics,Capacity giver,Sustain," in file[2]


def test_the_trusts_tables_show_what_was_known_at_the_end_of_an_earlier_term(
    client, as_role, trust, school, in_scope, add
):
    end = (NOON - timedelta(days=20)).date()
    with in_scope(trust):
        term = TermFactory(
            trust=trust, school_year=2025, season=3, starts_date=end - timedelta(days=60), ends_date=end,
            due_date=end - timedelta(days=5),
        )  # fmt: skip
    unit = add(phase="stabilise", on=NOON - timedelta(days=20))
    with in_scope(trust):
        judge(unit, "sustain")
        recompute_school(trust_id=trust.pk, school=school, at=NOON)
    as_role(Role.BOARD_MEMBER, trust)

    def mathematics(**query):
        (row,) = client.get(address("phases_across", trust), query).context["rows"]
        return row.cell("mathematics").phase

    assert mathematics() == "sustain"
    assert mathematics(term=term.pk) == "stabilise"
    assert "At the end of summer term 2024–25" in client.get(address("phases_across", trust), {"term": term.pk}).text
    assert mathematics(term="nonsense") == "sustain"


@pytest.mark.parametrize("view", ["capacity_across", "phases_across"])
def test_a_term_before_anything_was_calculated_says_so(client, as_role, trust, in_scope, add, view):
    end = (NOON - timedelta(days=20)).date()
    with in_scope(trust):
        term = TermFactory(
            trust=trust, school_year=2025, season=3, starts_date=end - timedelta(days=60), ends_date=end,
            due_date=end - timedelta(days=5),
        )  # fmt: skip
    add(phase="stabilise", on=NOON)
    as_role(Role.BOARD_MEMBER, trust)

    then = client.get(address(view, trust), {"term": term.pk}).text

    assert "nothing had been calculated yet" in then
    assert "Not calculated by then" in then
    assert "sl-capacity--none" not in then  # "Not placed" would be an answer.
    assert "by then" not in client.get(address(view, trust)).text


def test_the_sentences_above_the_trusts_tables_count_and_name_where_nobody_gives(client, as_role, trust, school, add):
    add(phase="stabilise")
    as_role(Role.BOARD_MEMBER, trust)

    capacity = client.get(address("capacity_across", trust)).context["says"]
    phases = client.get(address("phases_across", trust)).context["says"]

    assert capacity == (
        "1 area has a phase: 0 can give, 0 could give and 1 takes. "
        "In Mathematics, at least one school takes and none of the schools shown gives."
    )
    assert phases == "1 area has a phase: 1 in Stabilise. 11 not judged yet."


@pytest.mark.parametrize("view", ["capacity_across", "phases_across"])
def test_a_trust_without_schools_or_judgements_says_so(client, as_role, trust, view):
    as_role(Role.BOARD_MEMBER, trust)
    assert "No schools yet" in client.get(address(view, trust)).text

    SchoolFactory(trust=trust)
    text = client.get(address(view, trust)).text
    assert "Judge the schools’ units and lines first" in text
    assert "Not calculated" in text
    assert text.count("Does not apply") == 1  # Early years, in a secondary school.


def test_the_number_of_queries_does_not_grow_with_units_or_schools(
    trust, school, in_scope, add, django_assert_num_queries
):
    schools = [school]
    for number in range(3):
        unit = add(f"Year {number}", "repair", area="", kind="year_group")
        schools.append(SchoolFactory(trust=trust))
        with in_scope(trust):
            judge(unit, "improve", on=NOON + timedelta(days=1))
            with django_assert_num_queries(3):  # The units, their phases, the earlier terms.
                unit_rows(school, on=NOON.date())
            with django_assert_num_queries(
                3
            ):  # Its phases, its judgements with the people who judged, the earlier terms.
                unit_page(unit, on=NOON.date())
            with django_assert_num_queries(3):  # The statuses, the areas' statuses, the dimensions.
                capacity_page(school)
            with django_assert_num_queries(2):  # The schools' statuses and their areas' statuses.
                school_areas(schools)


def test_whole_pages_take_a_fixed_number_of_queries(
    client, as_role, trust, school, in_scope, add, django_assert_num_queries
):
    as_role(Role.BOARD_MEMBER, trust)
    for number in range(2):
        unit = add(f"Year {number}", "repair", area="", kind="year_group")
        if number:
            with in_scope(trust):
                close_unit(unit=unit, reason="Merged", by=UserFactory(), at=NOON)
        # The access check's eight with the school, and the savepoint's release: 9. Then the page's own.
        for view, args, queries in (
            ("unit_list", [school.pk], 9 + 4),
            ("unit_detail", [school.pk, unit.pk], 9 + 4),
            ("capacity_detail", [school.pk], 9 + 3),
        ):
            with django_assert_num_queries(queries):
                client.get(address(view, trust, *args))
        # The access check's six and the release: 7. Then the terms, the schools, their statuses and areas.
        for view in ("capacity_across", "phases_across"):
            with django_assert_num_queries(7 + 4):
                client.get(address(view, trust))
