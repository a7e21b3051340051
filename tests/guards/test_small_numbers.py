"""Check that every module which reads figures of schools goes through a gate for small numbers, or says why not."""

import ast
from pathlib import Path

from tests.guards.test_one_place import our_sources

# What gives figures as they are stored.
STORED = {"Observation", "EarlierVersion", "ScoreLine", "Headline", "TrustFigure", "known_figures", "figure_of"}
GATES = {"score_rows", "score_rows_of", "shown_figures", "shown_figure", "shown_observations"}
# The modules that read stored figures and pass none through a gate, each with its reason.
WITHOUT_A_GATE = {
    "dashboards/queries/headlines.py": "headlines are stored as every headteacher may see them",
    "demonstration/actions/returns.py": "writes the demonstration",
    "kpis/models/__init__.py": "names the models",
    "kpis/queries/known_figures.py": "reads them for the gates",
    "kpis/queries/score_lines.py": "is a gate",
    "meetings/queries/report_draft.py": "who accepted figures and when, of lines that a gate has shown",
    "returns/actions/corrections.py": "opens a line with what was accepted, for the school and the centre",
    "returns/actions/moderation.py": "accepts what the school submitted",
    "returns/queries/line_history.py": "the history of a line, for the school and the centre",
    "returns/queries/return_context.py": "last time's figures in a return, for the school and the centre",
}


def imported(source: str) -> set[str]:
    """Return the names that a module imports from our packages."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in nodes for alias in node.names}


def test_figures_are_read_through_a_gate():
    names = {path: imported(source) for path, source in our_sources().items() if "/rules/" not in path}
    reading = {path for path, found in names.items() if found & STORED}

    assert {path for path in reading if not names[path] & GATES} == set(WITHOUT_A_GATE)


def test_gates_are_where_the_recipe_says():
    defined = {
        node.name: path
        for path, source in our_sources().items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name in GATES
    }

    assert {Path(path).name for path in defined.values()} == {"score_lines.py", "privacy.py", "shown_observations.py"}
    assert set(defined) == GATES
