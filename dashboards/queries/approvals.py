"""Read the targets that the Board has to decide on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from kpis.catalogue import Area, Indicator
from kpis.models import ScoreLine, Target, TargetProposal
from kpis.queries.catalogue import trust_indicators
from kpis.queries.score_lines import ScoreRow, score_rows_of
from kpis.queries.targets import target_in_words, waiting_proposals
from kpis.rules.privacy import FigureReader
from schools.rules.terms import school_year_label
from tables.lists import in_order
from trusts.models import Trust

APPROVAL_HEADINGS = [
    "School",
    "URN",
    "Indicator",
    "Code",
    "School year",
    "Proposed",
    "Now",
    "Latest figure",
    "National figure",
    "Why",
    "By",
]


@dataclass(frozen=True, kw_only=True)
class ApprovalRow:
    """One proposed target with the current target, the school's latest figure and the national figure."""

    proposal: TargetProposal
    indicator: Indicator
    target: Target | None
    score: ScoreRow | None  # The school's current figure; None if it has never reported the indicator.

    @property
    def year(self) -> str:
        return school_year_label(self.proposal.school_year)

    @property
    def proposed(self) -> str:
        return target_in_words(self.proposal, self.indicator)

    @property
    def now(self) -> str:
        """Return the current target in words; empty if the Board has set none for that year."""
        return target_in_words(self.target, self.indicator)

    @property
    def latest(self) -> str:
        """Return the school's latest figure, or why it is missing; empty if the school has never reported one."""
        return (self.score.value or self.score.status.label) if self.score else ""

    @property
    def national(self) -> str:
        """Return the national figure with its source; empty if there is no figure."""
        if self.score is None or not self.score.national:
            return ""
        return f"National figure {self.score.national}. {self.score.line.national_text}"


@dataclass(frozen=True, kw_only=True)
class ApprovalFilter:
    """The filters and the order of the list of proposed targets. ``school`` is a URN as text."""

    area: str = ""
    school: str = ""
    sort: str = ""

    @property
    def query(self) -> dict[str, str]:
        return {"area": self.area, "school": self.school}


APPROVAL_SORTS: dict[str, tuple[str, Callable[[ApprovalRow], Any]]] = {
    "indicator": ("Indicator", lambda row: (row.indicator.area.order, row.indicator.code)),
    "school": ("School", lambda row: row.proposal.school.name),
    "year": ("School year", lambda row: row.proposal.school_year),
}


def approval_rows(trust: Trust, *, on: date, reader: FigureReader) -> list[ApprovalRow]:
    """Return every target that the Board has to decide on. Five queries."""
    known = trust_indicators(on=on)
    waiting = [proposal for proposal in waiting_proposals(trust) if proposal.indicator_id in known]
    schools = {proposal.school_id: proposal.school for proposal in waiting}
    codes = {proposal.indicator_id for proposal in waiting}
    held = Target.objects.filter(school__in=schools, indicator__in=codes).order_by("pk")
    targets = {(target.school_id, target.indicator_id, target.school_year): target for target in held}
    lines = list(ScoreLine.objects.filter(school__in=schools, indicator__in=codes).order_by("pk"))
    scores = {(row.school.pk, row.indicator.code): row for row in score_rows_of(lines, schools, known, reader)}
    return [
        ApprovalRow(
            proposal=proposal,
            indicator=known[proposal.indicator_id],
            target=targets.get((proposal.school_id, proposal.indicator_id, proposal.school_year)),
            score=scores.get((proposal.school_id, proposal.indicator_id)),
        )
        for proposal in waiting
    ]


def filtered_approvals(rows: Iterable[ApprovalRow], chosen: ApprovalFilter) -> list[ApprovalRow]:
    """Filter and sort the proposed targets, by default by indicator."""
    kept = [
        row
        for row in rows
        if chosen.area in ("", row.indicator.area.value) and chosen.school in ("", str(row.proposal.school_id))
    ]
    return in_order(kept, APPROVAL_SORTS, chosen.sort)


def approval_filter_choices(rows: Iterable[ApprovalRow]) -> dict[str, list[tuple[str, str]]]:
    """Return the areas and the schools that have proposed targets, as values and labels."""
    all_rows = list(rows)
    schools = {str(row.proposal.school_id): row.proposal.school.name for row in all_rows}
    return {
        "areas": [(area.value, area.label) for area in Area if any(row.indicator.area is area for row in all_rows)],
        "schools": sorted(schools.items(), key=lambda choice: (choice[1], choice[0])),
    }


def approval_table(rows: Iterable[ApprovalRow]) -> list[list[object]]:
    """Return the rows as a table with column headings, for a file."""
    return [list(APPROVAL_HEADINGS), *(
        [row.proposal.school.name, row.proposal.school_id, row.indicator.title, row.indicator.code, row.year,
         row.proposed, row.now, row.latest, row.national, row.proposal.reason, row.proposal.proposed_by.name]
        for row in rows
    )]  # fmt: skip
