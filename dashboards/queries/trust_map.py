"""Read the trust's map: every school's percentiles over time against the four lines."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from dashboards.queries.school_positions import JOURNEYS_IN_ORDER, SchoolPosition, school_positions
from schools.models import School
from schools.rules.terms import school_year_label
from tables.lists import in_order
from tables.word_lists import join_in_words
from trajectories.charts.chart_values import ReferenceLine, Trajectory, YearPoint
from trajectories.charts.small_multiples import small_multiples
from trajectories.models import CapacityStatus
from trajectories.queries.charts import points_of
from trajectories.queries.references import reference_in_force
from trajectories.rules.capacity import STATUSES, journeys, status_code
from trajectories.rules.chances_in_words import percent_in_words
from trajectories.rules.reference_lines import BANDS, LINES, ReferenceSet, line_for
from trusts.models import Trust

UNPLACED = "unplaced"  # The filter's value for schools without a letter.
PercentileCell = tuple[str, float | None, str]  # A year's label, its percentile, and why it is missing.
PROVENANCES = {"trust": "set by the trust"}


@dataclass(frozen=True, kw_only=True)
class MapFilter:
    """The filters and the order of the schools on the map. ``phase`` is a phase of education."""

    letter: str = ""
    capacity: str = ""
    phase: str = ""
    sort: str = "journey"

    @property
    def query(self) -> dict[str, str]:
        return {"letter": self.letter, "capacity": self.capacity, "phase": self.phase}


@dataclass(frozen=True, kw_only=True)
class MapRow:
    """One school on the map, with its percentiles and the first day of its capacity status."""

    place: SchoolPosition
    since: date | None
    points: tuple[YearPoint, ...]
    panel: str = ""  # The small chart; empty without a percentile.

    @property
    def school(self) -> School:
        return self.place.school

    @property
    def placed(self) -> Mapping[str, Any]:
        """Return the engine's whole stored answer; empty if the school was not placed."""
        inputs = self.place.placement.inputs if self.place.placement else {}
        return inputs.get("placement") or {}

    @property
    def compared_as(self) -> str:
        """Return the phase of education whose lines apply to the school; empty if it cannot be compared."""
        return str(self.placed.get("phase", "")) if self.last else ""

    @property
    def last(self) -> YearPoint | None:
        return next((point for point in reversed(self.points) if point.percentile is not None), None)

    @property
    def percentile(self) -> float:
        """Return the last percentile for sorting, −1 without one."""
        return self.last.percentile if self.last and self.last.percentile is not None else -1.0

    @property
    def probability(self) -> float | None:
        """Return the probability of the engine's letter."""
        return self.placed.get("probability")

    @property
    def sureness(self) -> str:
        """Return in words how sure the engine is of its letter."""
        if self.place.placement is None or not self.place.engine_letter:
            return ""
        if self.probability is None:
            return f"{self.place.placement.confidence} confidence"
        return f"{percent_in_words(self.probability)} probable, {self.place.placement.confidence} confidence"

    def at(self, year: int) -> YearPoint | None:
        return next((point for point in self.points if point.school_year == year), None)


@dataclass(frozen=True, kw_only=True)
class MapGroup:
    """The schools that are compared with the same lines, with the shared background of their charts."""

    phase: str
    sentence: str
    backdrop: str
    rows: tuple[MapRow, ...]
    lines: tuple[ReferenceLine, ...]


@dataclass(frozen=True, kw_only=True)
class MapPage:
    """The content of the map."""

    schools: int
    shown: tuple[MapRow, ...]
    groups: tuple[MapGroup, ...]
    undrawn: tuple[MapRow, ...]  # Schools without a percentile.
    years: tuple[int, ...]
    reference: ReferenceSet
    letters: tuple[tuple[str, str], ...]
    statuses: tuple[tuple[str, str], ...]
    phases: tuple[tuple[str, str], ...]

    @property
    def table(self) -> list[tuple[MapRow, list[PercentileCell]]]:
        """Return a row for each school shown, with a cell for each year."""
        return [(row, [_cell(row, year) for year in self.years]) for row in self.shown]

    @property
    def year_labels(self) -> list[str]:
        return [school_year_label(year) for year in self.years]


MAP_SORTS: dict[str, tuple[str, Callable[[MapRow], Any]]] = {
    "journey": ("Journey", lambda row: (_order(row.place.letter), row.school.name)),
    "school": ("School", lambda row: row.school.name),
    "percentile": ("Last percentile", lambda row: row.percentile),
    "slope": ("Slope", lambda row: row.placed.get("slope") or 0.0),
    "probability": ("Probability", lambda row: row.probability or 0.0),
    "capacity": ("Capacity", lambda row: row.place.capacity_code),
}


def map_page(trust: Trust, chosen: MapFilter) -> MapPage:
    """Return the map of the trust in scope. Eight queries, however many schools.

    They are: the schools, five for journey, phase and capacity, the first day of each capacity status, and the lines.
    """
    schools = list(School.objects.filter(trust=trust).by_name())
    since = capacity_since(schools)
    all_rows = [
        MapRow(place=place, since=since.get(place.school.pk), points=points_of(place.placement))
        for place in school_positions(schools)
    ]
    reference = reference_in_force(trust.pk)
    shown = filtered_map_rows(all_rows, chosen)
    groups = tuple(
        _group(phase, [row for row in all_rows if row.compared_as == phase], shown, reference)
        for phase in sorted({row.compared_as for row in shown} - {""}, reverse=True)
    )
    held = {point.school_year for row in shown for point in row.points}
    return MapPage(
        schools=len(schools),
        shown=tuple(shown),
        groups=groups,
        undrawn=tuple(row for row in shown if not row.compared_as),
        years=tuple(range(min(held), max(held) + 1)) if held else (),
        reference=reference,
        letters=(*((code, f"{code}, {journey.name.lower()}") for code, journey in journeys().items()), _UNPLACED),
        statuses=tuple((status_code(status) or UNPLACED, words) for status, words in STATUSES.items()),
        phases=tuple(dict.fromkeys((row.school.phase, str(row.school.get_phase_display())) for row in all_rows)),
    )


_UNPLACED = (UNPLACED, "None of the eight, or not placed")


def filtered_map_rows(rows: Iterable[MapRow], chosen: MapFilter) -> list[MapRow]:
    """Filter and sort the schools, by default by journey, givers first."""
    kept = [
        row
        for row in rows
        if chosen.letter in ("", row.place.letter if row.place.letter in journeys() else UNPLACED)
        and chosen.capacity in ("", row.place.capacity_code or UNPLACED)
        and chosen.phase in ("", row.school.phase)
    ]
    return in_order(kept, MAP_SORTS, chosen.sort)


def capacity_since(schools: Collection[School]) -> dict[int, date]:
    """Return the first day of each school's current capacity status, by URN. One query."""
    found: dict[int, tuple[str, date]] = {}
    rows = CapacityStatus.objects.filter(school__in=schools).order_by("school_id", "pk")
    for urn, status, at in rows.values_list("school_id", "status", "computed_at"):
        if urn not in found or found[urn][0] != status:
            found[urn] = (status, timezone.localdate(at))
    return {urn: since for urn, (_, since) in found.items()}


def map_table(page: MapPage) -> list[list[object]]:
    """Return the map as a table with column headings, for a file. A missing percentile is explained in words."""
    headings = ["School", "URN", "Phase of education", "Journey", "Journey name", "Journey by the engine",
                "Decided by", "Probability", "Confidence", "Rule", "Slope", "Capacity", "Capacity since",
                "Reference set"]  # fmt: skip
    return [
        [*headings, *(f"Percentile {school_year_label(year)}" for year in page.years)],
        *(_cells(row, cells) for row, cells in page.table),
    ]


def _cells(row: MapRow, cells: list[PercentileCell]) -> list[object]:
    place, decision = row.place, row.place.journey_decision
    placement = place.placement
    return [
        row.school.name,
        row.school.pk,
        row.school.get_phase_display(),
        place.letter,
        place.journey_name,
        place.engine_letter,
        decision.decided_by.name if decision else "",
        row.probability,
        placement.confidence if placement else "",
        placement.rule if placement else "",
        row.placed.get("slope"),
        STATUSES.get(place.capacity.status, "") if place.capacity else "",
        row.since.isoformat() if row.since else "",
        placement.reference_set if placement else "",
        *(why if percentile is None else round(percentile, 1) for _, percentile, why in cells),
    ]


def _cell(row: MapRow, year: int) -> PercentileCell:
    point = row.at(year)
    if point is None:
        return school_year_label(year), None, "No result"
    if point.percentile is None:
        return school_year_label(year), None, point.status.label
    return school_year_label(year), point.percentile, ""


def _group(phase: str, alike: Sequence[MapRow], shown: Sequence[MapRow], reference: ReferenceSet) -> MapGroup:
    """Draw the schools shown of one phase of education, over all schools of that phase."""
    shown_here = [row for row in shown if row.compared_as == phase]
    urns = {row.school.pk for row in shown_here}
    others = [row for row in alike if row.school.pk not in urns]
    held = [point.school_year for row in alike for point in row.points]
    lines = reference_lines(reference, phase, range(min(held), max(held) + 1))
    drawn = small_multiples(
        [Trajectory(school=row.school.name, points=row.points, lines=lines) for row in [*shown_here, *others]],
        element_id=f"map-{phase}",
    )
    rows = tuple(
        MapRow(place=row.place, since=row.since, points=row.points, panel=panel)
        for row, panel in zip(shown_here, drawn.panels, strict=False)
    )
    return MapGroup(phase=phase, sentence=_sentence(phase, shown_here), backdrop=drawn.backdrop, rows=rows, lines=lines)


def reference_lines(reference: ReferenceSet, phase: str, years: Iterable[int]) -> tuple[ReferenceLine, ...]:
    """Return the four lines over some years, lowest first. A year in which a line is not in force is a gap in it."""
    found = []
    years = list(years)
    for code in LINES:
        held = {year: line for year in years if (line := line_for(reference, code, phase, year))}
        levels = {year: level for year, line in held.items() if (level := line.percentile_in(year)) is not None}
        kinds = sorted({PROVENANCES.get(line.provenance, line.provenance) for line in held.values()})
        found.append(ReferenceLine(label=reference.names[code], levels=levels, provenance=join_in_words(kinds)))
    return tuple(found)


def _sentence(phase: str, rows: Sequence[MapRow]) -> str:
    """Count the schools by the band of their last result, the highest first, in a sentence."""
    bands = [_band(row) for row in rows]
    counts = [f"{bands.count(band)} {_within(band)}" for band in reversed(range(len(BANDS))) if band in bands]
    noun = f"{phase} school" if len(rows) == 1 else f"{phase} schools"
    return f"At the last published result of each of {len(rows)} {noun}: {join_in_words(counts)}."


def _band(row: MapRow) -> int:
    inputs = row.place.placement.inputs if row.place.placement else {}
    own = [
        standing
        for standing in inputs["standings"]
        if standing["phase"] == row.compared_as and standing["band"] is not None
    ]
    return int(max(own, key=lambda standing: standing["year"])["band"])


def _within(band: int) -> str:
    words = BANDS[band][0].lower() + BANDS[band][1:]
    return {0: words, len(BANDS) - 1: f"in the {words}"}.get(band, f"from {words}")


def _order(letter: str) -> int:
    return JOURNEYS_IN_ORDER.index(letter) if letter in journeys() else len(JOURNEYS_IN_ORDER)
