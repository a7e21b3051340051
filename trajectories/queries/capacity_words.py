"""The sentence above the trust's tables of areas: how many give, how many take, and in which phases they are."""

from collections.abc import Iterable, Sequence

from tables.word_lists import join_in_words
from trajectories.queries.capacity import AreaCapacityCell, CapacityFilter, SchoolAreas

NOTHING_BY_THEN = "nothing had been calculated yet. Sightline keeps answers from the day they are first calculated."


def areas_in_words(rows: Sequence[SchoolAreas], chosen: CapacityFilter, *, by_phase: bool, is_now: bool) -> str:
    """Return the sentence above a table of phases or statuses, now or on an earlier day."""
    if not is_now and not _cells(rows, chosen):
        return NOTHING_BY_THEN
    return phases_in_words(rows, chosen) if by_phase else statuses_in_words(rows, chosen)


def statuses_in_words(rows: Iterable[SchoolAreas], chosen: CapacityFilter) -> str:
    """Return how many of the areas shown give, could give and take, and where nobody gives."""
    cells = _cells(rows, chosen)
    placed = [cell for cell in cells if cell.status != "not placed"]
    if not placed:
        return "None of the areas shown has a status yet. Judge the schools’ units and lines first."
    givers, potential, takers = (
        sum(cell.status == status for cell in placed) for status in ("giver", "potential giver", "taker")
    )
    take = "takes" if takers == 1 else "take"
    counts = f"{givers} can give, {potential} could give and {takers} {take}"
    return f"{_count(placed)} a phase: {counts}. {_without_giver(placed)}".strip()


def phases_in_words(rows: Iterable[SchoolAreas], chosen: CapacityFilter) -> str:
    """Return how many of the areas shown are in each phase."""
    cells = _cells(rows, chosen)
    known = [cell.phase for cell in cells if cell.phase]
    if not known:
        return "None of the areas shown has a phase yet. Judge the schools’ units and lines first."
    phases = ("stabilise", "repair", "improve", "sustain")
    counts = [f"{known.count(phase)} in {phase.capitalize()}" for phase in phases if phase in known]
    missing = len(cells) - len(known)
    return f"{_count(known)} a phase: {join_in_words(counts)}. {missing} not judged yet."


def _count(areas: Sequence[object]) -> str:
    return "1 area has" if len(areas) == 1 else f"{len(areas)} areas have"


def _cells(rows: Iterable[SchoolAreas], chosen: CapacityFilter) -> list[AreaCapacityCell]:
    shown = {area.code for area in chosen.areas}
    return [cell for row in rows for cell in row.cells if cell.row is not None and cell.area.code in shown]


def _without_giver(placed: list[AreaCapacityCell]) -> str:
    taking = {cell.area.name for cell in placed if cell.status == "taker"}
    giving = {cell.area.name for cell in placed if cell.status in ("giver", "potential giver")}
    alone = sorted(taking - giving)
    return f"In {join_in_words(alone)}, at least one school takes and none of the schools shown gives." if alone else ""
