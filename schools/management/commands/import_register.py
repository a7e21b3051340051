from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from schools.actions import register as actions
from schools.gias import RegisterFile, read_group_links, read_groups, read_links, read_spine, recognise_register
from schools.management.import_command import FileCommand, ImportedFileLine
from tables.faults import FileRefused

Reader = Callable[[Path], pd.DataFrame]
Writer = Callable[[pd.DataFrame], actions.RegisterResult]
# In the order in which the files depend on each other.
STEPS: dict[str, tuple[Reader, Writer]] = {
    "groups": (read_groups, lambda frame: actions.register_trusts(groups=frame)),
    "spine": (read_spine, lambda frame: actions.register_schools(spine=frame)),
    "group_links": (read_group_links, lambda frame: actions.register_academies(academies=frame)),
    "links": (read_links, lambda frame: actions.register_links(links=frame)),
}


class Command(FileCommand):
    help = (
        "Import the schools register's files: all groups, academies in trusts, links between schools, and the "
        "Department's spine of schools. Each file is recognised by its columns and imported whole or not at all."
    )

    def in_order(self, files: Sequence[Path]) -> Sequence[Path]:
        return sorted(files, key=_place)

    def read(self, path: Path, **options: Any) -> tuple[RegisterFile, pd.DataFrame]:
        register = recognise_register(path)
        return register, STEPS[register.code][0](path)

    def write(self, path: Path, content: tuple[RegisterFile, pd.DataFrame], **options: Any) -> ImportedFileLine:
        register, frame = content
        return ImportedFileLine.of(STEPS[register.code][1](frame), file=path.name, what=register.title)


def _place(path: Path) -> int:
    try:
        return list(STEPS).index(recognise_register(path).code)
    except (FileRefused, OSError):
        return len(STEPS)  # Reading it will refuse it.
