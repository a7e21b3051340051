"""A trust of five schools with many small counts, and corrections of its figures.

The figures are of every kind that can give a small number away: a count with a rating, a total with one or two hidden
parts, totals before and after a correction, all pupils less a group, shares of all but a few people, small groups.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from kpis.models import Observation, ScoreLine
from meetings.actions import publish_report
from schools.models import School, Term
from tests.factories import ObservationFactory, PanelFactory, SchoolFactory, TermFactory, UserFactory
from tests.privacy.figures import Cell, Counted, indicator_of
from trajectories.actions.recomputing import recompute_school, recompute_trust
from trusts import tenancy
from trusts.models import Trust, User

NAMES = ("Ash", "Beech", "Cedar", "Damson", "Elm")
AUTUMN, A_YEAR_EARLIER, SPRING = (2026, 1), (2025, 1), (2025, 2)
Given = int | tuple[int, int] | None
# By indicator and period, for the schools in the order of NAMES: a count, or a count and what it is out of.
FIGURES: dict[tuple[str, tuple[int, int]], tuple[Given, ...]] = {
    # Duties and events, counted. Three hidden parts with a rating, one hidden part, none, two hidden parts.
    ("SG8", A_YEAR_EARLIER): (0, 7, 2, 2, 9),
    ("SG8", SPRING): (2, 6, 0, 1, 7),
    ("SG8", AUTUMN): (1, 3, 0, 2, 8),
    ("HS2", A_YEAR_EARLIER): (2, 1, 0, 0, 3),
    ("HS2", AUTUMN): (4, 0, 7, 9, 0),
    ("WB7", AUTUMN): (2, 1, 9, 0, 0),
    # Events for each 100 pupils.
    ("AB7", AUTUMN): ((1, 210), (0, 315), (2, 420), (0, 198), (0, 207)),
    # Sensitive shares: few counted, all but a few counted, a small group.
    ("AB3", A_YEAR_EARLIER): ((4, 205), (6, 300), (11, 410), (8, 200), (9, 210)),
    ("AB3", AUTUMN): ((2, 210), (7, 315), (12, 420), (3, 198), (9, 207)),
    ("WB3", AUTUMN): ((117, 120), (150, 180), (190, 240), (100, 104), (88, 110)),
    ("WB2", AUTUMN): ((3, 4), (20, 31), (25, 38), (9, 14), (22, 30)),
    # All pupils, and groups: few counted, a small group, all pupils but a few.
    ("OUT19", AUTUMN): ((30, 45), (40, 60), (25, 58), (20, 29), (33, 47)),
    ("DIS9", A_YEAR_EARLIER): ((8, 20), (9, 24), (7, 19), (10, 23), (11, 25)),
    ("DIS9", AUTUMN): ((5, 12), (10, 22), (9, 20), (18, 26), (18, 30)),
    ("OUT22", AUTUMN): ((28, 42), (6, 13), (2, 9), (7, 14), (8, 17)),
    ("AB2", AUTUMN): ((41, 210), (50, 315), (66, 420), (30, 198), (29, 207)),
    ("AB15", AUTUMN): ((9, 30), (4, 40), (20, 61), (8, 22), (1, 3)),
    ("DIS6", AUTUMN): ((38, 206), (20, 90), (22, 100), (15, 60), (12, 44)),
}
Corrected = Mapping[tuple[str, str], Given]  # By indicator and school, in the autumn.
# What is corrected, one after another: a figure becomes another, or is taken back.
CORRECTIONS: tuple[Corrected, ...] = (
    {
        ("SG8", "Elm"): 3,
        ("WB7", "Beech"): None,
        ("HS2", "Ash"): 2,
        ("AB3", "Damson"): (6, 198),
        ("DIS9", "Ash"): (6, 12),
    },
    {("SG8", "Elm"): 10, ("WB7", "Ash"): 4, ("AB3", "Cedar"): (5, 420), ("WB3", "Beech"): (176, 180)},
)
HELD = date(2025, 11, 20)
AT = datetime(2025, 11, 20, 9, tzinfo=UTC)


def cell_of(row: Observation | ScoreLine) -> Cell:
    return Cell(row.school_id, row.indicator_id, row.school_year, row.season)


@dataclass
class World:
    """The trust as it is now, what it was before each correction, and the true numbers of every figure."""

    trust: Trust
    corrections: Sequence[Corrected]
    schools: dict[str, School] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    panels: dict[int, int] = field(default_factory=dict)  # The moment at which each Panel's report was published.
    truth: dict[tuple[Cell, int], Counted | None] = field(default_factory=dict)
    moment: int = 0  # How many corrections there have been.
    director: User = field(default_factory=lambda: UserFactory(name="Invented Director"))

    @property
    def cells(self) -> list[Cell]:
        return list(dict.fromkeys(cell for cell, _ in self.truth))

    @property
    def is_last(self) -> bool:
        """Return whether every correction has been made."""
        return self.moment == len(self.corrections)

    def ids_of(self, cells: Collection[Cell]) -> dict[str, list[int]]:
        """Return the ids of some figures' rows in the API, by the names of their URL and argument."""
        with self.scope():
            figures = Observation.objects.order_by("pk")
            lines = ScoreLine.objects.order_by("pk")
            return {
                "observation-detail pk": [row.pk for row in figures if cell_of(row) in cells],
                "score-line-detail pk": [row.pk for row in lines if cell_of(row) in cells],
            }

    @property
    def codes(self) -> list[str]:
        return list(dict.fromkeys(cell.code for cell in self.cells))

    def scope(self) -> AbstractContextManager[None]:
        return tenancy.scope([self.trust.pk], actor="test")

    def set_up(self) -> None:
        """Make the schools, their figures and the first report."""
        self.schools = {
            name: SchoolFactory(trust=self.trust, name=f"Invented {name} School", phase=School.Phase.PRIMARY)
            for name in NAMES
        }
        with self.scope():
            for year, season, day in (
                (2025, 1, date(2024, 9, 2)),
                (2025, 2, date(2025, 1, 6)),
                (2026, 1, date(2025, 9, 1)),
            ):
                self.terms.append(
                    TermFactory(
                        trust=self.trust, school_year=year, season=season, starts_date=day,
                        ends_date=day + timedelta(days=100), due_date=day + timedelta(days=90),
                    )
                )  # fmt: skip
            for (code, period), given in FIGURES.items():
                for school, figure in zip(self.schools.values(), given, strict=True):
                    self._accept(Cell(school.pk, code, *period), figure)
        self._settle()

    def correct(self) -> None:
        """Make the next correction."""
        corrected = self.corrections[self.moment]
        self.moment += 1
        with self.scope():
            for (code, name), given in corrected.items():
                self._accept(Cell(self.schools[name].pk, code, *AUTUMN), given)
        self._settle()

    def _accept(self, cell: Cell, given: Given) -> None:
        figure = Counted(*given) if isinstance(given, tuple) else None if given is None else Counted(given)
        self.truth[cell, self.moment] = figure
        fields = self._fields(cell, figure)
        row = Observation.objects.filter(
            school_id=cell.urn, indicator_id=cell.code, school_year=cell.school_year, season=cell.season
        ).first()
        if row is None:
            ObservationFactory(
                trust=self.trust, school_id=cell.urn, school=None, indicator_id=cell.code, indicator=None,
                school_year=cell.school_year, season=cell.season, accepted_by=self.director, **fields,
            )  # fmt: skip
            return
        for name, value in (fields | {"version": row.version + 1, "reason": "Counted again"}).items():
            setattr(row, name, value)
        row.save()

    def _fields(self, cell: Cell, figure: Counted | None) -> dict[str, object]:
        if figure is None:
            return {"value": None, "numerator": None, "denominator": None, "status": "not_collected", "comment": ""}
        value, whole = Decimal(figure.count), figure.whole
        if whole is not None:
            value = value / whole * indicator_of(cell).unit.multiplier
        words = f"Ours is {figure.count}" + ("" if whole is None else f" of {whole}")
        return {
            "value": round(value, 4),
            "numerator": None if whole is None else figure.count,
            "denominator": whole,
            "status": "value",
            "comment": words,
            "what": words,
            "why": words,
            "what_next": words,
        }

    def _settle(self) -> None:
        """Recompute everything, and publish the report of a Panel."""
        now = timezone.now()
        with self.scope():
            for school in self.schools.values():
                recompute_school(trust_id=self.trust.pk, school=school, at=now)
            recompute_trust(trust_id=self.trust.pk, on=now.date())
            panel = PanelFactory(
                trust=self.trust, held_date=HELD + timedelta(days=7 * self.moment), half_term=self.moment + 1,
                title=f"Panel {self.moment + 1}",
            )  # fmt: skip
            publish_report(trust=self.trust, panel=panel, by=self.director, at=AT + timedelta(days=7 * self.moment))
        self.panels[panel.pk] = self.moment

    def moments(self) -> Iterator[int]:
        """Yield each moment, before the first correction and after each."""
        self.set_up()
        yield self.moment
        for _ in self.corrections:
            self.correct()
            yield self.moment
