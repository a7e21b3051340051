"""A small last evening: many people save at once while web and worker are killed, and no acknowledged save is lost."""

import pytest

from tests.bench.last_evening import copies_for, last_evening_section
from tests.bench.other_trusts import add_other_trusts
from tests.bench.results import as_text
from tests.bench.stacks import whole_stack

pytestmark = [pytest.mark.full, pytest.mark.faults]
HEADTEACHERS = 40  # `make bench` has 200.


def test_no_acknowledged_save_is_lost_while_processes_are_killed(tmp_path):
    with whole_stack(tmp_path / "evening") as stack:
        add_other_trusts(stack.environment["DATABASE_URL"], copies_for(HEADTEACHERS))
        evening = last_evening_section(stack, HEADTEACHERS)

    counted = [line for line in evening.lines if line.goal == 0]
    assert len(counted) == 5  # Errors, lost, overwritten, without history, without an audit entry.
    assert [line.what for line in counted if line.value] == [], as_text(evening)
