from dataclasses import replace

import pytest

from trajectories.rules.percentiles import percentile_in, table_for
from trajectories.rules.reference_lines import (
    LINES,
    CarterLine,
    band_of,
    below_official,
    drawn_lines,
    line_for,
    line_percentiles_of,
    lines_on,
    standard_reference,
    with_line,
)

REFERENCE = standard_reference()
PRIMARY = {"PTRWM_EXP": 60.0, "READPROG": 0.0, "WRITPROG": 0.0, "MATPROG": 0.0}


FLOOR = CarterLine(
    code="floor",
    phase="secondary",
    first_year=2019,
    provenance="trust",
    says="Set by the Board",
    source="Board, 14 October",
    percentile=20.0,
)


@pytest.mark.parametrize(
    ("code", "phase", "values", "below"),
    [
        ("floor", "secondary", {"P8MEA": -0.51, "P8CIUPP": -0.01}, True),
        ("floor", "secondary", {"P8MEA": -0.51, "P8CIUPP": 0.0}, False),
        ("floor", "secondary", {"P8MEA": -0.5, "P8CIUPP": -0.2}, False),
        ("floor", "secondary", {"P8MEA": -0.51}, None),
        ("floor", "secondary", {"P8MEA": -0.4}, False),
        ("floor", "secondary", {}, None),
        ("coasting", "secondary", {"P8MEA": -0.26, "P8CIUPP": -0.01}, True),
        ("coasting", "secondary", {"P8MEA": -0.25, "P8CIUPP": -0.01}, False),
        ("floor", "primary", PRIMARY, False),
        ("floor", "primary", PRIMARY | {"READPROG": -5.1}, True),
        ("floor", "primary", PRIMARY | {"WRITPROG": -6.9}, False),
        ("floor", "primary", PRIMARY | {"WRITPROG": -7.1}, True),
        ("floor", "primary", PRIMARY | {"MATPROG": -5.1, "PTRWM_EXP": 65.0}, False),
        ("floor", "primary", PRIMARY | {"MATPROG": None}, None),
        ("floor", "primary", PRIMARY | {"MATPROG": None, "READPROG": -6.0}, True),
        ("coasting", "primary", PRIMARY | {"WRITPROG": -3.6, "PTRWM_EXP": 84.0}, True),
        ("coasting", "primary", PRIMARY | {"READPROG": -2.5, "MATPROG": -2.5}, False),
    ],
)
def test_the_official_definitions(code, phase, values, below):
    assert below_official(line_for(REFERENCE, code, phase, 2018), values) is below


@pytest.mark.parametrize(
    ("year", "provenance"),
    [(2009, None), (2014, "official"), (2016, "official"), (2018, "official"), (2019, "derived"), (2026, "derived")],
)
@pytest.mark.parametrize("phase", ["primary", "secondary"])
@pytest.mark.parametrize("code", ["floor", "coasting"])
def test_floor_and_coasting_are_official_to_2018_and_derived_since(code, phase, year, provenance):
    line = line_for(REFERENCE, code, phase, year)

    assert (line and line.provenance) == provenance


@pytest.mark.parametrize("phase", ["primary", "secondary"])
def test_the_derived_line_carries_the_last_official_percentile(phase):
    for code in ("floor", "coasting"):
        last, since = (line_for(REFERENCE, code, phase, year) for year in (2018, 2019))
        assert since.percentile_in(2019) == last.percentile_in(2018)


@pytest.mark.parametrize(
    ("measure", "phase", "year"),
    [
        ("P8MEA", "secondary", 2017),
        ("P8MEA", "secondary", 2024),
        ("ATT8SCR", "secondary", 2026),
        ("PTRWM_EXP", "primary", 2018),
        ("PTRWM_EXP", "primary", 2025),
        ("KS2PROGRESS", "primary", 2019),
    ],
)
def test_the_drawn_lines_rise_in_order_and_say_where_they_are_from(measure, phase, year):
    drawn = drawn_lines(REFERENCE, table_for(measure, phase, year))

    assert [line.code for line in drawn] == list(LINES)
    assert [line.value for line in drawn] == sorted(line.value for line in drawn)
    assert [line.percentile for line in drawn] == sorted(line.percentile for line in drawn)
    assert all(line.source and line.says and line.estimated == (year > 2019) for line in drawn)


def test_official_lines_keep_their_own_value():
    drawn = {line.code: line.value for line in drawn_lines(REFERENCE, table_for("P8MEA", "secondary", 2018))}

    assert (drawn["floor"], drawn["coasting"], drawn["average"]) == (-0.5, -0.25, -0.02)


def test_a_trusts_line_takes_precedence_and_changes_the_version():
    own = with_line(REFERENCE, FLOOR, version="2026-1, Board 14 October")

    assert line_for(own, "floor", "secondary", 2024).provenance == "trust"
    assert line_for(own, "floor", "primary", 2024).provenance == "derived"
    assert line_for(own, "floor", "secondary", 2018).provenance == "official"
    assert line_percentiles_of(own, "secondary")["floor"] == 20.0
    assert own.version != REFERENCE.version


def test_a_trusts_line_may_be_a_value():
    own = with_line(REFERENCE, replace(FLOOR, percentile=None, values={"P8MEA": -0.3}), version="own")
    table = table_for("P8MEA", "secondary", 2024)

    floor = drawn_lines(own, table)[0]

    assert floor.value == -0.3
    assert floor.percentile == pytest.approx(float(percentile_in(table, -0.3)), abs=0.01)
    assert line_percentiles_of(own, "secondary")["floor"] == 13.9


def test_a_line_by_another_measures_value_alone_is_refused():
    own = with_line(REFERENCE, replace(FLOOR, percentile=None, values={"P8MEA": -0.3}), version="own")

    with pytest.raises(ValueError, match="floor line has no percentile and no ATT8SCR value"):
        drawn_lines(own, table_for("ATT8SCR", "secondary", 2024))


@pytest.mark.parametrize("changes", [{"provenance": "official"}, {"code": "outstanding"}, {"percentile": None}])
def test_a_line_that_a_trust_cannot_set_is_refused(changes):
    with pytest.raises(ValueError, match=r"a trust may set|needs a percentile or a value"):
        with_line(REFERENCE, replace(FLOOR, **changes), version="own")


@pytest.mark.parametrize(
    ("percentile", "band"),
    [(2, 0), (13.8, 0), (13.9, 1), (29.2, 1), (29.3, 2), (49.9, 2), (50.1, 3), (84.9, 3), (85, 4)],
)
def test_bands_are_between_the_lines(percentile, band):
    lines = lines_on(REFERENCE, table_for("P8MEA", "secondary", 2019))

    assert band_of(percentile, {}, lines) == (band, "derived")


def test_an_official_line_is_decided_by_its_own_test_and_not_by_the_percentile():
    lines = lines_on(REFERENCE, table_for("P8MEA", "secondary", 2018))

    assert band_of(12.0, {"P8MEA": -0.52, "P8CIUPP": 0.01}, lines)[0] == 2
    assert band_of(12.0, {"P8MEA": -0.52, "P8CIUPP": -0.2}, lines) == (0, "official")
    assert band_of(12.0, {"P8MEA": -0.52}, lines) == (0, "derived")


@pytest.mark.parametrize(
    ("code", "phase", "year", "values", "below"),
    [
        ("floor", "primary", 2011, {"PTENGMATX": 58.0, "PT2ENG": 86.0, "PT2MATH": 85.0}, True),
        ("floor", "primary", 2011, {"PTENGMATX": 58.0, "PT2ENG": 88.0, "PT2MATH": 85.0}, False),
        ("floor", "primary", 2014, {"PTREADWRITTAMATX": 64, "PT2READ": 90, "PT2WRITTA": 90, "PT2MATH": 90}, True),
        ("coasting", "primary", 2014, {"PTREADWRITTAMATX": 84, "PT2READ": 90, "PT2WRITTA": 90, "PT2MATH": 90}, True),
        ("coasting", "primary", 2014, {"PTREADWRITTAMATX": 86, "PT2READ": 90, "PT2WRITTA": 90, "PT2MATH": 90}, False),
        (
            "floor",
            "primary",
            2015,
            {"PTREADWRITTAMATX": 30.0},
            None,
        ),  # Its medians are not known, and half a test is never applied.
        ("floor", "secondary", 2015, {"PTAC5EM_PTQ_EE": 20.0}, None),
    ],
)
def test_the_definitions_before_progress_8(code, phase, year, values, below):
    assert below_official(line_for(REFERENCE, code, phase, year), values) is below


def test_earlier_lines_keep_their_values_and_are_not_drawn_on_other_measures():
    line = line_for(REFERENCE, "floor", "secondary", 2015)
    table = table_for("PTEBACC_E_PTQ_EE", "secondary", 2015)

    assert line.values["PTAC5EM_PTQ_EE"] == 40.0
    assert "329 schools, 11.0%" in line.source
    assert [drawn_line.code for drawn_line in drawn_lines(REFERENCE, table)] == []
    assert table_for("P8MEA", "secondary", 2015) is None


def test_every_line_has_a_description_and_years_that_do_not_overlap():
    for phase in ("primary", "secondary"):
        for code in LINES:
            lines = [line for line in REFERENCE.lines if (line.code, line.phase) == (code, phase)]
            years = [year for line in lines for year in range(line.first_year, (line.last_year or 2030) + 1)]
            assert len(years) == len(set(years))
            assert all(line.says and line.source for line in lines)
