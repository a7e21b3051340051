from collections import Counter

import pytest

from published.dfe import LAYOUTS, layout_measures
from published.dfe.measures import measure_columns
from tables.headings import normal_name

PUPIL_GROUPS = {"all", "disadvantaged", "not_disadvantaged", "send", "girls", "boys", "eal"}


def by_group(layout, columns):
    return {
        (column.measure.code, column.pupil_group): column
        for column in measure_columns(layout, map(normal_name, columns))
    }


def test_every_layout_has_measures_and_every_measure_has_a_layout():
    assert {measure.layout for measure in layout_measures()} == {layout.code for layout in LAYOUTS}


def test_measure_is_defined_once_for_each_group():
    times = Counter((measure.layout, measure.code, measure.group) for measure in layout_measures())

    assert [key for key, count in times.items() if count > 1] == []


def test_measures_with_the_same_code_agree_between_schools_and_trusts():
    """A trust's figure can be compared with its schools' only in the same unit and decimals."""
    kinds = {}
    for measure in layout_measures():
        kinds.setdefault(measure.code, set()).add((measure.unit, measure.decimals, measure.label))

    assert [code for code, found in kinds.items() if len(found) > 1] == []


@pytest.mark.parametrize("layout", [layout.code for layout in LAYOUTS])
def test_pupil_groups_are_the_groups_that_sightline_uses(layout):
    columns = [name for measure in layout_measures(layout) for name in measure.columns]
    columns += [
        name for measure in layout_measures(layout) for names in measure.group_columns.values() for name in names
    ]

    assert {column.pupil_group for column in measure_columns(layout, map(normal_name, columns))} <= PUPIL_GROUPS


def test_readings_find_limits_and_cohort():
    reading = by_group("ks4", ["P8MEA", "P8CILOW", "P8CIUPP", "P8PUP", "TPUP"])["P8MEA", "all"]

    assert (reading.lower, reading.upper, reading.cohort) == ("P8CILOW", "P8CIUPP", "P8PUP")


def test_readings_use_all_pupils_if_the_progress_8_cohort_is_not_published():
    found = by_group("ks4", ["P8MEA", "P8MEA_BOYS", "TPUP", "BPUP"])

    assert found["P8MEA", "all"].cohort == "TPUP"
    assert found["P8MEA", "boys"].cohort == "BPUP"
    assert found["TPUP", "boys"].column == "BPUP"


def test_readings_recognise_groups_by_their_suffixes():
    columns = ["READPROG_NotFSM6CLA1A", "READPROG_NotFSM6CLA1A_LOWER", "TNotFSM6CLA1A", "PTRWM_EXP_EAL", "READPROG_18"]

    found = by_group("ks2", columns)

    assert set(found) == {("READPROG", "not_disadvantaged"), ("PTRWM_EXP", "eal"), ("TELIG", "not_disadvantaged")}
    assert found["READPROG", "not_disadvantaged"].lower == "READPROG_NOTFSM6CLA1A_LOWER"
    assert found["READPROG", "not_disadvantaged"].cohort == "TNOTFSM6CLA1A"


def test_readings_do_not_give_a_group_the_figures_of_all_pupils():
    assert set(by_group("census", ["NOR", "NORG", "PNUMEAL"])) == {
        ("NOR", "all"),
        ("NOR", "girls"),
        ("PNUMEAL", "all"),
    }
