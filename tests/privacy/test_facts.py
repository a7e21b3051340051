"""Test that a reader understands documents, and that the policy hides what it should."""

from typing import Any

import pytest

from tests.privacy.documents import Document
from tests.privacy.facts import EVERYBODY_KNOWS, Notes
from tests.privacy.figures import BELOW, COUNT, OTHERS, WHOLE, Cell, Counted, Readership, Unknown, hidden_from
from tests.privacy.markup import parse_page
from tests.privacy.solver import Solver

ASH, ELM = 991001, 991002
SCHOOLS = {"Invented Ash School": ASH, "Invented Elm School": ELM}
AUTUMN = (2026, 1)
SG8, WB7, AB3, AB2, AB15 = (Cell(ASH, code, *AUTUMN) for code in ("SG8", "WB7", "AB3", "AB2", "AB15"))
TITLE = "Allegations and low-level concerns open too long"


def notes_of(truth: dict[Cell, Counted | None], *pages: str, moment: int = 0, **given: Any) -> Notes:
    """Return what a reader notes of some pages, in which every figure has its first version."""
    notes = Notes({(cell, 0): figure for cell, figure in truth.items()}, SCHOOLS, {})
    for page in pages:
        about = {"name": "", "path": "/", "arguments": {}, "query": {}} | given
        notes.read(Document(**about, moment=moment, page=parse_page(page)))
    return notes


def possible(notes: Notes, cell: Cell, part: str = COUNT, *, most: int = 6) -> list[int]:
    return Solver(notes.conclude()).values(Unknown(cell, 0, part), most=most)


def row(*cells: str) -> str:
    headings = "".join(f"<th>{head}</th>" for head in ("School", "Figure", "Target", "Rating and reason", "Movement"))
    first, *others = cells
    texts = "".join(f"<td>{text}</td>" for text in others)
    return f"<table><tr>{headings}</tr><tr><th>{first}</th>{texts}</tr></table>"


def test_rating_next_to_a_hidden_figure():
    page = row(f"Invented Ash School {TITLE} Autumn 2025", "Too few pupils to show", "0", "Close to target")

    assert possible(notes_of({SG8: Counted(1)}, page), SG8) == [1]


def test_said_to_be_small_leaves_five_values():
    page = row(f"Invented Ash School {TITLE} Autumn 2025", "Too few pupils to show", "0", "Not shown", "Not shown")

    assert possible(notes_of({SG8: Counted(3)}, page), SG8) == [1, 2, 3, 4, 5]


def test_total_less_the_parts_that_are_shown():
    elm = SG8._replace(urn=ELM)
    page = row(f"Invented Elm School {TITLE} Autumn 2025", "8", "0", "Off target 8 against a target of none")
    total = f"<h1>{TITLE}</h1><dl><dt>The trust, autumn 2025</dt><dd>10 in both schools, added up</dd></dl>"

    notes = notes_of({SG8: Counted(2), elm: Counted(8)}, page, total, arguments={"code": "SG8"})

    assert possible(notes, SG8) == [2]


def test_total_that_leaves_a_school_out_is_of_the_others():
    elm = SG8._replace(urn=ELM)
    total = f"<h1>{TITLE}</h1><p>8 in 1 of 2 schools, added up. Without Invented Ash School (not collected)</p>"

    notes = notes_of({SG8: Counted(2), elm: Counted(8)}, total, arguments={"code": "SG8"})

    assert possible(notes, elm) == [8]
    assert possible(notes, SG8) == [0, 1, 2, 3, 4, 5]


def test_total_of_schools_that_cannot_be_told_is_reported():
    total = "<p>8 in 1 of 2 schools, added up</p>"

    notes = notes_of({SG8: Counted(2), SG8._replace(urn=ELM): Counted(8)}, total, arguments={"code": "SG8"})
    notes.conclude()

    assert len(notes.unread) == 1


def test_change_since_a_year_earlier():
    page = row(f"Invented Ash School {TITLE} Autumn 2025", "Suppressed", "0", "", "2 worse than autumn 2024")
    before = row(f"Invented Ash School {TITLE} Autumn 2024", "1", "0", "")
    truth = {SG8: Counted(3), SG8._replace(school_year=2025): Counted(1)}

    assert possible(notes_of(truth, page, before), SG8) == [3]


def test_how_many_have_a_rating():
    """Of two lines, the lowest rating is of one: the other, which is shown as on target, is not it."""
    hs2, hs3 = (Cell(ASH, code, *AUTUMN) for code in ("HS2", "HS3"))
    shown = row(
        "Invented Ash School Statutory premises checks overdue Autumn 2025",
        "0",
        "0",
        "On target 0 against a target of none",
    )
    board = (
        "<table><tr><th>School</th><th>Health and safety</th></tr>"
        "<tr><th>Invented Ash School</th><td>Close to target 1 of 2 lines</td></tr></table>"
    )

    assert possible(notes_of({hs2: Counted(1), hs3: Counted(0)}, shown, board), hs2) == [1]


def test_list_of_what_is_off_target():
    listed = f"<h2>Off target</h2><ul><li>Invented Ash School: {TITLE}. Hidden. Autumn 2025</li></ul>"

    assert possible(notes_of({SG8: Counted(4)}, listed), SG8, most=2) == [2, 3]


def test_place_in_a_list_with_the_furthest_first():
    complaints = "Complaints upheld at stage two or later"
    items = "".join(
        f"<li>Invented {name} School: {complaints}. Autumn 2025. {reason}</li>"
        for name, reason in (("Ash", "Hidden"), ("Elm", "4 against a target of none"))
    )
    page = f"<h2>Exceptions</h2><p>2 indicators off target: the furthest from target first</p><ul>{items}</ul>"

    notes = notes_of({WB7: Counted(5), WB7._replace(urn=ELM): Counted(4)}, page)

    assert possible(notes, WB7, most=2) == [4, 5]


def test_share_in_the_data_of_a_chart():
    chart = (
        '<script type="application/json">{"data": [{"name": "Severe absence", "y": [0.9524]}],'
        ' "layout": {"xaxis": {"ticktext": ["autumn<br>2025"]}}}</script>'
    )
    page = f"<h1>Severe absence</h1><p>Autumn 2025, of 210 pupils on roll in the period</p>{chart}"

    notes = notes_of({AB3: Counted(2, 210)}, page, arguments={"school_id": ASH, "code": "AB3"})

    assert possible(notes, AB3) == [2]


def test_share_of_people_who_are_counted_in_another_figure():
    """The pupils on roll are shown with persistent absence, and severe absence is hidden but for its rating."""
    persistent = row("Invented Ash School Persistent absence Autumn 2025", "28.6% of 210 pupils", "14.6%", "")
    severe = row("Invented Ash School Severe absence Autumn 2025", "Too few pupils to show", "0.9%", "Close to target")

    notes = notes_of({AB2: Counted(60, 210), AB3: Counted(2, 210)}, persistent, severe)

    assert possible(notes, AB3) == [2]


def test_file_and_answer_of_the_api():
    notes = notes_of({SG8: Counted(3), WB7: Counted(2)})
    table = (
        ("School", "URN", "Code", "Period", "Figure"),
        ("Invented Ash School", str(ASH), "SG8", "autumn 2025", "3.0"),
    )
    answer = {
        "results": [{"school": ASH, "indicator": "WB7", "school_year": 2026, "season": 1, "rating": "off_target"}]
    }
    notes.read(Document("", "/", {}, {}, 0, table=table))
    notes.read(Document("", "/", {}, {}, 0, data=answer))

    assert possible(notes, SG8) == [3]
    assert possible(notes, WB7, most=2) == [2, 3]


def test_hidden_row_that_a_filter_keeps_is_told_apart():
    row = {"school": ASH, "indicator": "SG8", "school_year": 2026, "season": 1, "value": None, "status": "hidden"}
    notes = notes_of({SG8: Counted(3)})
    notes.read(Document("", "/", {}, {"status": "value"}, 0, data={"results": [row]}))

    assert notes.told_apart == {SG8}


@pytest.mark.parametrize(
    ("cell", "figure", "secrets"),
    [
        (SG8, Counted(3), ()),
        (AB3, Counted(2, 210), (COUNT,)),
        (AB3, Counted(206, 210), (BELOW,)),
        (AB2, Counted(2, 210), ()),
        (AB2, Counted(1, 4), (WHOLE,)),
        (AB15, Counted(40, 207), (OTHERS,)),
        (AB15, Counted(40, 150), ()),
    ],
)
def test_what_is_hidden_from_the_board(cell, figure, secrets):
    truth = {(AB2, 0): Counted(60, 210)} | {(cell, 0): figure}

    found = hidden_from(Readership.BOARD, cell, 0, truth)

    assert (found.secrets if found else ()) == secrets
    assert hidden_from(Readership.INSIDE, cell, 0, truth) is None


def test_small_counts_of_duties_are_hidden_outside_only():
    hidden = [hidden_from(Readership.OUTSIDE, SG8, 0, {(SG8, 0): Counted(count)}) for count in range(7)]

    assert [found is not None for found in hidden] == [False, True, True, True, True, True, False]


def test_everybody_knows_how_numbers_belong_together():
    notes = notes_of({AB2: Counted(60, 210), AB15: Counted(40, 207)})

    assert {fact.kind for fact in notes.conclude()} == {EVERYBODY_KNOWS}
    assert possible(notes, AB15, OTHERS, most=2) == [0, 1]
