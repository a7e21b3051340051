from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from django.utils import timezone

from schools.actions import register as actions
from schools.gias import RegisterReading, read_register, recognise_register
from schools.management.import_command import FileCommand, ImportedFileLine
from tables.faults import FileRefused
from tables.hidden import HiddenParts

Writer = Callable[[pd.DataFrame], actions.RegisterResult]
# In the order in which the files depend on each other. The full extract has the newest words about a school, and the
# list of academies in trusts adds when each joined.
STEPS: dict[str, Writer] = {
    "groups": lambda frame: actions.register_trusts(groups=frame),
    "spine": lambda frame: actions.register_schools(spine=frame),
    "establishments": lambda frame: actions.register_establishments(establishments=frame),
    "group_links": lambda frame: actions.register_academies(academies=frame),
    "links": lambda frame: actions.register_links(links=frame),
}


class Command(FileCommand):
    help = (
        "Import the schools register's files: the full extract of all schools (edubasealldata…), which is enough for a "
        "new trust, or all groups, academies in trusts and the Department's spine of schools; and links between "
        "schools. Each file is recognised by its columns and imported whole or not at all."
    )

    def in_order(self, files: Sequence[Path]) -> Sequence[Path]:
        return sorted(files, key=_place)

    def read(self, path: Path, **options: Any) -> RegisterReading:
        return read_register(path, hidden=HiddenParts(options["hidden"]))

    def write(self, path: Path, content: RegisterReading, **options: Any) -> ImportedFileLine:
        register = content.register
        outcome = STEPS[register.code](content.frame)
        return ImportedFileLine.of(outcome, file=path.name, what=register.title, notes=list(notes_on(content)))


def notes_on(reading: RegisterReading) -> Iterator[str]:
    """Yield what there is to say about a file."""
    yield from reading.notes(on=timezone.localdate())
    if reading.register.code == "establishments":
        if not actions.says_trusts(reading.frame):
            yield (
                "no school in this file is in a trust, so trusts were left as they are: the columns Trusts (code), "
                "Trusts (name) and TrustSchoolFlag (name) have it"
            )
        yield (
            "results from before a school became an academy need the links between schools as well "
            "(links_edubasealldata.csv)"
        )


def _place(path: Path) -> int:
    try:
        return list(STEPS).index(recognise_register(path).code)
    except (FileRefused, OSError):
        return len(STEPS)  # Reading it will refuse it.
