"""Change the rules, permissions and tenancy one place at a time and list the changes that no test notices.

Run it as `make mutants`, for some modules as `make mutants M=kpis/rules/rating.py` (wildcards are allowed), or for a
sample of each as `make mutants SAMPLE=10 SEED=7`. mutmut makes the changes and runs the tests that call the function
that it changed. It leaves alone what stands outside functions and functions with a decorator, so
`trusts.permissions.GRANTS` has a table of its own in `tests/trusts/test_role_table.py`.

Rules are judged by `tests/*/test_rules_*.py`, which need no database, and by the examples in docstrings, so that a
thousand changes take minutes. Permissions and tenancy are judged by the tests of `trusts`, on a database
that is made once.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import get_mutant_name

ROOT = Path(__file__).resolve().parents[2]
NOT_COPIED = {".git", ".venv", ".data", "node_modules"}
# Plugins that would cost each changed program more time than its tests do.
NOT_NEEDED = ("unraisableexception", "threadexception", "xdist", "pytest_cov", "playwright", "base_url", "faulthandler")
NOTICED = ("killed", "timeout", "segfault", "suspicious")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Modules that are changed, and the tests that have to notice."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    database: bool
    at_once: int


def judged() -> tuple[Judged, ...]:
    """Return what is changed and who judges it: the one place where the paths are written."""
    rules = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/*/test_rules_*.py"))
    return (
        Judged(
            modules=("*/rules.py", "*/rules/*.py"),
            tests=(*rules, "tests/guards/test_examples.py"),
            database=False,
            at_once=2,
        ),
        Judged(
            modules=("*/permissions.py", "trusts/tenancy.py", "trusts/protection.py"),
            tests=("tests/trusts",),
            database=True,
            at_once=1,  # The changed programs share one database.
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of the changes to one module."""

    module: str
    counts: Counter[str]
    survivors: tuple[tuple[str, str], ...]  # The name of each change, and the lines that differ.

    @property
    def noticed(self) -> int:
        return sum(self.counts[status] for status in NOTICED)

    @property
    def total(self) -> int:
        return self.counts.total()


def main() -> None:
    options = _parser().parse_args()
    began, results = time.monotonic(), []
    for part in judged():
        modules = [path for path in _modules(part.modules) if not options.modules or _is_meant(path, options.modules)]
        if not modules:
            continue
        with tempfile.TemporaryDirectory(prefix="sightline-mutants-") as folder:
            results += _judge(part, modules, Path(folder), sample=options.sample, seed=options.seed)
    if not results:
        sys.exit("No such module is among those that are changed: see judged() in tests/mutants/__main__.py")
    print(as_text(results, brief=options.brief))
    print(f"{time.monotonic() - began:,.0f} seconds")


def as_text(results: Sequence[Result], *, brief: bool = False) -> str:
    """Return the changes that no test noticed, and the counts by module."""
    lines = []
    if not brief:
        for result in results:
            lines += [f"\n{name}\n{diff}" for name, diff in result.survivors]
    lines.append(f"\n{'module':<44}{'changes':>9}{'noticed':>9}{'survived':>10}")
    everything = sum(result.total for result in results)
    noticed = sum(result.noticed for result in results)
    rows = [(result.module, result.total, result.noticed) for result in results]
    for name, total, seen in [*rows, ("all", everything, noticed)]:
        share = f"{(total - seen) / total:.1%}" if total else "–"
        lines.append(f"{name:<44}{total:>9,}{seen:>9,}{total - seen:>6,}{share:>7}")
    return "\n".join(lines)


def _judge(part: Judged, modules: Sequence[str], folder: Path, *, sample: int, seed: int) -> Iterator[Result]:
    os.chdir(_laid_out(part, modules, folder))
    names: list[str] = []
    if sample:
        names = [name for module in modules for name in _some(_changes(module), sample, seed=f"{seed} {module}")]
    environment = os.environ | {"PYTHONHASHSEED": "0", "MUTANTS_WITH_DATABASE": "1" if part.database else ""}
    command = [Path(sys.executable).with_name("mutmut"), "run", "--max-children", str(part.at_once), *names]
    done = subprocess.run(command, env=environment, check=False, stdout=sys.stderr)
    if done.returncode:
        sys.exit("mutmut stopped: read what it says above")
    for module in modules:
        result = _result(module, set(names))
        if result.total:
            yield result


def _laid_out(part: Judged, modules: Sequence[str], folder: Path) -> Path:
    """Copy the checkout, so that nothing in it is touched, and say in the copy what mutmut is to do."""
    for entry in ROOT.iterdir():
        if entry.name not in NOT_COPIED and not entry.name.startswith(".env"):
            copy = shutil.copytree if entry.is_dir() else shutil.copy2
            copy(entry, folder / entry.name)
    packages = [entry.name for entry in sorted(folder.iterdir()) if (entry / "__init__.py").is_file()]
    source = [name for name in packages if name != "tests"]
    about = {
        "source_paths": source,
        "only_mutate": list(modules),
        "also_copy": [entry.name for entry in folder.iterdir() if entry.name not in source],
        "pytest_add_cli_args": ["-p", "tests.mutants.judging", *(f"-pno:{name}" for name in NOT_NEEDED)],
        "pytest_add_cli_args_test_selection": list(part.tests),
        "timeout_multiplier": 8.0,
        "timeout_constant": 2.0,
        "use_git_change_detection": False,
    }
    written = "\n".join(f"{key} = {str(value).replace('False', 'false')}" for key, value in about.items())
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[tool.mutmut]\n{written}\n")
    return folder


def _modules(patterns: Sequence[str]) -> list[str]:
    found = {path for pattern in patterns for path in ROOT.glob(pattern)}
    return sorted(str(path.relative_to(ROOT)) for path in found if path.name != "__init__.py")


def _is_meant(module: str, chosen: Sequence[str]) -> bool:
    return any(Path(module).match(pattern) or module.startswith(f"{pattern.rstrip('/')}/") for pattern in chosen)


def _changes(module: str) -> list[str]:
    made = mutate_file_contents(module, Path(module).read_text(encoding="utf-8"))
    return [get_mutant_name(Path(module), name) for name in made.mutant_names]


def _some(names: Sequence[str], count: int, *, seed: str) -> list[str]:
    return sorted(random.Random(seed).sample(names, min(count, len(names))))


def _result(module: str, names: set[str]) -> Result:
    data = SourceFileMutationData(path=Path(module))
    data.load()
    became = {name: status_by_exit_code[code] for name, code in data.exit_code_by_key.items()}
    became = {name: status for name, status in became.items() if not names or name in names}
    survivors = sorted(name for name, status in became.items() if status not in NOTICED)
    return Result(
        module=module,
        counts=Counter(became.values()),
        survivors=tuple((f"{name} ({became[name]})", _lines(name, module)) for name in survivors),
    )


def _lines(name: str, module: str) -> str:
    diff = get_diff_for_mutant(name, path=module)
    lines = [line for line in diff.splitlines() if line.startswith(("-", "+")) and not line.startswith(("---", "+++"))]
    return "\n".join(f"  {line[0]} {line[1:].strip()}" for line in lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="a module, a folder or a pattern; all without one")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="only N changes of each module")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="which changes the sample has")
    parser.add_argument("--brief", action="store_true", help="only the counts")
    return parser


if __name__ == "__main__":
    main()
