"""Keep what the engine answers: a new row beside the old ones, and only when the answer changed."""

from collections.abc import Mapping
from typing import Any

from trajectories.models import Derived


def add_if_changed(row: Derived) -> None:
    """Keep a new answer beside the old ones; the same answer again adds nothing, so a row's date is since when."""
    manager = type(row)._default_manager
    last = manager.filter(school_id=row.school_id).order_by("-pk").first()
    same = {"id", "computed_at"}
    fields = [field.attname for field in row._meta.concrete_fields if field.attname not in same]
    if last is None or any(_plain(getattr(last, name)) != _plain(getattr(row, name)) for name in fields):
        manager.bulk_create([row])


def _plain(value: Any) -> Any:
    """Make tuples lists, as JSON does, so that a stored answer equals a new one."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
