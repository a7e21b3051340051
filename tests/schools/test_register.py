"""Test importing the register, with invented files, and with the real files where they are available."""

import io
from datetime import date

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from schools.models import School, SchoolLink
from tests.factories import SchoolFactory, TrustFactory
from trusts.models import Trust

GROUPS = "Group UID,Group ID,Group Name,Companies House Number,Group Type,Closed Date,Open date,Group Status,UKPRN\n"
ACADEMIES = (
    "URN,Linked UID,Group Name,Group Type,Joined date,EstablishmentName,TypeOfEstablishment (name),"
    "PhaseOfEducation (name),LA (code),LA (name)\n"
)
LINKS = "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n"
SPINE = {
    "URN": 100001, "LA": 999, "ESTAB": 4001, "SCHNAME": "Invented Quay", "STREET": "", "LOCALITY": "", "ADDRESS3": "",
    "TOWN": "Harbourton", "POSTCODE": "ZZ1 1ZZ", "OPENDATE": None, "CLOSEDATE": None, "MINORGROUP": "Academy",
    "NFTYPE": "Academy - Converter mainstream", "ISPRIMARY": 0, "ISSECONDARY": 1, "ISPOST16": 1, "AGEL": 11, "AGEH": 18,
}  # fmt: skip


def group(uid, name, kind="Multi-academy trust", closed=""):
    return f"{uid},TR0{uid},{name},0000000{uid % 10},{kind},{closed},01/02/2013,Open,1000000{uid % 10}\n"


def academy(urn, uid, name="Invented Quay School"):
    return f"{urn},{uid},x,Multi-academy trust,01-03-2016,{name},Academy Converter,Secondary,999,Inventedshire\n"


def link(urn, other, words):
    return f"{urn},{other},Before,{words},\n"


@pytest.fixture
def put(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


@pytest.fixture
def write(tmp_path, put):
    """Write one of the register's files."""

    def spine(*changes):
        book = openpyxl.Workbook()
        book.active.append(list(SPINE))
        for change in changes:
            book.active.append(list((SPINE | change).values()))
        book.save(tmp_path / "spine.xlsx")
        return tmp_path / "spine.xlsx"

    return {
        "groups": lambda *rows: put("groups.csv", GROUPS + "".join(group(*row) for row in rows)),
        "academies": lambda *rows: put("academies.csv", ACADEMIES + "".join(academy(*row) for row in rows)),
        "links": lambda *rows: put("links.csv", LINKS + "".join(link(*row) for row in rows)),
        "spine": spine,
    }


@pytest.fixture
def run(db):
    def call(*files, **options):
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("import_register", *map(str, files), stdout=out, stderr=err, **options)
        except CommandError as error:
            return out.getvalue(), f"{err.getvalue()}{error}", error.returncode
        return out.getvalue(), err.getvalue(), 0

    return call


@pytest.fixture
def whole(write):
    return [
        write["links"]((100001, 90001, "Predecessor"), (100001, 90002, "Merged - expansion in school capacity")),
        write["academies"]((100001, 1)),
        write["spine"]({}, {"URN": 100002, "SCHNAME": "Invented Moor", "ISPRIMARY": 1, "ISSECONDARY": 0}),
        write["groups"]((1, "Invented Harbour Trust"), (2, "Invented Federation", "Federation")),
    ]


def counts(out):
    """Return read, added, changed, unchanged and skipped under the first word of each file's row."""
    return {line.split()[0]: [int(n.replace(",", "")) for n in line.split()[-5:]]
            for line in out.splitlines() if line and not line.startswith((" ", "File", "This"))}  # fmt: skip


def test_files_can_be_given_in_any_order(run, whole):
    out, _, code = run(*whole)

    assert code == 0
    assert counts(out) == {
        "groups.csv": [2, 1, 0, 0, 1],
        "spine.xlsx": [2, 2, 0, 0, 0],
        "academies.csv": [1, 0, 1, 0, 0],
        "links.csv": [2, 1, 0, 0, 1],
    }
    school = School.objects.get(pk=100001)
    assert (school.name, school.trust.name) == ("Invented Quay School", "Invented Harbour Trust")
    assert (school.joined_date, school.phase, school.school_type) == (
        date(2016, 3, 1),
        "secondary",
        "Academy converter",
    )
    assert (school.town, school.lowest_age, school.establishment_number) == ("Harbourton", 11, 4001)
    assert School.objects.get(pk=100002).trust is None
    assert not Trust.objects.get().is_tenant
    link = SchoolLink.objects.get()
    assert (link.urn, link.link_urn, link.direction, link.kind) == (100001, 90001, "predecessor", "one_to_one")


def test_importing_the_same_files_again_changes_nothing(run, whole):
    run(*whole)

    out, _, _ = run(*whole)

    assert {name: row[1:3] for name, row in counts(out).items()} == {name: [0, 0] for name in counts(out)}
    assert sum(row[3] for row in counts(out).values()) == 5


def test_dry_run_prints_the_same_and_writes_nothing(run, whole):
    dry, _, _ = run(*whole, dry_run=True)

    assert not Trust.objects.exists()
    assert not School.objects.exists()
    assert not SchoolLink.objects.exists()
    wet, _, _ = run(*whole)
    assert counts(dry) == counts(wet)


def test_older_spine_does_not_overwrite_the_register(run, whole, write):
    run(*whole)

    run(write["spine"]({"SCHNAME": "An old name", "ISPRIMARY": 1, "AGEL": 4}))

    school = School.objects.get(pk=100001)
    assert (school.name, school.phase, school.lowest_age) == ("Invented Quay School", "secondary", 4)


def test_schools_leave_and_move_between_trusts_as_the_register_says(run, whole, write):
    run(*whole)
    run(write["academies"]((100001, 1), (100002, 1, "Invented Moor School")))
    run(write["groups"]((1, "Invented Harbour Trust"), (3, "Invented Hill Trust")))

    run(write["academies"]((100002, 3, "Invented Moor School")))

    assert School.objects.get(pk=100001).trust is None
    assert School.objects.get(pk=100001).joined_date is None
    assert School.objects.get(pk=100002).trust_id == 3


def test_partial_register_is_refused(run, whole, write):
    run(*whole)
    run(write["academies"](*[(110000 + n, 1) for n in range(100)]))

    _, err, code = run(write["academies"]((110000, 1)))

    assert code == 1
    assert "99 of 100 schools would leave their trust" in err
    assert School.objects.filter(trust_id=1).count() == 100


def test_tenants_and_invented_rows_do_not_change(run, whole, write):
    run(*whole)
    Trust.objects.filter(pk=1).update(is_tenant=True)
    invented = SchoolFactory(trust=TrustFactory(uid=990101))

    run(*whole, write["groups"]((1, "Invented Harbour Trust renamed"), (990101, "Not this one")))

    assert Trust.objects.get(pk=1).name == "Invented Harbour Trust renamed"
    assert Trust.objects.get(pk=1).is_tenant
    assert Trust.objects.get(pk=990101).name != "Not this one"
    invented.refresh_from_db()
    assert invented.trust_id == 990101


def test_link_is_corrected_as_in_the_register(run, whole, write):
    run(*whole)

    run(write["links"]((100001, 90001, "Predecessor - merged")))

    assert SchoolLink.objects.get().kind == "merged"


def test_links_in_a_circle_are_refused(run, write):
    _, err, code = run(write["links"]((100001, 100002, "Predecessor"), (100002, 100001, "Predecessor")))

    assert code == 1
    assert "circle" in err
    assert not SchoolLink.objects.exists()


def test_faulty_file_is_refused_whole_and_the_others_are_imported(run, whole, put):
    bad = put("bad.csv", LINKS + "100001,90001,Before,Predecessor,\n100001,x,Before,Successor,99-99-2020\n")
    strange = put("strange.csv", "a,b\n1,2\n")

    out, err, code = run(*whole[1:], bad, strange)

    assert code == 1
    assert "Row 3, column LINKURN: found 'x'; expected a whole number" in err
    assert "Row 3, column LINKESTABLISHEDDATE" in err
    assert "strange.csv is not recognised" in err
    assert "2 of 5 files were refused: bad.csv, strange.csv" in err
    assert not SchoolLink.objects.exists()
    assert School.objects.get(pk=100001).trust_id == 1
    assert list(counts(out)) == ["groups.csv", "spine.xlsx", "academies.csv"]


def test_academies_are_refused_before_their_trusts(run, write):
    _, err, code = run(write["academies"]((100001, 1)))

    assert code == 1
    assert "Import the register's list of all groups first" in err


@pytest.mark.real_data
def test_real_register_is_imported(run, shared_data):
    files = [*shared_data.glob("dfe/gias/2026-08/*.csv")]

    out, _, code = run(*files)

    assert code == 0
    assert counts(out) == {
        "allgroupsdata.csv": [7177, 3681, 0, 0, 3496],
        "grouplinks_edubaseallacademiesandfree.csv": [6399, 6399, 0, 0, 76],
        "links_edubasealldata.csv": [35239, 34884, 0, 0, 355],
    }
    assert School.objects.get(pk=143899).trust_id == 16545
