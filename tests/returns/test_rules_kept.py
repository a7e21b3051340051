"""What the rules of returns answer, kept word by word: see `tests/kept_answers.py`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from followup.rules.reminders import CountedFrom, Duty, DutyKind
from kpis.catalogue import catalogue_by_code, national_figures
from kpis.catalogue.indicator import JumpRule
from kpis.rules.explanations import Explanation
from kpis.rules.score import Figure, SchoolTarget
from published.dfe.value_statuses import ValueStatus
from returns.rules.cross_checks import (
    CrossCheckFault,
    LineCounts,
    cross_check_findings,
    cross_checks,
    lines_compared_with,
    read_cross_checks,
)
from returns.rules.duties import OpenReturn, PeopleWhoCanAct, duties_of
from returns.rules.duty_words import duty_sentence
from returns.rules.line_checks import LineAsTyped, check_line
from returns.rules.line_status import LineStatus
from returns.rules.punctuality import punctuality_of
from returns.rules.return_lines import (
    TypedLine,
    check_typed_line,
    comparable_figures,
    count_in_words,
    line_context,
    line_state,
    number_as_typed,
    typed_from,
)
from returns.rules.unusual_figures import why_unusual
from schools.rules.terms import Period, TermOfYear
from tests.kept_answers import hold

KEPT = Path(__file__).parent / "kept"
ANSWERS: dict[str, Callable[[], Any]] = {}
DUE = date(2025, 12, 12)
SAID = Explanation(what="One in ten is away", why="Term-time holidays", what_next="We ring every family")
HISTORY = [D("5.1"), D("5.4"), D("5.0"), D("5.3"), D("5.2")]


def kept(make: Callable[[], Any]) -> Callable[[], Any]:
    ANSWERS[make.__name__] = make
    return make


def findings(checked: Any) -> list[str]:
    return [f"{finding.level} {finding.field} {finding.answered}: {finding.message}" for finding in checked.findings]


ENTRIES = [
    *(
        {"value": text}
        for text in ("", "5.2", "9.5", "0", "-1", "100", "101", "many", "5.25", "1,234", "yes", "£5", "99999999999")
    ),
    *(
        {"numerator": top, "denominator": below}
        for top, below in (
            ("60", "1000"),
            ("60", ""),
            ("", "1000"),
            ("60.5", "1000"),
            ("60", "999.5"),
            ("60", "0"),
            ("-1", "1000"),
            ("1001", "1000"),
            ("x", "y"),
            ("£60", "£1,000"),
            ("0", "10"),
            ("1000", "1000"),
        )
    ),
    *({"value": value, "numerator": "61", "denominator": "999"} for value in ("6.1", "6.106", "6", "6.2", "6.05", "7")),
    *({"value": "9.5", "comment": comment} for comment in (" ", "A bug")),
    {"value": "9.5", "explanation": SAID},
    {"value": "9.5", "explanation": Explanation(why="Floods")},
    *(
        {"status": status, "reason": reason, "follows": follows}
        for status in ValueStatus
        for reason, follows in (("", ""), ("Lost", ""), ("", "2026-01-31"), ("Lost", "soon"))
    ),
    {"value": "5", "status": ValueStatus.NOT_COLLECTED, "reason": "Lost"},
]


@kept
def lines_as_typed() -> Any:
    target = SchoolTarget(value=D(6), upper=None, tolerance=D("0.5"), provenance="set by the Board")
    answers = {}
    for code in ("AB1", "AB12", "FIN1", "FIN2", "FIN12", "SG5", "AB6", "HS2", "OUT14"):
        for at, (entry, (history, aim)) in enumerate(product(ENTRIES, (([], None), (HISTORY, target)))):
            if aim and (not entry.get("value") or code not in ("AB1", "FIN1", "HS2")):
                continue
            found = check_line(catalogue_by_code()[code], LineAsTyped(**entry), history, aim)
            messages = findings(found)
            if messages or at % 3 == 0 or (code == "AB1" and "status" in entry):
                shown = [found.value, found.numerator, found.denominator, found.status, found.follows_on]
                named = " ".join(f"{name}={value}" for name, value in entry.items() if name != "explanation")
                answers[f"{code} {at} {named}"] = [
                    " ".join(map(str, shown)),
                    found.is_wrong,
                    found.may_submit,
                    *messages,
                ]
    return answers


@kept
def unusual_figures() -> Any:
    rule = JumpRule(at_least=D(1), spreads=D("3.5"))
    usual = {
        "none": [],
        "one": [D(5)],
        "three": [D(9), D(7), D(5)],
        "same": [D(5)] * 4,
        "many": HISTORY,
        "wild": [*HISTORY, D(50)],
    }
    return {
        f"{name} {value}": why_unusual(D(value), given, rule)
        for (name, given), value in product(usual.items(), ("2", "3", "4", "5.9", "6", "6.3", "7", "7.1", "9.5"))
    }


@kept
def lines_in_their_fields() -> Any:
    words = {"comment": " c ", "what": "", "why": " w", "what_next": "n "}
    stored = [
        ("AB1", {"value": D("6.1000"), "numerator": D("61.00"), "denominator": D("1000.00")}, ""),
        ("AB1", {"value": D("6.5000"), "numerator": None, "denominator": None}, ""),
        ("HS2", {"value": D("100.0000")}, ""),
        ("FIN12", {"value": D(1)}, ""),
        ("FIN12", {"value": D(0)}, ""),
        ("FIN12", {"value": None}, "not_collected"),
        ("AB1", {"value": None}, "to_follow"),
    ]
    shown = [
        typed_from(
            catalogue_by_code()[code],
            **{"value": None, "numerator": None, "denominator": None} | given,
            missing_reason=why,
            words=words,
            unread={},
            follows_on=date(2026, 1, 31) if why == "to_follow" else None,
        )
        for code, given, why in stored
    ]
    unread = typed_from(
        catalogue_by_code()["AB1"],
        value=D(1),
        numerator=None,
        denominator=None,
        missing_reason="",
        words=words,
        unread={"value": "many", "denominator": "£"},
    )
    more = [
        TypedLine(),
        TypedLine(comment="x"),
        TypedLine(status="to_follow", follows="soon "),
        TypedLine(value=" 5 ", numerator="1", denominator=" 2"),
        TypedLine(denominator="7"),
        TypedLine(what="a\r\nb "),
        TypedLine(what="a\nb"),
    ]
    lines = [*shown, unread, *more]
    checked = [check_typed_line(catalogue_by_code()["AB1"], line, HISTORY) for line in lines if line.value != "many"]
    return {
        "typed": lines,
        "about": [[line.in_short, line.says_nothing, line.words, line.fingerprint] for line in lines],
        "states": [line_state(line, check_typed_line(catalogue_by_code()["AB1"], line, HISTORY)) for line in lines],
        "checked": [findings(line) for line in checked],
        "plain": [
            number_as_typed(value) for value in (None, D("1234.5000"), D("900.00"), D("0.0"), D("-3.10"), D(1000))
        ],
        "grouped": [count_in_words(D(value)) for value in ("12345.50", "7", "1000000", "0.25", "-1234.00")],
    }


@kept
def lines_too_large() -> Any:
    answers = {}
    for value, top in product(
        ("", "9999999999", "9999999999.99995", "-9999999999", "99999999999"), ("", "999999999999", "1000000000000")
    ):
        typed = TypedLine(value=value, numerator=top, denominator="1000000000000" if top else "")
        found = [check_typed_line(catalogue_by_code()[code], typed, []) for code in ("FIN3", "AB1", "FIN1")]
        answers[f"{value} {top}"] = [[line_state(typed, line), *findings(line)] for line in found]
    return answers


@kept
def figures_to_compare_with() -> Any:
    years = [Figure(period=Period(2020 + at, TermOfYear.AUTUMN), value=D(at)) for at in range(7)]
    springs = [Figure(period=Period(2020 + at, TermOfYear.SPRING), value=D(at + 10)) for at in range(5)]
    gap = Figure(period=Period(2019, TermOfYear.AUTUMN))
    return {
        f"{name} {period.label}": comparable_figures(given, period)
        for (name, given), period in product(
            {"many": [*years, *springs, gap], "few": [*years[3:], *springs], "none": [gap]}.items(),
            (
                Period(2026, TermOfYear.AUTUMN),
                Period(2025, TermOfYear.SPRING),
                Period(2023, TermOfYear.AUTUMN),
                Period(2026),
            ),
        )
    }


@kept
def figures_beside_a_line() -> Any:
    autumn = Period(2026, TermOfYear.AUTUMN)
    earlier = [
        Figure(period=Period(2025, TermOfYear.AUTUMN), value=D("8.25")),
        Figure(period=Period(2025, TermOfYear.SUMMER), value=D("8.9")),
        Figure(
            period=Period(2025, TermOfYear.SPRING), status=ValueStatus.NOT_COLLECTED, comment="The register was down"
        ),
        Figure(period=autumn, value=D(7)),
        Figure(period=Period(2026, TermOfYear.SPRING), value=D(6)),
    ]
    own = {2026: SchoolTarget(value=D(6), upper=None, tolerance=D(1), provenance="set by the Board, 14 October 2025")}
    wide = {2025: SchoolTarget(value=D(5), upper=D(20), tolerance=D(1), provenance="set by the Board")}
    later = {2027: own[2026]}
    return {
        f"{code} {phase} {period.label} {len(given)} {at}": line_context(
            catalogue_by_code()[code], given, phase=phase, period=period, targets=targets, national=national_figures()
        )
        for code, phase in (("AB1", "secondary"), ("FIN2", "primary"), ("SG9", "primary"), ("AB6", "special"))
        for period in (autumn, Period(2025, TermOfYear.SUMMER), Period(2026))
        for given in (earlier, earlier[1:3], [])
        for at, targets in enumerate(({}, own, wide, later))
        if given is earlier or at == 0
    }


RULE = """
[[rule]]
name = "boys and girls"
parts = ["AB1.numerator", "AB2.numerator"]
relation = "equal"
whole = "AB1.denominator"
because = "every pupil is one of them"
"""


@kept
def lines_between_each_other() -> Any:
    refused = {}
    for old, new in (
        ('name = "boys and girls"\n', ""),
        ('relation = "equal"', 'relation = "over"'),
        ("AB1.numerator", "AB1.value"),
        ("AB2.numerator", "XX1.numerator"),
        ("AB2.numerator", "HS2.numerator"),
        ('because = "', 'other = 1\nbecause = "'),
    ):
        with pytest.raises(CrossCheckFault) as fault:
            read_cross_checks(RULE.replace(old, new))
        refused[f"{old} {new}"] = str(fault.value)
    own = read_cross_checks(RULE)
    given = {
        "fits": {
            "AB1": LineCounts(numerator=D(400), denominator=D(1000)),
            "AB2": LineCounts(numerator=D(600), denominator=D(1)),
        },
        "more": {
            "AB1": LineCounts(numerator=D(400), denominator=D(1000)),
            "AB2": LineCounts(numerator=D("600.5"), denominator=D(1)),
        },
        "answered": {
            "AB1": LineCounts(numerator=D(400), denominator=D(1234567)),
            "AB2": LineCounts(numerator=D(1), denominator=D(1), has_comment=True),
        },
        "one missing": {
            "AB1": LineCounts(numerator=None, denominator=D(1000)),
            "AB2": LineCounts(numerator=D(1), denominator=D(1)),
        },
        "no whole": {
            "AB1": LineCounts(numerator=D(1), denominator=None),
            "AB2": LineCounts(numerator=D(1), denominator=D(1)),
        },
        "one line": {"AB1": LineCounts(numerator=D(1), denominator=D(2))},
    }
    shipped = {
        code: LineCounts(numerator=D(50 + at), denominator=D(1000 + at))
        for at, code in enumerate(("AB2", "AB3", "AB1", "AB12", "AB4", "AB6", "AB17"))
    }
    return {
        "rules": [
            [
                rule.name,
                sorted(rule.codes),
                rule.relation,
                rule.because,
                [part.label for part in (*rule.parts, rule.whole)],
            ]
            for rule in cross_checks()
        ],
        "with": {code: lines_compared_with(code) for code in ("AB1", "AB2", "AB3", "AB12", "FIN1")},
        "refused": refused,
        "own": {name: sorted(cross_check_findings(lines, own).items()) for name, lines in given.items()},
        "shipped": sorted(cross_check_findings(shipped).items()),
    }


@kept
def punctualities() -> Any:
    return {
        f"{submitted} {on}": punctuality_of(
            DUE, submitted=submitted and DUE + timedelta(days=submitted), on=DUE + timedelta(days=on)
        )
        for submitted, on in product((None, -3, 1, 2, 9), (-9, -1, 0, 1, 12))
    }


def opened(**changes: Any) -> OpenReturn:
    return OpenReturn(
        **{"school": 11, "term": 7, "due": DUE, "total": 24, "open": 24, "unanswered": 9, "own_unanswered": 9} | changes
    )


PEOPLE = PeopleWhoCanAct(headteachers={11: (1, 2, 3)}, directors=(4, 5), managers=(6,), board=(8,))
RETURNS = {
    "open": opened(),
    "nobody's": opened(school=12),
    "exempt": opened(is_exempt=True),
    "unopened": OpenReturn(school=11, term=7, due=DUE),
    "contributors": opened(unsigned={(21,): 4, (20, 22): 1}),
    "all theirs": opened(unsigned={(21,): 9}, own_unanswered=0),
    "answered": opened(unanswered=0, own_unanswered=0),
    "submitted": opened(submitted_on=DUE, submitted_by=2, open=0, waiting=4, waiting_for_managers=1),
    "with managers": opened(submitted_on=DUE, open=0, waiting_for_managers=3),
    "decided": opened(submitted_on=DUE, open=0),
    "sent back": opened(
        submitted_on=DUE, submitted_by=3, open=2, returned_on=DUE + timedelta(days=2), waiting=1, unsigned={(21,): 1}
    ),
    "open without a step": opened(submitted_on=DUE, open=2),
    "returned before": opened(returned_on=DUE),
}


@kept
def duties() -> Any:
    return {
        name: [
            f"{duty.kind} {duty.since} {duty.anchor} {duty.school} {duty.term} {duty.candidates} {duty.assigned_to} "
            f"{duty.lines} of {duty.total} {duty.first_step}"
            for duty in duties_of(open_return, PEOPLE)
        ]
        for name, open_return in RETURNS.items()
    }


@kept
def duties_in_words() -> Any:
    base = Duty(
        kind=DutyKind.FILL_IN, since=CountedFrom.DUE, anchor=DUE, school=11, term=7, candidates=(1,), lines=9, total=24
    )
    ways = [
        base,
        replace(base, lines=1),
        replace(base, lines=0),
        replace(base, lines=1, total=1),
        replace(base, total=0),
        replace(base, kind=DutyKind.SIGN_OFF, assigned_to=(1, 3)),
        replace(base, kind=DutyKind.SIGN_OFF, assigned_to=(3,), lines=1),
        replace(base, kind=DutyKind.SIGN_OFF, since=CountedFrom.RETURNED, assigned_to=(1,)),
        *(replace(base, kind=kind, lines=lines) for kind in (DutyKind.CORRECT, DutyKind.MODERATE) for lines in (1, 3)),
    ]
    days = (DUE - timedelta(days=9), DUE - timedelta(days=1), DUE, DUE + timedelta(days=1), DUE + timedelta(days=30))
    return [
        duty_sentence(duty, to=1, on=on, school="Invented Quay", term="Autumn term 2025–26")
        for duty in ways
        for on in (days if duty.kind is DutyKind.FILL_IN and duty.lines == 9 else days[:1])
    ]


@kept
def lines_to_submit() -> Any:
    return {
        f"{is_open} {nothing} {checked} {back}": [status.waits_for_answer, status.may_submit]
        for is_open, nothing, checked, back in product((True, False), (True, False), (True, False), (None, 1, 2))
        for status in [
            LineStatus(is_open=is_open, says_nothing=nothing, is_checked=checked, version=2, sent_back_at=back)
        ]
    }


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_of_the_rules_are_the_stored_answers(name):
    hold(KEPT / f"{name}.json", ANSWERS[name]())
