from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from django.core.management.base import BaseCommand, CommandError, CommandParser

from trajectories.management.commands.warning_record import FORESEEN
from trajectories.management.national_files import add_national_arguments, read_national, write_csv
from trajectories.rules.forecast_frames import forecast_context, forecast_history
from trajectories.rules.national_files import NationalFiles
from trajectories.rules.warning_record import RECORD_COLUMNS, forecast_record

DECIMALS = 3


class Command(BaseCommand):
    help = (
        "Show how reliable Sightline's forecasts would have been. Forecasts each measure's last year in the "
        "given files from the earlier years alone. Prints the table, and writes it to a file with --out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_national_arguments(parser, context=True)
        parser.add_argument("--out", type=Path, metavar="CSV")

    def handle(
        self, *, results: Sequence[Path], links: Path | None, context: Sequence[Path], out: Path | None, **options: Any
    ) -> None:
        record = record_of(read_national(results, links, context=context))
        if record.empty:
            raise CommandError(
                "Results of at least 1,000 schools over four years are needed: three years to learn from, one to test."
            )
        self.stdout.write(record.to_csv(index=False), ending="")
        if out is not None:
            write_csv(record, out)


def record_of(found: NationalFiles) -> pd.DataFrame:
    """Return the record of every measure that is forecast, in its last year."""
    context, parts = forecast_context(found), []
    for phase, measures in FORESEEN.items():
        history = forecast_history(found, phase)
        for measure in measures:
            years = history.loc[history["measure"] == measure, "year"]
            if len(years):
                parts.append(forecast_record(history, context, phase=phase, measure=measure, year=int(years.max())))
    whole = pd.concat([pd.DataFrame(columns=RECORD_COLUMNS), *[part for part in parts if len(part)]], ignore_index=True)
    shares = ["within", "above", "below", "mean_difference", "mean_size"]
    whole[shares] = whole[shares].astype(float).round(DECIMALS)
    return whole
