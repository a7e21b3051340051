from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from django.core.management.base import BaseCommand, CommandError, CommandParser

from published.dfe import ResultsFile
from tables.faults import FileRefused
from trajectories.management.national_files import add_national_arguments, read_files, read_pairs, write_csv
from trajectories.rules.backtest import COLUMNS, backtest, train_to_cut_off, truth_of
from trajectories.rules.inspection import next_judgement, read_judgements

PHASES = ("secondary", "primary")
AREA = {"AUC": ".3f", "Brier": ".4f"}


class Command(BaseCommand):
    help = (
        "Test how reliable forecasts are. Learns from published files up to one school year, forecasts a later one and "
        "compares every warning with what was published. Prints the coverage of the intervals, the Brier score and AUC "
        "of each warning next to two baselines, calibration by tenths, and how often placements change. Needs no "
        "database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_national_arguments(parser, context=True)
        parser.add_argument("--train-to", type=int, required=True, help="the last school year to learn from")
        parser.add_argument("--test", type=int, required=True, help="the school year to forecast")
        parser.add_argument(
            "--known-to",
            type=int,
            metavar="YEAR",
            help="hide schools' own figures after this year, to test forecasts further ahead than the training years",
        )
        parser.add_argument(
            "--ofsted", type=Path, metavar="FILE", help="overall judgements: URN, Rating, Inspection Date"
        )
        parser.add_argument("--phase", choices=PHASES, help="only this phase of education")
        parser.add_argument("--out", type=Path, metavar="CSV")

    def handle(
        self,
        *,
        results: Sequence[Path],
        context: Sequence[Path],
        links: Path | None,
        train_to: int,
        test: int,
        known_to: int | None,
        ofsted: Path | None,
        phase: str | None,
        out: Path | None,
        **options: Any,
    ) -> None:
        if test <= train_to:
            raise CommandError(f"--test {test} must come after --train-to {train_to}.")
        if known_to is not None and known_to > train_to:
            raise CommandError(f"--known-to {known_to} must not come after --train-to {train_to}.")
        files, pairs = read_files([*results, *context]), read_pairs(links)
        try:
            judgements = read_judgements(ofsted) if ofsted is not None else None
            scores, notes = _run(
                files, pairs, [phase] if phase else PHASES, (known_to or train_to, train_to, test), judgements
            )
        except (FileRefused, OSError) as why:
            raise CommandError(str(why)) from why
        for line in [*notes, *report(scores)]:
            self.stdout.write(line)
        if out is not None:
            write_csv(scores, out)
            self.stdout.write(f"Wrote {len(scores)} rows to {out}")


def _run(
    files: dict[str, ResultsFile],
    pairs: pd.DataFrame | None,
    phases: Sequence[str],
    dates: tuple[int, int, int],
    judgements: pd.DataFrame | None,
) -> tuple[pd.DataFrame, list[str]]:
    known_to, train_to, test = dates
    years = {file.summary.year for file in files.values() if file.layout.code in ("ks2", "ks4")}
    if test not in years or min(years, default=test) > train_to:
        available = ", ".join(map(str, sorted(years)))
        raise CommandError(
            f"Results of {test} and of {train_to} or earlier are needed. These files have {available or 'none'}."
        )
    truth = truth_of(files, pairs, test)
    parts, notes = [], []
    for phase in phases:
        trained = train_to_cut_off(files, pairs, phase=phase, train_to=train_to, test=test, known_to=known_to)
        if trained is None:
            continue
        parts.append(backtest(trained, truth))
        notes.append(f"{trained.note}.")
        if judgements is not None:
            parts.append(next_judgement(trained, judgements))
    return pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS), notes


def report(found: pd.DataFrame) -> Iterator[str]:
    """Yield the lines of the report: for each phase and measure, intervals, then warnings, then calibration."""
    for (phase, measure), rows in found.groupby(["phase", "measure"], sort=False):
        yield ""
        yield f"{phase}, {measure}"
        for row in rows[rows["statistic"] == "coverage"].to_dict("records"):
            yield (
                f"  {row['warning']}, {row['bin']}: {100 * row['value']:.1f}% "
                f"(± {100 * row['standard_error']:.1f}) of {row['schools']:,} schools"
            )
        for warning, warning_rows in rows[rows["statistic"] != "coverage"].groupby("warning", sort=False):
            yield from _warning(str(warning), warning_rows)


def _warning(warning: str, rows: pd.DataFrame) -> Iterator[str]:
    happened = rows[rows["statistic"] == "happened to"].iloc[0]
    yield f"  {warning}: {100 * happened['value']:.1f}% of {happened['schools']:,} schools"
    whole = rows[rows["bin"].isna()]
    for method, method_rows in whole[whole["method"] != "all"].groupby("method", sort=False):
        parts = []
        for name, form in AREA.items():
            for row in method_rows[method_rows["statistic"] == name].to_dict("records"):
                error = f" (± {row['standard_error']:.4f})" if row["standard_error"] == row["standard_error"] else ""
                sign = "+" if error else ""
                parts.append(f"{name} {row['value']:{sign}{form}}{error}")
        yield f"    {method}: {', '.join(parts)}"
    tenths = rows[rows["bin"].notna()].pivot(index="bin", columns="statistic", values="value")
    pairs = ", ".join(
        f"{100 * forecast:.0f}/{100 * was:.0f}" for forecast, was in tenths[["said", "was"]].to_numpy(float)
    )
    yield f"    forecast/happened by tenths, %: {pairs}"
