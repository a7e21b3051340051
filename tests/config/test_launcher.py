"""Test ./sightline as a person types it: on plain files, on a new clone, and on a given database."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from config.launcher import FILE_COMMANDS

PROJECT = Path(__file__).parent.parent.parent
PERCENTILES = "school,year,percentile,standard_error\n" + "".join(f"S,{year},{50},5\n" for year in range(2014, 2020))
BARE = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_RUNTIME_DIR") if name in os.environ}


def run(*arguments, folder, program=PROJECT / "sightline", environment=BARE):
    return subprocess.run([program, *arguments], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture
def clone(tmp_path):
    """A new clone with a virtual environment, without what was stored in the project."""
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True).stdout.splitlines()
    if not listed:
        pytest.skip("The project is not a Git checkout here, so its files are not known")
    for name in listed:
        if not name.startswith(("tests/", "docs/")) and (PROJECT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((PROJECT / name).read_bytes())
    (tmp_path / "sightline").chmod(0o755)
    (tmp_path / ".venv").symlink_to(PROJECT / ".venv")
    return tmp_path


def test_command_on_plain_files_needs_no_environment_and_works_in_any_folder(tmp_path):
    (tmp_path / "in.csv").write_text(PERCENTILES)

    done = run("place_schools", "--percentiles", "in.csv", "--out", "out.csv", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.csv").read_text().count("\n") == 2


def test_list_of_commands_on_plain_files_is_complete():
    folder = PROJECT / "trajectories" / "management" / "commands"
    engine = {path.stem for path in folder.glob("[a-z]*.py")}

    assert set(FILE_COMMANDS) == engine | {"similar_schools"}


def test_list_of_commands_ends_silently_when_nobody_reads_it(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [PROJECT / "sightline", "--help"], cwd=tmp_path, env=BARE, stdout=writer, stderr=subprocess.PIPE, text=True
    )

    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_without_a_command_it_lists_sightlines_own_commands_in_one_line_each(tmp_path, arguments):
    own = {path.stem for path in PROJECT.glob("*/management/commands/[a-z]*.py")}

    done = run(*arguments, folder=tmp_path)

    assert done.returncode == 0, done.stderr
    listed = dict(line.strip().split(maxsplit=1) for line in done.stdout.splitlines() if re.match(r"  [a-z]", line))
    assert set(listed) == own
    assert listed["load_demo"].startswith("Load the demonstration: ")
    assert "./sightline COMMAND --help" in done.stdout


def test_command_on_a_new_clone_brings_its_own_database(clone):
    done = run("add_trust", "--group", "1", folder=clone, program=clone / "sightline")

    assert done.returncode == 1
    assert "The register has no trust 1" in done.stderr
    assert "./sightline import_register" in done.stderr


def test_command_uses_the_database_that_the_environment_names(tmp_path):
    nowhere = BARE | {
        "SECRET_KEY": "x",
        "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1",
        "SITE_ADDRESS": "http://localhost",
        "ALLOWED_HOSTS": "localhost",
    }

    done = run("sync_catalogue", folder=tmp_path, environment=nowhere)

    assert done.returncode != 0
    assert "127.0.0.1" in done.stderr
