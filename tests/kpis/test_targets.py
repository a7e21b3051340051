"""Targets are proposed, then approved by the Board, and only then used."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kpis.actions.targets import ProposedTarget, approve_targets, decline_targets, propose_targets
from kpis.catalogue import FigureLimits, FigureUnit, catalogue_by_code
from kpis.models import Recomputation, Target, TargetProposal
from kpis.queries.targets import target_grid, targets_of, targets_table
from kpis.rules.privacy import STANDARD_RULES, Audience, reader_for
from kpis.rules.typed_targets import (
    TARGET_FILE_HEADINGS,
    TargetFileFault,
    TypedTarget,
    UnreadableTarget,
    read_target,
    read_targets,
)
from tables.lists import as_csv
from tests.factories import ObservationFactory, SchoolFactory, TargetFactory, UserFactory
from tests.tables.table_files import as_workbook
from trusts.models import Role
from trusts.reasons import ReasonNeeded
from trusts.two_people import OwnDecision

AT = datetime(2026, 9, 14, 16, 0, tzinfo=UTC)
D = Decimal
BOARD = reader_for(Audience.BOARD, STANDARD_RULES)
ABSENCE, RESERVES = catalogue_by_code()["AB1"], catalogue_by_code()["FIN2"]
POLICY = next(indicator for indicator in catalogue_by_code().values() if indicator.unit is FigureUnit.YES_NO)
UNLIMITED = replace(
    ABSENCE, unit=FigureUnit.POUNDS, limits=FigureLimits(minimum=None, maximum=None)
)  # A trust's own indicator can be.
BETTER = TypedTarget(value=D("5.5"), upper=None, tolerance=D("0.5"))
State = TargetProposal.State


@pytest.fixture
def director(db):
    return UserFactory(name="Invented Director")


@pytest.fixture
def trustee(db):
    return UserFactory(name="Invented Trustee")


@pytest.fixture
def inside(trust, in_scope):
    with in_scope(trust):
        yield


def propose(school, director, target=BETTER, reason="Where the best of us are", code="AB1"):
    proposal = ProposedTarget(school=school, code=code, school_year=2027, target=target, reason=reason)
    (made,) = propose_targets(trust_id=school.trust_id, proposed=[proposal], by=director, at=AT)
    return made


def rating_target(school):
    return targets_of(school)["AB1"].get(2027)


def test_figures_are_rated_only_against_approved_targets(inside, trust, school, director, trustee):
    made = propose(school, director)
    assert rating_target(school) is None

    (found,) = approve_targets(trust_id=trust.pk, proposals=[made.pk], by=trustee, at=AT)

    assert found == school
    held = rating_target(school)
    assert (held.value, held.tolerance) == (D("5.5"), D("0.5"))
    assert held.provenance == "set by the Board, 14 September 2026: Where the best of us are"
    assert Recomputation.objects.get(school=school).wanted == 1
    kept = TargetProposal.objects.get()
    assert (kept.state, kept.decided_by, kept.decided_at) == (State.APPROVED, trustee, AT)


def test_new_proposal_replaces_the_undecided_one_and_keeps_the_target(inside, trust, school, director, trustee):
    TargetFactory(school=school, school_year=2027, value=7)
    first = propose(school, director)
    second = propose(school, director, TypedTarget(value=D(6), upper=None, tolerance=D(0)))

    assert rating_target(school).value == 7
    assert approve_targets(trust_id=trust.pk, proposals=[first.pk], by=trustee, at=AT) == []
    approve_targets(trust_id=trust.pk, proposals=[second.pk], by=trustee, at=AT)
    assert rating_target(school).value == 6
    assert list(TargetProposal.objects.order_by("pk").values_list("state", flat=True)) == ["replaced", "approved"]


def test_declining_needs_a_reason_and_changes_no_target(inside, school, director, trustee):
    made = propose(school, director)
    with pytest.raises(ReasonNeeded):
        decline_targets(proposals=[made.pk], reason=" ", by=trustee, at=AT)

    assert decline_targets(proposals=[made.pk], reason="Too low", by=trustee, at=AT) == 1

    assert rating_target(school) is None
    made.refresh_from_db()
    assert (made.state, made.decided_reason) == (State.DECLINED, "Too low")


def test_proposal_needs_a_reason_and_another_persons_approval(inside, trust, school, director):
    made = propose(school, director)
    with pytest.raises(OwnDecision):
        approve_targets(trust_id=trust.pk, proposals=[made.pk], by=director, at=AT)
    with pytest.raises(OwnDecision):
        decline_targets(proposals=[made.pk], reason="No", by=director, at=AT)
    with pytest.raises(ReasonNeeded):
        propose(school, director, reason=" ")
    assert not Target.objects.exists()


def test_database_refuses_a_decision_without_a_person(inside, school, director):
    made = propose(school, director)
    with pytest.raises(IntegrityError), transaction.atomic():
        TargetProposal.objects.filter(pk=made.pk).update(state=State.APPROVED)


@pytest.mark.parametrize(
    ("indicator", "typed", "field"),
    [
        (ABSENCE, ("many", "", ""), "value"),
        (ABSENCE, ("", "", "1"), "value"),
        (ABSENCE, ("101", "", ""), "value"),
        (ABSENCE, ("5", "6", ""), "upper"),
        (ABSENCE, ("5", "", "-1"), "tolerance"),
        (RESERVES, ("5", "", ""), "upper"),
        (RESERVES, ("5", "5", ""), "upper"),
        (POLICY, ("perhaps", "", ""), "value"),
        (POLICY, ("yes", "", "1"), "tolerance"),
        (UNLIMITED, ("10,000,000,000", "", ""), "value"),
        (ABSENCE, ("5", "", "10000000000"), "tolerance"),
    ],
)
def test_invalid_target_is_refused_with_its_field(indicator, typed, field):
    with pytest.raises(UnreadableTarget) as refused:
        read_target(indicator, *typed)

    assert refused.value.fault.field == field
    assert refused.value.fault.message


def test_target_without_a_tolerance_has_the_catalogue_tolerance():
    assert read_target(ABSENCE, "5%", "", "").tolerance == ABSENCE.target.tolerance
    assert read_target(RESERVES, "5", "9", "0").upper == 9
    assert read_target(POLICY, "yes", "", "").value == 1
    assert read_target(ABSENCE, " ", "", "") is None


def row(**cells):
    usual = {"URN": "990001", "School": "Oak", "Code": "AB1", "Indicator": "Overall absence", "School year": "2026-27"}
    usual |= {"Target": "5.5", "Top of the range": "", "Tolerance": "0.5", "Reason": "Why not"}
    return [(usual | cells)[head] for head in TARGET_FILE_HEADINGS]


def read(*rows, headings=TARGET_FILE_HEADINGS):
    return read_targets(
        as_csv([headings, *rows]), schools={990001: "secondary"}, indicators=catalogue_by_code(), school_year=2027
    )


def test_file_is_read_like_the_grid():
    (found,), faults = read(row(), row(Code="AB2", Target="", Tolerance=""), [""] * len(TARGET_FILE_HEADINGS))

    assert faults == []
    assert (found.row, found.urn, found.code, found.target, found.reason) == (2, 990001, "AB1", BETTER, "Why not")


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        ({"URN": "990002"}, "Row 3, URN"),
        ({"URN": "１"}, "Row 3, URN"),
        ({"Code": "=AB1"}, "Row 3, Code"),
        ({"Code": "OUT3"}, "Row 3, Code"),
        ({"School year": "2025-26"}, "Row 3, School year"),
        ({"Target": "5,5"}, "Row 3, Target"),
        ({"Tolerance": "x"}, "Row 3, Tolerance"),
        ({"Top of the range": "9"}, "Row 3, Top of the range"),
        ({"Reason": "x" * 1001}, "Row 3, Reason"),
        ({}, "Row 3, Code: is already in row 2"),
    ],
)
def test_one_fault_refuses_the_file_and_says_where(cells, place):
    found, (fault,) = read(row(), row(**({"Code": "AB2"} | cells if cells else {})))

    assert found == []
    assert str(fault).startswith(place)


def test_file_without_targets_is_refused():
    assert read(headings=["a", "b"])[1] == [
        TargetFileFault(row=1, column="column headings", message=f"must be: {', '.join(TARGET_FILE_HEADINGS)}")
    ]
    assert "must have 9 cells, not 2" in str(read(["a", "b"])[1][0])
    assert read_targets("", schools={}, indicators={}, school_year=2027)[1][0].column == "column headings"


@given(text=st.text(max_size=200), cells=st.lists(st.text(max_size=12), min_size=9, max_size=9))
def test_reader_accepts_or_refuses_any_file(text, cells):
    for file in (text, as_csv([TARGET_FILE_HEADINGS, cells])):
        found, faults = read_targets(file, schools={1: "secondary"}, indicators=catalogue_by_code(), school_year=2027)
        assert not (found and faults)


@pytest.fixture
def grid_url(trust):
    return reverse("kpis:target_grid", args=[trust.pk, 2027, "AB1"])


def test_grid_has_earlier_figures_and_targets_in_as_many_queries_for_any_schools(
    inside, trust, school, django_assert_num_queries
):
    ObservationFactory(school=school, value=D("6.2"), denominator=900)
    TargetFactory(school=school, school_year=2026)
    ObservationFactory(school=SchoolFactory(trust=trust), value=D("6.2"), denominator=3)
    for _ in range(3):
        SchoolFactory(trust=trust)

    with django_assert_num_queries(7):
        grid = target_grid(trust, ABSENCE, 2027, known=catalogue_by_code(), reader=BOARD)
    rows = {grid_row.school: grid_row for grid_row in grid}

    newest = rows[school].past[0]
    assert (newest.year, newest.figure) == ("2025–26", "6.2% (autumn 2025)")
    assert newest.target == "5.0%; within 1.0 percentage points is close"
    assert len(rows) == 5
    assert sum(grid_row.past[0].figure == "Hidden: small number (autumn 2025)" for grid_row in rows.values()) == 1


def test_director_proposes_in_the_grid_and_copies_last_years_targets(
    client, as_role, trust, school, in_scope, grid_url
):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    with in_scope(trust):
        TargetFactory(school=school, school_year=2026)
    copied = client.get(grid_url, {"copy": "1"})
    assert [line.value for line in copied.context["form"].lines] == ["5"]
    assert [line.value for line in client.get(grid_url, {"fill": "4.5"}).context["form"].lines] == ["4.5"]

    typed = {f"{school.pk}-value": "4.5", f"{school.pk}-tolerance": "0.5", "reason": "Aim higher"}
    text = client.post(grid_url, typed, follow=True).text

    assert "1 target proposed. Until the Board approves" in text
    assert "Aim higher" in text
    again = client.post(grid_url, typed)
    assert again.status_code == 422
    assert "You have not changed any targets" in again.text
    with in_scope(trust):
        assert TargetProposal.objects.get().value == D("4.5")


def test_invalid_grid_proposes_nothing_and_keeps_what_was_typed(client, as_role, trust, school, in_scope, grid_url):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.post(grid_url, {f"{school.pk}-value": "about five", "reason": "Aim higher"})

    assert response.status_code == 422
    assert "about five" in response.text
    assert "Correct 1 of the targets" in response.text
    assert "Say why" in client.post(grid_url, {f"{school.pk}-value": "5"}).text
    with in_scope(trust):
        assert not TargetProposal.objects.exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_downloaded_file_can_be_changed_checked_and_proposed(client, as_role, trust, school, in_scope, kind):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    with in_scope(trust):
        TargetFactory(school=school, school_year=2027, value=7)
        TargetFactory(school=school, school_year=2027, value=8, indicator_id="AB2", indicator=None)
        headings, *rows = targets_table(trust, 2027, on=timezone.localdate())
    rows[0][headings.index("Target")] = "6"
    page = reverse("kpis:target_file", args=[trust.pk, 2027])

    def send(rows):
        table = [headings, *rows]
        data = as_csv(table).encode("utf-8-sig") if kind == "csv" else as_workbook(table)
        return client.post(page, {"file": SimpleUploadedFile(f"targets.{kind}", data)})

    assert "Row 2, Reason: give a reason" in send(rows).text
    rows[0][headings.index("Reason")] = "Aim higher"
    checked = send(rows)
    assert "1 to propose" in checked.text
    assert "1 unchanged" in checked.text
    assert 'enctype="multipart/form-data"' in checked.text  # Encoded for a URL, a file could be too large.
    with in_scope(trust):
        assert not TargetProposal.objects.exists()

    done = client.post(page, {"text": checked.context["text"]}, follow=True)

    assert "1 target proposed" in done.text
    with in_scope(trust):
        assert TargetProposal.objects.get().value == 6


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        ("£".encode("cp1252"), "could not find any column headings"),
        (b"%PDF-1.7", "It is a PDF, not a spreadsheet"),
        (b"x" * 2_000_001, "2 MB or smaller"),
        (b"a,b", "column headings"),
    ],
)
def test_wrong_file_is_refused_with_a_message(client, as_role, trust, content, words):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.post(
        reverse("kpis:target_file", args=[trust.pk, 2027]), {"file": SimpleUploadedFile("t.csv", content)}
    )

    assert response.status_code == 422
    assert words in response.text


def test_list_of_a_year_counts_and_sorts(client, as_role, trust, school, in_scope, django_assert_num_queries):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    with in_scope(trust):
        TargetFactory(school=school, school_year=2027)
    url = reverse("kpis:target_list", args=[trust.pk, 2027])

    with django_assert_num_queries(11):
        page = client.get(url, {"sort": "-approved"})

    assert page.context["rows"][0].indicator.code == "AB1"
    assert "1 of 1 school" in page.text
    assert "AB1,Overall absence,2026-27,5,,1," in client.get(url, {"format": "csv"}).text
    assert client.get(reverse("kpis:target_list", args=[trust.pk, 1900])).status_code == 404
