from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from dashboards.queries.reminders import is_only_one
from followup.actions import choose_pace
from followup.rules.reminders import Pace
from kpis.models import Headline, Recomputation, ScoreLine, TrustFigure
from schools.models import School, Term
from tests.factories import NOON, SchoolFactory, TermFactory, given_away
from trajectories.models import CapacityStatus, PhaseProposal, Placement
from trusts import tenancy
from trusts.models import Trust, User

PLACEMENT = {
    "phase": "secondary",
    "rule": "T10",
    "reason": "Improving steadily: the slope is 4.0 points a year (rule: at least 2.3).",
    "level": 55.0,
    "slope": 4.0,
    "confidence": "medium",
    "confidence_reason": "The nearest boundary is 0.9 standard errors away.",
    "runner_up_reason": "Would be E if the slope were below 2.3 points a year; it is 4.0.",
    "cautions": ["The national spread for 2023–24 is estimated."],
    "inputs": [{"year": year} for year in (2022, 2023, 2024)],
}


def standing(year: int, percentile: float | None, urn: int) -> dict:
    known = percentile is not None
    return {
        "urn": urn, "phase": "secondary", "year": year, "status": "value" if known else "not_published",
        "reason": "", "measure": "P8MEA" if known else None, "measure_name": "Progress 8" if known else None,
        "value": 0.1 if known else None, "release": "final" if known else None, "percentile": percentile,
        "standard_error": 5.0 if known else None, "band": 3 if known else None, "band_name": None,
        "provenance": "derived", "estimated": False, "table_note": "", "reference_version": "2026-1",
    }  # fmt: skip


@pytest.fixture
def term(trust: Trust) -> Term:
    """A term that has started and whose returns are not due yet."""
    today = timezone.localdate()
    with tenancy.scope([trust.pk], actor="test"):
        return TermFactory(
            trust=trust,
            starts_date=today - timedelta(days=30),
            ends_date=today + timedelta(days=40),
            due_date=today + timedelta(days=20),
        )


@pytest.fixture
def score() -> Callable[..., ScoreLine]:
    """Make a score line; keywords set its fields."""

    def make(school: School, code: str = "AB1", **fields: object) -> ScoreLine:
        row = {
            "school_year": 2026, "season": 1, "value": Decimal("9.3"), "status": "value", "cohort": Decimal(900),
            "target": Decimal("7.5"), "target_text": "7.5%: set by the Board, 14 October 2025",
            "rating": "off_target", "reason": "9.3% against a target of 7.5% or less; 8.0% or less is close",
            "distance": -3.6, "source": "School's return, accepted 3 November 2025", "movement": "worse",
            "movement_text": "0.4 percentage points worse than autumn 2024", "movement_size": -0.8,
        }  # fmt: skip
        row |= fields
        row.setdefault("small_counts", given_away(code, value=row["value"], cohort=row["cohort"]))
        return ScoreLine.objects.create(trust_id=school.trust_id, school=school, indicator_id=code, **row)

    return make


@pytest.fixture
def place() -> Callable[..., None]:
    """Give a school a journey, a phase and a capacity status."""

    def make(school: School, letter: str = "F", phase: str = "improve", status: str = "giver") -> None:
        common = {"trust_id": school.trust_id, "school": school, "computed_at": NOON, "engine_version": "1"}
        points = [standing(2022, 48.0, school.pk), standing(2023, None, school.pk), standing(2024, 56.0, school.pk)]
        Placement.objects.create(
            **common, letter=letter, rule="T10", reason=PLACEMENT["reason"], confidence="medium",
            reference_set="2026-1", data_cutoff=2024, inputs={"placement": PLACEMENT, "standings": points},
        )  # fmt: skip
        levels = {
            "governance": {"phase": "repair", "voice": "trust", "reason": "Minutes show few questions"},
            "outcomes": {"phase": "improve", "voice": "data", "reason": "D1: the band is 2.4"},
        }
        PhaseProposal.objects.create(
            **common, phase=phase, reason="5 of 8 lines are at Improve.", held_back_by=["governance"],
            inputs={"levels": levels, "rule": "P3", "caps": [], "uncapped": phase},
        )  # fmt: skip
        CapacityStatus.objects.create(**common, status=status, reason="These schools have capacity to give", inputs={})

    return make


@pytest.fixture
def furnish(
    trust: Trust, term: Term, score: Callable[..., ScoreLine], place: Callable[..., None]
) -> Callable[[int], list[School]]:
    """Give the trust some schools with lines, journeys, headlines and returns."""

    def make(count: int) -> list[School]:
        schools = SchoolFactory.create_batch(count, trust=trust)
        with tenancy.scope([trust.pk], actor="test"):
            for school in schools:
                place(school)
                score(school)
                score(school, "AB2", rating="close", distance=-0.5, movement="better", movement_size=0.7)
                Headline.objects.create(
                    trust=trust, school=school, indicator_id="AB1", school_year=2026, season=1, value=Decimal("9.3"),
                    status="value", cohort=Decimal(900),
                )  # fmt: skip
                Recomputation.objects.create(trust=trust, school=school, wanted=1, done=1, done_at=NOON)
            TrustFigure.objects.update_or_create(
                trust=trust, indicator_id="AB1",
                defaults={"school_year": 2026, "season": 1, "value": Decimal("9.1"), "method": "9.1% in all schools",
                          "schools_counted": count, "schools_expected": count},
            )  # fmt: skip
        return schools

    return make


def turn_off(user: User, trust: Trust, *, at: datetime) -> None:
    """Turn a person's reminders off, as the page of their choice does."""
    alone = is_only_one(user, trust, on=at.date())
    choose_pace(trust=trust, pace=Pace.OFF, is_only_one=alone, by=user, at=at)
