"""`make coverage`: which lines it lists, and which of them it marks."""

import json

import pytest

from tests import untested

SOURCE = """\
def accept(figure, *, by):
    if figure is None:
        raise NothingToAccept(
            "There is no figure to accept."
        )
    Observation.objects.filter(pk=figure.pk).update(value=1)
    return figure
"""


@pytest.fixture
def report(tmp_path, monkeypatch):
    """Write coverage's report of one module with SOURCE: report("kpis/actions/accepting.py", [3, 7])."""
    monkeypatch.chdir(tmp_path)

    def written(path, missing):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(SOURCE)
        (tmp_path / "report.json").write_text(json.dumps({"files": {path: {"missing_lines": missing}}}))
        return tmp_path / "report.json"

    return written


def test_a_line_that_refuses_or_writes_is_marked_and_fails(report, capsys):
    assert untested.main(report("kpis/actions/accepting.py", [3, 4, 6, 7])) == 1

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["kpis/actions/accepting.py:3:", "refuses"],
        ["kpis/actions/accepting.py:4:", "refuses"],
        ["kpis/actions/accepting.py:6:", "writes"],
    ]
    assert lines[3].split(maxsplit=1) == ["kpis/actions/accepting.py:7:", "return figure"]
    assert lines[4].startswith("4 lines of rules, actions, queries, permissions that no test runs; 3 of them")


def test_another_line_is_listed_and_does_not_fail(report, capsys):
    assert untested.main(report("trusts/permissions.py", [7])) == 0

    assert "trusts/permissions.py:7: " in capsys.readouterr().out


def test_a_line_of_another_layer_is_not_listed(report, capsys):
    assert untested.main(report("returns/views/returns.py", [3])) == 0

    assert capsys.readouterr().out.startswith("0 lines")
