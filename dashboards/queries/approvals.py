"""What waits for the Board's approval, with what the Board needs beside it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from kpis.catalogue import Area, Indicator
from kpis.models import ScoreLine, Target, TargetProposal
from kpis.queries.catalogue import indicators
from kpis.queries.score_lines import ScoreRow, rows_of
from kpis.queries.targets import in_words, waiting_proposals
from schools.rules.terms import label
from tables.lists import in_order
from trusts.models import Trust

HEADS = [
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
    """One proposed target beside the one that holds, the school's latest figure and the national one."""

    proposal: TargetProposal
    indicator: Indicator
    target: Target | None
    score: ScoreRow | None  # Where the school stands; None before it has said anything of the indicator.

    @property
    def year(self) -> str:
        return label(self.proposal.school_year)

    @property
    def proposed(self) -> str:
        return in_words(self.proposal, self.indicator)

    @property
    def now(self) -> str:
        """Write the target that holds; empty where the Board has set none for that year."""
        return in_words(self.target, self.indicator)

    @property
    def latest(self) -> str:
        """Write the school's latest figure or why there is none to show; empty before it has said anything."""
        return (self.score.value or self.score.status.label) if self.score else ""

    @property
    def national(self) -> str:
        """Write the national figure with what it is a figure of; empty where there is none."""
        if self.score is None or not self.score.national:
            return ""
        return f"National figure {self.score.national}. {self.score.line.national_text}"


@dataclass(frozen=True, kw_only=True)
class ApprovalsWanted:
    """Which waiting targets to show: of an area, of a school (its URN as text), and in which order."""

    area: str = ""
    school: str = ""
    sort: str = ""

    @property
    def query(self) -> dict[str, str]:
        return {"area": self.area, "school": self.school}


SORTS: dict[str, tuple[str, Callable[[ApprovalRow], Any]]] = {
    "indicator": ("Indicator", lambda row: (row.indicator.area.order, row.indicator.code)),
    "school": ("School", lambda row: row.proposal.school.name),
    "year": ("School year", lambda row: row.proposal.school_year),
}


def approval_rows(trust: Trust, *, on: date) -> list[ApprovalRow]:
    """Return every target that waits for the Board. Five queries."""
    known = indicators(on=on)
    waiting = [each for each in waiting_proposals(trust) if each.indicator_id in known]
    schools = {each.school_id: each.school for each in waiting}
    codes = {each.indicator_id for each in waiting}
    held = Target.objects.filter(school__in=schools, indicator__in=codes).order_by("pk")
    targets = {(each.school_id, each.indicator_id, each.school_year): each for each in held}
    lines = list(ScoreLine.objects.filter(school__in=schools, indicator__in=codes).order_by("pk"))
    scores = {(row.school.pk, row.indicator.code): row for row in rows_of(lines, schools, known)}
    return [
        ApprovalRow(
            proposal=each,
            indicator=known[each.indicator_id],
            target=targets.get((each.school_id, each.indicator_id, each.school_year)),
            score=scores.get((each.school_id, each.indicator_id)),
        )
        for each in waiting
    ]


def chosen_approvals(rows: Iterable[ApprovalRow], wanted: ApprovalsWanted) -> list[ApprovalRow]:
    """Keep the waiting targets wanted and sort them, by indicator unless another order is named."""
    kept = [
        row
        for row in rows
        if wanted.area in ("", row.indicator.area.value) and wanted.school in ("", str(row.proposal.school_id))
    ]
    return in_order(kept, SORTS, wanted.sort)


def choices_among(rows: Iterable[ApprovalRow]) -> dict[str, list[tuple[str, str]]]:
    """Return the areas and the schools there are among waiting targets: codes and words."""
    every = list(rows)
    schools = {str(row.proposal.school_id): row.proposal.school.name for row in every}
    return {
        "areas": [(area.value, area.label) for area in Area if any(row.indicator.area is area for row in every)],
        "schools": sorted(schools.items(), key=lambda each: (each[1], each[0])),
    }


def approval_table(rows: Iterable[ApprovalRow]) -> list[list[object]]:
    """Return the rows as a file has them, heads first."""
    return [list(HEADS), *(
        [row.proposal.school.name, row.proposal.school_id, row.indicator.title, row.indicator.code, row.year,
         row.proposed, row.now, row.latest, row.national, row.proposal.reason, row.proposal.proposed_by.name]
        for row in rows
    )]  # fmt: skip
