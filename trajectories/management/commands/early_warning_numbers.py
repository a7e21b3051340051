from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from published.dfe import read_results_file
from schools.gias import read_links
from tables.faults import FileRefused
from trajectories.rules.absence_effects import CARRIED, EffectOnResult, absence_effects, carried_effects
from trajectories.rules.national_files import NationalFiles, join_national_files


class Command(BaseCommand):
    help = (
        "Calculate from the Department for Education's published files how far a result moves with absence, and with "
        "news of another measure. Prints the numbers of trajectories/data/early_warning.toml in that file's format."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--results", nargs="+", type=Path, required=True, metavar="FILE")
        parser.add_argument("--context", nargs="+", type=Path, required=True, metavar="FILE", help="absence")
        parser.add_argument("--links", type=Path, metavar="FILE")

    def handle(self, *, results: Sequence[Path], context: Sequence[Path], links: Path | None, **options: Any) -> None:
        try:
            paths = tqdm([*results, *context], unit="file", disable=None)  # None: only in a terminal.
            files = join_national_files(
                {str(path): read_results_file(path) for path in paths}, links=read_links(links) if links else None
            )
        except (FileRefused, OSError) as why:
            raise CommandError(str(why)) from why
        for line in numbers(files):
            self.stdout.write(line)


def numbers(found: NationalFiles) -> Iterator[str]:
    """Yield the lines of the data file: effects of absence by measure, then how much of the news carries over."""
    results, context = of_comparable(found), plain(found.context)
    effects = absence_effects(results, context)
    for code in dict.fromkeys(measure for measure, _ in effects):
        yield f"[effects.{code}]"
        for (measure, indicator), effect in effects.items():
            if measure == code:
                yield f"{indicator} = {{ per_point = {_written(effect)} }}"
    yield "[carried]"
    for code, effect in carried_effects(results).items():
        yield f'{code} = {{ from = "{CARRIED[code]}", times = {_written(effect)} }}'


def of_comparable(found: NationalFiles) -> pd.DataFrame:
    """Return the final results of mainstream schools."""
    rows = found.results
    return plain(rows[rows["comparable"] & rows["release"].eq("final")])


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a frame that have a number, one row for each school, measure and year."""
    rows = frame[frame["status"].eq("value")].astype({"measure": str})
    return rows[["urn", "measure", "year", "value"]].drop_duplicates(["urn", "measure", "year"])


def _written(effect: EffectOnResult) -> str:
    return f"{effect.size:.4f}, standard_error = {effect.standard_error:.4f}, schools = {effect.schools}"
