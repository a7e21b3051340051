"""Test that the bench counts each kind of lost save, by causing each fault once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.bench.heads import AcknowledgedSave
from tests.bench.ledger import Stored, compare

HEAD, OTHER = 7, 8
LINE = (990001, "AB1")


def saved(version, number, **but):
    typed = {"value": "", "numerator": str(number), "denominator": "900", "comment": f"entry {number}"}
    return AcknowledgedSave(school=990001, code="AB1", version=version, user=HEAD, typed=typed | but)


def stored(version, number, **but):
    row = Stored(
        school=990001, code="AB1", version=version, user=HEAD, comment=f"entry {number}",
        value=Decimal(number) / 9, numerator=Decimal(number), denominator=Decimal("900.00"),
    )  # fmt: skip
    return replace(row, **but)


@pytest.fixture
def evening():
    """Two saves of a line that had been saved three times, without a fault."""
    return {
        "saved": [saved(4, 50), saved(5, 60)],
        "before": {LINE: 3},
        "lines": [stored(5, 60)],
        "history": [stored(3, 40), stored(4, 50), stored(5, 60)],
    }


def test_nothing_is_lost_without_a_fault(evening):
    count = compare(**evening)

    assert (count.acknowledged, count.lost, count.without_history, count.unacknowledged) == (2, 0, 0, 0)


@pytest.mark.parametrize("version", [4, 5])
def test_missing_history_is_a_lost_save_and_a_change_without_history(evening, version):
    evening["history"] = [row for row in evening["history"] if row.version != version]

    count = compare(**evening)

    assert (count.lost, count.without_history) == (1, 1)


@pytest.mark.parametrize(
    "now",
    [
        pytest.param([stored(4, 50)], id="the line has not changed"),
        pytest.param([stored(5, 61)], id="the line has another figure"),
        pytest.param([stored(5, 60, user=OTHER)], id="the line has another person's name"),
        pytest.param([stored(5, 60, comment="")], id="the comment is missing"),
    ],
)
def test_line_that_differs_from_the_acknowledged_save_is_a_lost_save(evening, now):
    evening["lines"] = now

    assert compare(**evening).lost == 1


def test_every_acknowledged_save_of_a_deleted_line_is_lost(evening):
    evening["lines"] = []

    assert compare(**evening).lost == 2


def test_one_of_two_acknowledged_saves_with_one_version_is_lost(evening):
    evening["saved"].append(saved(5, 70))

    assert compare(**evening).lost == 1


def test_history_with_other_values_is_counted(evening):
    evening["history"][-1] = stored(5, 60, denominator=Decimal(901))

    count = compare(**evening)

    assert (count.lost, count.without_history) == (1, 1)


def test_stored_save_without_an_answer_is_not_lost(evening):
    evening["saved"].pop()

    count = compare(**evening)

    assert (count.lost, count.unacknowledged) == (0, 1)


def test_yes_and_no_are_compared_as_they_are_stored(evening):
    evening["saved"] = [saved(5, 60, value="yes", numerator="", denominator="")]
    evening["lines"] = [stored(5, 60, value=Decimal(1))]
    evening["history"][-1] = stored(5, 60, value=Decimal(1))
    assert compare(**evening).lost == 0

    evening["saved"] = [saved(5, 60, value="no", numerator="", denominator="")]
    assert compare(**evening).lost == 1
