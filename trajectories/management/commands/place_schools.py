from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from django.core.management.base import BaseCommand, CommandError, CommandParser

from schools.management.import_command import refusal_in_words
from tables.faults import FileRefused
from trajectories.management.national_files import add_national_arguments, read_national, write_csv
from trajectories.rules.measures import years_without_results
from trajectories.rules.national_placements import place_national, place_percentiles
from trajectories.rules.percentile_files import read_history
from trajectories.rules.reference_lines import ReferenceSet, read_reference, standard_reference
from trajectories.rules.trajectory import unpublished_in_words

PHASES = ("primary", "secondary")


class Command(BaseCommand):
    help = (
        "Place schools on Carter's eight journeys, from published files or from a plain file of percentiles. The file "
        "has one row for each school and phase of education (two for an all-through school): years are the comparable "
        "years used, confidence is the probability of the letter, and p_a to p_none are the probabilities of all nine "
        "answers. Needs no database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_national_arguments(parser, required=False)
        parser.add_argument(
            "--percentiles",
            type=Path,
            metavar="FILE",
            help="instead of --results: a file of school, year, percentile, standard_error",
        )
        parser.add_argument(
            "--phase", choices=PHASES, help="only this phase of education; percentiles count as secondary by default"
        )
        parser.add_argument(
            "--reference", type=Path, metavar="TOML", help="a trust's own lines, in the layout of reference_lines.toml"
        )
        parser.add_argument("--out", type=Path, required=True, metavar="CSV")

    def handle(
        self,
        *,
        results: Sequence[Path] | None,
        percentiles: Path | None,
        links: Path | None,
        phase: str | None,
        reference: Path | None,
        out: Path,
        **options: Any,
    ) -> None:
        if bool(results) == bool(percentiles):
            raise CommandError("Give either --results or --percentiles, not both or neither.")
        lines = _reference(reference)
        if percentiles is not None:
            history = _history(percentiles)
            placed = place_percentiles(history, phase=phase or "secondary", reference=lines)
            known = history.loc[history["percentile"].notna(), "year"].tolist()
            if unpublished := years_without_results(known):
                self.stderr.write(f"Caution: {unpublished_in_words(unpublished)}")
        else:
            files = read_national(results or [], links)
            placed = place_national(files, phases=[phase] if phase else PHASES, reference=lines)
        write_csv(placed, out)
        self.stdout.write(_summary(placed, out))


def _reference(path: Path | None) -> ReferenceSet:
    if path is None:
        return standard_reference()
    try:
        return read_reference(path)
    except (OSError, ValueError, TypeError, KeyError) as why:
        raise CommandError(f"{path} is not a set of reference lines: {why}") from why


def _history(path: Path) -> pd.DataFrame:
    try:
        return read_history(path)
    except (FileRefused, OSError) as why:
        raise CommandError(
            "\n".join([f"{path}: refused.", *(f"  {fault}" for fault in refusal_in_words(why))])
        ) from why


def _summary(placed: pd.DataFrame, out: Path) -> str:
    """Return how many rows were placed, and why the others were not."""
    rows = placed["letter"] != ""
    lines = [f"Wrote {len(placed):,} rows to {out}: {rows.sum():,} placed, {(~rows).sum():,} not placed."]
    why = placed.loc[~rows, "reason_not_placed"].str.replace(r" \(.*\)", "", regex=True).value_counts()
    return "\n".join([*lines, *(f"  {count:,}: {reason}" for reason, count in why.items())])
