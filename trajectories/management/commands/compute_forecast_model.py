import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from trajectories.management.national_files import add_national_arguments, read_national, write_text
from trajectories.rules.forecast_fit import fit_model
from trajectories.rules.forecast_frames import forecast_context, forecast_history
from trajectories.rules.forecast_model import ForecastModel, as_toml, from_plain, shipped_model

SOURCE = "DfE performance tables, absence and census (Open Government Licence v3.0), mainstream state-funded schools"
HEAD = """# How schools' results are related over the years (trajectories/README.md, rules W1 to W4): covariances
# between measures, in normal scores of national percentiles. `manage.py compute_forecast_model` wrote this on {day}.

"""
PHASES = ("secondary", "primary")
CLOSE = 0.0002  # The rounding of the file.


class Command(BaseCommand):
    help = (
        "Estimate the model behind the forecasts from published files of all schools in England, and compare it with "
        "the model that comes with Sightline. Needs no database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_national_arguments(parser, context=True)
        parser.add_argument("--out", type=Path, metavar="TOML", help="write the model to this file")

    def handle(
        self, *, results: Sequence[Path], context: Sequence[Path], links: Path | None, out: Path | None, **options: Any
    ) -> None:
        files = read_national(results, links, context=context)
        models = {
            phase: fit_model(
                forecast_history(files, phase),
                forecast_context(files),
                phase=phase,
                tables=files.tables,
                source=SOURCE,
            )
            for phase in PHASES
        }
        if None in models.values():
            raise CommandError("Both phases of education need three years of results for all schools.")
        texts = [as_toml(model) for model in models.values() if model is not None]
        text = HEAD.format(day=timezone.localdate().isoformat()) + "\n".join(texts)
        if out is not None:
            write_text(text, out)
            self.stdout.write(f"Wrote {len(texts)} models to {out}")
        for phase, plain in tomllib.loads(text).items():
            self.stdout.write(f"{phase}: {difference(from_plain(plain), shipped_model(phase))}")


def difference(fresh: ForecastModel, kept: ForecastModel) -> str:
    """Return how far apart two models are, as a phrase."""
    if fresh.variables != kept.variables or fresh.years != kept.years:
        return "has other measures or years than Sightline's model"
    names = ("lasting", "fading", "passing", "size_edges")
    far = max(float(np.abs(getattr(fresh, name) - getattr(kept, name)).max()) for name in names)
    far = max([far, *(float(np.abs(fresh.widths[code] - kept.widths[code]).max()) for code in kept.widths)])
    return "the same as Sightline's model" if far <= CLOSE else f"differs from Sightline's model by up to {far:.3g}"
