"""The home page of a school's own people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from dashboards.queries.indicators import HeadlineRow, headlines
from dashboards.queries.places import Place, places
from dashboards.queries.school import exceptions
from kpis.models import Return, ReturnDecision
from kpis.queries.returns import return_page
from kpis.queries.score_lines import ScoreRow, line_rows
from kpis.queries.submissions import Submission, submissions_of_school
from kpis.rules.rating import RatingCode
from schools.models import School

OPEN = (Return.State.IN_PROGRESS, Return.State.SENT_BACK, Return.State.CORRECTING)
SHOWN = 6  # Lines named on the page; the school's page has them all.


@dataclass(frozen=True, kw_only=True)
class SchoolHomePage:
    """All that the home page of a school's own people shows. Parts they may not open are empty."""

    place: Place
    lines: list[ScoreRow]
    needs_attention: list[ScoreRow]
    current: Submission | None
    earlier: list[Submission]
    sent_back: ReturnDecision | None  # The latest reason, while the current return waits for the school.
    headlines: list[HeadlineRow]
    left: int  # Lines the current return cannot be submitted with: the same number as on its own page.

    @property
    def done(self) -> int:
        return self.current.total - self.left if self.current else 0

    @property
    def to_explain(self) -> int:
        """How many of the lines left have an answer already that is odd or impossible."""
        if self.current is None or self.current.state != Return.State.IN_PROGRESS:
            return 0
        return max(self.left - (self.current.total - self.current.answered), 0)

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Return how many lines have each rating: its code, its words, the number; those with none left out."""
        found = [row.line.rating for row in self.lines]
        return [(each.value, each.label, found.count(each.value)) for each in RatingCode if each.value in found]


def school_home_page(
    school: School, *, on: date, inside: Collection[int], with_returns: bool, with_headlines: bool
) -> SchoolHomePage:
    """Return the home page of one school, in scope alone.

    At most twenty-three queries, nine of them of an open return.
    """
    lines = line_rows([school], inside=inside)
    returns = submissions_of_school(school, on=on) if with_returns else []
    rows = headlines([school]) if with_headlines else {}
    return SchoolHomePage(
        place=places([school])[0],
        lines=lines,
        needs_attention=exceptions(lines)[:SHOWN],
        current=returns[0] if returns else None,
        earlier=returns[1:4],
        sent_back=_sent_back(school, returns[0]) if returns and returns[0].state == "sent_back" else None,
        headlines=[row for area in rows.values() for row in area][:SHOWN],
        left=_left(school, returns[0]) if returns else 0,
    )


def _left(school: School, current: Submission) -> int:
    """Return how many lines keep an open return from being submitted: unanswered, faulty or odd without a comment."""
    page = return_page(school, current.term) if current.state in OPEN else None
    return page.left if page else 0


def _sent_back(school: School, current: Submission) -> ReturnDecision | None:
    steps = ReturnDecision.objects.filter(
        school=school, termly_return__term=current.term, step=ReturnDecision.Step.SENT_BACK
    )
    return steps.select_related("decided_by").order_by("-decided_at", "-pk").first()
