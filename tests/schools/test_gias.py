from datetime import datetime

import openpyxl
import pandas as pd
import pytest

from schools.gias import read_group_links, read_groups, read_links, read_spine, recognise_register
from schools.gias.registers import EXPECTED_DATE
from tables.faults import FaultyFile, FileFault, FileNotRecognised

GROUPS = """\
"Group UID","Group ID","Group Name","Companies House Number","Group Type (code)","Group Type","Closed Date",\
"Open date","Incorporated on (open date)","Group Status (code)","Group Status","Group Street","Group Locality",\
"Group Address 3","Group Town","Group County","Group Postcode","UKPRN"
"990001","TR99001","Invénted Harbour Trust","00000001","06","Multi-academy trust","","","01/02/2013","OPEN","Open",\
"1 Quay Street","","","Harbourton","Not recorded","ZZ1 1ZZ","10099999"
"990002","","Invented Moor Federation","","01","Federation","31-08-2019","06/01/2009","","CLOSED","Closed",\
"","","","","Not recorded","",""
"990003","SP99003","Invented Sponsor","","05","School sponsor","","01/01/1902","","PROPOSED_TO_OPEN",\
"Proposed to open","","","","","","",""
"""

GROUP_LINKS = """\
"URN","Linked UID","Group Name","Companies House Number","Group Type","Closed Date","Group Status","FederationType",\
"Joined date","EstablishmentName","TypeOfEstablishment (code)","TypeOfEstablishment (name)",\
"PhaseOfEducation (code)","PhaseOfEducation (name)","LA (code)","LA (name)","HasSharedHT"
990001,990003,"Invented Sponsor","","School sponsor","","Open","","01-11-2016","Invented Quay School","28",\
"Academy Sponsor Led","4","Secondary","999","Inventedshire"
990001,990001,"Invented Harbour Trust","00000001","Multi-academy trust","","Open","","01-03-2016",\
"Invented Quay School","28","Academy Sponsor Led","4","Secondary","999","Inventedshire"
990002,990009,"Invented Umbrella","","Umbrella trust","","Open","","01-03-2016","Invented Moor School","34",\
"Academy Converter","2","Primary","999","Inventedshire"
990002,990004,"Invented Moor School Trust","","Single-academy trust","","Open","","01-04-2012",\
"Invented Moor School","34","Academy Converter","2","Primary","999","Inventedshire"
990002,990001,"Invented Harbour Trust","","Multi-academy trust","","Open","","01-09-2018",\
"Invented Moor School","34","Academy Converter","2","Primary","999","Inventedshire"
990004,990001,"Invented Harbour Trust","","Multi-academy trust","","Open","","01-09-2014",\
"Invented Hill Special School","44","Academy Special Converter","0","Not applicable","999","Inventedshire"
990005,990001,"Invented Harbour Trust","","Multi-academy trust","","Open","","01-09-2014",\
"Invented Lane Centre","42","Academy Alternative Provision Converter","0","Not applicable","999","Inventedshire"
990006,990001,"Invented Harbour Trust","","Multi-academy trust","","Open","","01-09-2014",\
"Invented Ford School","28","Academy Sponsor Led","5","Middle Deemed Secondary","999","Inventedshire"
"""

SPINE = {
    "URN": 990001,
    "LA": 999,
    "ESTAB": 4001,
    "SCHNAME": "Invented Quay School",
    "STREET": "1 Quay Street",
    "LOCALITY": None,
    "ADDRESS3": None,
    "TOWN": "Harbourton",
    "POSTCODE": "ZZ1 1ZZ",
    "OPENDATE": datetime(2018, 9, 1),
    "CLOSEDATE": None,
    "MINORGROUP": "Academy",
    "NFTYPE": "Academy sponsor led mainstream",
    "ISPRIMARY": 0,
    "ISSECONDARY": 1,
    "ISPOST16": 1,
    "AGEL": 11,
    "AGEH": 18,
}


@pytest.fixture
def file(tmp_path):
    def write(text, *, encoding="cp1252"):
        path = tmp_path / "register.csv"
        path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
        return path

    return write


@pytest.fixture
def workbook(tmp_path):
    def write(*changes, without=()):
        book, path = openpyxl.Workbook(), tmp_path / "spine.xlsx"
        rows = [SPINE | change for change in changes]
        names = [name for name in SPINE if name not in without]
        for row in (names, *([row[name] for name in names] for row in rows)):
            book.active.append(row)
        book.save(path)
        return path

    return write


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_read_groups_in_either_encoding(file, encoding):
    groups = read_groups(file(GROUPS, encoding=encoding))

    assert groups["uid"].tolist() == [990001, 990002, 990003]
    assert groups["name"].iat[0] == "Invénted Harbour Trust"
    assert groups["companies_house_number"].iat[0] == "00000001"
    assert groups["status"].tolist() == ["open", "closed", "proposed to open"]
    assert groups["county"].tolist() == ["", "", ""]


def test_read_groups_reads_dates_written_either_way(file):
    groups = read_groups(file(GROUPS))

    assert groups["opened"].iloc[:2].tolist() == [pd.Timestamp("2013-02-01"), pd.Timestamp("2009-01-06")]
    assert groups["closed"].isna().tolist() == [True, False, True]
    assert groups["closed"].iat[1] == pd.Timestamp("2019-08-31")


def test_read_groups_reads_the_year_1902_as_no_date(file):
    assert pd.isna(read_groups(file(GROUPS))["opened"].iat[2])


def test_read_groups_names_the_cells_it_cannot_read(file):
    text = (
        GROUPS.replace("01/02/2013", "2013-02-30").replace('"990003"', '"990002"').replace("06/01/2009", "31/02/2009")
    )

    with pytest.raises(FaultyFile) as refusal:
        read_groups(file(text))

    assert refusal.value.faults == (
        FileFault(2, "INCORPORATED ON (OPEN DATE)", "'2013-02-30'", EXPECTED_DATE),
        FileFault(3, "OPEN DATE", "'31/02/2009'", EXPECTED_DATE),
        FileFault(4, "uid", "'990002'", "each uid once"),
    )


def test_read_group_links_gives_each_school_one_trust(file):
    links = read_group_links(file(GROUP_LINKS)).set_index("urn")

    assert links["uid"].to_dict() == dict.fromkeys([990001, 990002, 990004, 990005, 990006], 990001)
    assert links.loc[990002, "joined_date"] == pd.Timestamp("2018-09-01")
    assert links.loc[990002, "group_type"] == "Multi-academy trust"
    assert links.loc[990001, ["name", "type", "la_code", "la_name"]].tolist() == [
        "Invented Quay School",
        "Academy Sponsor Led",
        999,
        "Inventedshire",
    ]


def test_read_group_links_uses_our_phases_of_education(file):
    assert read_group_links(file(GROUP_LINKS)).set_index("urn")["phase"].to_dict() == {
        990001: "secondary",
        990002: "primary",
        990004: "special",
        990005: "alternative provision",
        990006: "secondary",
    }


def test_read_spine_gives_addresses_ages_and_numbers(workbook):
    school = read_spine(workbook({})).iloc[0]

    assert school.drop("closed").to_dict() == {
        "urn": 990001,
        "name": "Invented Quay School",
        "street": "1 Quay Street",
        "locality": "",
        "address3": "",
        "town": "Harbourton",
        "postcode": "ZZ1 1ZZ",
        "type": "Academy sponsor led mainstream",
        "phase": "secondary",
        "age_low": 11,
        "age_high": 18,
        "la": 999,
        "estab": 4001,
        "opened": pd.Timestamp("2018-09-01"),
    }
    assert pd.isna(school["closed"])


@pytest.mark.parametrize(
    ("group", "flags", "phase"),
    [
        ("Academy", (1, 0, 0), "primary"),
        ("Maintained School", (0, 1, 0), "secondary"),
        ("Academy", (1, 1, 1), "all-through"),
        ("College", (0, 0, 1), "16 plus"),
        ("Special School", (1, 1, 1), "special"),
        ("n/a", (0, 0, 0), ""),
    ],
)
def test_read_spine_finds_the_phase_of_education(workbook, group, flags, phase):
    path = workbook({"MINORGROUP": group} | dict(zip(("ISPRIMARY", "ISSECONDARY", "ISPOST16"), flags, strict=True)))

    assert read_spine(path)["phase"].tolist() == [phase]


def test_read_spine_refuses_a_school_that_is_listed_twice(workbook):
    with pytest.raises(FaultyFile, match="Row 3, column urn: found '990001'; expected each urn once"):
        read_spine(workbook({}, {"SCHNAME": "Invented Moor School"}))


def test_recognise_finds_each_file_by_its_columns(file, workbook):
    assert recognise_register(file(GROUPS)).code == "groups"
    assert recognise_register(file(GROUP_LINKS)).code == "group_links"
    assert recognise_register(file("URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n")).code == "links"
    assert recognise_register(workbook()).code == "spine"


def test_recognise_names_the_nearest_file_and_its_missing_columns(file, workbook):
    with pytest.raises(FileNotRecognised, match=r"It is most like Links between schools, but has no LINKTYPE\."):
        recognise_register(file("URN,LinkURN,LinkName\n"))
    with pytest.raises(FileNotRecognised, match=r"It is most like Schools, but has no NFTYPE\."):
        recognise_register(workbook({}, without=["NFTYPE"]))


@pytest.mark.parametrize("read", [read_groups, read_links])
def test_reader_refuses_another_file_of_the_register(file, read):
    with pytest.raises(FileNotRecognised, match=r"is the register's file 'Academies in trusts'\. Expected '"):
        read(file(GROUP_LINKS))


def test_read_spine_refuses_another_file_of_the_register(file):
    with pytest.raises(FileNotRecognised, match=r"is the register's file 'All groups'\. Expected 'Schools'"):
        read_spine(file(GROUPS))
