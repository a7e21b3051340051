"""What the rules of figures answer, kept number by number and word by word: see `tests/kept_answers.py`."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal as D
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from followup.rules.quiet_hours import SchoolDays
from followup.rules.reminders import CountedFrom, Duty, DutyKind, Pace, ReminderHistory
from kpis.catalogue import Direction, FigureUnit, catalogue_by_code, catalogue_indicators, national_figures
from kpis.catalogue.kinds import RollUp
from kpis.rules.explanations import Explanation, missing_explanation
from kpis.rules.figures_in_words import (
    difference_in_words,
    figure_in_words,
    number_in_words,
    round_half_up,
)
from kpis.rules.indicator_choices import DatedChoice, asked_lines, choices_in_force
from kpis.rules.mainstream_schools import kind_of_schools
from kpis.rules.movement import compare_figures
from kpis.rules.privacy import small_counts
from kpis.rules.rating import rate_figure
from kpis.rules.rollup import SchoolFigure, trust_figure
from kpis.rules.score import Figure, SchoolTarget, score_indicator
from kpis.rules.similar_figure import SimilarFigure, nearest_similar
from kpis.rules.similar_schools import context_of, on_compared_scales, similar_sets, similarity_rules, spread_of
from kpis.rules.target_duties import WaitingTargets, approval_duties, targets_sentence
from kpis.rules.typed_figures import UnreadableFigure, parse_figure
from kpis.rules.typed_targets import TARGET_FILE_HEADINGS, UnreadableTarget, read_target, read_targets
from published.dfe.value_statuses import ValueStatus
from schools.rules.terms import Period, TermOfYear
from tables.word_lists import join_in_words
from tests.kept_answers import hold

KEPT = Path(__file__).parent / "kept"
ANSWERS: dict[str, Callable[[], Any]] = {}
UNITS = list(FigureUnit)


def kept(make: Callable[[], Any]) -> Callable[[], Any]:
    ANSWERS[make.__name__] = make
    return make


@kept
def ratings() -> Any:
    answers = {}
    for direction, unit, (target, upper) in product(
        Direction,
        (FigureUnit.PERCENT, FigureUnit.POUNDS, FigureUnit.COUNT, FigureUnit.YES_NO),
        ((None, None), (50, None), (0, 60), (None, 60)),
    ):
        for value, tolerance in product(
            ("-3", "0", "1", "48.96", "49.95", "50", "52.5", "60.04", "1234.5"), ("0", "2.5")
        ):
            found = rate_figure(
                D(value),
                None if target is None else D(target),
                tolerance=D(tolerance),
                direction=direction,
                unit=unit,
                decimals=1 if unit is FigureUnit.PERCENT else 0,
                upper_target=None if upper is None else D(upper),
            )
            answers[f"{direction} {unit} {target} {upper} {value} {tolerance}"] = f"{found.code}: {found.reason}"
    return answers


@kept
def ratings_without_a_value() -> Any:
    about = {"tolerance": D(1), "direction": Direction.LOWER, "unit": FigureUnit.COUNT, "decimals": 0}
    return {
        f"{status} {explanation}": rate_figure(None, D(1), status=status, explanation=explanation, **about)
        for status in ValueStatus
        for explanation in ("", " The register was down ")
    }


@kept
def movements() -> Any:
    return {
        " ".join(map(str, case)): compare_figures(
            None if case[0] is None else D(case[0]),
            None if case[1] is None else D(case[1]),
            then_label="autumn 2025",
            direction=case[2],
            unit=case[3],
            decimals=1,
            then_status=case[4],
        )
        for case in product(
            ("1", "0", "92.44", "7.05", None),
            ("1", "0", "92.36", None),
            Direction,
            (FigureUnit.PERCENT, FigureUnit.YES_NO, FigureUnit.POUNDS),
            (ValueStatus.VALUE, ValueStatus.SUPPRESSED),
        )
        if case[4] is ValueStatus.VALUE or case[0] == "1"
    }


@kept
def words() -> Any:
    values = ("-1234567.891", "-1", "-0.04", "0", "0.05", "0.5", "1", "1.5", "99.995", "1000000")
    return {
        "rounded": [[str(round_half_up(D(value), places)) for places in (0, 1, 2)] for value in values],
        "numbers": [[number_in_words(D(value), places) for places in (0, 1, 2)] for value in values],
        "figures": {
            unit.value: [figure_in_words(D(value), unit, places) for value in values for places in (0, 1)]
            for unit in UNITS
        },
        "differences": {
            unit.value: [difference_in_words(D(value), unit, 0) for value in values[1:8]] for unit in UNITS
        },
        "joined": [
            join_in_words(names, word)
            for names in (["Oak"], ["Oak", "Elm"], ["Oak", "Elm", "Ash"])
            for word in ("and", "or")
        ],
    }


TYPED = (
    "",
    " ",
    "4",
    "4.",
    ".5",
    "-.5",
    "4,5",
    "4.5.6",
    "1,234",
    "1,234,567.5",
    "12,34",
    "1,23",
    "£5",
    "-£5",
    "- £ 5",
    "£-5",
    "£ 5",
    "5%",
    "5 %",
    "-5 %",
    "%",
    "−3",
    "–3",
    "- 3",
    "(5)",
    "(1,234.5)",
    "5k",
    "1.2 m",
    "7M",
    "yes",
    "Y",
    "No",
    "n",
    "maybe",
    "1",
    "94.23456",
    "94.23455",
    "-0.00001",
    "9999999999",
    "9999999999999",
    "99999999999999 pupils",
    "1e5",
    "twelve",
    "5 pupils",
    "\u00a05\u202f000",
    "1.1234567890123",
    "+5",
    "--5",
    "5-",
    "٥",
)


@kept
def figures_as_typed() -> Any:
    answers = {}
    for unit, text in product(
        (FigureUnit.PERCENT, FigureUnit.POUNDS, FigureUnit.COUNT, FigureUnit.YES_NO, FigureUnit.RATIO, FigureUnit.DAYS),
        TYPED,
    ):
        try:
            answers[f"{unit} {text!r}"] = str(parse_figure(text, unit))
        except UnreadableFigure as unreadable:
            answers[f"{unit} {text!r}"] = f"Refused: {unreadable}"
    return answers


@kept
def targets_as_typed() -> Any:
    answers = {}
    for code, value, upper, tolerance in product(
        ("AB1", "FIN2", "FIN12", "SG5"),
        ("", "5.5", "-1", "101", "yes", "99999999999"),
        ("", "20", "5"),
        ("", "0.5", "-1", "x"),
    ):
        if value == "" and upper and tolerance:
            continue
        try:
            answers[f"{code} {value} {upper} {tolerance}"] = read_target(
                catalogue_by_code()[code], value, upper, tolerance
            )
        except UnreadableTarget as unfit:
            answers[f"{code} {value} {upper} {tolerance}"] = f"{unfit.fault.field}: {unfit.fault.message}, {unfit}"
    return answers


@kept
def targets_of_a_file() -> Any:
    schools = {990001: "secondary", 990002: "primary"}
    good = "990001,Quay,AB1,Absence,2025-26,6,,0.5,Ours"
    rows = [
        good,
        "990001,Quay,FIN2,Reserves,2025-26,5,20,,",
        "990002,Cove,AB1,Absence,2025-26,,,,",
        ",,,,,,,,",
        "'990002,'Cove,'AB4,'Late,'2025-26,'1,,,'Why",
    ]
    faulty = [
        "990009,Far,AB1,Absence,2025-26,6,,,",
        "99000100,Far,AB1,Absence,2025-26,6,,,",
        "x,Far,AB1,Absence,2025-26,6,,,",
        "990001,Quay,XX9,Nothing,2025-26,6,,,",
        "990001,Quay,AB3,Nothing,2025-26,6,,,",
        "990001,Quay,AB1,Absence,2024-25,6,,,",
        f"990001,Quay,AB1,Absence,2025-26,6,,,{'x' * 1001}",
        f"990001,Quay,AB1,Absence,2025-26,6,,,{'x' * 1000}",
        "990001,Quay,AB1,Absence,2025-26,many,,,",
        "990001,Quay,AB1,Absence,2025-26,6,7,,",
        "990001,Quay,FIN2,R,2025-26,5,4,,",
        "990001,Quay,AB1,Absence,2025-26,6,,-1,",
        "990001,Quay,AB1,Absence,2025-26,6,,",
        good,
        good,
        "990001,Quay,AB1,Absence,2025-26,6,,,a\0b",
    ]
    heading = ",".join(TARGET_FILE_HEADINGS)
    texts = {
        "good": "\n".join([heading, *rows]),
        "with a mark": "\ufeff" + "\r\n".join([heading, *rows]),
        "faulty": "\n".join([heading, *faulty]),
        "empty": "",
        "other headings": "a,b\n1,2",
        "spaces": "\n".join([heading.replace(",", " , "), good]),
        "not a file": f'{heading}\n"open',
        "only headings": heading,
        "too many": "\n".join([heading, *["," * 8] * 20_000]),
        "as many as may be": "\n".join([heading, *["," * 8] * 19_999]),
    }
    return {
        name: [[str(fault) for fault in faults], found]
        for name, text in texts.items()
        for found, faults in [read_targets(text, schools=schools, indicators=catalogue_by_code(), school_year=2026)]
    }


def schools_figures() -> dict[str, list[SchoolFigure]]:
    oak = SchoolFigure(school="Oak", value=D("9.0"), numerator=D(90), denominator=D(1000), cohort=D(100))
    elm = SchoolFigure(school="Elm", value=D("5.5"), cohort=D("30.5"))
    ash = SchoolFigure(school="Ash", numerator=D(3), denominator=D(40), cohort=D(40))
    bay = SchoolFigure(school="Bay", status=ValueStatus.SUPPRESSED)
    fir = SchoolFigure(school="Fir", status=ValueStatus.NOT_APPLICABLE)
    yew = SchoolFigure(school="Yew")
    box = SchoolFigure(school="Box", value=D(0), numerator=D(0), denominator=D(0), cohort=D(0))
    one = SchoolFigure(school="Ivy", value=D(1), cohort=D(5))
    return {
        "none": [],
        "not asked": [fir],
        "one": [oak],
        "two": [oak, one],
        "gaps": [oak, bay, fir, yew],
        "no parts": [elm, one],
        "mixed": [oak, elm, ash, bay],
        "empty": [yew, bay],
        "nought": [box, oak],
        "only nought": [box],
        "small": [ash, one, elm],
        "answers": [one, one, box],
        "one no": [one, box, yew],
        "all yes": [one, one],
    }


@kept
def trust_figures() -> Any:
    return {
        f"{name} {roll_up} {unit}": trust_figure(given, roll_up=roll_up, unit=unit, decimals=1)
        for (name, given), roll_up, unit in product(
            schools_figures().items(), RollUp, (FigureUnit.PERCENT, FigureUnit.COUNT, FigureUnit.PER_100_PUPILS)
        )
        if unit is FigureUnit.PERCENT or roll_up in (RollUp.SUM, RollUp.RATE)
    }


@kept
def small_numbers() -> Any:
    """What figures give away: of pupils, a group of them and duties, for counts around the limits."""
    autumn = Period(2026, TermOfYear.AUTUMN)

    def figure(numerator: int, size: int) -> Figure:
        return Figure(
            period=autumn, value=D(numerator) / size * 100, numerator=D(numerator), denominator=D(size), cohort=D(size)
        )

    answers = {}
    for some, everyone, size in product((0, 1, 5, 6, 30), (1, 4, 6, 33), (5, 40, 60)):
        if some <= everyone and some <= size and everyone <= 64:
            figures = {
                "AB2": [figure(everyone, 64)],
                "DIS6": [figure(some, size)],
                "SG8": [Figure(period=autumn, value=D(some))],
            }
            counts = small_counts(figures, catalogue_by_code())
            answers[f"{some} of {size}, {everyone} of 64"] = {code: counts[code, autumn] for code in figures}
    return answers


@kept
def scores() -> Any:
    autumn, before = Period(2026, TermOfYear.AUTUMN), Period(2025, TermOfYear.AUTUMN)
    figures = {
        "none": [],
        "one": [Figure(period=autumn, value=D("7.2"), source="Return")],
        "two": [Figure(period=before, value=D("6.2")), Figure(period=autumn, value=D("7.2"))],
        "hidden before": [Figure(period=before, status=ValueStatus.SUPPRESSED), Figure(period=autumn, value=D(5))],
        "missing": [Figure(period=autumn, status=ValueStatus.TO_FOLLOW, comment="Soon", value=None)],
        "year": [
            Figure(period=Period(2025), value=D(44)),
            Figure(period=Period(2024), value=D(48)),
            Figure(period=autumn),
        ],
    }
    own = {
        "default": {},
        "own": {2025: SchoolTarget(value=D(6), upper=None, tolerance=D("0.5"), provenance="set by the Board")},
        "range": {2026: SchoolTarget(value=D(5), upper=D(20), tolerance=D(0), provenance="set by the Board")},
        "later": {2027: SchoolTarget(value=D(1), upper=None, tolerance=D(1), provenance="later")},
    }
    return {
        f"{code} {phase} {name} {which}": found
        and [
            f"{found.latest.period.label} {found.latest.value} {found.target_text}",
            found.rating.code,
            found.rating.reason,
            found.distance,
            found.movement.sentence,
            found.movement_size,
            found.national_text,
        ]
        for code, phase in (
            ("AB1", "secondary"),
            ("AB6", "primary"),
            ("FIN2", "primary"),
            ("OUT11", "secondary"),
            ("SG9", "primary"),
        )
        for name, given in figures.items()
        for which, targets in own.items()
        for found in [
            score_indicator(catalogue_by_code()[code], given, phase=phase, targets=targets, national=national_figures())
        ]
    }


@kept
def choices() -> Any:
    def choice(code: str, is_asked: bool, first: int, last: int | None = None, at: int = 1) -> DatedChoice:
        until = None if last is None else date(2025, 9, last)
        chosen = datetime(2025, 9, at, tzinfo=UTC)
        return DatedChoice(
            code=code, is_asked=is_asked, from_date=date(2025, 9, first), until_date=until, chosen_at=chosen
        )

    trust = [
        choice("AB1", False, 5, 9),
        choice("AB2", False, 1, at=2),
        choice("AB2", True, 3, at=3),
        choice("AB12", True, 1),
        choice("AB15", True, 1, at=4),
        choice("FIN1", False, 7, at=5),
        choice("FIN1", True, 8, at=4),
    ]
    own = [choice("AB4", False, 2, 6), choice("AB6", True, 1)]
    return {
        str(day): {
            "in force": {code: made.is_asked for code, made in choices_in_force(trust, date(2025, 9, day)).items()},
            "asked": {
                phase: [
                    indicator.code
                    for indicator in asked_lines(
                        catalogue_indicators(), phase, trust=trust, school=own, on=date(2025, 9, day)
                    )
                ]
                for phase in ("primary", "secondary", "special")
            },
        }
        for day in range(1, 11)
    }


@kept
def explanations() -> Any:
    all_explanations = [
        Explanation(what=what, why=why, what_next=after)
        for what, why, after in product(("", " A "), ("", "B"), ("", "C"))
    ]
    off = rate_figure(D(9), D(5), tolerance=D(1), direction=Direction.LOWER, unit=FigureUnit.COUNT, decimals=0)
    on = rate_figure(D(3), D(5), tolerance=D(1), direction=Direction.LOWER, unit=FigureUnit.COUNT, decimals=0)
    return [
        [
            explanation.labelled,
            explanation.in_words,
            explanation.missing,
            missing_explanation(off, explanation),
            missing_explanation(on, explanation),
        ]
        for explanation in all_explanations
    ]


@kept
def kinds_of_schools() -> Any:
    def frame(**columns: list[Any]) -> pd.DataFrame:
        count = len(columns["urn"])
        return pd.DataFrame({"school_type": [""] * count, "is_mainstream": [None] * count} | columns)

    estabs = [1099, 1100, 1150, 1199, 1200, 1999, 2000, 5999, 6000, 6899, 6900, 6999, 7000, 7999, 8000]
    types = [
        "CY",
        "IND",
        "INDSPEC",
        "NMSS",
        "ACCS",
        "FESI",
        "",
        "ACC",
        "FS",
        "FDS",
        "CYS",
        "ACS",
        "INDSPEC",
        "CY",
        "IND",
    ]
    plain = frame(urn=list(range(1, 16)), estab=estabs)
    typed = frame(urn=list(range(1, 16)), estab=estabs, school_type=types)
    marked = frame(urn=[1, 7, 8, 13], estab=[4000, 2000, 7100, 7500], is_mainstream=[True, False, False, None])
    ways = {"plain": [plain], "typed": [typed], "said": [marked], "all": [plain, typed, marked], "nothing": []}
    return {
        name: {
            phase: kinds.to_dict()
            for phase, kinds in kind_of_schools({"secondary": given, "primary": given[:1]}).items()
        }
        for name, given in ways.items()
    }


def contexts(schools: int = 80) -> pd.DataFrame:
    chance = np.random.default_rng(1)
    codes = [feature.code for feature in similarity_rules().features]
    frame = pd.DataFrame(
        chance.gamma(3, 8, (schools, len(codes))).round(1), columns=codes, index=991001 + np.arange(schools)
    )
    frame.iloc[::7, 2] = np.nan
    frame.iloc[5, :4] = np.nan
    frame.iloc[9, 0] = 0
    return frame


@kept
def similar_schools() -> Any:
    pool = contexts()
    own = pool.iloc[[0, 5, 8, 9, 20]].copy()
    own.iloc[2, 1:] = np.nan
    own.iloc[3, :] = np.nan
    values = [
        (1, "NOR", 900.0),
        (1, "KS2APS", 28.0),
        (2, "NOR", 300.0),
        (2, "PNUMEAL", 4.0),
        (2, "PNUMEAL", 9.0),
        (3, "NOR", None),
    ]
    found = pd.DataFrame(values, columns=["urn", "measure", "value"])
    return {
        "sets": similar_sets(pool, own, same={991021: [991022, 991023]}, count=6),
        "usual number": [len(found_set.neighbours) for found_set in similar_sets(pool, own).values()],
        "few": similar_sets(pool.head(49), own.head(1)),
        "nobody": similar_sets(pool, own.head(0)),
        "context": {phase: context_of(found, phase) for phase in ("primary", "secondary")},
        "stretched": on_compared_scales(pool.head(10)),
        "spread": [spread_of(range(count)) for count in (0, 19, 20, 33)],
    }


@kept
def figures_of_similar_schools() -> Any:
    def of(code: str, year: int) -> SimilarFigure:
        return SimilarFigure(
            indicator=catalogue_by_code()[code],
            school_year=year,
            median=D("45.25"),
            lower=D("41.96"),
            upper=D(50),
            count=33,
            schools=50,
            releases=("final",),
        )

    answers = {}
    for code in ("OUT11", "AB6", "STF1", "SG8", "FIN6"):
        held = {year: of(code, year) for year in (2019, 2023)}
        near = [
            nearest_similar(held, school_year=year, whole_year=whole_year)
            for year in (2018, 2019, 2024)
            for whole_year in (True, False)
        ]
        answers[code] = [
            found and [found.value, found.quartiles, found.period, found.note, found.sentence] for found in near
        ]
    return answers


@kept
def targets_that_wait() -> Any:
    known = ReminderHistory(days=SchoolDays(terms=()), paces={2: Pace.OFF, 5: Pace.OFF, 3: Pace.WEEKLY})
    waiting = WaitingTargets(school=1, term=4, count=3, newest=date(2026, 11, 19))
    duty = Duty(
        kind=DutyKind.APPROVE,
        since=CountedFrom.PROPOSED,
        anchor=date(2025, 11, 3),
        school=1,
        term=1,
        candidates=(1,),
        lines=1,
    )
    others = [
        Duty(**vars(duty) | {"school": school, "lines": lines, "anchor": date(2025, 11, school)})
        for school, lines in ((2, 4), (3, 1))
    ]
    names = {1: "Invented Quay", 2: "Invented Abbey", 3: "Invented Cove"}
    return {
        "duties": [approval_duties(waiting, board=board, known=known) for board in ((), (1, 2, 3), (2, 5), (4,))],
        "sentences": [
            targets_sentence(duties, schools=names)
            for duties in ([duty], [others[0]], [duty, *others], [duty, others[1]])
        ],
    }


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_stay_as_they_are_kept(name):
    hold(KEPT / f"{name}.json", ANSWERS[name]())
