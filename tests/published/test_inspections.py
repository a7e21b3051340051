"""Test reading and importing Ofsted's lists of inspections, on hand-made files and on copies of the real layouts."""

import ast
import csv
import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from kpis.queries.similar_context import newest_file
from published.dfe import read_published_file, read_results_file
from published.dfe.inspection_layouts import frameworks, inspection_layouts
from published.models import ImportedFile, Inspection
from published.queries import inspections_of
from schools.models import SchoolLink
from tables.faults import FaultyFile, FileNotRecognised, FileRefused

ROOT = Path(__file__).resolve().parents[2]
REPORT_CARD = {
    "URN": "100001", "School name": "Invented Quay School", "Ofsted phase": "Secondary",
    "Inspection number of latest full inspection": "10999001", "Inspection type": "S5 Inspection",
    "Inspection start date": "13/01/2026", "Publication date": "09/02/2026",
    "URN at time of latest full inspection": "100001", "Category of concern": "NULL", "Safeguarding standards": "Met",
    "Inclusion": "Strong standard", "Inclusion - date of grade": "13/01/2026",
    "Curriculum and teaching": "Expected standard", "Achievement": "Needs attention",
    "Early years (where applicable)": "NULL", "Leadership and governance": "Exceptional",
    "Inspection start date of latest OEIF graded inspection": "12/03/2020",
    "Publication date of latest OEIF graded inspection": "10/04/2020",
    "URN at time of latest OEIF graded inspection": "100009",
    "School name at time of latest OEIF graded inspection": "Invented Quay Community School",
    "Latest OEIF overall effectiveness": "2", "Latest OEIF quality of education": "1",
    "Latest OEIF behaviour and attitudes": "9", "Latest OEIF  safeguarding is effective?": "Yes",
    "Date of latest ungraded inspection": "NULL", "Ungraded inspection overall outcome": "NULL",
}  # fmt: skip
GRADED = {
    "URN": "100001", "Ofsted phase": "Secondary", "Inspection number of latest graded inspection": "10888001",
    "Inspection type": "S5 Inspection", "Inspection start date": "14/01/2025", "Publication date": "20/02/2025",
    "URN at time of latest graded inspection": "100001", "Overall effectiveness": "Not judged",
    "Category of concern": "SM", "Quality of education": "3", "Behaviour and attitudes": "4",
    "Date of latest ungraded inspection": "04/10/2023", "Ungraded inspection overall outcome": "School remains Good",
    "Previous inspection start date": "NULL", "Previous graded inspection overall effectiveness": "2",
}  # fmt: skip
FULL = {
    "URN": "100001", "Ofsted phase": "Secondary", "Inspection number of latest full inspection": "10777001",
    "Inspection start date": "05/06/2018", "Publication date": "10/07/2018", "Overall effectiveness": "2",
    "URN at time of latest full inspection": "100009", "Quality of education": "NULL",
    "Effectiveness of leadership and management": "2",
}  # fmt: skip
YEAR = {
    "URN": "100001", "Ofsted phase": "Secondary", "Inspection number": "10999001", "Inspection type": "S5 Inspection",
    "Inspection start date": "13/01/2026", "Publication date": "09/02/2026",
    "Outcomes for legacy monitoring inspections": "NULL", "Category of concern": "NULL",
    "Safeguarding standards": "Met", "Inclusion": "Strong standard", "Curriculum and teaching": "Expected standard",
    "Achievement": "Needs attention", "Leadership and governance": "Exceptional",
}  # fmt: skip


@pytest.fixture
def put(tmp_path):
    def write(row, *changes, name="latest_inspections.csv", without=()):
        rows = [row | change for change in changes or [{}]]
        with (tmp_path / name).open("w", encoding="cp1252", newline="") as file:
            writer = csv.DictWriter(file, [column for column in row if column not in without], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        return tmp_path / name

    return write


@pytest.fixture
def run(db):
    def call(*files, **options):
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("import_results", *map(str, files), stdout=out, stderr=err, **options)
        except CommandError as error:
            return out.getvalue(), f"{err.getvalue()}{error}"
        return out.getvalue(), err.getvalue()

    return call


def by_date(path):
    return {str(read.start_date): read for read in read_published_file(path).inspections}


def words_of(inspection):
    return {judgement["area"]: judgement["words"] for judgement in inspection.judgements}


def test_report_cards_and_the_grades_before_them_are_separate_records(put):
    read = by_date(put(REPORT_CARD))

    card, graded = read["2026-01-13"], read["2020-03-12"]
    assert (card.framework, card.published_date, card.kind, card.number) == (
        "report_card", date(2026, 2, 9), "S5 Inspection", "10999001",
    )  # fmt: skip
    assert card.judgements == {
        "Inclusion": "Strong standard",
        "Curriculum and teaching": "Expected standard",
        "Achievement": "Needs attention",
        "Leadership and governance": "Exceptional",
        "Safeguarding standards": "Met",
    }
    assert (graded.framework, graded.urn, graded.inspected_urn) == ("overall", 100001, 100009)
    assert graded.inspected_name == "Invented Quay Community School"
    assert graded.judgements == {
        "Overall effectiveness": "Good",
        "Quality of education": "Outstanding",
        "Safeguarding is effective": "Yes",
    }


def test_graded_areas_without_an_overall_grade(put):
    read = by_date(put(GRADED))

    assert read["2025-01-14"].framework == "areas"
    assert read["2025-01-14"].judgements == {
        "Quality of education": "Requires improvement",
        "Behaviour and attitudes": "Inadequate",
        "Category of concern": "SM",
    }
    assert read["2023-10-04"].framework == "overall"
    assert read["2023-10-04"].judgements == {"Outcome of an ungraded inspection": "School remains Good"}


def test_judgement_without_a_date_is_left_out_and_counted(put):
    assert read_published_file(put(GRADED)).skipped == {"without a date (previous graded inspection)": 1}


def test_list_before_september_2024_has_the_framework_of_the_day(put):
    read = by_date(put(FULL, {"URN at time of latest full inspection": "100001"}))

    assert read["2018-06-05"].framework == "before_2019"
    assert read["2018-06-05"].judgements == {"Overall effectiveness": "Good", "Leadership and management": "Good"}


def test_monitoring_inspections_of_the_year_have_a_framework_of_their_own(put):
    monitoring = {
        "URN": "100002", "Outcomes for legacy monitoring inspections": "Taking effective action",
        "Safeguarding standards": "NULL", "Inclusion": "NULL", "Curriculum and teaching": "NULL",
        "Achievement": "NULL", "Leadership and governance": "NULL",
    }  # fmt: skip
    found = read_published_file(put(YEAR, {}, monitoring))

    assert [(read.urn, read.framework) for read in found.inspections] == [
        (100001, "report_card"), (100002, "monitoring"),
    ]  # fmt: skip
    assert found.skipped == {}


def test_ungraded_inspection_that_became_a_graded_one_is_one_inspection(put):
    found = by_date(put(GRADED, {"Date of latest ungraded inspection": "14/01/2025"}))

    assert list(found) == ["2025-01-14"]
    assert "Quality of education" in found["2025-01-14"].judgements


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Inclusion": "Splendid"}, "Row 2, column INCLUSION: found 'Splendid'; expected one of exceptional, strong"),
        ({"Latest OEIF overall effectiveness": "5"}, "EFFECTIVENESS: found '5'; expected one of 1, 2, 3, 4"),
        ({"URN": "12345"}, "Row 2, column URN: found '12345'; expected six digits"),
        ({"Inspection start date": "soon"}, "Row 2, column INSPECTION START DATE: “soon” is not a date"),
        ({"Publication date": "02/25/2026"}, "the day first in some cells and the month first in others"),
    ],
)
def test_faults_name_row_and_column(put, change, words):
    with pytest.raises(FileRefused) as refusal:
        read_published_file(put(REPORT_CARD, change))

    assert words in str(refusal.value)


def test_two_different_inspections_of_a_school_on_one_day_are_refused(put):
    with pytest.raises(FaultyFile, match="Row 3, column URN: found another inspection of 100001 on the day of the one"):
        read_published_file(put(YEAR, {}, {"Inclusion": "Exceptional"}))


def book_of(path, *sheets, formula=""):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, row in sheets:
        sheet = book.create_sheet(title)
        sheet.append(list(row))
        sheet.append(list(row.values()))
        if formula:
            sheet.cell(2, list(row).index(formula) + 1, "=1+1")
    book.save(path)
    return path


def test_workbook_with_the_latest_and_those_of_the_year_is_read_from_the_latest(tmp_path):
    path = book_of(tmp_path / "ofsted.xlsx", ("D1", YEAR), ("D2", REPORT_CARD))

    assert set(by_date(path)) == {"2026-01-13", "2020-03-12"}


def test_formula_is_refused_and_not_read_as_an_empty_cell(tmp_path):
    path = book_of(tmp_path / "ofsted.xlsx", ("D1", YEAR), formula="Inclusion")

    with pytest.raises(FaultyFile, match="Row 2, column INCLUSION: found a formula; expected a value"):
        read_published_file(path)


def test_formula_in_a_workbook_of_results_is_refused(tmp_path):
    row = {"LA": 999, "ESTAB": 4001, "URN": 100001, "PERCTOT": 5.1, "PPERSABS10": 12.3}
    path = book_of(tmp_path / "2023-24_abs.xlsx", ("Sheet1", row), formula="PERCTOT")

    with pytest.raises(FaultyFile, match="Row 2, column PERCTOT: found a formula; expected a value: open the file"):
        read_results_file(path)


@pytest.mark.parametrize(
    ("row", "without", "name", "words"),
    [
        (
            {"URN": "100001", "Ofsted phase": "Primary", "Overall effectiveness": "2"}, (), "as_at_31_August_2023.csv",
            "It looks like Ofsted's list of inspections of 2023. Sightline reads those of 2024 and later.",
        ),
        (
            GRADED, ("Quality of education",), "latest.csv",
            "It is most like Ofsted's latest inspections from September 2024 to October 2025, but has no QUALITY OF",
        ),
        (
            {"URN": "100001", "Inspection number": "1", "Inspection start date": "01/09/2016"}, (), "list.csv",
            "It looks like Ofsted's list of inspections. Sightline reads those of 2024 and later.",
        ),
    ],
)  # fmt: skip
def test_unknown_list_is_named_with_what_it_is_nearest_to(put, row, without, name, words):
    with pytest.raises(FileNotRecognised) as refusal:
        read_published_file(put(row, name=name, without=without))

    assert words in str(refusal.value)


def test_reader_of_results_says_where_inspections_go(put):
    with pytest.raises(FileNotRecognised, match=r"report cards .* without results\. Import it with import_results"):
        read_results_file(put(REPORT_CARD))


def test_import_stores_each_inspection_and_says_how_old_the_list_is(run, put):
    out, err = run(put(REPORT_CARD))

    assert err == ""
    assert "the newest inspection or report in this file is of February 2026" in out
    assert Inspection.objects.count() == 2
    assert words_of(Inspection.objects.get(start_date=date(2026, 1, 13)))["Inclusion"] == "Strong standard"
    assert ImportedFile.objects.get().layout == "ofsted_report_cards"
    assert newest_file() == 0  # Nothing is recalculated from inspections.


def test_same_file_again_changes_nothing(run, put):
    path = put(REPORT_CARD)
    run(path)

    out, _ = run(path)

    assert "the very same file was imported on" in out
    assert "What it is" in out
    assert "ofsted_report_cards" not in out
    run(path, again=True)
    assert (Inspection.objects.count(), ImportedFile.objects.count()) == (2, 1)


def test_list_named_twice_in_one_command_is_imported_once(run, put):
    path = put(REPORT_CARD)

    out, err = run(path, path)

    assert err == ""
    assert "the very same file was imported on" in out
    assert (Inspection.objects.count(), ImportedFile.objects.count()) == (2, 1)


def test_dry_run_writes_nothing(run, put):
    run(put(REPORT_CARD), dry_run=True)

    assert not Inspection.objects.exists()


@pytest.mark.parametrize("newest_first", [False, True])
def test_newer_list_counts_in_either_order_and_what_it_leaves_out_stays(run, put, newest_first):
    older = put(YEAR, {"Achievement": "Expected standard", "Inclusion": "Expected standard"}, name="older.csv")
    newer = put(
        YEAR | {"Achievement": "NULL"}, {}, {"URN": "100002", "Publication date": "01/04/2026"}, name="newer.csv"
    )

    run(*([newer, older] if newest_first else [older, newer]))

    inspection = Inspection.objects.get(urn=100001)
    assert words_of(inspection)["Inclusion"] == "Strong standard"
    assert words_of(inspection)["Achievement"] == "Expected standard"
    assert inspection.file.name == "newer.csv"


def test_lists_of_different_years_are_one_record_of_an_inspection(run, put):
    run(put(REPORT_CARD), put(YEAR, name="year.csv"))

    assert Inspection.objects.filter(start_date=date(2026, 1, 13)).count() == 1


def test_faulty_list_brings_nothing(run, put):
    _, err = run(put(REPORT_CARD, {}, {"URN": "100002", "Inclusion": "Splendid"}))

    assert "Row 3, column INCLUSION" in err
    assert not Inspection.objects.exists()
    assert not ImportedFile.objects.exists()


def test_inspections_of_a_predecessor_belong_to_the_school(run, put):
    SchoolLink.objects.create(urn=100002, link_urn=100001, direction="predecessor", kind="one_to_one")
    old_list = put(FULL, {"URN at time of latest full inspection": "NULL"}, name="old.csv")
    new_list = put(
        REPORT_CARD | {"URN": "100002", "URN at time of latest full inspection": "100002"},
        {
            "URN at time of latest OEIF graded inspection": "100001",
            "Inspection start date of latest OEIF graded inspection": "05/06/2018",
            "Latest OEIF quality of education": "NULL",
        },
        name="new.csv",
    )  # fmt: skip
    run(old_list, new_list)

    found = inspections_of(100002)

    assert [(row.start_date, row.urn, row.inspected_urn) for row in found] == [
        (date(2026, 1, 13), 100002, 100002),
        (date(2018, 6, 5), 100002, 100001),
    ]


def test_every_list_has_a_framework_for_every_part():
    parts = [part for layout in inspection_layouts() for part in layout.inspections]

    assert {part.framework for part in parts} <= {"", *frameworks()}
    assert all(len({area.title for area in part.areas}) == len(part.areas) for part in parts)


def test_nothing_is_calculated_from_inspections():
    """Grades of different frameworks cannot be compared, so only the page that shows them may read them."""
    may_read = {"published", "dashboards/queries/inspections.py"}
    packages = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"]
    readers = {
        path.relative_to(ROOT).as_posix()
        for package in packages
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and {"Inspection", "inspections_of"} & {name.name for name in node.names}
    }

    assert {reader for reader in readers if not reader.startswith("published/")} == may_read - {"published"}


@pytest.mark.real_data
def test_every_known_layout_is_read(shared_data):
    files = [
        *shared_data.glob("newest/synthetic_ofsted_*.csv"),
        *shared_data.parent.glob("cases/data/ofsted_mi/*/*.csv"),
    ]

    found = {path.name: read_published_file(path) for path in files}

    assert len(found) >= 5
    assert all(read.inspections for read in found.values())
