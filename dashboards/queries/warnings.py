"""Read early warnings: each school's expected next results, and the risks that the trust should know about."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kpis.charts import Chart
from schools.models import School
from schools.rules.terms import school_year_label
from tables.lists import in_order
from trajectories.charts.expected_results import ExpectedResult, expected_chart
from trajectories.models import Outlook
from trajectories.queries.outlooks import newest_outlooks, results_of
from trajectories.rules.chances_in_words import chance_in_words, percent_in_words
from trajectories.rules.forecast_results import ForecastResult, ForecastSummary, summary_of
from trajectories.rules.measures import PublishedMeasure, measures
from trajectories.rules.warning import (
    WARNING_CODES,
    WARNING_LABELS,
    WarningRisk,
    greatest_risks,
    risk_weight,
    risks_of,
    warning_code,
)
from trajectories.rules.warning_record import ForecastRecord, WarningRecord, kept_forecast_record, kept_record

SHORT = {"PTRWM_EXP": "Reading, writing, maths", "KS2PROGRESS": "Progress, three subjects"}  # Next to the picture.
LEAST_SHOWN = 0.5  # Percentile points.
RATINGS = {
    "warning": "off_target",
    "watch": "close",
    "none": "on_target",
    "unknown": "no_value",
}  # The rating whose mark it has.
OUTLOOK_HEADINGS = [
    "School", "URN", "Measure", "Code", "Year", "Warning", "Why", "Expected", "Low (80%)", "High (80%)", "Percentile",
    "Percentile low", "Percentile high", "P below floor", "P below coasting", "P below average", "P lowest fifth",
    "P journey C D or G", "Journey now", "Moved by", "Last results used", "Reason",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OutlookRow:
    """The outlook of one school for one measure."""

    school: School
    outlook: Outlook

    @property
    def measure(self) -> PublishedMeasure | None:
        return measures().get(self.outlook.measure)

    @property
    def name(self) -> str:
        return self.measure.name if self.measure else "Headline results"

    @property
    def year(self) -> str:
        return school_year_label(self.outlook.school_year)

    @property
    def known(self) -> bool:
        """Return whether there is a forecast. If not, the outlook's reason says why."""
        return self.outlook.expected is not None

    @cached_property
    def risks(self) -> tuple[WarningRisk, ...]:
        row, inputs = self.outlook, self.outlook.inputs
        below = {"floor": row.p_below_floor, "coasting": row.p_below_coasting, "average": row.p_below_average}
        standing = (inputs.get("standing") or {}).get("percentile")
        then, letter = inputs.get("lines_then", {}), inputs.get("letter", "")
        return risks_of(below, row.p_decline, standing=standing, lines=then, letter=letter)

    @property
    def worst(self) -> WarningRisk | None:
        return greatest_risks(self.risks)

    @property
    def code(self) -> str:
        return warning_code(self.risks)

    @property
    def label(self) -> str:
        return WARNING_LABELS[self.code]

    @property
    def rating(self) -> str:
        return RATINGS[self.code]

    @property
    def why(self) -> str:
        """Describe the greatest new risk, or say why there is no forecast."""
        if not self.known:
            return self.outlook.reason
        why = f"{self.worst.sentence}." if self.worst else "No new warnings."
        return f"{why} We have no results after {self.latest_year}." if self.is_old else why

    @property
    def expected(self) -> str:
        return self._written(self.outlook.expected)

    @property
    def interval(self) -> str:
        return f"{self._written(self.outlook.low80)} to {self._written(self.outlook.high80)}" if self.known else ""

    @property
    def chances(self) -> list[tuple[str, str, str]]:
        """Return every risk as a description, its chance in words and its chance as a percentage."""
        risks = [
            (risk.what, chance_in_words(risk.probability), percent_in_words(risk.probability)) for risk in self.risks
        ]
        return [(what[0].upper() + what[1:], words, number) for what, words, number in risks]

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
        return f"{self._written(last['value'])} in {school_year_label(last['year'])}" if last else ""

    @property
    def latest_year(self) -> str:
        return school_year_label(self.outlook.data_cutoff) if self.outlook.data_cutoff else ""

    @property
    def results(self) -> list[ForecastResult]:
        """Return the earlier forecasts of the same measure whose results are known, newest first."""
        return results_of(self.outlook)[::-1]

    @property
    def record(self) -> list[WarningRecord]:
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
class OutlookFilter:
    """The filters and the order of the list of warnings. ``phase`` is a phase of education."""

    measure: str = ""
    warning: str = ""
    phase: str = ""
    sort: str = "risk"

    @property
    def query(self) -> dict[str, str]:
        return {"measure": self.measure, "warning": self.warning, "phase": self.phase}


OUTLOOK_SORTS: dict[str, tuple[str, Callable[[OutlookRow], Any]]] = {
    "risk": ("Warning", lambda row: (WARNING_CODES.index(row.code), -(risk_weight(row.worst) if row.worst else 0.0))),
    "school": ("School", lambda row: (row.school.name, row.name)),
    "measure": ("Measure", lambda row: (row.name, row.school.name)),
    "expected": ("Expected", lambda row: -1.0 if row.outlook.percentile is None else row.outlook.percentile),
}


def outlook_rows(schools: Collection[School]) -> list[OutlookRow]:
    """Return the outlooks of schools, by school, headline measures first. One query."""
    found = newest_outlooks(schools)
    return [OutlookRow(school=school, outlook=row) for school in schools for row in found[school.pk]]


def filtered_outlooks(rows: Iterable[OutlookRow], chosen: OutlookFilter) -> list[OutlookRow]:
    """Filter and sort the outlooks, by default the greatest risk first."""
    kept = [
        row
        for row in rows
        if chosen.measure in ("", row.outlook.measure)
        and chosen.warning in ("", row.code)
        and chosen.phase in ("", row.school.phase)
    ]
    return in_order(kept, OUTLOOK_SORTS, chosen.sort)


@dataclass(frozen=True, kw_only=True)
class HomePageWarnings:
    """The early warnings on a home page."""

    rows: list[OutlookRow]  # The greatest warning of each school with a warning, the greatest first.
    foreseen: int  # Schools that have a forecast, with or without a warning.


def first_warnings(rows: Iterable[OutlookRow]) -> HomePageWarnings:
    """Return the warnings for a home page. Warnings about a past year are only on the list."""
    current = [row for row in rows if row.known and not row.is_old]
    found: dict[int, OutlookRow] = {}
    for row in filtered_outlooks(current, OutlookFilter(warning="warning")):
        found.setdefault(row.school.pk, row)
    return HomePageWarnings(rows=list(found.values()), foreseen=len({row.school.pk for row in current}))


@dataclass(frozen=True, kw_only=True)
class ForecastRecordRow:
    """How reliable the forecasts of one measure have been: this trust's, and England's when they were tested."""

    summary: ForecastSummary
    national: ForecastRecord | None

    @property
    def national_sentence(self) -> str:
        """Say how reliable forecasts were across England; empty if they could not be tested."""
        tested = self.national
        if tested is None:
            return ""
        amount = f"{abs(tested.mean_difference):.1f} percentile points"
        direction = "higher" if tested.mean_difference > 0 else "lower"
        return (
            f"{self.summary.name}: of {tested.schools:,} schools in England with results for {tested.when}, "
            f"{tested.within:.0%} were within the range, {tested.above:.0%} above it and {tested.below:.0%} below it. "
            f"Their results were on average {amount} {direction} than expected, and usually "
            f"{tested.mean_size:.1f} percentile points away from it. "
        )


def forecast_record_rows(rows: Iterable[OutlookRow]) -> list[ForecastRecordRow]:
    """Return how reliable earlier forecasts of each measure were, over the schools of these rows."""
    national = {record.measure: record for record in kept_forecast_record()}
    return [
        ForecastRecordRow(summary=summary, national=national.get(summary.measure))
        for summary in summary_of([result for row in rows for result in row.results])
    ]


def outlook_filter_choices(rows: Collection[OutlookRow]) -> dict[str, list[tuple[str, str]]]:
    """Return the measures, warnings and phases of education to choose from, as values and labels."""
    named = {row.outlook.measure: row.name for row in rows if row.measure}
    phases = {row.school.phase: str(row.school.get_phase_display()) for row in rows}
    return {
        "measures": list(named.items()),
        "warnings": [(code, WARNING_LABELS[code]) for code in WARNING_CODES],
        "phases": sorted(phases.items()),
    }


def outlook_chart(school: School, rows: Iterable[OutlookRow]) -> Chart | None:
    """Draw a school's outlooks; None without a forecast."""
    drawn = [_drawn(row) for row in rows if row.known]
    return expected_chart(school.name, drawn, element_id=f"outlook-{school.pk}") if drawn else None


def warnings_table(rows: Iterable[OutlookRow]) -> list[list[object]]:
    """Return outlooks as a table with column headings, for a file. *Reason* says why a number is missing."""
    return [list(OUTLOOK_HEADINGS), *(_cells(row) for row in rows)]


def _drawn(row: OutlookRow) -> ExpectedResult:
    inputs, outlook = row.outlook.inputs, row.outlook
    low, middle, high = (
        value or 0.0 for value in (outlook.percentile_low80, outlook.percentile, outlook.percentile_high80)
    )
    return ExpectedResult(
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
