"""The catalogue's files are valid, and a file with a mistake is refused with the file and key."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from kpis.catalogue import (
    ALL_SCHOOLS,
    FOLDER,
    Area,
    CatalogueFault,
    Confidence,
    FigureUnit,
    Moderator,
    TargetRule,
    catalogue_by_code,
    catalogue_indicators,
    default_target,
    national_figures,
    nearest_national,
    read_folder,
    return_lines,
)
from kpis.catalogue.national_figures import load_national
from published.dfe.value_statuses import ValueStatus

FILES = {area: (FOLDER / f"{area}.toml").read_text("utf-8") for area in Area}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for area, text in FILES.items():
        (tmp_path / f"{area}.toml").write_text(text, "utf-8")
    return tmp_path


def broken(folder: Path, area: str, old: str, new: str) -> CatalogueFault:
    path = folder / f"{area}.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(CatalogueFault) as caught:
        read_folder(folder)
    return caught.value


def test_catalogue_covers_every_area_in_the_boards_order():
    areas = [indicator.area for indicator in catalogue_indicators()]

    assert len(areas) >= 50
    assert list(dict.fromkeys(areas)) == list(Area)
    assert all(areas.count(area) >= 5 for area in Area)


# A return is filled in each term, so it stays short: the most lines a return may have, by phase of education.
LONGEST = {"primary": 26, "secondary": 28, "all-through": 30, "special": 24, "alternative provision": 24}


@pytest.mark.parametrize("phase", LONGEST)
def test_return_is_short(phase):
    lines = return_lines(phase)

    assert len(lines) >= 20
    assert len(lines) <= LONGEST[phase], f"a {phase} return has {len(lines)} lines: see DEVELOPING.md, Add an indicator"


@pytest.mark.parametrize("phase", ["primary", "secondary"])
def test_return_spans_every_area(phase):
    lines = return_lines(phase)

    assert {line.area for line in lines} == set(Area)
    assert all(phase in line.phases for line in lines)


def test_return_asks_a_primary_about_year_6_and_a_secondary_about_year_11():
    asked = {phase: {line.code for line in return_lines(phase)} for phase in ("primary", "secondary")}

    assert {"OUT19", "DIS9"} <= asked["primary"] - asked["secondary"]
    assert {"OUT20", "DIS10"} <= asked["secondary"] - asked["primary"]


@pytest.mark.parametrize("indicator", catalogue_indicators(), ids=lambda indicator: indicator.code)
def test_indicator_texts_are_sentences(indicator):
    for text in (indicator.definition, indicator.why, indicator.target.provenance):
        assert text.endswith("."), text
        assert "  " not in text
    assert indicator.title[0].isupper()
    assert not indicator.title.endswith(".")


def test_business_manager_moderates_finance_and_staffing():
    for indicator in catalogue_indicators():
        if indicator.area in (Area.FINANCE, Area.STAFFING):
            assert indicator.moderated_by is Moderator.BUSINESS_MANAGER, indicator.code


def test_titles_are_unique():
    titles = [indicator.title for indicator in catalogue_indicators()]

    assert len(titles) == len(set(titles))


def test_provenance_says_when_a_default_tolerance_is_ours():
    ours = [
        indicator
        for indicator in catalogue_indicators()
        if indicator.target.tolerance and indicator.target.rule is not TargetRule.NONE
    ]

    assert ours
    for indicator in ours:
        assert re.search(r"[Oo]ur default|department", indicator.target.provenance), indicator.code


def test_comparators_are_columns_of_the_published_files():
    measures = {indicator.comparator.measure for indicator in catalogue_indicators()} - {None}

    assert {"PERCTOT", "PPERSABS10", "PTRWM_EXP", "ATT8SCR", "P8MEA", "PTL2BASICS_95"} <= measures


@pytest.mark.parametrize(
    ("area", "old", "new", "key"),
    [
        ("attendance", 'unit = "percent"', 'unit = "per cent"', "AB1.unit"),
        ("attendance", 'unit = "percent"', 'units = "percent"', "AB1.unit"),
        ("attendance", "decimals = 1", "decimals = 1\nround = 2", "AB1.round"),
        ("attendance", "decimals = 1", "decimals = true", "AB1.decimals"),
        ("attendance", "decimals = 1", "decimals = 9", "AB1.decimals"),
        ("attendance", 'code = "AB2"', 'code = "AB1"', "AB1"),
        ("attendance", 'code = "AB2"', 'code = "STF20"', "STF20.code"),
        ("attendance", 'area = "attendance"', 'area = "finance"', "file.area"),
        ("attendance", 'in_return = ["primary",', 'in_return = ["nursery",', "AB1.in_return"),
        ("attendance", 'comparator.measure = "PERCTOT"', 'comparator.because = ""', "AB1.comparator"),
        ("attendance", "minimum = 0, maximum = 100", "minimum = 100, maximum = 0", "AB1.limits.maximum"),
        ("attendance", "at_least = 1,", "at_least = 0,", "AB1.jump"),
        ("attendance", 'roll_up = "rate"', 'roll_up = "sum"', "AB1.roll_up"),
        ("attendance", 'denominator = "Sessions possible"\n', "", "AB1.denominator"),
        ("attendance", "target.tolerance = 0.5", "target.tolerance = -0.5", "AB1.target.tolerance"),
        ("attendance", "reviewed = 2026-11-21", 'reviewed = "soon"', "file.reviewed"),
        ("finance", "target.upper = 20\n", "", "FIN2.target.value"),
        ("finance", "target.upper = 20\n", "target.upper = 4\n", "FIN2.target.upper"),
        ("finance", 'unit = "pounds"', 'unit = "count"', "FIN3.unit"),
        ("finance", 'roll_up = "all_yes"', 'roll_up = "none"', "FIN12.kind"),
        ("safeguarding", "target.value = 100", "target.value = 101", "SG1.target.value"),
        ("outcomes", 'same_as = "OUT6"', 'same_as = "OUT66"', "OUT19.comparator.same_as"),
        ("outcomes", "[[indicator]]", "[[indicators]]", "file.indicators"),
    ],
)
def test_fault_has_the_file_and_the_key(folder, area, old, new, key):
    fault = broken(folder, area, old, new)

    assert fault.file == f"{area}.toml"
    assert fault.key == key
    assert str(fault).startswith(f"{area}.toml: {key}: ")


def test_code_used_in_two_files_is_refused(folder):
    second = FILES[Area.ATTENDANCE].replace('area = "attendance"', 'area = "wellbeing"')
    (folder / "wellbeing.toml").write_text(second, "utf-8")

    with pytest.raises(CatalogueFault, match="AB1"):
        read_folder(folder)


def test_file_that_is_not_toml_is_refused(folder):
    (folder / "finance.toml").write_text("area = ", "utf-8")

    with pytest.raises(CatalogueFault, match=r"finance\.toml: file: is not TOML"):
        read_folder(folder)


def test_decimals_are_exact():
    assert catalogue_by_code()["FIN5"].target.value == Decimal("0.76")


def test_national_figures_have_sources_and_fit_their_indicators():
    figures = national_figures()

    assert len(figures) > 100
    assert {"AB1", "AB2", "AB6", "OUT6", "OUT11", "DIS1"} <= {figure.indicator for figure in figures}
    for figure in figures:
        assert figure.phase == ALL_SCHOOLS or figure.phase in catalogue_by_code()[figure.indicator].phases, figure


def test_national_figures_leave_out_years_without_results():
    years = {
        code: {figure.school_year for figure in national_figures() if figure.indicator == code}
        for code in ("OUT6", "OUT10")
    }

    assert not years["OUT6"] & {2020, 2021}
    assert not years["OUT10"] & {2020, 2021, 2025, 2026}


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ("XX9,primary,2024,,all,5,final,Somewhere", "row 2, indicator"),
        ("AB1,primery,2024,,all,5,final,Somewhere", "row 2, phase"),
        ("AB1,primary,24,,all,5,final,Somewhere", "row 2, school_year"),
        ("AB1,primary,2024,winter,all,5,final,Somewhere", "row 2, term"),
        ("AB1,primary,2024,,everyone,5,final,Somewhere", "row 2, pupil_group"),
        ("AB1,primary,2024,,all,NP,final,Somewhere", "row 2, value"),
        ("AB1,primary,2024,,all,101,final,Somewhere", "row 2, value"),
        ("AB1,primary,2024,,all,5,certain,Somewhere", "row 2, status"),
        ("AB1,primary,2024,,all,5,final,", "row 2, source"),
        ("AB1,primary,2024,,all,5,final", "row 2, row"),
        ("AB1,primary,2024,,all,5,final,A\nAB1,primary,2024,,all,6,final,B", "AB1 primary 2024  all"),
    ],
)
def test_wrong_national_row_is_refused(tmp_path, cells, fault):
    path = tmp_path / "national.csv"
    path.write_text(f"indicator,phase,school_year,term,pupil_group,value,status,source\n{cells}\n", "utf-8")

    with pytest.raises(CatalogueFault) as caught:
        load_national(path, catalogue_by_code())

    assert caught.value.key == fault


def test_nearest_national_prefers_the_same_term_to_the_whole_year():
    absence = catalogue_by_code()["AB1"]

    autumn = nearest_national(national_figures(), absence, phase="primary", school_year=2026, term="autumn")
    spring = nearest_national(national_figures(), absence, phase="primary", school_year=2026, term="spring")

    assert autumn is not None
    assert (autumn.school_year, autumn.term, autumn.value) == (2025, "autumn", Decimal("5.07"))
    assert spring is not None
    assert (spring.school_year, spring.term, spring.value) == (2024, "", Decimal("5.53"))


def test_nearest_national_is_never_of_a_later_year():
    absence = catalogue_by_code()["AB1"]

    found = nearest_national(national_figures(), absence, phase="secondary", school_year=2023)

    assert found is not None
    assert (found.school_year, found.value) == (2023, Decimal("9.01"))
    assert nearest_national(national_figures(), absence, phase="secondary", school_year=2011) is None


def test_nearest_national_compares_no_term_of_suspensions_with_a_whole_year():
    suspensions = catalogue_by_code()["AB6"]

    autumn = nearest_national(national_figures(), suspensions, phase="secondary", school_year=2026, term="autumn")
    summer = nearest_national(national_figures(), suspensions, phase="secondary", school_year=2026, term="summer")

    assert autumn is not None
    assert autumn.value == Decimal("8.19")
    assert summer is None


def test_nearest_national_compares_a_forecast_with_the_result():
    forecast = catalogue_by_code()["DIS9"]

    found = nearest_national(national_figures(), forecast, phase="primary", school_year=2026, term="autumn")

    assert found is not None
    assert (found.indicator, found.school_year, found.value) == ("DIS1", 2025, Decimal(47))


def test_default_target_uses_only_a_national_figure_of_the_same_phase():
    absent = catalogue_by_code()["DIS6"]

    shown = nearest_national(national_figures(), absent, phase="primary", school_year=2026, term="autumn")

    assert shown is not None
    assert shown.phase == ALL_SCHOOLS
    assert default_target(absent, national_figures(), phase="primary", school_year=2026, term="autumn") is None


def test_default_target_has_its_provenance():
    target = default_target(
        catalogue_by_code()["AB1"], national_figures(), phase="secondary", school_year=2026, term="autumn"
    )

    assert target is not None
    assert (target.value, target.tolerance) == (Decimal("7.66"), Decimal("0.5"))
    assert target.provenance.endswith("pupil absence in schools in England, autumn term 2024/25.")


def test_default_target_may_be_fixed_or_missing():
    reserves = default_target(catalogue_by_code()["FIN2"], (), phase="primary", school_year=2026)

    assert reserves is not None
    assert (reserves.value, reserves.upper) == (5, 20)
    assert default_target(catalogue_by_code()["AB9"], (), phase="secondary", school_year=2026) is None


def test_facts_without_a_checked_source_are_marked():
    assert catalogue_by_code()["AB5"].source.confidence is Confidence.TO_CHECK


def test_unit_has_its_multiplier():
    assert [FigureUnit.PERCENT.multiplier, FigureUnit.PER_100_PUPILS.multiplier, FigureUnit.RATIO.multiplier] == [
        100,
        100,
        1,
    ]


def test_every_status_has_a_label_that_is_not_a_number():
    asked = {"not_collected", "not_applicable", "too_few_pupils", "to_follow", "suppressed", "not_published"}

    assert asked <= set(ValueStatus)
    assert len({status.label for status in ValueStatus}) == len(ValueStatus)
