"""Test the reading of the Department's long tables: several rows for each school, by year, pupil group or subject."""

import pytest

from published.dfe import ReleaseUnknown, YearUnknown, read_results_file
from published.dfe.layouts import LONG_LAYOUTS
from published.dfe.long_tables import long_tables
from published.dfe.measures import layout_measures
from tables.faults import FaultyFile, FileNotRecognised

PLACE = "Academic year,School"
KS4_2025 = (
    "time_period,time_identifier,geographic_level,version,school_urn,school_laestab,school_name,old_la_code,"
    "breakdown_topic,breakdown,pupil_count,attainment8_average,engmath_95_percent,progress8_average"
)
KS4_2024 = (
    "time_period,time_identifier,geographic_level,version,school_urn,school_name,breakdown_topic,breakdown,"
    "t_pupils,avg_att8,pt_l2basics_95,avg_p8score,p8score_ci_low,p8score_ci_upp,t_inp8calc"
)
KS2 = (
    "time_period,time_identifier,geographic_level,version,school_urn,school_name,breakdown_topic,breakdown,subject,"
    "expected_standard_pupil_percent,average_scaled_score,progress_measure_score"
)
TERMS = "time_identifier,time_period,geographic_level,school_urn,headcount,perm_excl,suspension"


@pytest.fixture
def read(tmp_path):
    def reading(header, *rows, name="table.csv", **asked):
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8-sig")
        return read_results_file(path, **asked)

    return reading


def figures(results):
    """Return each figure, or its status, by URN, measure, year and pupil group."""
    frame = results.values.astype({"status": str})
    shown = frame["value"].astype(object).where(frame["value"].notna(), frame["status"])
    return dict(
        zip(frame[["urn", "measure", "year", "pupil_group"]].itertuples(index=False, name=None), shown, strict=True)
    )


def row_2025(urn, topic, breakdown, *cells, version="Final"):
    return f"202425,{PLACE},{version},{urn},9994001,Invented High,999,{topic},{breakdown},{','.join(map(str, cells))}"


def test_every_long_table_has_known_measures_and_its_own_columns():
    for table in long_tables():
        known = {measure.code for measure in layout_measures(table.layout)}
        assert known.issuperset(measure.code for measure in table.measures)
    assert len({layout.required for layout in LONG_LAYOUTS}) == len(LONG_LAYOUTS)


def test_key_stage_4_is_read_by_pupil_group(read):
    results = read(
        KS4_2025,
        row_2025(990001, "Total", "Total", 180, 44.0, 41.2, "z"),
        row_2025(990001, "Sex", "Boys", 90, 43.0, "c", "z"),
        row_2025(990001, "Prior attainment", "Low", 30, 20.0, 5, "z"),
        row_2025(990002, "Total", "Total", 60, 51.5, "low", "z"),
        "202425,Academic year,National,Final,,,,,Total,Total,600000,45.9,45.2,z",
    )

    assert (results.summary.layout, results.summary.year, results.summary.release) == ("ks4", 2025, "final")
    assert results.summary.schools == 2
    found = figures(results)
    assert found[990001, "ATT8SCR", 2025, "all"] == 44.0
    assert found[990001, "ATT8SCR", 2025, "boys"] == 43.0
    assert found[990001, "PTL2BASICS_95", 2025, "boys"] == "suppressed"
    assert found[990002, "PTL2BASICS_95", 2025, "all"] == "rounds_to_zero"
    assert found[990001, "P8MEA", 2025, "all"] == "not_applicable"
    assert (990002, "ATT8SCR", 2025, "boys") not in found
    assert results.values.query("measure == 'ATT8SCR' and pupil_group == 'boys'")["cohort"].tolist() == [90]
    assert results.schools.iloc[0][["name", "la", "estab"]].tolist() == ["Invented High", 999, 4001]


def test_key_stage_4_is_read_by_the_names_of_2024(read):
    results = read(
        KS4_2024,
        f"202324,{PLACE},Revised,990001,Invented,Total,Total,175,43.6,40.1,0.12,-0.2,0.4,160",
        f"202324,{PLACE},Revised,990001,Invented,Disadvantage,Disadvantaged,40,36.6,21,-0.3,-0.6,0,38",
    )

    assert (results.summary.year, results.summary.release) == (2024, "revised")
    progress = results.values.query("measure == 'P8MEA' and pupil_group == 'disadvantaged'").iloc[0]
    assert (progress["value"], progress["lower"], progress["upper"], progress["cohort"]) == (-0.3, -0.6, 0, 38)


def ks2(year, topic, breakdown, subject, *cells):
    return f'{year},{PLACE},Final,990011,Invented,{topic},{breakdown},"{subject}",{",".join(map(str, cells))}'


def test_key_stage_2_is_read_by_subject_and_year_without_averages_of_years(read):
    results = read(
        KS2,
        ks2(202425, "All pupils", "Total", "Reading, writing and maths", 58, "z", "z"),
        ks2(202425, "All pupils", "Total", "Reading", 61, 104, "z"),
        ks2(202425, "Average (2023 to 2025)", "3 year average", "Reading", 66, 105, "z"),
        ks2(202425, "Disadvantaged status", "Disadvantaged", "Reading", 44, 101, "z"),
        ks2(202223, "All pupils", "Total", "Reading", "z", 103, -0.7),
    )

    found = figures(results)
    assert results.summary.years == (2023, 2025)
    assert found[990011, "PTRWM_EXP", 2025, "all"] == 58
    assert found[990011, "PTREAD_EXP", 2025, "all"] == 61
    assert found[990011, "READ_AVERAGE", 2025, "disadvantaged"] == 101
    assert found[990011, "READPROG", 2023, "all"] == -0.7
    assert (990011, "PTREAD_EXP", 2023, "all") not in found  # What an older year lacks is in its own files.


def test_asked_year_is_read_alone(read):
    rows = [ks2(year, "All pupils", "Total", "Reading", 60, 104, "z") for year in (202324, 202425)]

    assert read(KS2, *rows, year=2024).summary.years == (2024,)
    with pytest.raises(YearUnknown, match="no rows of 2018-19"):
        read(KS2, *rows, year=2019)


def test_absence_of_two_terms_is_not_taken_for_a_year(read):
    header = (
        "time_period,time_identifier,geographic_level,school_urn,enrolments,sess_overall_percent,"
        "enrolments_pa_10_exact_percent,enrolments_pa_50_exact_percent"
    )

    found = figures(read(header, "202324,Academic year,School,990001,880,8.52939,23.97727,3.75"))

    assert found == {
        (990001, "PERCTOT", 2024, "all"): 8.52939,
        (990001, "PPERSABS10", 2024, "all"): 23.97727,
        (990001, "PPERSABS50", 2024, "all"): 3.75,
    }
    with pytest.raises(FileNotRecognised, match="its rows say Autumn and spring term in TIME_IDENTIFIER"):
        read(header, "202425,Autumn and spring term,School,990001,880,8.5,23.9,3.7")


def terms(year, urn, *counts, headcount=(900, 800, 900)):
    names = ("Autumn term", "Spring term", "Summer term")
    return [
        f"{term},{year},School,{urn},{pupils},{count}"
        for term, pupils, count in zip(names, headcount, counts, strict=False)
    ]


def test_suspensions_of_three_terms_are_added_up(read):
    results = read(
        TERMS,
        *terms(202324, 990001, "0,30", "1,25", "0,22"),
        *terms(202324, 990002, "0,1", "0,c", "0,2"),
        *terms(202324, 990003, "0,4"),
        *terms(202425, 990001, "0,9", "0,8"),
    )

    found = figures(results)
    assert found[990001, "SUSPENSIONS", 2024, "all"] == 77
    assert found[990001, "SUSPENSION_RATE", 2024, "all"] == 100 * 77 / 800  # by the pupils of the January census
    assert found[990001, "EXCLUSION_RATE", 2024, "all"] == 0.125
    assert found[990002, "SUSPENSIONS", 2024, "all"] == "suppressed"
    assert 990003 not in {urn for urn, *_ in found}  # a school of one term
    assert results.summary.years == (2024,)
    assert results.summary.left_out_columns == ("2024-25: it is not a whole year, without rows for the summer term",)


def test_suspensions_of_one_term_are_refused(read):
    with pytest.raises(YearUnknown, match="2024-25: it is not a whole year, without rows for the summer term"):
        read(TERMS, *terms(202425, 990001, "0,9", "0,8"))


def test_turnover_is_calculated_from_its_counts(read):
    header = (
        "time_period,geographic_level,school_urn,teacher_fte_in_census_year,remained_in_the_same_school,"
        "left_the_state-funded_system,left_to_another_state-funded_school"
    )

    found = figures(read(header, "202324,School,990001,20,15,2,3", "202324,School,990002,0,0,0,0"))

    assert found[990001, "TEACHERS_LEFT_PERCENT", 2024, "all"] == 25
    assert found[990002, "TEACHERS_LEFT_PERCENT", 2024, "all"] == "not_applicable"


@pytest.mark.parametrize(
    ("columns", "cells", "expected"),
    [
        ("pupils_fte,pupil_to_qual_teacher_ratio", "905,17.3", {"PUPIL_TEACHER_RATIO": 17.3}),
        (
            "percentage_taking_absence,average_number_of_days_all_teachers",
            "63.1,4.8",
            {"SICKNESS_PERCENT": 63.1, "SICKNESS_DAYS": 4.8},
        ),
        ("vacancy,rate,tempfilled,temprate", "2,3.1,1,1.6", {"VACANCIES": 2, "VACANCY_PERCENT": 3.1}),
        (
            "average_mean,average_median",
            "48211.4,x",
            {"TEACHER_MEAN_SALARY": 48211.4, "TEACHER_MEDIAN_SALARY": "not_published"},
        ),
    ],
)
def test_workforce_tables_are_read(read, columns, cells, expected):
    found = figures(read(f"time_period,geographic_level,school_urn,{columns}", f"202425,School,990001,{cells}"))

    assert found == {(990001, code, 2025, "all"): value for code, value in expected.items()}


def test_destinations_are_counted_under_the_year_of_the_wide_tables(read):
    header = (
        "time_period,geographic_level,school_urn,breakdown_topic,breakdown,data_type,version,cohort,overall,"
        "education,appren,all_work,all_notsust,all_unknown"
    )

    results = read(
        header,
        "202223,School,990001,Total,Total,Number of students,Revised,118,109,72,8,21,4,5",
        "202223,School,990001,Total,Total,Percentage,Revised,118,92.4,61.0,6.8,17.8,3.4,4.2",
    )

    found = figures(results)
    assert found[990001, "OVERALL_DESTPER", 2024, "all"] == 92.4
    assert found[990001, "COHORT", 2024, "all"] == 118
    assert results.summary.release == "revised"


def test_release_is_asked_for_if_the_rows_have_none(read):
    row = row_2025(990001, "Total", "Total", 180, 44.0, 41.2, "z", version="")

    with pytest.raises(ReleaseUnknown):
        read(KS4_2025, row)
    assert read(KS4_2025, row, release="revised").summary.release == "revised"
    assert read(KS4_2025, row, name="202425_schools_provisional.csv").summary.release == "provisional"


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (
            [row_2025(990001, "Total", "Total", 1, 44, 41, "z"), row_2025(990001, "Total", "Total", 1, 45, 41, "z")],
            "Row 3, column SCHOOL_URN: found a second row for school 990001, after row 2",
        ),
        ([row_2025("9.9E+05", "Total", "Total", 1, 44, 41, "z")], "a spreadsheet has shortened the number"),
        ([row_2025(990001, "Total", "Total", 1, "good", 41, "z")], "Row 2, column ATTAINMENT8_AVERAGE: found 'good'"),
        (
            [row_2025(990001, "Total", "Total", 1, 44, 0.41, "z"), row_2025(990002, "Total", "Total", 1, 44, 0.5, "z")],
            "Row 2, column ENGMATH_95_PERCENT: found '0.41'.*a spreadsheet has turned them into fractions",
        ),
        (
            [row_2025(990001, "Total", "Total", 1, 44, 41, "z").replace("202425", "2025", 1)],
            "Row 2, column TIME_PERIOD: found '2025'",
        ),
    ],
)
def test_faults_are_reported_with_row_and_column(read, rows, fault):
    with pytest.raises(FaultyFile, match=fault):
        read(KS4_2025, *rows)


def test_unreadable_cell_of_a_row_that_is_not_read_is_no_fault(read):
    results = read(
        KS4_2025,
        row_2025(990001, "Total", "Total", 180, 44.0, 41.2, "z"),
        row_2025(990001, "Prior attainment", "Low", "few", "few", "few", "few"),
    )

    assert results.summary.schools == 1


def test_row_that_repeats_another_word_for_word_is_no_fault(read):
    row = row_2025(990001, "Total", "Total", 180, 44.0, 41.2, "z")

    assert read(KS4_2025, row, row).summary.schools == 1
