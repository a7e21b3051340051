"""Early warning as pages show it: what is expected of each school's next results, and what somebody should hear of."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kpis.charts import Chart
from schools.models import School
from schools.rules.terms import label
from tables.lists import in_order
from trajectories.charts.expected import Expected, expected_chart
from trajectories.models import Outlook
from trajectories.queries.outlooks import newest_outlooks
from trajectories.rules.chance import chance, percent
from trajectories.rules.measures import Measure, measures
from trajectories.rules.warning import CODES, LABELS, Risk, code_of, greatest, risks_of, weight
from trajectories.rules.warning_record import Record, kept_record

SHORT = {"PTRWM_EXP": "Reading, writing, maths", "KS2PROGRESS": "Progress, three subjects"}  # Beside the picture.
LEAST_SHOWN = 0.5  # Percentile points.
RATINGS = {"warning": "off_target", "watch": "close", "none": "on_target", "unknown": "no_value"}  # Whose mark it has.
HEADS = ["School", "URN", "Measure", "Code", "Year", "Warning", "Why", "Expected", "Low (80%)", "High (80%)",
         "Percentile", "Percentile low", "Percentile high", "P below floor", "P below coasting", "P below average",
         "P lowest fifth", "P journey C D or G", "Journey now", "Moved by", "Last results used", "Reason"]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OutlookRow:
    """What is expected of one school on one measure."""

    school: School
    outlook: Outlook

    @property
    def measure(self) -> Measure | None:
        return measures().get(self.outlook.measure)

    @property
    def name(self) -> str:
        return self.measure.name if self.measure else "Headline results"

    @property
    def year(self) -> str:
        return label(self.outlook.school_year)

    @property
    def known(self) -> bool:
        """Whether there is a forecast; otherwise the outlook's reason says why not."""
        return self.outlook.expected is not None

    @cached_property
    def risks(self) -> tuple[Risk, ...]:
        row, inputs = self.outlook, self.outlook.inputs
        below = {"floor": row.p_below_floor, "coasting": row.p_below_coasting, "average": row.p_below_average}
        standing = (inputs.get("standing") or {}).get("percentile")
        then, letter = inputs.get("lines_then", {}), inputs.get("letter", "")
        return risks_of(below, row.p_decline, standing=standing, lines=then, letter=letter)

    @property
    def worst(self) -> Risk | None:
        return greatest(self.risks)

    @property
    def code(self) -> str:
        return code_of(self.risks)

    @property
    def label(self) -> str:
        return LABELS[self.code]

    @property
    def rating(self) -> str:
        return RATINGS[self.code]

    @property
    def why(self) -> str:
        """Say the greatest risk that would be new, or why nothing is known."""
        if not self.known:
            return self.outlook.reason
        said = f"{self.worst.sentence}." if self.worst else "Nothing new is to be warned of."
        return f"{said} Later results than those of {self.latest_year} are not held." if self.is_old else said

    @property
    def expected(self) -> str:
        return self._written(self.outlook.expected)

    @property
    def interval(self) -> str:
        return f"{self._written(self.outlook.low80)} to {self._written(self.outlook.high80)}" if self.known else ""

    @property
    def chances(self) -> list[tuple[str, str, str]]:
        """Return every risk as what, the chance in words and as a percentage."""
        said = [(each.what, chance(each.probability), percent(each.probability)) for each in self.risks]
        return [(what[0].upper() + what[1:], words, number) for what, words, number in said]

    @property
    def drivers(self) -> list[dict[str, Any]]:
        """Return what moved the forecast most; what moved it by less than half a percentile point is left out."""
        return [each for each in self._moved("drivers") if abs(each["effect"]) >= LEAST_SHOWN]

    @property
    def effects(self) -> list[dict[str, Any]]:
        """Return what the figures of the year did, each in percentile points."""
        return self._moved("effects")

    @property
    def before(self) -> str:
        """Say what published history alone expected; empty where the year's figures changed nothing."""
        first = self.outlook.inputs.get("forecast") or {}
        return self._written(first.get("expected")) if self.effects else ""

    @property
    def latest(self) -> str:
        """Say the latest result with its year; empty where none is held."""
        last = self.outlook.inputs.get("standing")
        return f"{self._written(last['value'])} in {label(last['year'])}" if last else ""

    @property
    def latest_year(self) -> str:
        return label(self.outlook.data_cutoff) if self.outlook.data_cutoff else ""

    @property
    def record(self) -> list[Record]:
        """Return how such warnings have come true over the whole country; empty where it was not tested."""
        return [each for each in kept_record() if each.measure == self.outlook.measure]

    @property
    def is_old(self) -> bool:
        """Whether results later than those held have been published, so that this is about a year that is past."""
        return bool(self.outlook.inputs.get("is_old"))

    def _moved(self, name: str) -> list[dict[str, Any]]:
        return [each | {"points": _points(each["effect"])} for each in self.outlook.inputs.get(name, [])]

    def _written(self, value: float | None) -> str:
        return self.measure.written(value) if self.measure and value is not None else ""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which outlooks to list: of a measure, with a warning, of a phase of education, and in which order."""

    measure: str = ""
    warning: str = ""
    phase: str = ""
    sort: str = "risk"

    @property
    def query(self) -> dict[str, str]:
        return {"measure": self.measure, "warning": self.warning, "phase": self.phase}


SORTS: dict[str, tuple[str, Callable[[OutlookRow], Any]]] = {
    "risk": ("Warning", lambda row: (CODES.index(row.code), -(weight(row.worst) if row.worst else 0.0))),
    "school": ("School", lambda row: (row.school.name, row.name)),
    "measure": ("Measure", lambda row: (row.name, row.school.name)),
    "expected": ("Expected", lambda row: -1.0 if row.outlook.percentile is None else row.outlook.percentile),
}


def outlook_rows(schools: Collection[School]) -> list[OutlookRow]:
    """Return what is expected of schools, school by school, headline measures first. One query."""
    found = newest_outlooks(schools)
    return [OutlookRow(school=school, outlook=row) for school in schools for row in found[school.pk]]


def chosen(rows: Iterable[OutlookRow], wanted: Wanted) -> list[OutlookRow]:
    """Keep the outlooks wanted and sort them, the greatest risk first unless another order is named."""
    kept = [
        row
        for row in rows
        if wanted.measure in ("", row.outlook.measure)
        and wanted.warning in ("", row.code)
        and wanted.phase in ("", row.school.phase)
    ]
    return in_order(kept, SORTS, wanted.sort)


@dataclass(frozen=True, kw_only=True)
class FirstWarnings:
    """What a home page shows of early warning."""

    rows: list[OutlookRow]  # The greatest warning of each school that has one, the greatest first.
    foreseen: int  # Schools of which something is foreseen, with a warning or without.


def first_warnings(rows: Iterable[OutlookRow]) -> FirstWarnings:
    """Return the warnings for a home page; those about a year that is past stay on the list."""
    current = [row for row in rows if row.known and not row.is_old]
    found: dict[int, OutlookRow] = {}
    for row in chosen(current, Wanted(warning="warning")):
        found.setdefault(row.school.pk, row)
    return FirstWarnings(rows=list(found.values()), foreseen=len({row.school.pk for row in current}))


def choices(rows: Collection[OutlookRow]) -> dict[str, list[tuple[str, str]]]:
    """Return what can be chosen: the measures and phases of education there are, and the warnings, in words."""
    named = {row.outlook.measure: row.name for row in rows if row.measure}
    phases = {row.school.phase: str(row.school.get_phase_display()) for row in rows}
    return {
        "measures": list(named.items()),
        "warnings": [(code, LABELS[code]) for code in CODES],
        "phases": sorted(phases.items()),
    }


def outlook_chart(school: School, rows: Iterable[OutlookRow]) -> Chart | None:
    """Draw what is expected of a school; None where there is no forecast."""
    drawn = [_drawn(row) for row in rows if row.known]
    return expected_chart(school.name, drawn, element_id=f"outlook-{school.pk}") if drawn else None


def warnings_table(rows: Iterable[OutlookRow]) -> list[list[object]]:
    """Return outlooks as a table with its heads, for a file. Numbers are numbers; why there is none is in *Reason*."""
    return [list(HEADS), *(_cells(row) for row in rows)]


def _drawn(row: OutlookRow) -> Expected:
    inputs, outlook = row.outlook.inputs, row.outlook
    low, middle, high = (
        each or 0.0 for each in (outlook.percentile_low80, outlook.percentile, outlook.percentile_high80)
    )
    return Expected(
        measure=SHORT.get(outlook.measure, row.name),
        year=row.year,
        low=low,
        middle=middle,
        high=high,
        result=row.expected,
        interval=row.interval,
        latest=(inputs.get("standing") or {}).get("percentile"),
        latest_result=row.latest,
        lines=tuple((each["name"], each["percentile"]) for each in inputs.get("lines", [])),
    )


def _cells(row: OutlookRow) -> list[object]:
    outlook = row.outlook
    worked_out = [
        outlook.expected, outlook.low80, outlook.high80, outlook.percentile, outlook.percentile_low80,
        outlook.percentile_high80, outlook.p_below_floor, outlook.p_below_coasting, outlook.p_below_average,
        outlook.p_bottom_fifth, outlook.p_decline,
    ]  # fmt: skip
    moved = "; ".join(f"{each['name']} {each['points']}" for each in row.drivers)
    named = [row.school.name, row.school.pk, row.name, outlook.measure, row.year, row.label, row.why]
    return [*named, *worked_out, outlook.inputs.get("letter", ""), moved, outlook.data_cutoff, outlook.reason]


def _points(effect: float) -> str:
    """Write an effect in percentile points with its sign."""
    size = f"{abs(effect):.1f}"
    sign = "" if float(size) == 0 else "+" if effect > 0 else "−"
    return f"{sign}{size}"
