"""The sentence over the trust's tables of areas: how many give, how many take, and in which phases they are."""

from collections.abc import Iterable, Sequence

from kpis.rules.wording import join
from trajectories.queries.capacity import AreaCell, SchoolAreas, Wanted

NOTHING_BY_THEN = "nothing had been worked out yet. Answers are kept from the day they are first worked out."


def in_words(rows: Sequence[SchoolAreas], wanted: Wanted, *, by_phase: bool, is_now: bool) -> str:
    """Return the sentence over a table, of phases or of statuses, as it is now or was at an earlier day."""
    if not is_now and not _cells(rows, wanted):
        return NOTHING_BY_THEN
    return phases_in_words(rows, wanted) if by_phase else statuses_in_words(rows, wanted)


def statuses_in_words(rows: Iterable[SchoolAreas], wanted: Wanted) -> str:
    """Say how many areas of the schools shown give, could give and take, and where nobody gives."""
    cells = _cells(rows, wanted)
    placed = [cell for cell in cells if cell.status != "not placed"]
    if not placed:
        return "No area shown is placed yet: judge the schools’ units and lines first."
    said = [
        f"{sum(cell.status == status for cell in placed)} {words}"
        for status, words in (("giver", "can give"), ("potential giver", "could give"), ("taker", "take"))
    ]
    return f"Of {_count(placed)} with a phase, {join(said)}. {_without_giver(placed)}".strip()


def phases_in_words(rows: Iterable[SchoolAreas], wanted: Wanted) -> str:
    """Say how many areas of the schools shown are in each phase."""
    cells = _cells(rows, wanted)
    known = [cell.phase for cell in cells if cell.phase]
    if not known:
        return "No area shown has a phase yet: judge the schools’ units and lines first."
    phases = ("stabilise", "repair", "improve", "sustain")
    said = [f"{known.count(phase)} in {phase.capitalize()}" for phase in phases if phase in known]
    missing = len(cells) - len(known)
    return f"Of {_count(known)} with a phase, {join(said)}; {missing} not judged."


def _count(areas: Sequence[object]) -> str:
    return "1 area" if len(areas) == 1 else f"{len(areas)} areas"


def _cells(rows: Iterable[SchoolAreas], wanted: Wanted) -> list[AreaCell]:
    shown = {area.code for area in wanted.areas}
    return [cell for row in rows for cell in row.cells if cell.row is not None and cell.area.code in shown]


def _without_giver(placed: list[AreaCell]) -> str:
    taking = {cell.area.name for cell in placed if cell.status == "taker"}
    giving = {cell.area.name for cell in placed if cell.status in ("giver", "potential giver")}
    alone = sorted(taking - giving)
    return f"Some school takes, and none of those shown gives, in {join(alone)}." if alone else ""
