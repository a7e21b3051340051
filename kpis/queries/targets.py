"""Read the targets that the Board approved for schools, and those that it has still to decide on."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kpis.catalogue import EnglandFigure, Indicator, nearest_national
from kpis.models import Target, TargetProposal
from kpis.queries.catalogue import trust_indicators
from kpis.queries.known_figures import known_figures, known_national_figures
from kpis.rules.figures_in_words import difference_in_words, figure_in_words, number_as_typed
from kpis.rules.privacy import FigureReader, shown_figures
from kpis.rules.score import Figure, SchoolTarget
from kpis.rules.typed_targets import TARGET_FILE_HEADINGS, TargetFileFault, TargetFileRow, TypedTarget, read_targets
from schools.models import School
from schools.rules.terms import school_year_code, school_year_label
from trusts.models import Trust


def targets_of(school: School) -> dict[str, dict[int, SchoolTarget]]:
    """Return a school's own targets by indicator and school year. One query."""
    found: dict[str, dict[int, SchoolTarget]] = defaultdict(dict)
    for row in Target.objects.filter(school=school).order_by("school_year", "pk"):
        found[row.indicator_id][row.school_year] = SchoolTarget(
            value=row.value, upper=row.upper_value, tolerance=row.tolerance, provenance=row.provenance
        )
    return found


YEARS_BESIDE = 3  # Earlier school years that the grid shows.
WAITING = TargetProposal.State.WAITING


@dataclass(frozen=True, kw_only=True)
class EarlierYear:
    """The latest figure and the target of one earlier school year, in words."""

    year: str
    figure: str  # With its period; empty if there is no figure.
    target: str


@dataclass(frozen=True, kw_only=True)
class TargetGridRow:
    """One school in the grid of an indicator's targets."""

    school: School
    past: tuple[EarlierYear, ...]  # Newest first.
    national: str
    target: Target | None  # The approved target of the year.
    before: Target | None  # The approved target of the year before.
    waiting: TargetProposal | None
    current: str  # The approved target of the year, in words.


@dataclass(frozen=True, kw_only=True)
class TargetFileChange:
    """One target that a file would propose, with the proposed or current target that it would replace."""

    school: School
    indicator: Indicator
    row: TargetFileRow
    now: Target | TargetProposal | None

    @property
    def before(self) -> str:
        return target_in_words(self.now, self.indicator)

    @property
    def after(self) -> str:
        return target_in_words(self.row.target, self.indicator)


@dataclass(frozen=True, kw_only=True)
class CheckedTargetFile:
    """The changes that a file of targets would propose, or its faults. A file with a fault proposes nothing."""

    changes: list[TargetFileChange]
    faults: list[TargetFileFault]
    unchanged: int  # Rows that are the same as the proposed or current target.


def target_grid(
    trust: Trust, indicator: Indicator, school_year: int, *, known: Mapping[str, Indicator], reader: FigureReader
) -> list[TargetGridRow]:
    """Return every school that the indicator applies to, with its targets, its latest figures and the national figure.

    ``known`` are the trust's indicators by code. Figures are shown as the reader may see
    them. Seven queries, whatever the number of schools.
    """
    schools = [school for school in School.objects.filter(trust=trust).by_name() if school.phase in indicator.phases]
    rows = Target.objects.filter(indicator_id=indicator.code, school__in=schools).order_by("pk")
    targets = {(row.school_id, row.school_year): row for row in rows}
    proposed = TargetProposal.objects.filter(indicator_id=indicator.code, school_year=school_year, state=WAITING)
    waiting = {proposal.school_id: proposal for proposal in proposed.select_related("proposed_by").order_by("pk")}
    figures = {
        urn: shown_figures(own, known, reader, urn)
        for urn, own in known_figures([school.pk for school in schools], since=school_year - YEARS_BESIDE).items()
    }
    england = known_national_figures()
    years = range(school_year - 1, school_year - 1 - YEARS_BESIDE, -1)
    return [
        TargetGridRow(
            school=school,
            past=tuple(
                EarlierYear(
                    year=school_year_label(year),
                    figure=_latest(figures.get(school.pk, {}).get(indicator.code, []), indicator, year),
                    target=target_in_words(targets.get((school.pk, year)), indicator),
                )
                for year in years
            ),
            national=_national(indicator, england, school, school_year),
            target=targets.get((school.pk, school_year)),
            before=targets.get((school.pk, school_year - 1)),
            waiting=waiting.get(school.pk),
            current=target_in_words(targets.get((school.pk, school_year)), indicator),
        )
        for school in schools
    ]


def waiting_proposals(trust: Trust) -> list[TargetProposal]:
    """Return the proposals that the Board has to decide on, sorted by indicator, school and year. One query."""
    found = TargetProposal.objects.filter(state=WAITING, school__trust=trust).select_related("school", "proposed_by")
    return list(found.order_by("indicator_id", "school__name", "school_year", "pk"))


def waiting_count(trust: Trust) -> int:
    """Count the proposals that the Board has to decide on. One query."""
    return TargetProposal.objects.filter(state=WAITING, school__trust=trust).count()


def decided_proposals(indicator: Indicator, school_year: int) -> list[TargetProposal]:
    """Return all proposals for an indicator and year, newest first. One query."""
    found = TargetProposal.objects.filter(indicator_id=indicator.code, school_year=school_year)
    people = found.select_related("school", "proposed_by", "decided_by")
    return list(people.order_by("-proposed_at", "school__name", "-pk"))


def targets_table(trust: Trust, school_year: int, *, on: date) -> list[list[object]]:
    """Return a year's targets for a file, with a row of column headings. Each school and indicator with a target has
    one row; if an undecided proposal exists, the row shows the proposal. Three queries.
    """
    rows: dict[tuple[str, str, int], tuple[Target | TargetProposal, str]] = {}
    for target in Target.objects.filter(school__trust=trust, school_year=school_year).select_related("school"):
        # Whoever changes it gives a reason.
        rows[target.indicator_id, target.school.name, target.school_id] = (target, "")
    for one in waiting_proposals(trust):
        if one.school_year == school_year:
            rows[one.indicator_id, one.school.name, one.school_id] = (one, one.reason)
    known = trust_indicators(on=on)
    year, in_order = school_year_code(school_year), sorted(rows.items())
    return [
        list(TARGET_FILE_HEADINGS),
        *(
            [urn, name, code, known[code].title, year, *_numbers(row), why]
            for (code, name, urn), (row, why) in in_order
            if code in known
        ),
    ]


def _numbers(row: Target | TargetProposal) -> list[str]:
    return [number_as_typed(value) for value in (row.value, row.upper_value, row.tolerance)]


def is_same_target(row: Target | TargetProposal | None, typed: TypedTarget) -> bool:
    """Return whether a stored target equals a typed one."""
    return row is not None and (row.value, row.upper_value, row.tolerance) == (
        typed.value,
        typed.upper,
        typed.tolerance,
    )


def target_in_words(row: Target | TargetProposal | TypedTarget | None, indicator: Indicator) -> str:
    """Return a target with its unit and tolerance, in words; empty for None."""
    if row is None:
        return ""
    upper = row.upper if isinstance(row, TypedTarget) else row.upper_value
    ends = (figure_in_words(end, indicator.unit, indicator.decimals) for end in (row.value, upper) if end is not None)
    near = difference_in_words(row.tolerance, indicator.unit, indicator.decimals) if row.tolerance else ""
    return " to ".join(ends) + (f"; within {near} is close" if near else "")


def _latest(figures: Sequence[Figure], indicator: Indicator, year: int) -> str:
    of_year = [figure for figure in figures if figure.period.school_year == year]
    if not of_year:
        return ""
    latest = max(of_year, key=lambda figure: figure.period.order)
    shown = (
        latest.status.label
        if latest.value is None
        else figure_in_words(latest.value, indicator.unit, indicator.decimals)
    )
    return f"{shown} ({latest.period.label})"


def _national(indicator: Indicator, england: Sequence[EnglandFigure], school: School, school_year: int) -> str:
    found = nearest_national(england, indicator, phase=school.phase, school_year=school_year, term="")
    if found is None:
        return ""
    return (
        f"{figure_in_words(found.value, indicator.unit, indicator.decimals)} ({school_year_label(found.school_year)})"
    )


@dataclass(frozen=True, kw_only=True)
class TargetYearRow:
    """One indicator in the list of a year's targets, with numbers of schools, approved targets and proposals."""

    indicator: Indicator
    schools: int
    approved: int
    waiting: int


TARGET_YEAR_SORTS = {
    "area": ("Indicator", lambda row: row.indicator.area.order),
    "approved": ("Set by the Board", lambda row: row.approved),
    "waiting": ("Waiting for the Board", lambda row: row.waiting),
}


def target_year_rows(trust: Trust, school_year: int, *, on: date) -> list[TargetYearRow]:
    """Return every indicator that applies to a school of the trust, in the Board's order. Four queries."""
    phases = Counter(School.objects.filter(trust=trust).order_by("pk").values_list("phase", flat=True))
    of_year = {"school__trust": trust, "school_year": school_year}
    approved = Counter(Target.objects.filter(**of_year).values_list("indicator_id", flat=True))
    waiting = Counter(TargetProposal.objects.filter(**of_year, state=WAITING).values_list("indicator_id", flat=True))
    rows = (
        TargetYearRow(
            indicator=indicator,
            schools=sum(count for phase, count in phases.items() if phase in indicator.phases),
            approved=approved[indicator.code],
            waiting=waiting[indicator.code],
        )
        for indicator in trust_indicators(on=on).values()
    )
    return [row for row in rows if row.schools]


def check_target_file(trust: Trust, text: str, school_year: int, *, on: date) -> CheckedTargetFile:
    """Read a file of a year's targets; return the rows that would change a proposed or current target. Four queries."""
    schools = {school.pk: school for school in School.objects.filter(trust=trust).by_name()}
    known = trust_indicators(on=on)
    phases = {urn: school.phase for urn, school in schools.items()}
    rows, faults = read_targets(text, schools=phases, indicators=known, school_year=school_year)
    of_year = {"school__trust": trust, "school_year": school_year}
    there: dict[tuple[int, str], Target | TargetProposal] = {}
    for target in Target.objects.filter(**of_year).order_by("pk"):
        there[target.school_id, target.indicator_id] = target
    for one in TargetProposal.objects.filter(**of_year, state=WAITING).order_by("pk"):
        there[one.school_id, one.indicator_id] = one
    changes = [
        TargetFileChange(
            school=schools[row.urn], indicator=known[row.code], row=row, now=there.get((row.urn, row.code))
        )
        for row in rows
        if not is_same_target(there.get((row.urn, row.code)), row.target)
    ]
    faults += [
        TargetFileFault(row=change.row.row, column="Reason", message="give a reason")
        for change in changes
        if not change.row.reason
    ]
    return CheckedTargetFile(changes=[] if faults else changes, faults=faults, unchanged=len(rows) - len(changes))


def targets_to_carry(trust: Trust, school_year: int) -> list[Target]:
    """Return last year's targets that have neither a target nor a proposal for this year. Two queries."""
    of_year = {"school__trust": trust, "school_year": school_year}
    waiting = TargetProposal.objects.filter(**of_year, state=WAITING)
    there = {*waiting.order_by("pk").values_list("school_id", "indicator_id")}
    before = Target.objects.filter(school__trust=trust, school_year__in=[school_year - 1, school_year])
    rows = list(before.select_related("school").order_by("indicator_id", "school__name", "pk"))
    there |= {(row.school_id, row.indicator_id) for row in rows if row.school_year == school_year}
    return [row for row in rows if (row.school_id, row.indicator_id) not in there]
