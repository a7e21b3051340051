"""Read the home page of people with a role in a school."""

from dataclasses import dataclass
from datetime import date

from dashboards.queries.headlines import HeadlineRow, headline_rows
from dashboards.queries.school import lines_off_target
from dashboards.queries.school_positions import SchoolPosition, school_positions
from kpis.queries.catalogue import trust_indicators
from kpis.queries.score_lines import ScoreRow, score_rows
from kpis.queries.small_numbers import reader_of
from kpis.rules.rating import RatingCode
from returns.models import Return, ReturnDecision
from returns.queries.return_list import ReturnRow, returns_of_school
from returns.queries.return_page import ReturnPage, page_as_seen
from returns.queries.return_reading import return_page
from schools.models import School
from trusts.models import User
from trusts.permissions import Access, Permission

OPEN = (Return.State.IN_PROGRESS, Return.State.SENT_BACK, Return.State.CORRECTING)
SHOWN = 6  # Lines on the page; the school's page has them all.


@dataclass(frozen=True, kw_only=True)
class SchoolHomePage:
    """The content of a school's home page. Parts that the person may not see are empty."""

    place: SchoolPosition
    lines: list[ScoreRow]
    needs_attention: list[ScoreRow]
    current: ReturnRow | None
    earlier: list[ReturnRow]
    sent_back: ReturnDecision | None  # The latest decision, while the school has to change its return.
    headlines: list[HeadlineRow]
    filling: ReturnPage | None  # The current return while it is open, as this person sees it.

    @property
    def none_theirs(self) -> bool:
        """Return whether the return is open but none of its lines are this person's."""
        return self.filling is not None and bool(self.filling.rows) and self.filling.total == 0

    @property
    def to_explain(self) -> int:
        """Return how many of the unfinished lines already have an answer, which is unusual or impossible."""
        if self.filling is None or self.filling.termly_return.state != Return.State.IN_PROGRESS:
            return 0
        return sum(not row.stored.says_nothing for row in self.filling.unfinished)

    @property
    def compared(self) -> list[tuple[HeadlineRow, ScoreRow | None]]:
        """Return each headline with the school's own line: it may show a figure that other schools may not see."""
        own = {row.indicator.code: row for row in self.lines if row.line.value is not None}
        return [(row, own.get(row.indicator.code)) for row in self.headlines]

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Return code, label and number of lines for each rating that any line has."""
        found = [row.line.rating for row in self.lines]
        return [(code.value, code.label, found.count(code.value)) for code in RatingCode if code.value in found]


def school_home_page(school: School, *, on: date, access: Access, user: User) -> SchoolHomePage:
    """Return the home page of the one school in scope, as this person may see it.

    At most twenty-three queries, nine of them for an open return.
    """
    known = trust_indicators(on=on)
    lines = score_rows([school], known, reader_of(access))
    returns = returns_of_school(school, on=on) if access.can(Permission.VIEW_RETURNS, school.pk) else []
    rows = headline_rows([school], known) if access.can(Permission.VIEW_HEADLINES) else {}
    page = return_page(school, returns[0].term) if returns and returns[0].state in OPEN else None
    return SchoolHomePage(
        place=school_positions([school])[0],
        lines=lines,
        needs_attention=lines_off_target(lines)[:SHOWN],
        current=returns[0] if returns else None,
        earlier=returns[1:4],
        sent_back=_sent_back(school, returns[0]) if returns and returns[0].state == "sent_back" else None,
        headlines=[row for area in rows.values() for row in area][:SHOWN],
        filling=page_as_seen(page, access, user) if page else None,
    )


def _sent_back(school: School, current: ReturnRow) -> ReturnDecision | None:
    steps = ReturnDecision.objects.filter(
        school=school, termly_return__term=current.term, step=ReturnDecision.Step.SENT_BACK
    )
    return steps.select_related("decided_by").order_by("-decided_at", "-pk").first()
