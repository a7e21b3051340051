"""National tables calculated from imported files: every answer that rests on them follows an import."""

import io
from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from kpis.models import Recomputation
from published.models import ImportedFile
from tests.factories import PublishedResultFactory
from tests.trajectories import example_files
from trajectories import tasks
from trajectories.actions import recompute_school
from trajectories.actions.national_tables import keep_national_tables
from trajectories.models import CalculatedTables, Outlook, Placement
from trajectories.queries.national_tables import tables_in_force
from trajectories.rules.percentiles import load_tables, table_for

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FIRST = 980_001  # Lower than the numbers that the factories give.
COUNTRY, PRIMARY = 1_595, 7_415  # Half of the schools in the shipped tables.


@pytest.fixture
def bring(db, tmp_path):
    """Import a key stage 4 file of invented schools with these Attainment 8 scores."""

    def make(year, scores, *, first=FIRST, release="final", again=False, **figures):
        rows = {first + at: {"ATT8SCR": score, **figures} for at, score in enumerate(scores)}
        path = example_files.ks4(tmp_path, year, rows, release=release)
        call_command("import_results", str(path), *(["--again"] if again else []), stdout=io.StringIO())

    return make


def spread(lowest, count=COUNTRY):
    """Return scores from the lowest up, 0 to 30 points above it."""
    return [round(lowest + 30 * at / (count - 1), 2) for at in range(count)]


def test_without_imports_the_shipped_tables_are_used(db):
    assert keep_national_tables(at=NOON) is False
    assert tables_in_force() is load_tables()


def test_a_national_file_replaces_the_estimate_of_its_year(bring):
    assert table_for("ATT8SCR", "secondary", 2025).estimated
    bring(2025, spread(30.0))

    assert keep_national_tables(at=NOON) is True

    table = table_for("ATT8SCR", "secondary", 2025, tables=tables_in_force())
    assert (table.provenance, table.schools) == ("computed", COUNTRY)
    assert table.values[49] == pytest.approx(45.0)  # The median.
    assert table.note == "Calculated from the final results of 2024–25 for 1,595 schools."
    assert table_for("ATT8SCR", "secondary", 2019, tables=tables_in_force()).schools > 3_000  # Shipped.


def test_a_later_year_is_estimated_from_the_newest_imported_spread(bring):
    bring(2025, spread(30.0))
    keep_national_tables(at=NOON)

    table = table_for("ATT8SCR", "secondary", 2026, tables=tables_in_force())

    assert table.estimated
    assert "the spread of 2024–25" in table.note


def test_a_third_of_the_schools_is_not_the_country(bring):
    """Whoever chose them, they can have a spread of their own."""
    bring(2025, spread(30.0, 1_050))

    keep_national_tables(at=NOON)

    assert table_for("ATT8SCR", "secondary", 2025, tables=tables_in_force()).estimated


def test_files_of_several_authorities_are_not_the_country(bring):
    bring(2025, spread(30.0, 900))
    bring(2025, spread(30.0, 900), first=FIRST + 900, release="revised")
    bring(2024, spread(30.0, COUNTRY - 1))

    keep_national_tables(at=NOON)

    assert table_for("ATT8SCR", "secondary", 2025, tables=tables_in_force()).estimated
    assert table_for("ATT8SCR", "secondary", 2024, tables=tables_in_force()).estimated


def test_two_regional_files_of_one_release_are_not_the_country(bring, tmp_path):
    bring(2025, spread(30.0, 900))
    rows = {FIRST + 900 + at: {"ATT8SCR": score} for at, score in enumerate(spread(30.0, 900))}
    call_command("import_results", str(example_files.ks4(tmp_path / "second", 2025, rows)), stdout=io.StringIO())
    assert ImportedFile.objects.count() == 2

    keep_national_tables(at=NOON)

    assert table_for("ATT8SCR", "secondary", 2025, tables=tables_in_force()).estimated


def test_special_schools_are_not_in_the_table(bring):
    bring(2025, spread(30.0), NFTYPE="ACCS")

    keep_national_tables(at=NOON)

    assert table_for("ATT8SCR", "secondary", 2025, tables=tables_in_force()).estimated


def test_the_mean_of_three_progress_percentiles_gets_a_table_too(db, tmp_path):
    codes = ("READPROG", "WRITPROG", "MATPROG")
    rows = {
        FIRST + at: {"ESTAB": 2000 + at % 3000} | dict.fromkeys(codes, round(at / 1000 - 3.5, 3))
        for at in range(PRIMARY)
    }
    call_command("import_results", str(example_files.ks2(tmp_path, 2023, rows)), stdout=io.StringIO())

    keep_national_tables(at=NOON)

    table = table_for("KS2PROGRESS", "primary", 2023, tables=tables_in_force())
    assert (table.provenance, table.schools) == ("computed", PRIMARY)
    assert table.values[49] == pytest.approx(50, abs=1)


def test_the_country_row_of_a_file_is_the_average_where_none_is_shipped(db, tmp_path):
    rows = {FIRST + at: {"ATT8SCR": score} for at, score in enumerate(spread(30.0))}
    country = {"": {"RECTYPE": "7", "ATT8SCR": 45.5, "ESTAB": "", "LEA": "", "NFTYPE": ""}}
    path = example_files.ks4(tmp_path, 2026, rows | country)
    call_command("import_results", str(path), stdout=io.StringIO())

    keep_national_tables(at=NOON)

    table = table_for("ATT8SCR", "secondary", 2026, tables=tables_in_force())
    assert table.average == 45.5
    assert table.average_note == "National average for 2025–26: England’s row in england_ks4final.csv."


def test_tables_are_calculated_once_for_each_import(bring, django_assert_num_queries):
    bring(2025, spread(30.0))
    keep_national_tables(at=NOON)
    first = CalculatedTables.objects.get()

    with django_assert_num_queries(4):  # Two of them begin and end the transaction.
        assert keep_national_tables(at=NOON) is False

    bring(2024, spread(31.0))
    assert keep_national_tables(at=NOON) is True
    assert CalculatedTables.objects.get().files_seen > first.files_seen


def test_a_year_without_results_never_gets_a_table(bring):
    bring(2021, spread(30.0))

    keep_national_tables(at=NOON)

    assert table_for("ATT8SCR", "secondary", 2021, tables=tables_in_force()) is None


def test_after_an_import_the_caution_about_an_estimated_spread_is_gone(trust, school, in_scope, bring):
    """The placement, its lines and the forecast all rest on the imported tables."""
    for year in (2022, 2023, 2024, 2025):
        PublishedResultFactory(
            urn=school.pk, series__measure="ATT8SCR", series__school_year=year, value=40.0 + year - 2022, cohort=180
        )
    tasks.follow_imports_of_trust(trust_id=trust.pk)
    with in_scope(trust):
        before = Placement.objects.get(school=school)
    assert any("is estimated" in caution for caution in before.inputs["placement"]["cautions"])
    assert all(row["estimated"] for row in before.inputs["standings"] if row["percentile"] is not None)

    for year in (2022, 2023, 2024, 2025):
        bring(year, spread(30.0 + (2025 - year) / 100))  # The same file twice would be left out.
    assert tasks.follow_imports_of_trust(trust_id=trust.pk) == 1

    with in_scope(trust):
        after = Placement.objects.filter(school=school).latest("pk")
        outlook = Outlook.objects.filter(school=school, measure="ATT8SCR").latest("pk")
        assert not Recomputation.objects.stale().exists()
    assert not any("is estimated" in caution for caution in after.inputs["placement"]["cautions"])
    assert not any(row["estimated"] for row in after.inputs["standings"])
    assert after.inputs["standings"][-1]["percentile"] == pytest.approx(100 * 13 / 30, abs=1)  # 43 points of 30 to 60.
    assert "the spread of 2024–25" in outlook.inputs["table_note"]
    assert tasks.follow_imports_of_trust(trust_id=trust.pk) == 0


def test_a_school_calculated_between_an_import_and_its_tables_is_calculated_again(trust, school, in_scope, bring):
    bring(2025, spread(30.0))
    with in_scope(trust):
        recompute_school(trust_id=trust.pk, school=school, at=NOON)

    assert tasks.follow_imports_of_trust(trust_id=trust.pk) == 1
    assert tasks.follow_imports_of_trust(trust_id=trust.pk) == 0


@pytest.mark.real_data
def test_imported_real_files_give_the_shipped_tables(db, shared_data):
    """At key stage 4 a few schools fewer: only the provisional files, which are not imported here, have their types."""
    names = ("ks4/2018-19/england_ks4final_headline.csv", "ks2/2018-19/england_ks2final_headline.csv")
    call_command("import_results", *(str(shared_data / "dfe" / name) for name in names), stdout=io.StringIO())

    keep_national_tables(at=NOON)

    imported = tables_in_force()
    for measure, phase in (("P8MEA", "secondary"), ("ATT8SCR", "secondary"), ("KS2PROGRESS", "primary")):
        ours, shipped = (table_for(measure, phase, 2019, tables=tables) for tables in (imported, load_tables()))
        assert ours.schools == pytest.approx(shipped.schools, rel=0.005)
        assert ours.values == pytest.approx(shipped.values, abs=0.11)  # One tenth, as the tables are rounded.
