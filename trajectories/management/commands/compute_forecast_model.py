import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from trajectories.management.files import add_national_arguments, read_national, write_text
from trajectories.rules.forecast_fit import fit_model
from trajectories.rules.forecast_frames import forecast_context, forecast_history
from trajectories.rules.forecast_model import Model, as_toml, from_plain, shipped

SOURCE = "DfE performance tables, absence and census (Open Government Licence v3.0), mainstream state-funded schools"
HEAD = """# How schools' results hang together over the years (trajectories/README.md, rules W1 to W4): covariances
# between measures, in normal scores of national percentiles. Written by `manage.py compute_forecast_model`, on {day}.

"""
PHASES = ("secondary", "primary")
CLOSE = 0.0002  # As the file is rounded.


class Command(BaseCommand):
    help = (
        "Estimate the model that forecasts rest on from published files of all of England's schools, and say whether "
        "it differs from the one that comes with Sightline. Needs no database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_national_arguments(parser, context=True)
        parser.add_argument("--out", type=Path, metavar="TOML", help="write the model there")

    def handle(
        self, *, results: Sequence[Path], context: Sequence[Path], links: Path | None, out: Path | None, **options: Any
    ) -> None:
        found = read_national(results, links, context=context)
        models = {
            phase: fit_model(
                forecast_history(found, phase),
                forecast_context(found),
                phase=phase,
                tables=found.tables,
                source=SOURCE,
            )
            for phase in PHASES
        }
        if None in models.values():
            raise CommandError("Both phases of education need three years of all schools' results.")
        texts = [as_toml(model) for model in models.values() if model is not None]
        text = HEAD.format(day=timezone.localdate().isoformat()) + "\n".join(texts)
        if out is not None:
            write_text(text, out)
            self.stdout.write(f"{len(texts)} models written to {out}")
        for phase, plain in tomllib.loads(text).items():
            self.stdout.write(f"{phase}: {difference(from_plain(plain), shipped(phase))}")


def difference(fresh: Model, kept: Model) -> str:
    """Say how far two models are apart."""
    if fresh.variables != kept.variables or fresh.years != kept.years:
        return "of other measures or years than the model that is kept"
    names = ("lasting", "fading", "passing", "size_edges")
    far = max(float(np.abs(getattr(fresh, name) - getattr(kept, name)).max()) for name in names)
    far = max([far, *(float(np.abs(fresh.widths[code] - kept.widths[code]).max()) for code in kept.widths)])
    return "the same as the model that is kept" if far <= CLOSE else f"differs from the one kept by up to {far:.3g}"
