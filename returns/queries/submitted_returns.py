"""Read what a return said each time it was submitted, and what changed between submissions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.utils import timezone

from kpis.rules.explanations import Explanation
from returns.models import LineChange, Return, ReturnDecision
from returns.queries.return_page import ReturnPage

SUBMITTED_HEADINGS = [
    "Area", "Line", "Code", "Submitted", "Made from", "Comment", "What, why and what next", "Queried", "Saved by",
    "Saved", "Signed off by",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SubmittedLine:
    """A line as it was submitted, with the texts and the definition of that time."""

    code: str
    area: str
    title: str
    definition: str
    answer: str
    parts: str
    comment: str
    what: str  # The explanation; empty in snapshots from before it was asked for.
    why: str
    what_next: str
    queries: tuple[str, ...]  # The queries that a comment had answered.
    state: str  # “submitted” for lines submitted now, otherwise their state.
    saved_by: str
    saved_at: str  # In ISO format; empty if nobody saved it.
    signed_off_by: str

    @property
    def explanation(self) -> Explanation:
        return Explanation(what=self.what, why=self.why, what_next=self.what_next)

    @property
    def saved(self) -> datetime | None:
        return datetime.fromisoformat(self.saved_at) if self.saved_at else None


@dataclass(frozen=True, kw_only=True)
class SubmittedReturn:
    """A submission of a return."""

    number: int
    step: ReturnDecision
    lines: tuple[SubmittedLine, ...]

    @property
    def areas(self) -> list[tuple[str, list[SubmittedLine]]]:
        names = dict.fromkeys(line.area for line in self.lines)
        return [(name, [line for line in self.lines if line.area == name]) for name in names]


@dataclass(frozen=True, kw_only=True)
class SubmittedDifference:
    """A line that differs between two versions; None for a version without the line."""

    before: SubmittedLine | None
    after: SubmittedLine | None

    @property
    def line(self) -> SubmittedLine | None:
        return self.after or self.before


def snapshot_of(page: ReturnPage) -> list[dict[str, object]]:
    """Return every line of a return as plain data, to keep with the submission."""
    lines = (
        SubmittedLine(
            code=row.code,
            area=row.indicator.area.label,
            title=row.indicator.title,
            definition=row.indicator.definition,
            answer=row.answer,
            parts=row.parts,
            **row.stored.words,
            queries=row.answered_queries,
            state="submitted" if row.line.is_open else row.line.state,
            saved_by=row.line.saved_by.name if row.line.saved_by else "",
            saved_at=row.line.saved_at.isoformat() if row.line.saved_at else "",
            signed_off_by=row.signed_off.decided_by.name if row.signed_off else "",
        )
        for row in page.rows
    )
    return [asdict(line) | {"queries": list(line.queries)} for line in lines]


def submitted_returns(termly_return: Return) -> list[SubmittedReturn]:
    """Return the submissions of a return that have a snapshot, oldest first. One query."""
    steps = ReturnDecision.objects.filter(termly_return=termly_return, step=ReturnDecision.Step.SUBMITTED)
    found = steps.select_related("decided_by").order_by("decided_at", "pk")
    return [
        SubmittedReturn(number=number, step=step, lines=tuple(_line(line) for line in step.snapshot))
        for number, step in enumerate(found, start=1)
        if step.snapshot is not None
    ]


def submitted_differences(before: SubmittedReturn, after: SubmittedReturn) -> list[SubmittedDifference]:
    """Return the lines that differ between ``before`` and ``after``, in the order of the return."""
    earlier, later = ({line.code: line for line in submission.lines} for submission in (before, after))
    codes = [*later, *(code for code in earlier if code not in later)]
    found = (SubmittedDifference(before=earlier.get(code), after=later.get(code)) for code in codes)
    return [difference for difference in found if _says(difference.before) != _says(difference.after)]


def submitted_table(version: SubmittedReturn) -> list[list[object]]:
    """Return what was submitted as a table with column headings, for a file."""
    return [list(SUBMITTED_HEADINGS), *(_submitted(line) for line in version.lines)]


def differences_table(changed: Sequence[SubmittedDifference]) -> list[list[object]]:
    """Return the differences as a table with column headings, for a file."""
    headings: list[object] = ["Line", "Code"]
    for when in ("before", "after"):
        headings += [f"Figure {when}", f"Comment {when}", f"What, why and what next {when}"]
    return [headings, *(_cells(difference) for difference in changed)]


def _submitted(line: SubmittedLine) -> list[object]:
    saved = timezone.localtime(line.saved).strftime("%Y-%m-%d %H:%M") if line.saved else None
    texts = [line.comment, line.explanation.in_words, "; ".join(line.queries)]
    return [line.area, line.title, line.code, line.answer, line.parts, *texts, line.saved_by, saved, line.signed_off_by]


def _cells(difference: SubmittedDifference) -> list[object]:
    line = difference.line
    texts = [part for one in (difference.before, difference.after) for part in (_words(one) if one else ("", "", ""))]
    return [line.title if line else "", line.code if line else "", *texts]


def _words(line: SubmittedLine) -> tuple[str, str, str]:
    return line.answer, line.comment, line.explanation.in_words


def _says(line: SubmittedLine | None) -> Sequence[str] | None:
    return None if line is None else (line.parts, *_words(line))


def _line(stored: Mapping[str, object]) -> SubmittedLine:
    # Older snapshots do not have every field, so a missing field is empty.
    known: dict[str, object] = {name: stored.get(name, "") for name in SubmittedLine.__dataclass_fields__}
    return SubmittedLine(**known | {"queries": tuple(stored.get("queries", ()))})  # type: ignore[arg-type]  # as stored


def people_who_filled_in(termly_return: Return) -> set[int]:
    """Return who last submitted a return and who filled in any of its lines. One query.

    A withdrawn correction restores accepted figures. Whoever withdraws it has filled in nothing.
    """
    restored = LineChange.Source.ACCEPTED
    saves = LineChange.objects.filter(line__termly_return=termly_return).exclude(source=restored)
    people = set(saves.values_list("changed_by_id", flat=True).distinct())
    return people | {termly_return.submitted_by_id} if termly_return.submitted_by_id else people
