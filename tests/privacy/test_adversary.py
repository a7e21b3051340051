"""Test that nobody can calculate a small number that is hidden from them.

A reader for each role that may not see another school's small numbers reads everything it can get, before and after
each correction. What it reads becomes facts about whole numbers. No hidden number may then have fewer than three
possible values.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from django.test import Client

from tests.factories import MembershipFactory, UserFactory
from tests.privacy.facts import READINGS, Notes
from tests.privacy.figures import COUNT, DUTIES, Cell, Readership, Unknown, numbers_of
from tests.privacy.reader import Arguments, read_everything
from tests.privacy.solver import Fact, Solver
from tests.privacy.verdict import Verdict, hidden_figures, judge
from tests.privacy.world import CORRECTIONS, World
from trajectories.rules.rubric import standard_rubric
from trusts.models import SCHOOL_ROLES, Role, Trust

OWN_SCHOOL = "Elm"  # The school of readers with a school role.
# Who reads the Panel's papers sees duties as the Board does, there and on every other page.
READS_PAPERS = (Role.BOARD_MEMBER, Role.IMPROVEMENT_PARTNER, Role.GOVERNANCE_PROFESSIONAL)
READERS = (*READS_PAPERS, Role.TRUST_ADMINISTRATOR, *SCHOOL_ROLES)
AS_THE_BOARD = (Role.LOCAL_GOVERNOR, Role.EXTERNAL_REVIEWER)  # What they see of their own school.


@dataclass
class Reader:
    """One person with one role, and what they have noted."""

    role: Role
    client: Client
    notes: Notes
    own: int | None = None  # The URN of the school of a school role.
    documents: int = 0

    def audience_of(self, cell: Cell) -> Readership:
        if cell.urn == self.own:
            return Readership.BOARD if self.role in AS_THE_BOARD else Readership.INSIDE
        return Readership.BOARD if self.role in READS_PAPERS else Readership.OUTSIDE


def facts_of_the_core(query: Mapping[str, str]) -> bool:
    """Keep the queries that give new facts: files, and the filters by rating and status."""
    return bool({"format", "rating", "status", "offset"} & set(query))


def signed_in(world: World, role: Role) -> Reader:
    own = world.schools[OWN_SCHOOL].pk if role in SCHOOL_ROLES else None
    user, client = UserFactory(), Client()
    with world.scope():
        MembershipFactory(user=user, trust=world.trust, role=role, school_id=own)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return Reader(role, client, notes_on(world), own)


def notes_on(world: World) -> Notes:
    return Notes(world.truth, {school.name: school.pk for school in world.schools.values()}, world.panels)


def arguments_of(world: World, reader: Reader) -> Arguments:
    """Return all arguments of URLs.

    There are no returns, because only the school and the centre may read them. The reports of earlier Panels were read
    when they were new, and never change. Figures that nobody hides are not read one by one.
    """
    hidden = {figure.cell for figure in hidden_figures(world.truth, reader.audience_of)}
    return Arguments(
        world.trust.pk,
        {
            "school_id": [reader.own] if reader.own else [school.pk for school in world.schools.values()],
            "code": world.codes,
            "school_year": sorted({term.school_year for term in world.terms}),
            "panel_id": list(world.panels)[-1:],
            "line": [line.code for line in standard_rubric().lines],
            "extension": ["csv", "xlsx"],
            **(world.ids_of(hidden) if world.is_last else {}),
        },
    )


def read_as_everyone(world: World, is_followed: Callable[[Mapping[str, str]], bool]) -> list[Reader]:
    """Let a reader of each role read everything at each moment. Only at the last do they follow queries."""
    readers: list[Reader] = []
    for moment in world.moments():
        readers = readers or [signed_in(world, role) for role in READERS]
        follow = is_followed if world.is_last else lambda query: False
        for reader in readers:
            for document in read_everything(
                reader.client, reader.role, arguments_of(world, reader), moment=moment, is_followed=follow
            ):
                reader.documents += 1
                reader.notes.read(document)
    return readers


def verdict_on(reader: Reader) -> Verdict:
    name = f"{reader.role.label} of {OWN_SCHOOL}" if reader.own else str(reader.role.label)
    return judge(name, reader.notes, reader.audience_of)


def false_facts(notes: Notes, world: World) -> list[Fact]:
    """Return facts that are not true: the reader has misunderstood a document, or the document is wrong."""
    true: dict[Unknown, int] = {}
    for cell, version in world.truth:
        true |= numbers_of(cell, version, world.truth)
    return [fact for fact in notes.conclude() if fact.unknowns <= true.keys() and not fact.is_true(true)]


def unseen(reader: Reader, world: World) -> list[Unknown]:
    """Return the counts that are not hidden from a reader of this role, and that it could not calculate.

    They are all counts of its own school, and for the Board and others who see duties as the Board does, all of duties.
    The governance professional has no page of figures but the Panel's papers, which do not name every count.
    """
    if reader.role == Role.GOVERNANCE_PROFESSIONAL:
        return []
    solver = Solver(reader.notes.conclude())
    seen = {Readership.INSIDE: {cell.code for cell in world.cells}, Readership.BOARD: DUTIES, Readership.OUTSIDE: set()}
    own = {
        Unknown(cell, version, COUNT): figure.count
        for (cell, version), figure in world.truth.items()
        if figure is not None and cell.code in seen[reader.audience_of(cell)]
    }
    return [name for name, count in own.items() if solver.values(name, most=2) != [count]]


def check_sight(readers: list[Reader], world: World) -> None:
    """Check that the readers understand what they read: a blind reader finds nothing."""
    for reader in readers:
        assert false_facts(reader.notes, world) == [], f"{reader.role} misunderstood a document"
        assert reader.notes.unread == [], f"{reader.role} could not understand these totals"
        assert unseen(reader, world) == [], f"{reader.role} could not calculate these counts, which are not hidden"
    understood = {reading for reader in readers for reading in reader.notes.understood}
    assert READINGS - understood == set(), "no reader found these in any document"


def check(readers: list[Reader], world: World, verdicts: list[Verdict]) -> None:
    names = {school.pk: school.name for school in world.schools.values()}
    verdicts += [verdict_on(reader) for reader in readers]
    check_sight(readers, world)
    leaks = [f"{verdict.reader}: {leak.in_words(names)}" for verdict in verdicts for leak in verdict.leaks]
    assert leaks == [], "\n".join(["These hidden numbers can be calculated:", *leaks])
    assert [verdict.reader for verdict in verdicts if verdict.told_apart] == []


def test_no_role_can_calculate_a_hidden_number(trust: Trust, verdicts: list[Verdict]) -> None:
    world = World(trust, CORRECTIONS[:1])

    check(read_as_everyone(world, facts_of_the_core), world, verdicts)


@pytest.mark.full
def test_no_role_can_calculate_a_hidden_number_with_any_filter_or_order(trust: Trust, verdicts: list[Verdict]) -> None:
    world = World(trust, CORRECTIONS)

    check(read_as_everyone(world, lambda query: True), world, verdicts)
