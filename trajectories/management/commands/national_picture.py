from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from published.dfe.authorities import regions
from trajectories.charts.national_picture import national_picture, picture_charts, picture_markdown
from trajectories.management.national_files import add_national_arguments, read_national, write_csv, write_text

# Where the published files are if they are next to the checkout, as the tests expect them.
BESIDE = settings.BASE_DIR.parent / "shared" / "data" / "dfe"
RESULTS, LINKS = "ks[24]/*/england_*.csv", "gias/*/links_*.csv"


class Command(BaseCommand):
    help = (
        "Show how many of England's mainstream schools are on each of the eight journeys, and in each phase that "
        "outcomes suggest, by phase of education and region. Writes tables (CSV), pictures (SVG) and a short text "
        "(Markdown). Without --results it reads the published files in ../shared/data next to the checkout. Needs no "
        "database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_national_arguments(parser, required=False)
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")

    def handle(self, *, results: Sequence[Path] | None, links: Path | None, out: Path, **options: Any) -> None:
        is_next_to_checkout = not results
        paths = list(results or sorted(BESIDE.glob(RESULTS)))
        if not paths:
            raise CommandError(
                "There are no published files next to the checkout. Name them with --results and --links."
            )
        files = read_national(paths, links or (_newest(LINKS) if is_next_to_checkout else None))
        shown = national_picture(files, regions())
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as why:
            raise CommandError(f"Cannot create {out}: {why.strerror or why}") from why
        write_csv(shown.letters.round({"percent": 2, "mean_probability": 2}), out / "letters.csv")
        write_csv(shown.phases.round({"percent": 2}), out / "phases.csv")
        for name, drawing in picture_charts(shown).items():
            write_text(drawing, out / name)
        text = picture_markdown(shown)
        write_text(text, out / "national_picture.md")
        self.stdout.write(text)


def _newest(pattern: str) -> Path | None:
    return max(BESIDE.glob(pattern), default=None)
