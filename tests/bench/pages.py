"""Measure pages, as ratios to the smallest signed-in view."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import fmean

from tests.bench.processor import reading, spent_ms
from tests.bench.results import Measurement, Section, slowest, typical
from tests.bench.stacks import HIGH, ONCE, TRUST, WholeStack
from tests.bench.visitor import Visitor

WARM_UP = (
    8  # Requests of each page before the first that counts, so that both server processes have filled their caches.
)
BOARD, ED = "board@storybook.example", "ed@storybook.example"
HEAD, GOVERNOR = "head@storybook.example", "governor@storybook.example"

# The trust's front page. For a person with one role it only checks access: session, user, memberships, scope, then a
# redirect to the role's home page. It reads no row of the trust and renders no template.
BARE = f"/trusts/{TRUST}/"
# A page of text only, to measure the header that every page has.
WORDS = "/accessibility/"

DRAFT = """
SELECT max(panel.id) FROM meetings_panel panel
WHERE panel.trust_id = %s AND NOT EXISTS (SELECT 1 FROM meetings_panelreport report WHERE report.panel_id = panel.id)"""


@dataclass(frozen=True)
class Page:
    what: str
    who: str
    path: str
    status: int = 200


@dataclass
class Timed:
    """The times of one page, in ms, with those of the bare view that the same person requested just before."""

    page: Page
    ms: list[float] = field(default_factory=list)
    bare_ms: list[float] = field(default_factory=list)
    work_ms: list[float] = field(default_factory=list)  # Processor time of the page, in web and database together.

    @property
    def ratio(self) -> float:
        return typical(self.ms) / typical(self.bare_ms)


def pages_of(stack: WholeStack) -> list[Page]:
    """Return the pages to request."""
    term = stack.one("SELECT term_id FROM returns_return WHERE school_id = %s ORDER BY term_id DESC LIMIT 1", ONCE)
    of_trust, of_high, of_once = (
        f"/trusts/{TRUST}",
        f"/trusts/{TRUST}/schools/{HIGH}",
        f"/trusts/{TRUST}/schools/{ONCE}",
    )
    return [
        Page("Home of a Board member", BOARD, f"{of_trust}/board/"),
        Page("Home of the Executive Director", ED, f"{of_trust}/desk/"),
        Page("Home of a headteacher", HEAD, f"{of_once}/home/"),
        Page("Home of a local governor", GOVERNOR, f"{of_high}/home/"),
        Page("A school, as the Board sees it", BOARD, f"{of_high}/"),
        Page("A school's improvement phase", BOARD, f"{of_high}/phase/"),
        Page("A return in progress", HEAD, f"{of_once}/returns/{term}/"),
        Page("All returns of the term", ED, f"{of_trust}/returns/"),
        Page("A Panel report, in draft", ED, f"{of_trust}/panels/{_draft_panel(stack)}/"),
        Page("A page of text only", BOARD, WORDS),
    ]


def _draft_panel(stack: WholeStack) -> int:
    """Return a Panel without a report, and plan it if necessary."""
    if stack.rows(DRAFT, TRUST)[0][0] is None:
        ed, path = Visitor(stack.address, ED), f"/trusts/{TRUST}/panels/plan/"
        today = date.today().isoformat()
        answer = ed.post(path, ed.get(path), title="Trust Executive Panel", held_date=today, half_term=6)
        assert answer.status == 302, f"a Panel could not be planned: {answer.status}"
    return stack.one(DRAFT, TRUST)


def time_pages(stacks: Sequence[WholeStack], rounds: int) -> list[dict[str, Timed]]:
    """Request every page from every stack, in turns, ``rounds`` times. Return each stack's times by page.

    In turns, because then other work on the machine slows all stacks equally, and no stack is always first. Before each
    page, the bare view is requested.
    """
    visitors = [{email: Visitor(stack.address, email) for email in (BOARD, ED, HEAD, GOVERNOR)} for stack in stacks]
    found = [{page.what: Timed(page) for page in pages_of(stack)} for stack in stacks]
    for number, name in itertools.product(range(-WARM_UP, rounds), found[0]):
        turns = list(zip(stacks, visitors, found, strict=True))
        for stack, people, times in turns[:: 1 if number % 2 else -1]:
            _time_once(stack, people[times[name].page.who], times[name], counts=number >= 0)
    return found


def _time_once(stack: WholeStack, visitor: Visitor, timed: Timed, *, counts: bool) -> None:
    page = timed.page
    bare = visitor.get(BARE)
    before = reading(stack)
    answer = visitor.get(page.path)
    work = spent_ms(before, reading(stack))
    assert bare.status == 302, f"{BARE} as {page.who}: {bare.status}"
    assert answer.status == page.status, f"{page.path} as {page.who}: {answer.status}"
    if counts:
        timed.ms.append(answer.ms)
        timed.bare_ms.append(bare.ms)
        timed.work_ms.append(work)


def pages_section(times: Mapping[str, Timed]) -> Section:
    bare = [ms for timed in times.values() for ms in timed.bare_ms]
    lines = [Measurement(what="The bare view", value=1.0, unit="times", note=_note(bare))]
    lines += [
        Measurement(what=name, value=timed.ratio, unit="times", note=_note(timed.ms)) for name, timed in times.items()
    ]
    remarks = [
        "times the bare view, a trust's front page, which checks access and redirects without a template or figures",
        f"{len(next(iter(times.values())).ms)} requests of each page, one at a time, each after one of the bare view",
    ]
    return Section(title="Pages of the demonstration trust", lines=lines, remarks=remarks)


def growth_section(few: Mapping[str, Timed], many: Mapping[str, Timed], trusts: int, seeded: str) -> Section:
    """Compare the same pages, requested in turns, in a database with one other trust and in one with many."""
    lines = []
    for name, before in few.items():
        after = many[name]
        note = f"{fmean(before.work_ms):,.1f} ms, {fmean(after.work_ms):,.1f} ms; "
        note += f"by the clock {typical(before.ms):,.1f} ms, {typical(after.ms):,.1f} ms"
        ratio = fmean(after.work_ms) / fmean(before.work_ms)
        lines.append(Measurement(what=name, value=ratio, unit="times", goal=1.25, note=note))
    whole = sum(sum(timed.work_ms) for timed in many.values()) / sum(sum(timed.work_ms) for timed in few.values())
    lines.append(Measurement(what="All pages together", value=whole, unit="times", goal=1.1))
    remarks = [
        seeded,
        "mean processor time of web server and database, which other work on the machine affects least",
        "the two databases were asked in turns",
    ]
    return Section(title=f"The same pages with {trusts:,} other trusts, compared with 1", lines=lines, remarks=remarks)


def _note(ms: Sequence[float]) -> str:
    return f"{typical(ms):,.1f} ms, slowest of twenty {slowest(ms):,.1f} ms"
