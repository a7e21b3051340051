"""What the engine answers about an invented country, kept number by number: see `tests/kept_answers.py`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest

from published.dfe import read_results_file
from schools.gias import read_links
from tables.faults import FileRefused
from tests.kept_answers import hold
from tests.trajectories import example_files as made
from tests.trajectories.simulated_journeys import BASE, histories
from trajectories.rules import absence_effects, backtest, inspection
from trajectories.rules.areas import area_phase, areas
from trajectories.rules.backtest_rows import rows_of
from trajectories.rules.capacity import area_capacity, capacity_of, cause_of
from trajectories.rules.chances_in_words import chance_in_words, percent_in_words
from trajectories.rules.comparable_years import usual_error_of
from trajectories.rules.forecast import forecast_frame, forecasts
from trajectories.rules.forecast_arrays import arrays_of, percentiles_of_scores
from trajectories.rules.forecast_fit import fit_model
from trajectories.rules.forecast_frames import forecast_context, forecast_history, forecast_national
from trajectories.rules.forecast_model import FORETOLD, READ, as_toml, shipped_model
from trajectories.rules.forecast_predict import predict
from trajectories.rules.headline import headline_results, history_of
from trajectories.rules.in_force import journey_in_force, phase_in_force
from trajectories.rules.in_year_figures import (
    AbsenceRate,
    InYearFigures,
    PastSchoolForecast,
    SchoolForecast,
    normal_score,
    percentile_of_score,
    reliability_of,
)
from trajectories.rules.journey_probabilities import place_schools
from trajectories.rules.lineage import known_as
from trajectories.rules.measures import measures
from trajectories.rules.national_files import join_national_files
from trajectories.rules.national_placements import place_national, place_percentiles
from trajectories.rules.outlook import Forecast, ForecastDriver, next_year
from trajectories.rules.percentile_files import read_history
from trajectories.rules.percentiles import (
    mean_percentiles,
    percentile_in,
    percentiles_of,
    table_for,
    tables_from,
    value_at,
)
from trajectories.rules.phase import LineLevel, propose_phase, suggest_levels
from trajectories.rules.probability_scores import auc, brier, calibration, chances, compare_probabilities, logistic
from trajectories.rules.reference_lines import (
    CarterLine,
    band_of,
    drawn_lines,
    line_percentiles_of,
    lines_on,
    standard_reference,
    with_line,
)
from trajectories.rules.rubric import standard_rubric
from trajectories.rules.rubric_voices import features_of, moved_lines, next_phase, why_data_is_silent
from trajectories.rules.shape import shapes_of
from trajectories.rules.sharpening import EIGHTY, sharpen
from trajectories.rules.standing import standings, trajectory_frame
from trajectories.rules.trajectory import placements
from trajectories.rules.trust_lines import TrustLine, faults_in, with_trust_lines
from trajectories.rules.units import suggest_unit, unit_phase, unit_rubric
from trajectories.rules.warning import greatest_risks, risk_weight, risks_of, warning_code
from trajectories.rules.warning_record import warning_record
from trajectories.rules.written_rules import written_rules

KEPT = Path(__file__).parent / "kept"
YEARS = (2016, 2017, 2018, 2019)
ANSWERS: dict[str, Callable[..., Any]] = {}


def kept(make: Callable[..., Any]) -> Callable[..., Any]:
    ANSWERS[make.__name__] = make
    return make


def drawn(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


# --- Journeys


def gaps(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave some years without a result, and give some years a standard error of their own."""
    out = frame.copy()
    out.loc[out.index % 11 == 3, "percentile"] = np.nan
    out["standard_error"] = np.where(out.index % 7 == 2, np.nan, 3 + out.index % 5)
    return out.assign(measure=np.where(out.index % 2, "P8MEA", "ATT8SCR"), estimated=out.index % 13 == 0)


@kept
def journeys() -> Any:
    plain = histories(2)[["school", "year", "percentile", "standard_error"]]
    without = histories(1, how=replace(BASE, error=None))[["school", "year", "percentile"]]
    return {
        "secondary": place_schools(plain, phase="secondary").frame(),
        "primary": place_schools(gaps(plain), phase="primary").frame(),
        "without errors": place_schools(without, phase="secondary", usual_error=2.0).frame(),
        "earlier": place_schools(plain, phase="secondary", cut_off=2017).frame(),
        "silent": place_schools(plain.assign(percentile=np.nan).head(8), phase="secondary").frame(),
        "two years": place_schools(plain[plain["year"] > 2017].head(8), phase="primary").frame(),
        "usual error": usual_error_of(histories(12)[["school", "year", "percentile"]]),
    }


@kept
def journeys_in_words() -> Any:
    frame = gaps(histories(1)[["school", "year", "percentile"]])
    few = frame[frame["year"] > 2017].head(4)
    return [placements(frame, phase="secondary"), placements(few, phase="primary", cut_off=2021)]


@kept
def journeys_of_a_file() -> Any:
    return place_percentiles(histories(12)[["school", "year", "percentile"]]).head(12)


@kept
def shapes() -> Any:
    frame = gaps(histories(1)[["school", "year", "percentile"]])
    wide = frame.pivot(index="school", columns="year", values="percentile").to_numpy(float)
    return vars(shapes_of(np.arange(wide.shape[1]), wide, np.full(wide.shape, 4.0)))


# --- Standings


def results(schools: int = 6, seed: int = 5) -> pd.DataFrame:
    """Make results of secondary and primary schools, with gaps, releases, limits and numbers of pupils."""
    chance_ = drawn(seed)
    rows = []
    for at, year in product(range(schools), (2015, 2016, 2017, 2018, 2019, 2022, 2023, 2024)):
        score = round(float(chance_.normal(0, 0.5)), 2)
        secondary = [
            ("P8MEA", score),
            ("P8CILOW", round(score - 0.2, 2)),
            ("P8CIUPP", round(score + 0.2, 2)),
            ("ATT8SCR", round(46 + 8 * score, 1)),
        ]
        primary = [("PTRWM_EXP", round(62 + 15 * score)), *((code, round(3 * score, 1)) for code in PROGRESS)]
        for phase, cells in (("secondary", secondary), ("primary", primary)):
            urn = 990001 + at + (100 if phase == "primary" else 0)
            for code, value in cells[: 4 if at % 2 else 1]:
                release = "provisional" if year == 2024 else "final"
                silent = (at + year) % 9 == 0
                rows.append(
                    (urn, phase, code, year, release, np.nan if silent else value, "suppressed" if silent else "value")
                )
    columns = ["urn", "phase_of_education", "measure", "year", "release", "value", "status"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(cohort=np.where(frame.index % 3 == 0, np.nan, 40 + 10 * (frame["urn"] % 7)))


PROGRESS = ("READPROG", "WRITPROG", "MATPROG")


@kept
def standings_in_words() -> Any:
    found = standings(results(2))
    return {
        "standings": found,
        "frame": trajectory_frame([standing for standing in found if standing.phase == "secondary"]),
        "asked for": standings(results(1), years=[2014, 2019]),
        "all-through": standings(results(1).assign(phase_of_education="all-through")),
        "special": standings(results(1).assign(phase_of_education="special")),
    }


@kept
def headlines_of_many() -> Any:
    found = headline_results(results().rename(columns={"phase_of_education": "phase"}).query("status == 'value'"))
    return {"found": found, "history": history_of(found[found["phase"] == "primary"])}


@kept
def percentile_tables() -> Any:
    asked = [
        (code, phase, year, release)
        for code, phase in (
            ("P8MEA", "secondary"),
            ("ATT8SCR", "secondary"),
            ("PTRWM_EXP", "primary"),
            ("READPROG", "primary"),
            ("KS2PROGRESS", "primary"),
            ("PERCTOT", "secondary"),
        )
        for year, release in ((2015, "final"), (2017, "provisional"), (2019, "final"), (2024, "final"), (2027, "final"))
    ]
    answers = {}
    for code, phase, year, release in asked:
        table = table_for(code, phase, year, release)
        answers[f"{code} {phase} {year} {release}"] = table and {
            "about": [table.schools, table.mean, table.provenance, table.note, table.average, table.average_note],
            "places": percentile_in(table, [-9.0, -0.5, 0.0, 0.4, 5.0, 46.0, 60.0, 99.0, np.nan]),
            "values": [value_at(table, at) for at in (0.5, 13.9, 50, 85.5, 99.5)],
            "lines": [
                [line.code, line.percentile, line.value, line.provenance, line.estimated]
                for line in drawn_lines(standard_reference(), table)
            ],
        }
    return answers


@kept
def percentiles_of_many() -> Any:
    frame = results(2).rename(columns={"phase_of_education": "phase"})
    parts = frame[frame["measure"].isin(PROGRESS)]
    return {"own": percentiles_of(frame), "mean": mean_percentiles(parts.assign(phase="primary"), "KS2PROGRESS")}


@kept
def tables_of_a_country() -> Any:
    chance_ = drawn()
    frame = pd.DataFrame({"urn": np.repeat(np.arange(990001, 990001 + 150), 2), "year": np.tile([2018, 2019], 150)})
    made_up = [
        frame.assign(
            measure=code, release="final", value=np.round(chance_.normal(at, 2, len(frame)), 1), status="value"
        )
        for code, at in (("READPROG", 0), ("WRITPROG", 0), ("MATPROG", 0), ("PTRWM_EXP", 60))
    ]
    found = tables_from(pd.concat(made_up, ignore_index=True), {"primary": set(frame["urn"]), "secondary": set()})
    return found.iloc[:, ::9]


@kept
def bands() -> Any:
    answers = {}
    for code, phase in (("P8MEA", "secondary"), ("PTRWM_EXP", "primary"), ("KS2PROGRESS", "primary")):
        for year in (2017, 2019, 2024):
            table = table_for(code, phase, year)
            lines = lines_on(standard_reference(), table) if table else []
            figures = [{}, {"P8MEA": -0.7, "P8CIUPP": -0.1}, {"PTRWM_EXP": 50.0, "READPROG": -6.0, "WRITPROG": 1.0}]
            answers[f"{code} {year}"] = [
                band_of(at, values, lines) for at in (3.0, 13.9, 20.0, 40.0, 60.0, 90.0) for values in figures if lines
            ]
    return answers


@kept
def trust_lines() -> Any:
    own = CarterLine(
        code="average",
        phase="secondary",
        first_year=2018,
        last_year=2019,
        provenance="trust",
        percentile=70.0,
        says="Ours",
        source="The Board",
    )
    set_by_trust = with_line(standard_reference(), own, version="own")
    lines = [TrustLine(code="top", phase="primary", percentile=60.0, first_year=2018)]
    both = with_trust_lines(standard_reference(), lines, number=2, provenance="set by the Board")
    low = [TrustLine(code="average", phase="secondary", percentile=10.0, first_year=2018)]
    places = [1.0, 1.5, 2.0, 3.0, 4.0, 10.0, 11.0, 12.0, 13.0, 21.0, 22.5, 33.0, 41.0, 99.0]
    all_lines = with_trust_lines(
        standard_reference(),
        [TrustLine(code="floor", phase="primary", percentile=at, first_year=2018) for at in places],
        number=4, provenance="set in June",
    )  # fmt: skip
    odd = {
        f"{floor} {top}": faults_in(
            with_trust_lines(
                standard_reference(),
                [TrustLine(code=code, phase=phase, percentile=at, first_year=2018)
                 for phase in ("primary", "secondary") for code, at in (("floor", floor), ("top", top))],
                number=5, provenance="set in June",
            ),
            ["primary", "secondary"],
        )
        for floor, top in ((0.5, 99.5), (1.0, 99.0), (0.4, 99.6), (5.0, 100.0), (20.4, 49.0), (14.0, 45.0))
    }  # fmt: skip
    return {
        "words": [[line.says, line.source] for line in all_lines.lines if line.provenance == "trust"],
        "out of range": odd,
        "levels": [
            line_percentiles_of(reference, phase)
            for reference in (set_by_trust, both)
            for phase in ("primary", "secondary")
        ],
        "drawn": [drawn_lines(both, table_for("PTRWM_EXP", "primary", year)) for year in (2017, 2018, 2023)],
        "faults": faults_in(
            with_trust_lines(standard_reference(), low, number=3, provenance="set in June"), ["primary", "secondary"]
        ),
    }


# --- Forecasts


def country(schools: int = 1100, years: tuple[int, ...] = YEARS, seed: int = 3) -> pd.DataFrame:
    """Make a country in which a school's own part lasts, some of it fades and the rest passes with the year."""
    chance_ = drawn(seed)
    lasting, fading = chance_.normal(size=schools), chance_.normal(0, 0.5, schools)
    rows = []
    for code, noise in (("P8MEA", 0.6), ("ATT8SCR", 0.4)):
        for at, year in enumerate(years):
            score = pd.Series(lasting + fading * 0.7**at + chance_.normal(0, noise, schools))
            place = 100 * (score.rank() - 0.5) / schools
            rows.append(
                pd.DataFrame({"urn": 990001 + np.arange(schools), "measure": code, "year": year, "percentile": place})
            )
    frame = pd.concat(rows, ignore_index=True)
    cohort = np.where(frame["urn"] % 17 == 0, np.nan, 40 + frame["urn"] % 200)
    return frame.assign(cohort=cohort, value=0.0)


def about(schools: int = 1100, seed: int = 4) -> pd.DataFrame:
    chance_ = drawn(seed)
    rows = [
        pd.DataFrame(
            {
                "urn": 990001 + np.arange(schools),
                "measure": code,
                "year": year,
                "value": chance_.gamma(3, mean / 3, schools).round(1),
            }
        )
        for code, mean in (("PNUMFSMEVER", 27.0), ("PNUMEAL", 18.0), ("PERCTOT", 7.0))
        for year in (2018, 2019)
    ]
    frame = pd.concat(rows, ignore_index=True)
    return frame[frame.index % 19 != 0]


@kept
def model_of_a_country() -> Any:
    model = fit_model(country(), about(), phase="secondary", source="Invented")
    assert model is not None
    return as_toml(model).splitlines()


@kept
def predictions() -> Any:
    answers = {}
    for phase, measure in (("secondary", "P8MEA"), ("primary", "KS2PROGRESS")):
        model = shipped_model(phase)
        history = pd.concat([past(phase, at) for at in range(8)], ignore_index=True)
        panel = arrays_of(history, about(8), phase=phase, measures=READ[phase], context_scales=model.context)
        found = predict(model, panel, measure, 2023)
        answers[phase] = {**vars(found), "place": percentiles_of_scores(found.mean), "cohort": panel.cohort}
    return answers


def past(phase: str, seed: int, urn: int | None = None) -> pd.DataFrame:
    """Make what is known of one school: some years, measures and numbers of pupils are missing."""
    chance_ = drawn(100 + seed)
    rows = [
        (urn or 990001 + seed, code, year, round(float(chance_.uniform(1, 99)), 1), 30.0 + 25 * seed)
        for code in READ[phase]
        for year in (2016, 2017, 2018, 2019, 2022)
        if measures()[code].is_published(year) and chance_.uniform() < 0.7
    ]
    frame = pd.DataFrame(rows, columns=["urn", "measure", "year", "percentile", "cohort"])
    return frame.assign(cohort=frame["cohort"] if seed % 3 else np.nan)


@kept
def forecasts_in_words() -> Any:
    return {
        f"{phase} {year}": [
            forecasts(past(phase, seed), phase=phase, year=year, context=about(8) if seed % 2 else None)
            for seed in range(3)
        ]
        for phase in ("secondary", "primary")
        for year in (2023, 2025)
    }


@kept
def forecasts_of_many() -> Any:
    history = pd.concat([past("secondary", at) for at in range(6)], ignore_index=True)
    return forecast_frame(history, phase="secondary", year=2023, context=about(6), foretold=list(FORETOLD["secondary"]))


@kept
def record_of_warnings() -> Any:
    return warning_record(country(), about(), phase="secondary", measure="P8MEA", year=2019)


def first_forecast(measure: str, phase: str, place: float = 40.0, spread: float = 0.6) -> tuple[Forecast, Any]:
    table = table_for(measure, phase, 2027)
    mean = normal_score(place)
    result = NormalDist(mean, spread)
    below = {f"p_below_{code}": result.cdf(normal_score(at)) for code, at in LINES.items()}
    ends = percentile_of_score(mean - EIGHTY * spread), percentile_of_score(mean + EIGHTY * spread)
    forecast = Forecast(
        urn=990001,
        measure=measure,
        year=2027,
        expected=value_at(table, place),
        percentile=place,
        low80=value_at(table, ends[0]),
        high80=value_at(table, ends[1]),
        percentile_low80=ends[0],
        percentile_high80=ends[1],
        **below,
        p_bottom_fifth=result.cdf(normal_score(20)),
        p_decline=0.3,
        drivers=(ForecastDriver(name="Results of 2025–26", effect=-6.0, sentence="Lower than before."),),
    )
    return forecast, table


LINES = {"floor": 3.2, "coasting": 20.4, "average": 45.0}
NEWS = {
    "absence": InYearFigures(rates=(AbsenceRate(indicator="AB1", term="autumn 2026", now=9.0, before=6.0),)),
    "absence of three terms": InYearFigures(
        rates=tuple(AbsenceRate(indicator="AB2", term=f"term {at}", now=20.0 - 9 * at, before=15.0) for at in range(3))
    ),
    "far more absence": InYearFigures(rates=(AbsenceRate(indicator="AB1", term="autumn 2026", now=60.0, before=6.0),)),
    "own forecast": InYearFigures(own=SchoolForecast(term="autumn 2026", value=55.0)),
    "own forecast, often too high": InYearFigures(
        own=SchoolForecast(term="autumn 2026", value=70.0),
        past=tuple(PastSchoolForecast(year=2022 + at, expected=60.0 + at, was=52.0 - at) for at in range(4)),
        rates=(AbsenceRate(indicator="AB1", term="autumn 2026", now=5.0, before=7.5),),
    ),
}


@kept
def forecasts_with_news() -> Any:
    answers = {}
    for (measure, phase), (name, news) in product([("PTRWM_EXP", "primary"), ("ATT8SCR", "secondary")], NEWS.items()):
        forecast, table = first_forecast(measure, phase)
        answers[f"{measure}: {name}"] = sharpen(
            forecast, news, table=table, lines=LINES, decline=lambda mean, spread: 0.5 - mean / 10 + spread / 10
        )
    lead, table = first_forecast("ATT8SCR", "secondary")
    other, own_table = first_forecast("P8MEA", "secondary", place=55.0)
    sharpened = sharpen(lead, NEWS["own forecast, often too high"], table=table, lines=LINES)
    answers["carried"] = sharpen(other, InYearFigures(), table=own_table, lines=LINES, others={"ATT8SCR": sharpened})
    own = InYearFigures(
        own=SchoolForecast(term="autumn 2026", value=0.2),
        past=(PastSchoolForecast(year=2024, expected=0.3, was=-0.1),),
    )
    answers["P8MEA: own forecast"] = sharpen(other, own, table=own_table, lines=LINES)
    answers["reliability"] = reliability_of(NEWS["own forecast, often too high"].past, table)
    return answers


@kept
def effects_of_absence() -> Any:
    chance_ = drawn(8)
    level = chance_.normal(size=200)
    rows, rates = [], []
    for year in (2016, 2017, 2018, 2019):
        away = 6 - level + chance_.normal(0, 1, 200)
        values = {"P8MEA": level - away / 20 + chance_.normal(0, 0.3, 200), "ATT8SCR": 46 + 8 * level - away / 3}
        values |= {code: values["P8MEA"] + chance_.normal(0, 0.5, 200) for code in PROGRESS}
        values |= {"PTRWM_EXP": 60 + 10 * level + chance_.normal(0, 4, 200)}
        urns = 990001 + np.arange(200)
        rows += [
            pd.DataFrame({"urn": urns, "measure": code, "year": year, "value": figures})
            for code, figures in values.items()
        ]
        rates += [
            pd.DataFrame({"urn": urns, "measure": code, "year": year, "value": away * times})
            for code, times in (("PERCTOT", 1.0), ("PPERSABS10", 2.0))
        ]
    frame, context = pd.concat(rows, ignore_index=True), pd.concat(rates, ignore_index=True)
    found = absence_effects.absence_effects(frame, context)
    return {
        "effects": {" ".join(key): value for key, value in found.items()},
        "carried": absence_effects.carried_effects(frame),
    }


# --- Whole files


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Any]:
    """Four years of two kinds of school, with absence, conversions and judgements."""
    folder, chance_ = tmp_path_factory.mktemp("kept"), drawn(11)
    level = chance_.normal(scale=0.4, size=130)
    paths = []
    for year in YEARS:
        values = level + chance_.normal(scale=0.15, size=130)
        rows: dict[int, dict[str, object]] = {
            990001 + at: {"P8MEA": round(float(one), 2), "ATT8SCR": round(46 + 8 * float(one), 1), "TPUP": 60 + at}
            for at, one in enumerate(values)
        }
        rows[990555] = {"P8MEA": -1.2, "RECTYPE": "2", "NFTYPE": "CYS"}
        if year == 2018:
            rows[990003] = {"P8MEA": "SUPP", "ATT8SCR": "SUPP"}
        paths.append(made.ks4(folder, year, rows))
        primary = {
            990301 + at: {
                "PTRWM_EXP": f"{round(60 + 20 * float(one))}%",
                "READPROG": round(3 * float(one), 1),
                "WRITPROG": 0.4,
                "MATPROG": round(float(one), 1),
            }
            for at, one in enumerate(values[:20])
        }
        paths.append(made.ks2(folder, year, primary))
        paths.append(
            made.absence(folder / "absence", year, {990001 + at: round(6 - float(v), 1) for at, v in enumerate(level)})
        )
    links = made.links(folder, [(990901, 990001, "01-09-2017"), (990902, 990002, "01-02-2018")])
    judged = [
        {"URN": 990001 + at, "Rating": rating, "Inspection Date": f"{year}{1 + at % 9:02d}15"}
        for year in (2017, 2018, 2019, 2020)
        for at, rating in enumerate(np.where(level + chance_.normal(0, 0.2, 130) < 0, "Inadequate", "Good"))
        if (at + year) % 2
    ]
    return {
        "files": {f"{path.parent.name}/{path.name}": read_results_file(path) for path in paths},
        "links": read_links(links),
        "judgements": inspection.read_judgements(made.write(folder / "ofsted.csv", judged)),
    }


@kept
def files_as_one_country(files) -> Any:
    found = join_national_files(files["files"], links=files["links"])
    some = found.results["urn"].isin([990902, 990901, 990003, 990555, 990301])
    return {
        "results": found.results[some].astype(object).where(found.results[some].notna(), None),
        "known as": found.known_as.head(9),
        "schools": found.schools.head(5).astype(object),
        "years": [found.own_years("mainstream", phase) for phase in ("primary", "secondary")],
        "placed": place_national(found).head(8),
    }


@kept
def backtest_of_a_country(files) -> Any:
    given, links = files["files"], files["links"]
    trained = backtest.train_to_cut_off(given, links, phase="secondary", train_to=2018, test=2019, known_to=2017)
    assert trained is not None
    truth = backtest.truth_of(given, links, 2019)
    return {
        "note": trained.note,
        "tables": [len(trained.tables.percentiles), len(trained.tables.averages)],
        "found": backtest.backtest(trained, truth),
        "judged": inspection.next_judgement(trained, files["judgements"]),
    }


@kept
def judgements(files) -> Any:
    return files["judgements"].head(12).assign(on=files["judgements"]["on"].dt.strftime("%Y-%m-%d"))


@kept
def history_of_a_file(tmp_path) -> Any:
    path = tmp_path / "history.csv"
    path.write_text("School,Year,Percentile,Standard_error\n7,2018-19,50.5,\n7,2020,,3\nx,2018–2019,1,2\n", "utf-8")
    return read_history(path).astype(object)


@kept
def faults_of_a_history(tmp_path) -> Any:
    heading = "School,Year,Percentile,Standard_error"
    files = {
        "cells": [heading, ",2019,50,1", "1,2019,101,1", "1,2020,-0.5,0", "1,soon,50,1", "1,2018-20,50,1",
                  "1,20190,5,x", "1,2021,many,1001", "1,1999-2000,1,1", "1,1999/01,1,1"],
        "twice": [heading, "7,2019,50,", "8,2019,50,", "7,2018-19,51,", "7,2020,1,", "8,2019,3,"],
        "no column": ["School,Percentile", "1,2"],
        "names": ["school,year,percentile", "7,2019,", "x7,2019,5"],
        "zeros": [heading, "07,2019,0,1000", "8,2019,100,0.000001"],
    }  # fmt: skip
    answers = {}
    for name, lines in files.items():
        path = tmp_path / "history.csv"
        path.write_text("\n".join(lines), "utf-8")
        try:
            answers[name] = read_history(path).astype(object)
        except FileRefused as refused:
            answers[name] = str(refused).splitlines()
    return answers


@kept
def forecasts_of_a_country(files) -> Any:
    found = join_national_files(files["files"], links=files["links"], year=2023)
    told = forecast_national(found, year=2023)
    some = told["urn"].isin([990901, 990902, 990003, 990555, 990301, 990302])
    given = {name: file for name, file in files["files"].items() if file.summary.year < 2018}
    early = forecast_national(join_national_files(given, year=2018), year=2018, phases=["secondary"])
    return {
        "told": told[some].astype(object),
        "how many": [len(told), int(told["expected"].notna().sum()), len(early)],
        "history": forecast_history(found, "secondary").head(9).astype(object),
        "context": forecast_context(found).tail(5).astype(object),
    }


@kept
def years_ahead() -> Any:
    return {
        f"{measure} {latest}": [next_year(latest, now=now, measure=measure) for now in range(latest + 1, latest + 8)]
        for measure in ("P8MEA", "ATT8SCR", "PTRWM_EXP", "KS2PROGRESS")
        for latest in (2015, 2018, 2019, 2022, 2024)
        if measure == "ATT8SCR" or latest == 2022
    }


@kept
def circles_of_schools() -> Any:
    pairs = [(1, 2, "2019-09-01"), (2, 3, "2018-09-01"), (3, 1, ""), (9, 8, "")]
    with pytest.raises(FileRefused) as refused:
        known_as(
            read_links_like(pd.DataFrame(pairs, columns=["urn", "link_urn", "date"])), on=date(2020, 9, 12), seen=[1]
        )
    return str(refused.value)


@kept
def names_of_schools() -> Any:
    links = pd.DataFrame(
        [(4, 3, "2019-09-01"), (3, 2, "2017-09-01"), (2, 1, "2010-01-01"), (6, 5, ""), (8, 7, "")],
        columns=["urn", "link_urn", "date"],
    )
    frame = read_links_like(links)
    return [known_as(frame, on=date(year, 9, 12), seen=[1, 2, 3, 4, 5, 6]) for year in (2009, 2016, 2018, 2020)]


def read_links_like(links: pd.DataFrame) -> pd.DataFrame:
    """Lay pairs out as ``read_links`` does, on the numbers of the file's rows."""
    return links.assign(
        link_type="predecessor", kind="one_to_one", established_date=pd.to_datetime(links["date"], errors="coerce")
    ).set_axis(range(2, len(links) + 2))


# --- How reliable


@kept
def scores() -> Any:
    chance_ = drawn(9)
    happened = chance_.uniform(size=120) < 0.4
    forecast = np.clip(np.where(happened, 0.55, 0.3) + chance_.normal(0, 0.15, 120), 0.01, 0.99)
    rival = np.clip(np.where(happened, 0.5, 0.35) + chance_.normal(0, 0.2, 120), 0.01, 0.99)
    inputs = np.c_[forecast, rival]
    weights = logistic(inputs, happened)
    return {
        "weights": weights,
        "chances": chances(weights, inputs)[:9],
        "compared": compare_probabilities(forecast, rival, happened),
        "tenths": calibration(forecast, happened),
        "areas": [auc(forecast, event) for event in (happened, happened | True, happened & False)],
        "misses": [brier(forecast, event) for event in (happened, ~happened)],
        "rows": rows_of({"forecast": forecast, "last percentile": rival, "mean percentile": 1 - rival}, happened),
        "words": [
            [chance_in_words(chance), percent_in_words(chance)]
            for chance in (0.0, 0.004, 0.02, 0.1, 0.33, 0.5, 0.67, 0.9, 0.98, 0.999)
        ],
    }


# --- What a person reads: phases, capacity, warnings


@kept
def phases() -> Any:
    features = {
        "band": (0.0, 1.2, 2.4, 3.5),
        "absence_percentile": (4.0, 20.0, 40.0, 80.0),
        "turnover": (4.0, 16.0, 24.0, 40.0),
        "sickness_days": (2.0, 5.1, 8.0, 12.0),
        "suspensions_ratio": (0.4, 1.1, 1.9, 4.0),
        "reserves_percent": (-3.0, 2.0, 6.0, 30.0),
    }
    suggested = [
        suggest_levels({name: value for name, values in features.items() for value in values[at : at + 1]})
        for at in range(4)
    ]
    lines, steps = [line.code for line in standard_rubric().lines], standard_rubric().phases
    judged = [
        {
            line: LineLevel(phase=steps[(at * step) % 4], voice="trust", reason="Seen")
            for at, line in enumerate(lines[:count])
        }
        for count, step in ((3, 1), (5, 0), (6, 1), (8, 3), (8, 2), (8, 0))
    ]
    return {"suggested": suggested, "proposed": [propose_phase(levels) for levels in judged]}


@kept
def voices() -> Any:
    rubric = standard_rubric()
    before = {
        "levels": {"outcomes": {"phase": "repair"}, "governance": {"phase": "improve"}},
        "caps": [],
        "phase": "repair",
    }
    after = {
        "levels": {"outcomes": {"phase": "improve"}, "teaching": {"phase": "repair"}},
        "caps": ["K1"],
        "phase": "stabilise",
    }
    return {
        "features": {line.code: features_of(line, rubric) for line in rubric.lines},
        "silence": [
            why_data_is_silent(line.code, heard, rubric)
            for line in rubric.lines
            for heard in ("school", "trust", "data")
        ],
        "next": [next_phase(phase, rubric) for phase in rubric.phases],
        "moves": moved_lines(before, after, rubric),
    }


@kept
def capacity() -> Any:
    letters, whole = [None, "none", *"ABCDEFGH"], (None, "stabilise", "repair", "improve", "sustain")
    known = ((None, None), (True, True), (False, False), (True, False))
    return {
        "school": {
            f"{letter} {phase} {offers} {needs}": f"{found.status} {found.rule} {found.reason} {found.flags}"
            for letter, phase, (offers, needs) in product(letters, whole, known)
            for found in [capacity_of(letter, phase, has_offers=offers, has_needs=needs)]
        },
        "areas": {
            f"{school} {phase} {area}": f"{found.status} {found.rule} {found.reason}"
            for school, phase, area in product(("giver", "potential giver", "taker", "not placed"), whole[:3], whole)
            for found in [area_capacity(school, phase, area)]
        },
        "causes": [
            cause_of(
                {"letter": "F", "decided": ("letter",)}, {"letter": "D", "phase": "repair", "decided": ("phase",)}
            ),
            cause_of({"area_phase": "repair"}, {"area_phase": ""}),
            cause_of({"letter": "A"}, {"letter": "A"}),
        ],
    }


@kept
def areas_of_capacity() -> Any:
    levels_ = {line.code: LineLevel(phase="repair", voice="trust", reason="Seen") for line in standard_rubric().lines}
    units = [("Mathematics", "improve"), ("Year 7", "stabilise")]
    return {
        code: [area_phase(area, given, judged) for given in ([], units[:1], units) for judged in ({}, levels_)]
        + [area.in_phase(phase) for phase in ("primary", "secondary", "all-through", "special")]
        for code, area in areas().items()
    }


@kept
def decided() -> Any:
    phases_, letters = ("", "stabilise", "repair", "improve", "sustain"), ("", "A", "E", "none")
    return {
        "phases": {
            " ".join(steps): phase_in_force(steps[0], decided=steps[1], proposed_then=steps[2])
            for steps in product(phases_, phases_[:3], phases_[:3])
        },
        "journeys": {
            " ".join(steps): journey_in_force(steps[0], decided=steps[1], engine_then=steps[2])
            for steps in product(letters, letters[:3], letters[:3])
        },
    }


@kept
def units() -> Any:
    given = {"P8MEA": 12.0, "ATT8SCR": 60.0, "PTRWM_EXP": None, "READPROG": 91.0, "WRITPROG": 33.0}
    suggested = suggest_unit(given, year=2019)
    seen = {
        voice: {
            line: LineLevel(phase=phase, voice=voice, reason="Seen") for line in ("teaching", "leadership", "staffing")
        }
        for voice, phase in (("school", "improve"), ("trust", "repair"))
    }
    known = {line.code for line in unit_rubric().lines}
    seen = {voice: {line: level for line, level in rows.items() if line in known} for voice, rows in seen.items()}
    return {
        "suggested": suggested,
        "lines": sorted(known),
        "phases": [
            unit_phase(),
            unit_phase(data=suggested),
            unit_phase(data=suggested, school=seen["school"]),
            unit_phase(data=suggested, **seen),
            unit_phase(trust=seen["trust"]),
        ],
    }


@kept
def warnings() -> Any:
    answers = {}
    lines = {"floor": 13.9, "coasting": 29.3}
    for standing, decline, letter in product((None, 5.0, 13.9, 48.0), (None, 0.6), ("E", "D")):
        for chances_ in ((0.1, 0.2, 0.3), (None, 0.5, 0.85), (0.4, 0.62, 0.62)):
            below = dict(zip(("floor", "coasting", "average"), chances_, strict=True))
            found = risks_of(below, decline, standing=standing, lines=lines, letter=letter)
            answers[f"{standing} {decline} {letter} {chances_}"] = {
                "risks": [[risk.code, risk.is_new, risk.sentence, risk_weight(risk)] for risk in found],
                "code": warning_code(found),
                "greatest": greatest_risks(found),
            }
    return answers


@kept
def rules_as_written() -> Any:
    return [
        {
            "name": section.name,
            "asks": section.asks,
            "numbers": section.numbers,
            "span": section.span,
            "kinds": [[kind for kind, _ in block.segments] + [len(block.rows)] for block in section.blocks],
        }
        for section in written_rules()
    ]


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_stay_as_they_are_kept(name, request):
    make = ANSWERS[name]
    given = [request.getfixturevalue(fixture) for fixture in make.__code__.co_varnames[: make.__code__.co_argcount]]

    hold(KEPT / f"{name}.json", make(*given))
