from pathlib import Path

import pandas as pd
import pytest

from published.dfe import read_results_file

FILES = Path(__file__).parent / "files"
COLUMNS = ["urn", "measure", "year", "release", "pupil_group", "value", "status", "lower", "upper", "cohort"]


@pytest.fixture(scope="module")
def ks4():
    return read_results_file(FILES / "2018-19" / "ks4_provisional.csv")


@pytest.fixture(scope="module")
def ks2():
    return read_results_file(FILES / "ks2_final_wide.csv")


def cell(results, key, measure, pupil_group="all"):
    frame = results.values
    found = frame[
        (frame[results.layout.key] == key) & (frame["measure"] == measure) & (frame["pupil_group"] == pupil_group)
    ]
    assert len(found) == 1
    return found.iloc[0]


def test_fixture_is_as_awkward_as_the_real_file():
    content = (FILES / "2018-19" / "ks4_provisional.csv").read_bytes()

    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    assert not content.endswith(b"\n")


def test_read_returns_one_row_for_each_school_measure_and_group(ks4):
    assert list(ks4.values) == COLUMNS
    assert len(ks4.values) == ks4.summary.values == 6 * 14
    assert not ks4.values.duplicated(["urn", "measure", "pupil_group"]).any()
    assert set(ks4.values["year"]) == {2019}
    assert set(ks4.values["release"]) == {"provisional"}


def test_read_returns_a_value_with_its_limits_and_cohort(ks4):
    progress = cell(ks4, 990001, "P8MEA")

    assert (progress["value"], progress["lower"], progress["upper"], progress["cohort"]) == (0.12, -0.05, 0.29, 190)
    assert cell(ks4, 990001, "ATT8SCR")["cohort"] == 201
    assert pd.isna(cell(ks4, 990001, "ATT8SCR")["lower"])


def test_read_stores_percentages_as_percent_numbers(ks4):
    assert cell(ks4, 990001, "PTL2BASICS_95")["value"] == 60.5
    assert cell(ks4, 990001, "PTL2BASICS_95")["status"] == "value"


@pytest.mark.parametrize(
    ("urn", "measure", "status"),
    [
        (990002, "P8MEA", "not_applicable"),
        (990003, "P8MEA", "blank"),  # the row ends before the column
        (990004, "P8MEA", "no_entries"),
        (990004, "P8_BANDING", "blank"),
        (990005, "P8MEA", "low_coverage"),
        (990006, "P8MEA", "suppressed"),  # though its limits have numbers
        (990006, "EBACCAPS", "redacted"),
        (990006, "PTEBACC_94", "special_school"),
        (990006, "PTEBACC_95", "new_school"),
        (990006, "PT5EM_94", "not_published"),
    ],
)
def test_read_keeps_every_reason_without_a_number(ks4, urn, measure, status):
    found = cell(ks4, urn, measure)

    assert found["status"] == status
    assert found[["value", "lower", "upper"]].isna().all()


def test_read_separates_england_and_authorities_from_schools(ks4):
    assert set(ks4.schools["urn"]) == {990001, 990002, 990003, 990004, 990005, 990006}
    progress = ks4.national[ks4.national["measure"] == "P8MEA"]
    assert progress[["geography", "la", "scope", "value", "cohort"]].to_numpy(dtype=object).tolist() == [
        ["England", 0, "state-funded", -0.03, 513000],
        ["local authority", 999, "state-funded", 0.10, 230],
    ]
    attainment = ks4.national[(ks4.national["measure"] == "ATT8SCR") & (ks4.national["scope"] == "all schools")]
    assert attainment["value"].tolist() == [44.5]
    assert "blank" not in set(ks4.national["status"])


def test_read_describes_the_schools(ks4):
    school = ks4.schools.set_index("urn").loc[990001]

    assert school.to_dict() == {
        "name": "Quay, Invented School",
        "la": 999,
        "estab": 4001,
        "school_type": "ACC",
        "is_mainstream": True,
    }
    assert ks4.schools.set_index("urn").loc[990004, "is_mainstream"] == False  # noqa: E712 - pandas' own False


def test_read_counts_what_it_read_and_what_it_left_out(ks4):
    summary = ks4.summary

    assert (summary.layout, summary.year, summary.release) == ("ks4", 2019, "provisional")
    assert (summary.rows, summary.schools) == (9, 6)
    assert sum(summary.by_status.values()) == summary.values
    assert summary.by_status["redacted"] == 1
    assert summary.unread == ("ICLOSE",)
    assert summary.cohorts["P8MEA"] == "P8PUP"
    assert not summary.codes_are_blank


def test_read_does_not_know_mainstream_schools_without_record_types():
    results = read_results_file(FILES / "2017-18" / "ks4_final_headline.csv")

    assert results.schools["is_mainstream"].isna().all()
    assert results.national.empty
    assert (results.summary.year, results.summary.release) == (2018, "final")


def test_read_notes_that_a_file_has_blanks_instead_of_codes():
    results = read_results_file(FILES / "2017-18" / "ks4_final_headline.csv")

    assert results.summary.codes_are_blank
    assert cell(results, 990002, "P8MEA")["status"] == "blank"
    assert results.summary.cohorts["P8MEA"] == "TPUP"


def test_read_keeps_pupil_groups_separate(ks2):
    assert [cell(ks2, 990101, "PTRWM_EXP", group)["value"] for group in ("all", "boys", "disadvantaged")] == [
        60,
        57,
        42,
    ]
    progress = cell(ks2, 990101, "READPROG", "disadvantaged")
    assert (progress["value"], progress["lower"], progress["upper"], progress["cohort"]) == (-0.8, -3.7, 2.1, 12)


def test_read_does_not_mix_in_earlier_years(ks2):
    assert set(ks2.values["year"]) == {2019}
    assert cell(ks2, 990101, "PTRWM_EXP")["value"] == 60
    assert {"READPROG_18", "READPROG_17", "PTRWM_EXP_18"} <= set(ks2.summary.unread)


def test_read_treats_a_suppressed_count_as_an_unknown_cohort(ks2):
    found = cell(ks2, 990103, "READPROG")

    assert (found["value"], found["cohort"]) == (-12.3, 8)
    assert cell(ks2, 990103, "TELIG", "not_disadvantaged")["status"] == "suppressed"
    assert pd.isna(cell(ks2, 990103, "PTRWM_EXP", "not_disadvantaged")["cohort"])


def test_read_distinguishes_a_new_school_from_a_missing_figure(ks2):
    assert cell(ks2, 990102, "TOTPUPS")["status"] == "new_school"
    assert cell(ks2, 990102, "PTRWM_EXP")["status"] == "blank"


def test_read_distinguishes_zero_from_an_empty_cell(ks2):
    assert (cell(ks2, 990101, "WRITPROG")["value"], cell(ks2, 990101, "WRITPROG")["status"]) == (0, "value")


def test_read_absence_returns_england_by_phase():
    results = read_results_file(FILES / "2018-19" / "absence.csv")

    assert results.national[["scope", "measure", "value"]].to_numpy(dtype=object).tolist() == [
        ["state-funded primary", "PERCTOT", 4],
        ["state-funded secondary", "PERCTOT", 5.5],
        ["state-funded primary", "PPERSABS10", 8.2],
        ["state-funded secondary", "PPERSABS10", 13.7],
    ]
    assert results.schools["urn"].tolist() == [990101, 990103]


def test_read_leaves_out_repeated_and_empty_rows():
    results = read_results_file(FILES / "2017-18" / "census.csv")

    assert [(left_out.row, left_out.reason) for left_out in results.summary.left_out] == [
        (4, "the same as row 2"),
        (5, "an empty row"),
    ]
    assert cell(results, 990001, "NOR", "girls")["value"] == 501
    assert cell(results, 990101, "PNUMEAL")["status"] == "not_published"
    assert (results.summary.rows, results.summary.schools) == (4, 2)


def test_read_workforce_reads_pounds_and_grouped_thousands():
    results = read_results_file(FILES / "2018-19" / "workforce.csv")

    assert cell(results, 990001, "TEACHER_MEAN_SALARY")["value"] == 45421
    assert cell(results, 990101, "TEACHER_MEAN_SALARY")["status"] == "suppressed"
    england = results.national.set_index("measure")["value"]
    assert (england["TEACHERS"], england["TEACHER_MEAN_SALARY"]) == (219269, 40571)


def test_read_destinations_reads_sp_as_a_small_percentage():
    results = read_results_file(FILES / "destinations.csv")

    assert results.summary.year == 2018
    assert cell(results, 990001, "APPRENPER")["status"] == "small_percentage"
    assert cell(results, 990001, "OVERALL_DESTPER")["cohort"] == 207
    assert set(results.national["geography"]) == {"England", "local authority"}


def test_read_trusts_returns_trusts_and_the_schools_in_their_figures():
    results = read_results_file(FILES / "mats_ks4.csv", year=2017)

    assert results.schools.empty
    assert results.trusts["name"].tolist() == ["Invented Mercers, The", "Invented Harbour Trust"]
    assert results.members[results.members["uid"] == 990001]["urn"].tolist() == [990001, 990002, 990005]
    assert results.summary.repaired == (2,)
    progress = cell(results, 990001, "P8MEA")
    assert (progress["value"], progress["lower"], progress["cohort"]) == (-0.06, -0.16, 626)
    assert cell(results, 990001, "P8MEA", "disadvantaged")["value"] == -0.29
    assert cell(results, 990002, "P8MEA", "disadvantaged")["status"] == "suppressed"
    assert cell(results, 990002, "PTEBACC_E_PTQ_EE")["value"] == 20.4


def test_read_gives_the_same_result_with_any_line_ends_mark_and_encoding(tmp_path, ks4):
    text = (FILES / "2018-19" / "ks4_provisional.csv").read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    for encoding in ("utf-8", "cp1252"):
        path = tmp_path / f"{encoding}_provisional.csv"
        path.write_bytes(text.replace("Invented Ford", "Invénted Ford").encode(encoding))

        results = read_results_file(path, year=2019)

        pd.testing.assert_frame_equal(results.values, ks4.values)
        assert "Invénted Ford School" in set(results.schools["name"])


def test_read_takes_the_words_of_a_band_for_its_number(tmp_path):
    path = tmp_path / "2023-24_ks4final.csv"
    header = "RECTYPE,LEA,ESTAB,URN,SCHNAME,TPUP,ATT8SCR,P8MEA,P8_BANDING"
    path.write_text(f"{header}\n1,999,4001,990001,A,120,48.2,0.6,Well above average\n1,999,4002,990002,B,90,40,-1,NA\n")

    results = read_results_file(path)

    assert cell(results, 990001, "P8_BANDING")["value"] == 1
    assert results.summary.left_out_columns == ()


def test_read_leaves_out_and_names_a_band_in_unknown_words(tmp_path):
    path = tmp_path / "2023-24_ks4final.csv"
    header = "RECTYPE,LEA,ESTAB,URN,SCHNAME,TPUP,ATT8SCR,P8MEA,P8_BANDING"
    path.write_text(f"{header}\n1,999,4001,990001,A,120,48.2,0.6,Splendid\n1,999,4002,990002,B,90,40,-1,2\n")

    results = read_results_file(path)

    assert cell(results, 990001, "P8MEA")["value"] == 0.6
    assert "P8_BANDING" not in set(results.values["measure"])
    assert results.summary.left_out_columns == (
        "column P8_BANDING: its texts, such as “Splendid”, are neither bands nor numbers",
    )


def test_read_does_not_take_last_years_columns_for_this_years(tmp_path):
    path = tmp_path / "2024-25_ks4final.csv"
    header = "RECTYPE,LEA,ESTAB,URN,SCHNAME,TPUP,ATT8SCR,P8MEA,P8MEA_PREV,ATT8SCR_PREV,P8MEA_PREV2"
    path.write_text(f"{header}\n1,999,4001,990001,A,120,48.2,NA,0.6,47,0.5\n")

    results = read_results_file(path)

    assert cell(results, 990001, "P8MEA")["status"] == "not_applicable"
    assert cell(results, 990001, "ATT8SCR")["value"] == 48.2
    assert {"P8MEA_PREV", "ATT8SCR_PREV", "P8MEA_PREV2"} <= set(results.summary.unread)


def places(results, measure):
    frame = results.national
    return frame.loc[frame["measure"] == measure, ["geography", "la", "scope", "value"]].to_numpy(dtype=object).tolist()


def test_read_keeps_the_phases_of_an_authority(tmp_path):
    path = tmp_path / "2023-24_abs.csv"
    path.write_text(
        "LA,ESTAB,URN,PERCTOT,PPERSABS10\n999,2000,990001,5.5,14\n999,PRI,,5.4,13.4\n999,SEC,,8,22.8\nNAT,PRI,,5.5,14.6\n"
    )

    results = read_results_file(path)

    assert results.schools["urn"].tolist() == [990001]
    assert places(results, "PERCTOT") == [
        ["local authority", 999, "state-funded primary", 5.4],
        ["local authority", 999, "state-funded secondary", 8],
        ["England", 0, "state-funded primary", 5.5],
    ]


def test_read_finds_the_places_of_a_census_in_any_of_its_columns(tmp_path):
    path = tmp_path / "2024-25_census.csv"
    path.write_text(
        "URN,LA,Estab,SCHOOLTYPE,NOR,TSENELSE,PSENELK,NUMEAL\n"
        "990001,999,2118,State-funded primary,158,5,17.09%,28\n"
        "LA,State-funded primary,PRI,999,102297,3268,14.09%,21917\n"
        "NAT,,PRI,State-funded primary,4554974,157716,15%,1065551\n"
        "NAT,SEC,,,3671427,113452,13.4%,703666\n"  # as in 2015-16
    )

    assert places(read_results_file(path), "NOR") == [
        ["local authority", 999, "state-funded primary", 102297],
        ["England", 0, "state-funded primary", 4554974],
        ["England", 0, "state-funded secondary", 3671427],
    ]


def test_read_reads_trusts_under_the_names_of_2023(tmp_path):
    path = tmp_path / "england_ks4-mats-performance.csv"
    header = (
        "TIME_PERIOD,TRUST_GROUP_TYPE,TRUST_NAME,TRUST_UID,TRUST_ID,INSTITUTIONS_MATPTINC,TPUP_MATPTINC,ATT8SCR_WGTAVG,"
        "P8MEA_WGTAVG,P8CILOW,P8CIUPP,PTL2BASICS_95_WGTAVG,P8MEA_WGTAVG_FSM6CLA1A,P8_BANDING"
    )
    path.write_text(
        f"{header}\n202223,Multi-academy trusts,QUAY TRUST,99001,TR99001,990001;990002,647,40.4,-0.68,-0.79,-0.56,34%,"
        "-0.93,Well below average\n"
    )

    results = read_results_file(path)

    assert (results.summary.year, results.trusts["name"].tolist()) == (2023, ["QUAY TRUST"])
    progress = cell(results, 99001, "P8MEA")
    assert (progress["value"], progress["lower"], progress["upper"], progress["cohort"]) == (-0.68, -0.79, -0.56, 647)
    assert cell(results, 99001, "P8MEA", "disadvantaged")["value"] == -0.93
    assert cell(results, 99001, "PTL2BASICS_95")["value"] == 34
    assert cell(results, 99001, "P8_BANDING")["value"] == 5
    assert results.members["urn"].tolist() == [990001, 990002]


AAR = (
    "LAEstab,LA,Estab,URN,School Name,Period covered by return,MAT SAT or Central Services,Revenue reserve,"
    "In year balance,Total Income,Total Staff Costs,Education support staff,Total Expenditure"
)


def test_read_calculates_shares_of_income_from_academies_accounts(tmp_path):
    path = tmp_path / "AAR_2023-24_download.csv"
    path.write_text(
        f"{AAR}\n9994001,999,4001,990001,A,12,MAT,410000,-70000,6350000,4900000,400000,6420000\n"
        "9994002,999,4002,990002,B,5,MAT,1,1,100,90,9,99\n9994002,999,4002,990002,B,7,MAT,2,2,200,180,18,198\n"
        "9994003,999,4003,990003,C,12,SAT,DNS,DNS,DNS,DNS,DNS,DNS\n9994004,999,4004,990004,D,12,SAT,5,0,0,0,0,0\n"
    )

    results = read_results_file(path)

    assert (results.summary.layout, results.summary.year) == ("finance", 2024)
    assert cell(results, 990001, "REVENUE_RESERVE")["value"] == 410000
    assert cell(results, 990001, "BALANCE_PERCENT")["value"] == 100 * -70000 / 6350000
    assert cell(results, 990001, "STAFF_COSTS_PERCENT")["value"] == 100 * 4900000 / 6350000
    assert cell(results, 990003, "STAFF_COSTS_PERCENT")["status"] == "not_published"
    assert cell(results, 990004, "STAFF_COSTS_PERCENT")["status"] == "not_applicable"
    assert 990002 not in set(results.schools["urn"])  # It changed trust: two rows, neither about a year.
    assert [str(row.reason) for row in results.summary.left_out] == [
        "it covers 5 months, not a year",
        "it covers 7 months, not a year",
    ]


def test_read_reads_maintained_schools_accounts(tmp_path):
    path = tmp_path / "CFR_2024-25_download.csv"
    path.write_text(
        "LA,Estab,Did Not Supply flag,Lead school in federation,School Name,URN,Period covered by return,"
        "Revenue Reserve: B01 + B02 + B06,Total Income: I01:I18 - E30,Staff Total: (E01:E03) + E05 + (E07: E11) + E26\n"
        '999,2001,N,,Quay,990101,12,"£100,000","£1,000,000","£790,000"\n'
    )

    results = read_results_file(path)

    assert cell(results, 990101, "RESERVE_PERCENT")["value"] == 10
    assert cell(results, 990101, "STAFF_COSTS_PERCENT")["value"] == 79
