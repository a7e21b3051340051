"""Which reference lines are in force in a trust, and which were before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kpis.models import Recomputation
from kpis.rules.figures_in_words import MINUS
from schools.rules.terms import school_year_label
from trajectories.models import ReferenceProposal, TrustReference
from trajectories.queries.national_tables import tables_in_force
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import NationalTables, PercentileTable, table_for
from trajectories.rules.reference_lines import (
    LINES,
    CarterLine,
    ReferenceSet,
    drawn_lines,
    line_for,
    standard_reference,
)
from trajectories.rules.trust_lines import TrustLine, with_trust_lines
from trusts.models import Trust

PHASES = ("secondary", "primary")
SHOWN_ON = {"secondary": ("P8MEA", "ATT8SCR"), "primary": ("PTRWM_EXP",)}  # Measures in whose unit a line is shown.
FIRST_YEAR = 2010  # The first school year for which any line is known.
PROVENANCES = {"official": "Official", "derived": "Derived", "trust": "Set by the trust"}


@dataclass(frozen=True, kw_only=True)
class CarterLineRow:
    """One of Carter's four lines over some years, in words."""

    code: str
    name: str
    phase: str
    years: str
    provenance: str
    place: str
    values: tuple[str, ...]  # The line in each measure's own unit, for the newest year that has a table.
    says: str
    source: str
    placing: bool  # Whether it is in force for the newest results.


@dataclass(frozen=True, kw_only=True)
class ReferenceVersionRow:
    """One version that the trust set: its lines in words, who set it and when."""

    version: TrustReference
    lines: tuple[str, ...]
    is_standard: bool


@dataclass(frozen=True, kw_only=True)
class ReferencePage:
    """What the page of a trust's reference set shows."""

    reference: ReferenceSet
    rows: tuple[CarterLineRow, ...]
    versions: tuple[ReferenceVersionRow, ...]  # Newest first.
    waiting: int  # Schools that are still to be recalculated.
    proposal: ReferenceProposal | None  # Lines that somebody has to approve.
    proposed_lines: tuple[str, ...]

    @property
    def has_own(self) -> bool:
        """Whether the trust has lines of its own in force."""
        return bool(self.versions) and not self.versions[0].is_standard


def reference_in_force(trust_id: int) -> ReferenceSet:
    """Return the reference set that places the trust's schools: its newest own set, or the standard one. One query."""
    newest = TrustReference.objects.filter(trust_id=trust_id).order_by("-number").first()
    return reference_of(newest)


def reference_of(version: TrustReference | None) -> ReferenceSet:
    """Return one version of a trust's lines in the shape that the engine takes; without a version, the standard set."""
    if version is None or not version.lines:
        return standard_reference()
    lines = [TrustLine(**line) for line in version.lines]
    return with_trust_lines(standard_reference(), lines, number=version.number, provenance=version.provenance)


def reference_page(trust: Trust, *, last_year: int) -> ReferencePage:
    """Return the lines in force in a trust and how they came about. Four queries."""
    versions = TrustReference.objects.filter(trust=trust).select_related("set_by", "approved_by").order_by("-number")
    waiting = ReferenceProposal.objects.filter(trust=trust, state=ReferenceProposal.State.WAITING)
    proposal = waiting.select_related("proposed_by").first()
    rows = tuple(_version(version) for version in versions)
    reference = reference_of(rows[0].version if rows else None)
    return ReferencePage(
        reference=reference,
        rows=line_rows(reference, last_year=last_year, tables=tables_in_force()),
        versions=rows,
        waiting=Recomputation.objects.stale().count(),
        proposal=proposal,
        proposed_lines=_own_lines_in_words(proposal.lines) if proposal else (),
    )


def own_percentiles(trust_id: int) -> tuple[dict[tuple[str, str], float], int | None]:
    """Return the trust's own lines in force by phase of education and code, and their first year. One query."""
    newest = TrustReference.objects.filter(trust_id=trust_id).order_by("-number").first()
    lines = [TrustLine(**line) for line in newest.lines] if newest else []
    first = min((line.first_year for line in lines), default=None)
    return {(line.phase, line.code): line.percentile for line in lines}, first


def line_rows(
    reference: ReferenceSet, *, last_year: int, tables: NationalTables | None = None
) -> tuple[CarterLineRow, ...]:
    """Return every line of a set in words, by phase of education, then from floor to top, then oldest years first.

    ``last_year`` is the newest school year whose results may be out. Today's lines are shown in that year's figures.
    """
    return tuple(
        CarterLineRow(
            code=line.code,
            name=reference.names[line.code],
            phase=line.phase,
            years=f"{school_year_label(line.first_year)} to "
            f"{school_year_label(line.last_year) if line.last_year else 'now'}",
            provenance=PROVENANCES[line.provenance],
            place=_place(line),
            values=_values(reference, line, last_year, tables),
            says=line.says,
            source=line.source,
            placing=line is line_for(reference, line.code, line.phase, last_year),
        )
        for line in sorted(
            (line for line in reference.lines if line.phase in PHASES),
            key=lambda line: (PHASES.index(line.phase), LINES.index(line.code), line.first_year, line.provenance),
        )
    )


def _place(line: CarterLine) -> str:
    if line.percentile is not None:
        return f"Percentile {line.percentile:g}"
    if line.percentile_by_year:
        return ", ".join(
            f"{school_year_label(int(year))}: {value:g}" for year, value in line.percentile_by_year.items()
        )
    return "Set by its own test"


def _values(
    reference: ReferenceSet, line: CarterLine, last_year: int, tables: NationalTables | None
) -> tuple[str, ...]:
    """Return a line that is still in force as values of each headline measure, read from its newest table."""
    if line is not line_for(reference, line.code, line.phase, last_year):
        return ()
    values = []
    for code in SHOWN_ON[line.phase]:
        table = _newest_table(code, line.phase, last_year, tables)
        drawn = drawn_lines(reference, table) if table else ()
        value = next((row.value for row in drawn if row.code == line.code), None)
        if table and value is not None:
            known = measures()[code]
            shown = f"{value:.{known.decimals}f}{'%' if known.unit == '%' else ''}".replace("-", MINUS)
            guess = " (estimated)" if table.estimated else ""
            values.append(f"{known.name} {shown} in {school_year_label(table.year)}{guess}")
    return tuple(values)


def _newest_table(code: str, phase: str, last_year: int, tables: NationalTables | None) -> PercentileTable | None:
    """Return the table of the last year, up to ``last_year``, in which the measure was published."""
    years = (year for year in range(last_year, FIRST_YEAR - 1, -1) if measures()[code].is_published(year))
    newest = next(years, None)
    return table_for(code, phase, newest, tables=tables) if newest else None


def _version(row: TrustReference) -> ReferenceVersionRow:
    return ReferenceVersionRow(version=row, lines=_own_lines_in_words(row.lines), is_standard=not row.lines)


def _own_lines_in_words(lines: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    names = standard_reference().names
    return tuple(
        f"{line['phase'].capitalize()}, {names[line['code']].lower()}: percentile {line['percentile']:g}, "
        f"from the {school_year_label(line['first_year'])} results onwards"
        for line in lines
    )


def reference_table(page: ReferencePage) -> list[list[object]]:
    """Return the lines as a table with column headings, for a file."""
    headings = ["Phase of education", "Line", "Results of", "Provenance", "Level", "In figures", "What it is", "Source"]
    rows: list[list[object]] = [
        [row.phase, row.name, row.years, row.provenance, row.place, "; ".join(row.values), row.says, row.source]
        for row in page.rows
    ]
    return [[*headings, "Reference set"], *([*row, page.reference.version] for row in rows)]
