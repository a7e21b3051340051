"""Test importing the register's full extract, which is enough for a new trust."""

import csv
import io
from datetime import date

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from schools.gias import read_establishments, read_register
from schools.models import School
from tables.faults import FaultyFile
from tests.factories import SchoolFactory, TrustFactory
from trusts.models import Trust

SCHOOL = {
    "URN": "100001", "LA (code)": "999", "LA (name)": "Inventedshire", "EstablishmentNumber": "4001",
    "EstablishmentName": "Invented Quay School", "TypeOfEstablishment (name)": "Academy converter",
    "EstablishmentTypeGroup (name)": "Academies", "EstablishmentStatus (name)": "Open", "OpenDate": "01-03-2016",
    "CloseDate": "", "PhaseOfEducation (name)": "Secondary", "StatutoryLowAge": "11", "StatutoryHighAge": "18",
    "TrustSchoolFlag (name)": "Supported by a multi-academy trust", "Trusts (code)": "1",
    "Trusts (name)": "Invented Harbour Trust", "LastChangedDate": "20-10-2026", "Town": "Harbourton",
    "Postcode": "ZZ1 1ZZ", "HeadLastName": "Invented",
}  # fmt: skip
MAINTAINED = {
    "TypeOfEstablishment (name)": "Community school", "TrustSchoolFlag (name)": "Not applicable", "Trusts (code)": "",
    "Trusts (name)": "", "EstablishmentTypeGroup (name)": "Local authority maintained schools",
}  # fmt: skip


@pytest.fixture
def extract(tmp_path):
    def write(*changes, without=(), name="edubasealldata20261101.csv"):
        rows = [SCHOOL | change for change in changes]
        names = [heading for heading in SCHOOL if heading not in without]
        with (tmp_path / name).open("w", encoding="cp1252", newline="") as file:
            writer = csv.DictWriter(file, names, extrasaction="ignore", quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(rows)
        return tmp_path / name

    return write


@pytest.fixture
def run(db):
    def call(*files):
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("import_register", *map(str, files), stdout=out, stderr=err)
        except CommandError as error:
            return out.getvalue(), f"{err.getvalue()}{error}"
        return out.getvalue(), err.getvalue()

    return call


def test_one_file_brings_a_trust_with_its_schools(run, extract):
    out, err = run(
        extract(
            {},
            {"URN": "100002", "PhaseOfEducation (name)": "All-through", "Trusts (code)": "2", "Trusts (name)": "Alone",
             "TrustSchoolFlag (name)": "Supported by a single-academy trust", "EstablishmentNumber": ""},
            {"URN": "100003", "TrustSchoolFlag (name)": "Supported by a trust", "Trusts (code)": "3"} ,
            {"URN": "100004", **MAINTAINED, "EstablishmentStatus (name)": "Open, but proposed to close"},
            {"URN": "100005", **MAINTAINED, "EstablishmentStatus (name)": "Closed", "CloseDate": "31-08-2016"},
            {"URN": "100006", **MAINTAINED, "EstablishmentStatus (name)": "Proposed to open"},
            {"URN": "100007", **MAINTAINED, "EstablishmentTypeGroup (name)": "Universities"},
        )
    )  # fmt: skip

    assert err == ""
    assert {(trust.pk, trust.name, trust.group_type) for trust in Trust.objects.all()} == {
        (1, "Invented Harbour Trust", "Multi-academy trust"),
        (2, "Alone", "Single-academy trust"),
    }
    assert dict(School.objects.values_list("urn", "trust")) == {100001: 1, 100002: 2, 100003: None, 100004: None}
    school = School.objects.get(pk=100001)
    assert (school.name, school.phase, school.school_type, school.local_authority, school.establishment_number) == (
        "Invented Quay School", "secondary", "Academy converter", "Inventedshire", 4001,
    )  # fmt: skip
    assert (school.lowest_age, school.highest_age, school.town, school.joined_date) == (11, 18, "Harbourton", None)
    assert School.objects.get(pk=100002).establishment_number is None
    assert School.objects.get(pk=100002).phase == "all-through"
    for skipped in ("1 that are closed", "1 that are not open yet", "1 that are no schools in England"):
        assert f"skipped {skipped}" in out
    assert "links_edubasealldata.csv" in out


def test_second_import_changes_nothing_and_keeps_the_day_of_joining(run, extract):
    run(extract({}))
    School.objects.update(joined_date=date(2016, 3, 1))

    out, _ = run(extract({}))

    assert School.objects.get().joined_date == date(2016, 3, 1)
    assert out.splitlines()[1].split()[-5:] == ["1", "0", "0", "1", "0"]


def test_school_that_moves_loses_its_day_of_joining_and_one_that_closes_leaves(run, extract):
    run(extract({}, {"URN": "100002"}))
    School.objects.update(joined_date=date(2016, 3, 1))

    run(
        extract(
            {"Trusts (code)": "2", "Trusts (name)": "Invented Hill Trust"},
            {"URN": "100002", "EstablishmentStatus (name)": "Closed"},
        )
    )

    moved, closed = School.objects.get(pk=100001), School.objects.get(pk=100002)
    assert (moved.trust_id, moved.joined_date) == (2, None)
    assert (closed.trust_id, closed.joined_date) == (None, None)


def test_extract_without_trusts_leaves_them_as_they_are(run, extract):
    run(extract({}))

    out, err = run(extract({"Town": "Elsewhere"}, without=("Trusts (code)", "Trusts (name)", "TrustSchoolFlag (name)")))

    assert err == ""
    assert School.objects.get().trust_id == 1
    assert School.objects.get().town == "Elsewhere"
    assert "trusts were left as they are" in out


def test_part_of_the_register_is_refused(run, extract):
    run(extract(*({"URN": str(110000 + n)} for n in range(100))))

    _, err = run(extract({"URN": "110000"}))

    assert "99 of 100 schools would leave their trust" in err
    assert School.objects.filter(trust_id=1).count() == 100


def test_invented_schools_never_change(run, extract):
    invented = SchoolFactory(trust=TrustFactory(uid=990101))

    run(extract({}, {"URN": str(invented.pk), "EstablishmentName": "Not this one"}))

    invented.refresh_from_db()
    assert (invented.trust_id, invented.name == "Not this one") == (990101, False)


def test_age_of_the_file_is_said(run, extract):
    out, _ = run(extract({"LastChangedDate": "05-12-2016"}))

    assert "the newest change of a school in this file is of December 2016: more than a year ago" in out


def test_age_does_not_rest_on_days_to_come(run, extract):
    out, _ = run(extract({"LastChangedDate": "05-12-2016", "CloseDate": "31-08-2090"}))

    assert "of December 2016" in out


def test_order_of_day_and_month_is_decided_for_the_file_as_a_whole(extract):
    """A spreadsheet has saved the file with the month first: 03/12/2016 is 12 March, because 12/31/2016 is in it."""
    path = extract({"OpenDate": "03/12/2016", "LastChangedDate": ""}, {"URN": "100002", "OpenDate": "12/31/2015"})
    path.write_text(path.read_text().replace("20-10-2026", ""))

    assert sorted(read_register(path).dates.dt.date) == [date(2015, 12, 31), date(2016, 3, 12)]


def test_dates_in_both_orders_are_refused_by_row_and_column(extract):
    path = extract({"OpenDate": "13-01-2016"}, {"URN": "100002", "LastChangedDate": "10/25/2026"})

    with pytest.raises(FaultyFile, match="Row 3, column LASTCHANGEDDATE: found '10/25/2026'; expected a date"):
        read_establishments(path)


def test_faults_name_row_and_column(extract):
    with pytest.raises(FaultyFile) as refusal:
        read_establishments(extract({"StatutoryLowAge": "eleven"}, {}))

    assert [str(fault) for fault in refusal.value.faults] == [
        "Row 2, column STATUTORYLOWAGE: found 'eleven'; expected a whole number or an empty cell",
        "Row 3, column urn: found '100001'; expected each urn once",
    ]


@pytest.fixture
def workbook(tmp_path):
    def write(*changes, edit=lambda sheet: None):
        book, path = openpyxl.Workbook(), tmp_path / "extract.xlsx"
        for row in (list(SCHOOL), *(list((SCHOOL | change).values()) for change in changes)):
            book.active.append(row)
        edit(book.active)
        book.save(path)
        return path

    return write


def test_rows_that_are_left_out_are_said(run, workbook):
    def edit(sheet):
        sheet.row_dimensions[3].hidden = True
        sheet.cell(6, 1, "Source: Get Information about Schools")

    path = workbook({}, {"URN": "100002"}, {"URN": "100003"}, edit=edit)
    _, asked = run(path)
    assert "Hidden in the file: Row 3" in asked
    assert "with --hidden leave-out" in asked
    assert not School.objects.exists()

    out, _ = run(path, "--hidden", "leave-out")

    assert "left out: Row 3: hidden in the file" in out
    assert "left out: Row 6: a note below the table" in out
    assert set(School.objects.values_list("urn", flat=True)) == {100001, 100003}

    out, _ = run(path, "--hidden", "use")

    assert "hidden in the file, and read like the rest: Row 3" in out
    assert School.objects.filter(urn=100002).exists()


def test_formula_is_refused_and_not_read_as_an_empty_cell(workbook):
    with pytest.raises(FaultyFile, match="Row 2, column TRUSTS \\(CODE\\): found a formula; expected a value: open"):
        read_establishments(workbook({"Trusts (code)": "=1+1"}))


@pytest.mark.real_data
def test_every_copy_of_the_extract_is_read(shared_data):
    files = [
        *shared_data.glob("newest/*edubasealldata*.csv"),
        *shared_data.parent.glob("cases/data/gias_full_extract/*.csv"),
    ]

    found = {path.name: read_establishments(path) for path in files}

    assert len(found) >= 4
    sample = found["rebuilt_edubasealldata_202608_sample.csv"]
    assert (len(sample), int((sample["status"] == "open").sum())) == (1443, 1418)
    assert sample["uid"].notna().sum() == 1085
    assert found["edubasealldata20260801.csv"]["urn"].tolist() == [143899]
