"""The home page of a school's own people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from dashboards.queries.indicators import HeadlineRow, headlines
from dashboards.queries.places import Place, places
from dashboards.queries.school import exceptions
from kpis.models import ReturnDecision
from kpis.queries.score_lines import ScoreRow, line_rows
from kpis.queries.submissions import Submission, submissions_of_school
from kpis.rules.rating import RatingCode
from schools.models import School

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

    @property
    def left(self) -> int:
        """Return how many lines of the current return are still to answer."""
        return self.current.total - self.current.answered if self.current else 0

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Return how many lines have each rating: its code, its words, the number; those with none left out."""
        found = [row.line.rating for row in self.lines]
        return [(each.value, each.label, found.count(each.value)) for each in RatingCode if each.value in found]


def school_home_page(
    school: School, *, on: date, inside: Collection[int], with_returns: bool, with_headlines: bool
) -> SchoolHomePage:
    """Return the home page of one school, in scope alone. At most twelve queries."""
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
    )


def _sent_back(school: School, current: Submission) -> ReturnDecision | None:
    steps = ReturnDecision.objects.filter(
        school=school, termly_return__term=current.term, step=ReturnDecision.Step.SENT_BACK
    )
    return steps.select_related("decided_by").order_by("-decided_at", "-pk").first()
