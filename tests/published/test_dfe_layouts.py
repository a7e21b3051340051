from pathlib import Path

import pytest

from published.dfe import LAYOUTS, ReleaseUnknown, YearUnknown, recognise_layout
from published.dfe.layouts import release_of, year_in_columns, year_of
from tables.faults import FileNotRecognised, FileRefused

FILES = Path(__file__).parent / "files"
KS4 = next(layout for layout in LAYOUTS if layout.code == "ks4")
ABSENCE = next(layout for layout in LAYOUTS if layout.code == "absence")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("2018-19/ks4_provisional.csv", "ks4"),
        ("2017-18/ks4_final_headline.csv", "ks4"),
        ("ks2_final_wide.csv", "ks2"),
        ("2018-19/absence.csv", "absence"),
        ("2017-18/census.csv", "census"),
        ("2018-19/workforce.csv", "workforce"),
        ("destinations.csv", "destinations"),
        ("mats_ks4.csv", "mats_ks4"),
    ],
)
def test_recognise_uses_the_columns_and_not_the_name(tmp_path, name, code):
    disguised = tmp_path / "england_census.csv"
    disguised.write_bytes((FILES / name).read_bytes())

    assert recognise_layout(disguised).code == code


def test_recognise_names_the_nearest_layout_and_the_missing_columns(tmp_path):
    path = tmp_path / "cut.csv"
    path.write_text("LEA,ESTAB,URN,SCHNAME,P8MEA,PTEBACC_E_PTQ_EE\n999,4001,990001,Invented,0.1,5%\n")

    with pytest.raises(FileNotRecognised, match=r"cut\.csv .* It is most like Key stage 4 results, .* ATT8SCR\."):
        recognise_layout(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "It is empty"),
        (b"\n", "It is empty"),
        (b"name,age\nA,4\n", r"It has the columns NAME, AGE: no file of results"),
        (b'"open', "could not find any column headings"),
        (b"\x50\x4b\x03\x04\x00\x00", "it ends in the middle"),
        (b"\xff\xfe", "sheet is empty"),
    ],
)
def test_recognise_refuses_other_files_with_a_reason(tmp_path, content, reason):
    path = tmp_path / "other.csv"
    path.write_bytes(content)

    with pytest.raises(FileRefused, match=reason):
        recognise_layout(path)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("URN,LA (code),EstablishmentName,EstablishmentStatus (name)", "the register of schools. Import it with"),
        (
            "Web link,URN,Ofsted phase,Inspection number of latest full inspection",
            "latest inspections up to August 2024, but has",
        ),
        (
            "Web Link,URN,Ofsted phase,Inclusion,Curriculum and teaching",
            "report cards .from November 2025., but has no",
        ),
        ("time_period,geographic_level,la_name,education_phase,sess_overall_percent", "local authorities and England"),
        ("time_period,school_urn,p8_banding,diffn_att8", "The results are in the file called performance_tables"),
        ("time_period,school_urn,vacancy,rate", "It is most like School workforce census, but has no TEMPFILLED"),
        ("name,possible,authorised absences", "attendance from a school's own system. Use it in the school's return"),
        ("upn,exclusion type", "suspensions and exclusions from a school's own system"),
        ("school,year,percentile", "It looks like percentiles of schools"),
        ("name,age", "It has the columns NAME, AGE: no file of results"),
    ],
)
def test_recognise_says_what_an_unknown_file_looks_like(tmp_path, header, words):
    path = tmp_path / "unknown.csv"
    path.write_text(f"{header}\n")

    with pytest.raises(FileNotRecognised, match=words):
        recognise_layout(path)


@pytest.mark.parametrize(
    ("columns", "year"),
    [
        (["READPROG", "READPROG_16"], 2017),
        (["READPROG", "READPROG_17", "READPROG_16"], 2018),
        (["READPROG", "READPROG_19"], 2022),  # No tables for 2020 and 2021.
        (["READPROG", "READPROG_22", "READPROG_19"], 2023),
        (["COHORT", "COHORT_18", "OVERALL_DESTPER_17"], 2019),
        (["COHORT", "OVERALL_DESTPER", "COHORT_21", "OVERALL_DESTPER_20"], None),  # Since 2021-22, a moving distance.
        (["P8MEA", "PTL2BASICS_LL_PTQ_EE"], 2016),
        (["P8MEA", "PTL2BASICS_95", "PTL2BASICS_94", "TAB1618", "OPEN_18"], None),
    ],
)
def test_year_in_columns_follows_from_earlier_years_figures(columns, year):
    assert year_in_columns(columns) == year


@pytest.mark.parametrize(
    ("place", "year"),
    [
        ("2018-19/absence.csv", 2019),
        ("2018-2019_england_abs.csv", 2019),
        ("files/20172018/absence.csv", 2018),
        ("2016-17/copy/2017-18_absence.csv", 2018),
        ("2022-2023_england_ks4final.csv", 2023),
        ("england_ks4final 2022:23.csv", 2023),
        ("202324_england_ks4revised.csv", 2024),
        ("1999-00/2098-99/absence.csv", 2099),
    ],
)
def test_year_of_reads_the_name_and_the_folders(place, year):
    assert year_of(Path(place), [], None) == year


@pytest.mark.parametrize("place", ["absence.csv", "2019/absence.csv", "2026-08/absence.csv", "850_2018.csv"])
def test_year_of_never_guesses(place):
    with pytest.raises(YearUnknown, match="year in which the school year ends"):
        year_of(Path(place), ["URN", "PERCTOT"], None)


def test_year_of_prefers_the_given_year_to_the_folder():
    assert year_of(Path("2018-19/absence.csv"), [], 2018) == 2018


@pytest.mark.parametrize(("asked", "place"), [(2018, "any.csv"), (None, "2017-18/any.csv")])
def test_year_of_refuses_a_year_that_contradicts_the_columns(asked, place):
    with pytest.raises(YearUnknown, match="its columns are those of 2018-19"):
        year_of(Path(place), ["READPROG", "READPROG_18"], asked)


@pytest.mark.parametrize(
    ("place", "layout", "asked", "release"),
    [
        ("england_ks4provisional.csv", KS4, None, "provisional"),
        ("england_ks4revised.csv", KS4, None, "revised"),
        ("final/england_ks4.csv", KS4, None, "final"),
        ("england_ks4provisional.csv", KS4, "final", "final"),
        ("england_abs.csv", ABSENCE, None, "final"),
    ],
)
def test_release_of_uses_the_given_release_then_the_name(place, layout, asked, release):
    assert release_of(Path(place), layout, asked) == release


@pytest.mark.parametrize("asked", [None, "draft", ""])
def test_release_of_never_guesses(asked):
    with pytest.raises(ReleaseUnknown, match="provisional, revised, final"):
        release_of(Path("england_ks4.csv"), KS4, asked)
