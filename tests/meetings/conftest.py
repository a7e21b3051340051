from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from kpis.models import ScoreLine
from meetings.models import Panel
from schools.models import School, Season
from tests.factories import NOON, IndicatorFactory, ObservationFactory, PanelFactory, UserFactory, given_away
from trajectories.models import CapacityStatus, PhaseProposal, Placement
from trajectories.queries.charts import lines_over
from trajectories.rules.reference_lines import standard_reference
from trajectories.rules.standing import COLUMNS, standings
from trusts.models import Trust, User

LATER = datetime(2025, 11, 18, 9, 30, tzinfo=UTC)


@pytest.fixture
def panel(trust: Trust, in_scope) -> Panel:
    with in_scope(trust):
        return PanelFactory(trust=trust)


@pytest.fixture
def director(db: None) -> User:
    return UserFactory(name="Invented Director")


@pytest.fixture
def accepted(director: User) -> Callable[..., Any]:
    """Give a school an accepted figure and its score line. Call it within the trust's scope."""

    def give(school: School, code: str = "AB1", **given: Any) -> Any:
        indicator = IndicatorFactory(code=code)
        period = {"school_year": 2026, "season": Season.AUTUMN}
        numerator = given.pop("numerator", None)
        ObservationFactory(
            school=school,
            indicator=indicator,
            value=given.get("value", 8),
            status=given.get("status", "value"),
            numerator=numerator,
            denominator=given.get("cohort", 1203),
            accepted_by=director,
            accepted_at=NOON,
            **period,
        )
        words = {
            "value": 8,
            "status": "value",
            "cohort": 1203,
            "target": 6,
            "target_text": "6.0%: set by the Board, 14 October 2025",
            "rating": "off_target",
            "reason": "8.0% against a target of 6.0% or less; 6.5% or less is close",
            "movement": "worse",
            "movement_text": "0.8 percentage points worse than autumn 2024",
            "national": 7.4,
            "national_text": "England, secondary, 2023–24",
        }
        words |= given
        words.setdefault(
            "small_counts", given_away(code, value=words["value"], cohort=words["cohort"], numerator=numerator)
        )
        return ScoreLine.objects.create(trust=school.trust, school=school, indicator=indicator, **period, **words)

    return give


def placed_by(school: School) -> dict[str, Any]:
    """Return a placement's inputs as the engine stores them: Progress 8 for two years with a gap between them."""
    rows = [
        (school.pk, "secondary", "P8MEA", year, "final", value, "value") for year, value in [(2017, -0.6), (2019, 0.2)]
    ]
    held = standings(pd.DataFrame(rows, columns=COLUMNS))
    return {
        "placement": {"phase": "secondary"},
        "standings": [asdict(standing) for standing in held],
        "lines": [asdict(standing) for standing in lines_over(held, "secondary", standard_reference())],
    }


@pytest.fixture
def derived() -> Callable[..., None]:
    """Give a school the engine's results. Call it within the trust's scope."""

    def give(school: School, *, at: datetime = NOON, letter: str = "F", status: str = "giver") -> None:
        common = {
            "trust": school.trust,
            "school": school,
            "computed_at": at,
            "engine_version": "1",
        }
        Placement.objects.create(
            **common,
            inputs=placed_by(school),
            letter=letter,
            rule="T7",
            confidence="medium",
            reason="the slope is 4.6 points a year",
            runner_up="nearly B: it would need a slope of 8",
            reference_set="2026-1",
            data_cutoff=2024,
        )
        PhaseProposal.objects.create(
            **common, inputs={}, phase="repair", held_back_by=["staffing", "attendance"], reason="Outcomes lag"
        )
        CapacityStatus.objects.create(**common, inputs={}, status=status, flag="under_used", reason="Journey F")

    return give
