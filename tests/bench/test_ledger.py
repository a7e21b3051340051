"""What the bench counts as lost can be lost: each fault is made once, and counted."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.bench.heads import Saved
from tests.bench.ledger import Stored, compare

HEAD, OTHER = 7, 8
LINE = (990001, "AB1")


def saved(version, number, **but):
    typed = {"value": "", "numerator": str(number), "denominator": "900", "comment": f"entry {number}"}
    return Saved(school=990001, code="AB1", version=version, user=HEAD, typed=typed | but)


def stored(version, number, **but):
    row = Stored(
        school=990001, code="AB1", version=version, user=HEAD, comment=f"entry {number}",
        value=Decimal(number) / 9, numerator=Decimal(number), denominator=Decimal("900.00"),
    )  # fmt: skip
    return replace(row, **but)


@pytest.fixture
def evening():
    """Two saves of a line that had been saved three times: all is as it should be."""
    return {
        "saved": [saved(4, 50), saved(5, 60)],
        "before": {LINE: 3},
        "lines": [stored(5, 60)],
        "history": [stored(3, 40), stored(4, 50), stored(5, 60)],
    }


def test_nothing_is_lost_where_everything_is_there(evening):
    count = compare(**evening)

    assert (count.acknowledged, count.lost, count.without_history, count.unacknowledged) == (2, 0, 0, 0)


@pytest.mark.parametrize("version", [4, 5])
def test_a_row_of_history_that_went_is_a_lost_save_and_a_change_without_history(evening, version):
    evening["history"] = [each for each in evening["history"] if each.version != version]

    count = compare(**evening)

    assert (count.lost, count.without_history) == (1, 1)


@pytest.mark.parametrize(
    "now",
    [
        pytest.param([stored(4, 50)], id="the line is as it was before"),
        pytest.param([stored(5, 61)], id="the line says something else"),
        pytest.param([stored(5, 60, user=OTHER)], id="somebody else's name is on it"),
        pytest.param([stored(5, 60, comment="")], id="the comment is gone"),
    ],
)
def test_a_line_that_does_not_say_what_was_acknowledged_is_a_lost_save(evening, now):
    evening["lines"] = now

    assert compare(**evening).lost == 1


def test_every_acknowledged_save_of_a_line_that_is_gone_is_lost(evening):
    evening["lines"] = []

    assert compare(**evening).lost == 2


def test_of_two_acknowledged_saves_with_one_number_one_is_lost(evening):
    evening["saved"].append(saved(5, 70))

    assert compare(**evening).lost == 1


def test_history_that_says_something_else_is_counted(evening):
    evening["history"][-1] = stored(5, 60, denominator=Decimal(901))

    count = compare(**evening)

    assert (count.lost, count.without_history) == (1, 1)


def test_a_stored_save_that_nobody_was_told_of_is_no_loss(evening):
    evening["saved"].pop()

    count = compare(**evening)

    assert (count.lost, count.unacknowledged) == (0, 1)


def test_yes_and_no_are_compared_as_they_are_kept(evening):
    evening["saved"] = [saved(5, 60, value="yes", numerator="", denominator="")]
    evening["lines"] = [stored(5, 60, value=Decimal(1))]
    evening["history"][-1] = stored(5, 60, value=Decimal(1))
    assert compare(**evening).lost == 0

    evening["saved"] = [saved(5, 60, value="no", numerator="", denominator="")]
    assert compare(**evening).lost == 1
