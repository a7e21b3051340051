import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from tests.trajectories.published_rows import DFE, needs_published_files
from trajectories.rules.warning_record import COLUMNS, kept_record, warning_record

SCHOOLS = 1500


def country(seed: int = 3) -> pd.DataFrame:
    """Make four years of a country in which a school's own part lasts and the rest passes with the year."""
    random = np.random.default_rng(seed)
    lasting = random.normal(size=SCHOOLS)
    rows = []
    for measure, noise in (("P8MEA", 0.5), ("ATT8SCR", 0.3)):
        for year in (2016, 2017, 2018, 2019):
            score = pd.Series(lasting + random.normal(0, noise, SCHOOLS))
            percentile = 100 * (score.rank() - 0.5) / SCHOOLS
            own = {"measure": measure, "year": year, "value": 0.0, "cohort": 180.0}
            rows.append(pd.DataFrame({"urn": range(100001, 100001 + SCHOOLS), "percentile": percentile}).assign(**own))
    return pd.concat(rows, ignore_index=True)


@pytest.fixture(scope="module")
def record() -> pd.DataFrame:
    return warning_record(country(), None, phase="secondary", measure="P8MEA", year=2019)


def test_the_record_of_a_country_that_follows_the_model_is_good(record):
    rows = record.set_index("thing")

    assert list(record) == COLUMNS
    assert rows.loc["interval", "happened"] == pytest.approx(0.8, abs=0.04)
    assert list(rows.index[1:]) == ["floor", "coasting", "average", "decline"]
    for code in ("floor", "coasting"):
        assert rows.loc[code, "came_true"] > 2 * rows.loc[code, "happened"]
        assert rows.loc[code, "warned"] < 0.3


def test_only_schools_for_which_the_event_would_be_new_are_counted(record):
    schools = record.set_index("thing")["schools"]

    assert schools["floor"] > schools["coasting"] > schools["average"]
    assert schools["interval"] == SCHOOLS


def test_later_years_do_not_change_the_record_of_a_year(record):
    later = country().assign(percentile=lambda rows: 100 - rows["percentile"])
    with_later = pd.concat([country(), later[later["year"] == 2019].assign(year=2020)])

    again = warning_record(with_later, None, phase="secondary", measure="P8MEA", year=2019)

    pd.testing.assert_frame_equal(again[again["thing"] != "decline"], record[record["thing"] != "decline"])


def test_two_years_are_too_few_to_learn_from_and_give_no_record():
    few = country().query("year >= 2017")

    assert warning_record(few, None, phase="secondary", measure="P8MEA", year=2019).empty


def test_the_shipped_record_has_every_event_that_is_warned_of():
    things = {kept.thing for kept in kept_record() if kept.measure == "P8MEA"}

    assert things == {"interval", "floor", "coasting", "average", "decline"}
    assert all(kept.what and kept.when and kept.measure_name for kept in kept_record())


@needs_published_files
def test_the_shipped_record_is_that_of_the_files(tmp_path, capsys):
    """Compare within what another estimate of the model may change."""
    out = tmp_path / "record.csv"

    results = map(str, DFE.glob("ks4/*/england_ks4final_headline.csv"))
    context = map(str, [*DFE.glob("absence/*/england_abs.csv"), *DFE.glob("census/*/england_census.csv")])
    links = str(DFE / "gias" / "2026-08" / "links_edubasealldata.csv")
    call_command(
        "warning_record", "--results", *results, "--context", *context, "--links", links, "--out", str(out)
    )  # fmt: skip

    found = pd.read_csv(out).set_index(["measure", "thing"])
    for shipped in kept_record():
        if shipped.phase == "secondary":
            row = found.loc[shipped.measure, shipped.thing]
            assert row["schools"] == pytest.approx(shipped.schools, rel=0.02)
            assert row["happened"] == pytest.approx(shipped.happened, abs=0.03)
            assert shipped.thing == "interval" or row["caught"] == pytest.approx(shipped.caught, abs=0.1)


def test_too_few_files_are_refused(tmp_path):
    with pytest.raises(CommandError):
        call_command("warning_record", "--results", str(tmp_path / "none.csv"))
