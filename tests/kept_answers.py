"""Answers that are kept in files, so that a test notices when any number or word of them changes.

The files next to the tests say what the rules answered on invented input. Where a change is meant, write them again
with `KEEP_ANSWERS=1 make quick T=tests/trajectories/test_rules_kept.py` and read the difference before you commit it.
"""

import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

LINE = 118
DIGITS = 6  # What is kept of a number; sums may differ a little from one processor to another.


def hold(path: Path, made: Any) -> None:
    """Compare answers with those in a file, and name the first few that differ; write the file where that is asked."""
    now = plain(made)
    if os.environ.get("KEEP_ANSWERS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(_laid_out(now) + "\n", encoding="utf-8")
    kept = dict(_leaves(json.loads(path.read_text(encoding="utf-8"))))
    answered = dict(_leaves(now))
    differences = [
        f"{place}: kept {kept.get(place, 'nothing')!r}, now {answered.get(place, 'nothing')!r}"
        for place in {**kept, **answered}
        if place not in kept or place not in answered or not _same(kept[place], answered[place])
    ]
    assert not differences, f"{len(differences)} answers differ:\n" + "\n".join(differences[:5])


def plain(made: Any) -> Any:
    """Return an answer as lists, mappings, texts and numbers of six digits, which a file can have."""
    if is_dataclass(made) and not isinstance(made, type):
        made = asdict(made)
    if isinstance(made, pd.DataFrame):
        made = {"columns": list(made.columns), "rows": made.to_numpy().tolist()}
    if isinstance(made, np.ndarray | np.generic):
        made = made.tolist()
    if isinstance(made, Mapping):
        return {str(_scalar(key)): plain(value) for key, value in made.items()}
    if isinstance(made, set | frozenset):
        return sorted((plain(item) for item in made), key=str)
    return [plain(item) for item in made] if isinstance(made, list | tuple) else _scalar(made)


def _scalar(made: Any) -> Any:
    if isinstance(made, Enum):
        made = made.value
    if isinstance(made, bool | int | str) or made is None:
        return made
    if isinstance(made, float):
        return None if math.isnan(made) else float(f"{made:.{DIGITS}g}")
    if isinstance(made, Decimal | date | time):
        return str(made)
    raise TypeError(f"{type(made).__name__} cannot be kept")


def _laid_out(made: Any, indent: str = "") -> str:
    """Write an answer as JSON with one line for what fits on it, so that a difference can be read."""
    line = json.dumps(made, ensure_ascii=False)
    if len(line) + len(indent) <= LINE or not made or not isinstance(made, dict | list):
        return line
    inner = f"{indent} "
    if isinstance(made, dict):
        rows = [
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {_laid_out(value, inner)}" for key, value in made.items()
        ]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + _laid_out(item, inner) for item in made) + f"\n{indent}]"


def _leaves(made: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(made, dict):
        for key, value in made.items():
            yield from _leaves(value, f"{place}.{key}" if place else key)
    elif isinstance(made, list):
        yield f"{place} (how many)", len(made)
        for at, value in enumerate(made):
            yield from _leaves(value, f"{place}[{at}]")
    else:
        yield place, made


def _same(kept: Any, now: Any) -> bool:
    if isinstance(kept, float) and isinstance(now, float | int) and not isinstance(now, bool):
        return math.isclose(kept, now, rel_tol=1e-4, abs_tol=1e-6)
    return type(kept) is type(now) and kept == now
