"""Test the import of published results on hand-made files, and on the real files if they are there."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from published.actions import bulk_figures
from published.dfe import layout_measures, read_results_file
from published.models import ImportedFile, NationalFigure, PublishedResult
from published.queries import imported_years, published_results_of

FILES = Path(__file__).parent / "files"
PROVISIONAL = FILES / "2018-19" / "ks4_provisional.csv"
FINAL_2018 = FILES / "2017-18" / "ks4_final_headline.csv"
SERIES = ["measure", "school_year", "release", "pupil_group"]
FIELDS = ["urn", "measure", "school_year", "release", "pupil_group", "value", "status", "lower", "upper", "cohort"]


@pytest.fixture
def run(db):
    def call(*files, **options):
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("import_results", *map(str, files), stdout=out, stderr=err, **options)
        except CommandError as error:
            return out.getvalue(), f"{err.getvalue()}{error}", error.returncode
        return out.getvalue(), err.getvalue(), 0

    return call


@pytest.fixture
def changed(tmp_path):
    """Write a hand-made file again, with some texts replaced."""

    def write(path, *changes, name=None):
        text = path.read_bytes().decode("utf-8-sig")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        copy = tmp_path / path.parent.name / (name or path.name)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(text.encode())
        return copy

    return write


def counts(out):
    """Return how many figures of each file were read, added, changed, unchanged and skipped."""
    lines = [line for line in out.splitlines() if line and not line.startswith((" ", "File", "This"))]
    return [[int(n.replace(",", "")) for n in line.split()[-5:]] for line in lines]


def held():
    names = [f"series__{name}" if name in SERIES else name for name in FIELDS]
    return pd.DataFrame.from_records(PublishedResult.objects.order_by("pk").values_list(*names), columns=FIELDS)


def figure(urn, measure):
    return PublishedResult.objects.get(
        urn=urn, series__measure=measure, series__pupil_group="all", series__school_year=2019
    )


def years():
    return set(PublishedResult.objects.values_list("series__school_year", flat=True))


def test_every_figure_is_stored_as_it_was_read(run):
    out, _, code = run(PROVISIONAL)

    assert code == 0
    values = read_results_file(PROVISIONAL).values.rename(columns={"year": "school_year"})
    values = values.astype({"measure": str, "release": str, "pupil_group": str, "status": str})[FIELDS]
    key = FIELDS[:5]
    pd.testing.assert_frame_equal(
        held().sort_values(key, ignore_index=True), values.sort_values(key, ignore_index=True), check_dtype=False
    )
    assert counts(out)[0][1] == len(values) + NationalFigure.objects.count()


def test_codes_are_stored_by_their_meaning(run):
    run(PROVISIONAL)

    found = {figure(urn=urn, measure="P8MEA").status for urn in (990002, 990004, 990005, 990006)}
    assert found == {"not_applicable", "no_entries", "low_coverage", "suppressed"}
    assert figure(urn=990006, measure="P8MEA").value is None


def test_national_and_local_figures_are_stored_by_place(run):
    run(PROVISIONAL)

    england = NationalFigure.objects.get(geography="England", scope="state-funded", measure="ATT8SCR")
    assert (england.value, england.school_year, england.release, england.pupil_group) == (
        46.5,
        2019,
        "provisional",
        "all",
    )
    assert NationalFigure.objects.get(geography="local authority 999", measure="ATT8SCR").value == 47.1


def test_figures_of_trusts_are_stored_with_the_national_figures(run):
    out, _, _ = run(FILES / "mats_ks4.csv", year=2017)

    assert not PublishedResult.objects.exists()
    progress = NationalFigure.objects.filter(geography="trust 990002", measure="P8MEA")
    assert [(result.pupil_group, result.value) for result in progress] == [("all", 0.21)]
    assert "without a number" in out


def test_importing_the_same_file_again_changes_nothing_and_says_why(run):
    run(PROVISIONAL)
    before = held()
    ImportedFile.objects.update(imported_at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC))

    out, _, code = run(PROVISIONAL, PROVISIONAL)

    assert code == 0
    assert "the very same file was imported on 1 July 2026" in out  # In local time, not in GMT.
    assert [row[1:3] for row in counts(out)] == [[0, 0], [0, 0]]
    assert held().equals(before)
    assert ImportedFile.objects.count() == 1


def test_file_named_twice_is_imported_once(run):
    out, _, code = run(PROVISIONAL, PROVISIONAL)

    assert code == 0
    assert counts(out)[1][1:3] == [0, 0]
    assert ImportedFile.objects.count() == 1


def test_corrected_file_changes_only_what_it_corrects(run, changed):
    run(PROVISIONAL)

    out, _, _ = run(changed(PROVISIONAL, ("201,48.6,", "201,48.9,")))

    _, added, altered, *_ = counts(out)[0]
    assert (added, altered) == (0, 1)
    assert figure(urn=990001, measure="ATT8SCR").value == 48.9


def test_blank_cell_replaces_nothing_but_a_code_does(run, changed):
    run(PROVISIONAL)

    run(changed(PROVISIONAL, ("201,48.6,190", "201,,190"), ("80,41.0,40", "80,SUPP,40")))

    assert figure(urn=990001, measure="ATT8SCR").value == 48.6
    assert (figure(urn=990005, measure="ATT8SCR").status, figure(urn=990005, measure="ATT8SCR").value) == (
        "suppressed",
        None,
    )


def test_details_that_a_file_leaves_out_of_a_figure_stay(run, changed):
    run(PROVISIONAL)

    run(changed(PROVISIONAL, ("0.12,-0.05,0.29", "0.12,,")))
    assert (figure(urn=990001, measure="P8MEA").lower, figure(urn=990001, measure="P8MEA").upper) == (-0.05, 0.29)

    run(changed(PROVISIONAL, ("0.12,-0.05,0.29", "0.13,,")))
    assert (figure(urn=990001, measure="P8MEA").value, figure(urn=990001, measure="P8MEA").lower) == (0.13, None)


def test_order_of_two_files_of_a_release_makes_no_difference(run, changed):
    wide, narrow = PROVISIONAL, changed(PROVISIONAL, ("0.12,-0.05,0.29", "0.12,,"), ("80,41.0,40", "80,,40"))
    run(wide, narrow)
    one_way = held()
    ImportedFile.objects.all().delete()
    assert not PublishedResult.objects.exists()

    run(narrow, wide)

    key = FIELDS[:5]
    pd.testing.assert_frame_equal(
        held().sort_values(key, ignore_index=True), one_way.sort_values(key, ignore_index=True)
    )


def test_provisional_and_final_figures_are_stored_separately(run, changed):
    run(PROVISIONAL, changed(PROVISIONAL, ("201,48.6,", "201,48.9,"), name="ks4_final.csv"))

    both = PublishedResult.objects.filter(urn=990001, series__measure="ATT8SCR", series__pupil_group="all")
    assert dict(both.values_list("series__release", "value")) == {"provisional": 48.6, "final": 48.9}
    best = published_results_of([990001], measures=["ATT8SCR"])
    assert best.loc[best["is_best"], "value"].tolist() == [48.9]


def test_again_removes_what_the_file_brought_to_a_wrong_year(run, tmp_path):
    file = tmp_path / "ks4_provisional.csv"
    file.write_bytes(PROVISIONAL.read_bytes())
    run(file, year=2018)

    run(file, year=2019, again=True)

    assert years() == {2019}
    assert set(NationalFigure.objects.values_list("school_year", flat=True)) == {2019}
    assert ImportedFile.objects.get().school_year == 2019


def test_dry_run_says_what_it_would_write_and_writes_nothing(run):
    dry, _, _ = run(PROVISIONAL, FINAL_2018, dry_run=True)

    assert "nothing was written" in dry
    assert [model.objects.count() for model in (PublishedResult, NationalFigure, ImportedFile)] == [0, 0, 0]
    wet, _, _ = run(PROVISIONAL, FINAL_2018)
    assert counts(dry) == counts(wet)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("201,48.6,", "201,forty,"), "Row 2, column ATT8SCR: found 'forty'"),
        (("4002,990002,", "4002,990001,"), "Row 3, column URN"),
        (("ATT8SCR", "ATT9SCR"), "has no ATT8SCR"),
    ],
)
def test_faulty_file_is_refused_as_a_whole_and_the_others_are_imported(run, changed, change, expected):
    bad = changed(PROVISIONAL, change)

    out, err, code = run(bad, FINAL_2018)

    assert code == 1
    assert expected in err
    assert f"1 of 2 files were refused: {bad.name}" in err
    assert len(counts(out)) == 1
    assert years() == {2018}


def test_missing_file_is_refused(run, tmp_path):
    _, err, code = run(tmp_path / "nothing.csv")

    assert code == 1
    assert "No such file" in err


@pytest.mark.parametrize("release_is_known", [False, True])
def test_import_stopped_in_the_middle_leaves_nothing(run, changed, monkeypatch, release_is_known):
    if release_is_known:
        run(changed(PROVISIONAL, ("201,48.6,", "201,48.9,")))
    before = held()
    whole = bulk_figures.copy_texts

    def stopped(*args):
        yield next(whole(*args))
        raise KeyboardInterrupt

    monkeypatch.setattr(bulk_figures, "copy_texts", stopped)
    _, err, code = run(FINAL_2018, PROVISIONAL) if release_is_known else run(PROVISIONAL)

    assert code == 130
    assert "Stopped. Nothing from" in err
    assert held().equals(before)
    assert ImportedFile.objects.count() == int(release_is_known)


def test_long_table_brings_each_of_its_years(run, tmp_path):
    """A wide file of one of the years comes after it without a clash, whatever its order."""
    folder = tmp_path / "2023-24"
    folder.mkdir()
    long, wide = folder / "1a_absence_3term_school.csv", folder / "england_abs.csv"
    header = (
        "time_period,time_identifier,geographic_level,school_urn,sess_overall_percent,enrolments_pa_10_exact_percent"
    )
    rows = [
        f"{period},Academic year,School,990001,{cells}" for period, cells in ((202324, "7.61,z"), (202223, "8.2,z"))
    ]
    long.write_text("\n".join([header, *rows]) + "\n")
    wide.write_text("LA,ESTAB,URN,PERCTOT,PPERSABS10\n999,4001,990001,7.6,20.6\n")

    out, _, code = run(long, wide)

    assert code == 0
    assert "its years: 2022-23, 2023-24" in out
    assert counts(out) == [[3, 3, 0, 0, 0], [2, 0, 2, 0, 0]]
    assert imported_years() == {"absence": [2023, 2024]}
    found = PublishedResult.objects.values_list("series__measure", "series__school_year", "value")
    assert set(found) == {("PERCTOT", 2024, 7.6), ("PERCTOT", 2023, 8.2), ("PPERSABS10", 2024, 20.6)}


def test_measure_of_schools_belongs_to_one_layout():
    """Otherwise a file would be added without comparing it with the stored figures."""
    layouts = {}
    for measure in layout_measures():
        if not measure.layout.startswith("mats"):
            layouts.setdefault(measure.code, set()).add(measure.layout)

    assert [code for code, where in layouts.items() if len(where) > 1] == []


@pytest.mark.real_data
def test_two_real_files_of_one_release_agree(run, shared_data):
    folder = shared_data / "dfe" / "ks2" / "2018-19"

    out, _, code = run(folder / "england_ks2final_headline.csv", folder / "850_ks2final.csv")

    assert code == 0
    assert counts(out)[0] == [98130, 98130, 0, 0, 0]
    read_, added, altered, unchanged, _ = counts(out)[1]
    assert (read_, added + altered + unchanged) == (28044, 28044)
    assert PublishedResult.objects.count() == 98130 + 27804 - 331 * 6
    whole = read_results_file(folder / "england_ks2final_headline.csv").values
    numbers = whole[whole["value"].notna()].set_index("urn").query("measure == 'READPROG'")["value"]
    kept = dict(
        PublishedResult.objects.filter(
            series__measure="READPROG", status="value", series__pupil_group="all"
        ).values_list("urn", "value")
    )
    assert {urn: kept[urn] for urn in numbers.index} == numbers.to_dict()
