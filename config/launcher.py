"""Run one of Sightline's commands with the settings and database that it needs: ./sightline COMMAND …

Without a command, or with --help, it lists Sightline's own commands. Django's commands run too but are not listed.

Commands that only read and write files need neither. For the others, DATABASE_URL names the database, as in the
container. Without it they use the embedded database, which is that of the demonstration, and bring it up to date first.
"""

import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import django
from django.core.management import call_command, execute_from_command_line, get_commands, load_command_class

from config.celery import app as celery_app
from config.embedded.__main__ import main as run_embedded

__all__ = ["celery_app"]  # Made here, so that a command that sends a task finds the broker.

ROOT = Path(__file__).resolve().parent.parent
FILE_COMMANDS = (
    "backtest",
    "compute_forecast_model",
    "compute_percentiles",
    "early_warning_numbers",
    "forecast_record",
    "forecast_schools",
    "national_picture",
    "place_schools",
    "similar_schools",
    "warning_record",
)
# Settings without a default, for commands that use neither a database nor a site.
NOTHING = {
    "SECRET_KEY": "nothing",
    "DATABASE_URL": "postgres://nothing",
    "REDIS_URL": "redis://nothing",
    "SITE_ADDRESS": "http://nothing",
    "ALLOWED_HOSTS": "nothing",
}
HELP = (["--help"], ["-h"], ["help"])
EMBEDDED = "SIGHTLINE_EMBEDDED"  # Set for the second start of this program, on the embedded servers.


def main(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if not arguments or list(arguments) in HELP:
        for name, value in NOTHING.items():
            os.environ.setdefault(name, value)
        django.setup()
        try:
            print(_list_of_commands(), flush=True)
        except BrokenPipeError:  # Whoever reads it has read enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it again at the end.
        return 0
    if arguments[:1] and arguments[0] in FILE_COMMANDS:
        for name, value in NOTHING.items():
            os.environ.setdefault(name, value)
    elif not os.environ.get("DATABASE_URL"):
        return _on_embedded_servers(arguments)
    elif os.environ.pop(EMBEDDED, ""):
        _bring_up_to_date()
    execute_from_command_line(["./sightline", *arguments])
    return 0


def _list_of_commands() -> str:
    lines = ["Usage: ./sightline COMMAND", "", "Commands:", ""]
    for name, app in sorted(get_commands().items()):
        if (ROOT / app).is_dir():
            summary = load_command_class(app, name).help.partition(". ")[0].removesuffix(".")
            lines.append(
                textwrap.fill(f"{name:24}{summary}.", width=100, initial_indent="  ", subsequent_indent=" " * 26)
            )
    return "\n".join([*lines, "", "To see what a command needs: ./sightline COMMAND --help"])


def _on_embedded_servers(arguments: Sequence[str]) -> int:
    os.environ[EMBEDDED] = "1"
    os.environ["PYTHONPATH"] = str(ROOT)
    return run_embedded(["run", "--", sys.executable, "-m", "config.launcher", *arguments])


def _bring_up_to_date() -> None:
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("sync_catalogue", verbosity=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
