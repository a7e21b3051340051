from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from kpis.rules.mainstream_schools import mainstream_urns
from published.dfe import ResultsFile, read_results_file
from tables.faults import FileRefused
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import COLUMNS, KEYS, load_tables, tables_from

SOURCE = "DfE school and college performance tables (Open Government Licence v3.0), mainstream state-funded schools"
PHASES = {"ks4": "secondary", "ks2": "primary"}  # The files that say which schools have a phase and are mainstream.
DECIMALS = 3
NUMBERS = ["schools", "mean", "sd", *COLUMNS]


class Command(BaseCommand):
    help = (
        "Calculate the national percentile tables from the Department for Education's published files (key stages 2 "
        "and 4, absence), and compare them with the tables that come with Sightline."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--results", nargs="+", type=Path, required=True, metavar="FILE")
        parser.add_argument("--out", type=Path, metavar="CSV", help="write the tables to this file")

    def handle(self, *, results: Sequence[Path], out: Path | None, **options: Any) -> None:
        try:
            files = [
                read_results_file(path) for path in tqdm(results, unit="file", disable=None)
            ]  # None: only in a terminal.
        except (FileRefused, OSError) as why:
            raise CommandError(str(why)) from why
        tables = compute(files, computed_on=timezone.localdate().isoformat())
        if tables.empty:
            raise CommandError(
                "These files have none of Sightline's measures for a hundred mainstream schools or more."
            )
        if out is not None:
            tables.to_csv(out, index=False)
            self.stdout.write(f"Wrote {len(tables)} tables to {out}")
        for line in against_published(tables):
            self.stdout.write(line)
        for line in differences(tables, load_tables().percentiles):
            self.stdout.write(line)


def compute(files: Sequence[ResultsFile], *, computed_on: str) -> pd.DataFrame:
    """Return the percentile tables of published files in the form of the data file."""
    schools = {
        phase: [file.schools for file in files if file.layout.code == layout] for layout, phase in PHASES.items()
    }
    codes = list(measures())
    frames = [file.values[file.values["measure"].isin(codes) & (file.values["pupil_group"] == "all")] for file in files]
    plain = {"measure": str, "release": str, "status": str}
    long = pd.concat([frame.astype(plain) for frame in frames], ignore_index=True)
    try:
        tables = tables_from(long, mainstream_urns(schools), source=SOURCE, computed_on=computed_on)
    except ValueError as twice:
        raise CommandError(f"Two of the files contain the same results: {twice}") from twice
    return tables.astype({name: float for name in NUMBERS} | {"schools": int}).round(DECIMALS)


def against_published(tables: pd.DataFrame) -> list[str]:
    """Return each table's schools and mean with England's published average and the difference, one line each.

    The two differ because every school counts once in a mean and every pupil once in England's average, which includes
    special schools too.
    """
    averages = load_tables().averages.set_index(["measure", "phase", "year"])
    lines = []
    for row in tables.to_dict("records"):
        about = f"{_name(tuple(row[key] for key in KEYS))}: {row['schools']:,} schools, mean {row['mean']:.2f}"
        fixed, at = measures()[row["measure"]].average, (row["measure"], row["phase"], row["year"])
        if fixed is None and at not in averages.index:
            lines.append(f"{about}, no published average")
            continue
        published = float(averages.loc[at, "value"]) if fixed is None else fixed
        source = f"published {averages.loc[at, 'release']}" if fixed is None else "fixed"
        lines.append(f"{about}, {source} average {published:g}, difference {row['mean'] - published:+.2f}")
    return lines


def differences(fresh: pd.DataFrame, kept: pd.DataFrame) -> list[str]:
    """Return how calculated tables differ from the ones Sightline has, one line for each table."""
    new, old = fresh.set_index(KEYS).sort_index(), kept.set_index(KEYS).sort_index()
    both = new.index.intersection(old.index)
    distance = np.abs(new.loc[both, NUMBERS].to_numpy(float) - old.loc[both, NUMBERS].to_numpy(float)).max(axis=1)
    lines = [f"{_name(key)}: Sightline has no such table" for key in new.index.difference(old.index)]
    lines += [f"{_name(key)}: Sightline has it, these files do not" for key in old.index.difference(new.index)]
    lines += [
        f"{_name(key)}: differs by up to {far:.3g}"
        for key, far in zip(both, distance, strict=True)
        if far > 10**-DECIMALS / 2
    ]
    return lines or [f"The same as Sightline's {len(old)} tables."]


def _name(key: tuple[Any, ...]) -> str:
    measure, phase, year, release = key
    return f"{measure}, {phase}, {year}, {release}"
