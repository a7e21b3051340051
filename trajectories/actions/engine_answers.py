"""Save the engine's answers as new rows, only when the answer has changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from trajectories.models import EngineAnswer


def add_if_changed(row: EngineAnswer) -> None:
    """Add a new answer. The same answer again adds nothing, so a row's date says since when it applies."""
    add_changed([row], by=())


def add_changed(rows: Sequence[EngineAnswer], *, by: Sequence[str]) -> None:
    """Add those of a school's answers of one kind that differ from the last for the same thing. Two queries.

    ``by`` names the columns, besides the school, that say what an answer is about: a unit or an area, for example.
    """
    if not rows:
        return
    manager = type(rows[0])._default_manager
    about = ("school_id", *by)
    kept = manager.filter(school_id=rows[0].school_id).order_by(*about, "-pk").distinct(*about)
    last = {tuple(getattr(row, name) for name in about): row for row in kept}
    new = [row for row in rows if _differs(last.get(tuple(getattr(row, name) for name in about)), row)]
    if new:
        manager.bulk_create(new)


def _differs(last: EngineAnswer | None, row: EngineAnswer) -> bool:
    same = {"id", "computed_at"}
    fields = [field.attname for field in row._meta.concrete_fields if field.attname not in same]
    return last is None or any(_plain(getattr(last, name)) != _plain(getattr(row, name)) for name in fields)


def _plain(value: Any) -> Any:
    """Turn tuples into lists, as JSON does, so that a stored answer equals a new one."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
