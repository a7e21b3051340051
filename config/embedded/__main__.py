"""Run a command, or the whole demonstration, on the embedded servers.

python -m config.embedded run [--throwaway | --kept] -- COMMAND...
python -m config.embedded stop
python -m config.embedded demo [--reset]
"""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from config.embedded import demo, kept_servers, processes
from config.embedded.servers import DATA, Servers, ServersInUse, for_application
from config.embedded.servers import throwaway as servers_for_tests


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status. Leaves no process running."""
    options = _parser().parse_args(arguments)
    processes.adopt_orphans()
    processes.listen_for_stop()
    try:
        if options.action == "demo":
            return demo.run(reset=options.reset)
        if options.action == "keep":
            kept_servers.keep(options.folder)
            return 0
        if options.action == "stop":
            kept_servers.stop()
            return 0
        if options.kept:
            with kept_servers.addresses() as environment:
                return _follow(options.command, environment)
        return _run(options.command, throwaway=options.throwaway)
    except (processes.CannotStart, processes.ServerEnded) as failure:
        print(failure, file=sys.stderr)
        return 1
    except processes.Stopped as stopped:
        return 128 + stopped.signum
    finally:
        processes.end_descendants()


def _run(command: list[str], *, throwaway: bool) -> int:
    """Run ``command`` on its own servers, or on those of the demonstration if that is running."""
    try:
        servers: AbstractContextManager[Servers] = servers_for_tests() if throwaway else Servers(DATA)
    except ServersInUse as in_use:
        if not in_use.environment:
            raise
        return _follow(command, in_use.environment)
    with servers as running:
        try:
            return _follow(command, running.environment())
        finally:
            processes.end_descendants(except_for=running.pids)


def _follow(command: list[str], environment: dict[str, str]) -> int:
    environment = for_application(environment)
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        raise processes.CannotStart(f"Cannot find the program {command[0]}.")
    return processes.follow(processes.start([program, *command[1:]], env=environment))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run", help="run a command with both servers running and DATABASE_URL and REDIS_URL set")
    servers = run.add_mutually_exclusive_group()
    servers.add_argument("--throwaway", action="store_true", help="use new servers and delete them afterwards")
    servers.add_argument("--kept", action="store_true", help="use servers that keep running for the next such command")
    run.add_argument("command", nargs="+", metavar="COMMAND")
    keep = actions.add_parser("keep", help="run the kept servers in this process")
    keep.add_argument("folder", type=Path)
    actions.add_parser("stop", help="stop the kept servers and delete their data")
    demonstration = actions.add_parser("demo", help="run web, worker and beat with the demonstration trust")
    demonstration.add_argument(
        "--reset",
        action="store_true",
        default=bool(os.environ.get("RESET")),
        help="delete everything that was entered before",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
