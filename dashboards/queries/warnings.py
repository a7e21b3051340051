"""Read early warnings: each school's expected next results, and the risks that the trust should know about."""

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

SHORT = {"PTRWM_EXP": "Reading, writing, maths", "KS2PROGRESS": "Progress, three subjects"}  # Next to the picture.
LEAST_SHOWN = 0.5  # Percentile points.
RATINGS = {
    "warning": "off_target",
    "watch": "close",
    "none": "on_target",
    "unknown": "no_value",
}  # The rating whose mark it has.
HEADS = ["School", "URN", "Measure", "Code", "Year", "Warning", "Why", "Expected", "Low (80%)", "High (80%)",
         "Percentile", "Percentile low", "Percentile high", "P below floor", "P below coasting", "P below average",
         "P lowest fifth", "P journey C D or G", "Journey now", "Moved by", "Last results used", "Reason"]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OutlookRow:
    """The outlook of one school for one measure."""

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
        """Return whether there is a forecast. If not, the outlook's reason says why."""
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
        """Describe the greatest new risk, or say why there is no forecast."""
        if not self.known:
            return self.outlook.reason
        said = f"{self.worst.sentence}." if self.worst else "No new warnings."
        return f"{said} We have no results after {self.latest_year}." if self.is_old else said

    @property
    def expected(self) -> str:
        return self._written(self.outlook.expected)

    @property
    def interval(self) -> str:
        return f"{self._written(self.outlook.low80)} to {self._written(self.outlook.high80)}" if self.known else ""

    @property
    def chances(self) -> list[tuple[str, str, str]]:
        """Return every risk as a description, its chance in words and its chance as a percentage."""
        said = [(risk.what, chance(risk.probability), percent(risk.probability)) for risk in self.risks]
        return [(what[0].upper() + what[1:], words, number) for what, words, number in said]

    @property
    def drivers(self) -> list[dict[str, Any]]:
        """Return what moved the forecast by at least half a percentile point."""
        return [driver for driver in self._moved("drivers") if abs(driver["effect"]) >= LEAST_SHOWN]

    @property
    def effects(self) -> list[dict[str, Any]]:
        """Return the effects of this year's figures, in percentile points."""
        return self._moved("effects")

    @property
    def before(self) -> str:
        """Return the result expected from published results alone; empty if this year's figures changed nothing."""
        first = self.outlook.inputs.get("forecast") or {}
        return self._written(first.get("expected")) if self.effects else ""

    @property
    def latest(self) -> str:
        """Return the latest result with its year; empty without one."""
        last = self.outlook.inputs.get("standing")
        return f"{self._written(last['value'])} in {label(last['year'])}" if last else ""

    @property
    def latest_year(self) -> str:
        return label(self.outlook.data_cutoff) if self.outlook.data_cutoff else ""

    @property
    def record(self) -> list[Record]:
        """Return how often such warnings came true across England; empty if it was not tested."""
        return [record for record in kept_record() if record.measure == self.outlook.measure]

    @property
    def is_old(self) -> bool:
        """Return whether later results exist that we do not have, so that the outlook is about a past year."""
        return bool(self.outlook.inputs.get("is_old"))

    def _moved(self, name: str) -> list[dict[str, Any]]:
        return [moved | {"points": _points(moved["effect"])} for moved in self.outlook.inputs.get(name, [])]

    def _written(self, value: float | None) -> str:
        return self.measure.written(value) if self.measure and value is not None else ""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The filters and the order of the list of warnings. ``phase`` is a phase of education."""

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
    """Return the outlooks of schools, by school, headline measures first. One query."""
    found = newest_outlooks(schools)
    return [OutlookRow(school=school, outlook=row) for school in schools for row in found[school.pk]]


def chosen(rows: Iterable[OutlookRow], wanted: Wanted) -> list[OutlookRow]:
    """Filter and sort the outlooks, by default the greatest risk first."""
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
    """The early warnings on a home page."""

    rows: list[OutlookRow]  # The greatest warning of each school with a warning, the greatest first.
    foreseen: int  # Schools that have a forecast, with or without a warning.


def first_warnings(rows: Iterable[OutlookRow]) -> FirstWarnings:
    """Return the warnings for a home page. Warnings about a past year are only on the list."""
    current = [row for row in rows if row.known and not row.is_old]
    found: dict[int, OutlookRow] = {}
    for row in chosen(current, Wanted(warning="warning")):
        found.setdefault(row.school.pk, row)
    return FirstWarnings(rows=list(found.values()), foreseen=len({row.school.pk for row in current}))


def choices(rows: Collection[OutlookRow]) -> dict[str, list[tuple[str, str]]]:
    """Return the measures, warnings and phases of education to choose from, as values and labels."""
    named = {row.outlook.measure: row.name for row in rows if row.measure}
    phases = {row.school.phase: str(row.school.get_phase_display()) for row in rows}
    return {
        "measures": list(named.items()),
        "warnings": [(code, LABELS[code]) for code in CODES],
        "phases": sorted(phases.items()),
    }


def outlook_chart(school: School, rows: Iterable[OutlookRow]) -> Chart | None:
    """Draw a school's outlooks; None without a forecast."""
    drawn = [_drawn(row) for row in rows if row.known]
    return expected_chart(school.name, drawn, element_id=f"outlook-{school.pk}") if drawn else None


def warnings_table(rows: Iterable[OutlookRow]) -> list[list[object]]:
    """Return outlooks as a table with column headings, for a file. *Reason* says why a number is missing."""
    return [list(HEADS), *(_cells(row) for row in rows)]


def _drawn(row: OutlookRow) -> Expected:
    inputs, outlook = row.outlook.inputs, row.outlook
    low, middle, high = (
        value or 0.0 for value in (outlook.percentile_low80, outlook.percentile, outlook.percentile_high80)
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
        lines=tuple((line["name"], line["percentile"]) for line in inputs.get("lines", [])),
    )


def _cells(row: OutlookRow) -> list[object]:
    outlook = row.outlook
    calculated = [
        outlook.expected, outlook.low80, outlook.high80, outlook.percentile, outlook.percentile_low80,
        outlook.percentile_high80, outlook.p_below_floor, outlook.p_below_coasting, outlook.p_below_average,
        outlook.p_bottom_fifth, outlook.p_decline,
    ]  # fmt: skip
    moved = "; ".join(f"{driver['name']} {driver['points']}" for driver in row.drivers)
    named = [row.school.name, row.school.pk, row.name, outlook.measure, row.year, row.label, row.why]
    return [*named, *calculated, outlook.inputs.get("letter", ""), moved, outlook.data_cutoff, outlook.reason]


def _points(effect: float) -> str:
    """Write an effect in percentile points with its sign."""
    size = f"{abs(effect):.1f}"
    sign = "" if float(size) == 0 else "+" if effect > 0 else "−"
    return f"{sign}{size}"
