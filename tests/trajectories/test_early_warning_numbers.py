import tomllib

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from tests.trajectories.published_rows import DFE, needs_published_files
from trajectories.rules.absence_effects import absence_effects, carried_effects
from trajectories.rules.in_year_figures import early_warning

SCHOOLS, YEARS = 3000, (2017, 2018, 2019)


def made(lasting: float = 1.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Results that fall by 0.3 for each point more absence, and gain half of what another measure gains."""
    random = np.random.default_rng(5)
    level = random.normal(size=SCHOOLS) * lasting
    rates = {2017: random.normal(8, 1, SCHOOLS)}
    rows, other = [], []
    for year in YEARS:
        if year > 2017:
            rates[year] = rates[year - 1] + random.normal(0.4, 0.6, SCHOOLS)
        moved = -0.3 * (rates[year] - rates.get(year - 1, rates[year]))
        lead = level + random.normal(0, 0.3, SCHOOLS)
        value = level + moved + 0.5 * (lead - level) + random.normal(0, 0.2, SCHOOLS)
        for measure, values in (("P8MEA", value), ("ATT8SCR", lead)):
            rows.append(pd.DataFrame({"urn": range(SCHOOLS), "measure": measure, "year": year, "value": values}))
        other.append(pd.DataFrame({"urn": range(SCHOOLS), "measure": "PERCTOT", "year": year, "value": rates[year]}))
    return pd.concat(rows), pd.concat(other)


def test_the_effect_of_absence_is_recovered():
    effect = absence_effects(*made())["P8MEA", "AB1"]

    # Scores have a spread of 1; these results have a spread of about 1.1.
    assert effect.size == pytest.approx(-0.3 / 1.1, abs=0.03)
    assert 0 < effect.standard_error < 0.02
    assert effect.schools == SCHOOLS


def test_the_countrys_own_movement_is_not_an_effect():
    results, rates = made()
    later = rates["year"] == 2019
    moved = rates.assign(value=rates["value"].where(~later, rates["value"] + 3))

    assert absence_effects(results, moved)["P8MEA", "AB1"].size == pytest.approx(
        absence_effects(results, rates)["P8MEA", "AB1"].size
    )


def test_rows_in_another_order_change_nothing():
    results, rates = made()

    assert absence_effects(results.sample(frac=1, random_state=1), rates) == absence_effects(results, rates)


def test_news_of_one_measure_carries_over_to_the_other():
    results, _ = made(lasting=0)  # Nothing lasts, so the whole result is news.
    last = results[results["year"] == 2019].pivot(index="urn", columns="measure", values="value")

    assert carried_effects(results)["P8MEA"].size == pytest.approx(last.corr().iloc[0, 1], abs=0.03)
    assert "KS2PROGRESS" not in carried_effects(results)


def test_two_years_are_not_enough_for_an_effect():
    results, rates = made()
    short = results[results["year"] > 2017]

    assert absence_effects(short, rates) == {}
    assert carried_effects(short) == {}


@needs_published_files
def test_the_numbers_in_force_are_those_of_the_files(capsys):
    files = {name: sorted(map(str, DFE.glob(pattern))) for name, pattern in {
        "results": "ks[24]/*/england_ks?final_headline.csv", "context": "absence/*/england_abs.csv",
    }.items()}  # fmt: skip
    links = str(DFE / "gias" / "2026-08" / "links_edubasealldata.csv")

    call_command("early_warning_numbers", **files, links=links)

    found = tomllib.loads(capsys.readouterr().out)
    known = early_warning()
    assert found["effects"] == known["effects"]
    assert found["carried"] == known["carried"]


def test_a_file_that_is_not_the_departments_is_refused(tmp_path):
    other = tmp_path / "shopping.csv"
    other.write_text("item,price\ntea,3\n")

    with pytest.raises(CommandError, match="shopping"):
        call_command("early_warning_numbers", results=[str(other)], context=[str(other)])
