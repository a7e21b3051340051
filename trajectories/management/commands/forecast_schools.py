from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trajectories.management.national_files import add_national_arguments, read_national, write_csv
from trajectories.rules.forecast_frames import forecast_national

PHASES = ("primary", "secondary")


class Command(BaseCommand):
    help = (
        "Forecast schools' headline results of one school year from published files of the years before it. The file "
        "has one row for each school and measure: the expected result with its 80% interval in the measure's unit, "
        "then the chances that it is below each line, that it puts the school on journey C, D or G, and that it is in "
        "the lowest fifth. Needs no database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_national_arguments(parser, context=True)
        parser.add_argument("--year", type=int, required=True, help="the year the school year ends in: 2020 is 2019-20")
        parser.add_argument("--phase", choices=PHASES, help="only this phase of education")
        parser.add_argument("--out", type=Path, required=True, metavar="CSV")

    def handle(
        self,
        *,
        results: Sequence[Path],
        context: Sequence[Path],
        links: Path | None,
        year: int,
        phase: str | None,
        out: Path,
        **options: Any,
    ) -> None:
        files = read_national(results, links, context=context, year=year)
        if files.results["year"].min() >= year:
            raise CommandError(f"These files have no results from before {year}, so there is nothing to forecast from.")
        forecast = forecast_national(files, year=year, phases=[phase] if phase else PHASES)
        write_csv(forecast, out)
        known = forecast["expected"].notna()
        self.stdout.write(
            f"Wrote {len(forecast):,} rows to {out}: {known.sum():,} with a forecast, {(~known).sum():,} without."
        )
        for reason, count in forecast.loc[~known, "reason"].value_counts().items():
            self.stdout.write(f"  {count:,}: {reason}")
