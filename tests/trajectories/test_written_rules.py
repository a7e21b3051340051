"""Pages print the rules of the README: each with its number, none lost, no code."""

import re
from pathlib import Path

from trajectories.rules.written_rules import written_rules

README = Path(__file__).resolve().parents[2] / "trajectories" / "README.md"


def words(segments) -> str:
    return "".join(text for _, text in segments)


def test_every_rule_that_starts_a_paragraph_is_printed_once():
    begun = re.findall(r"^\*\*([A-Z]\d+[a-c]?)\*\* ", README.read_text(encoding="utf-8"), flags=re.MULTILINE)

    found = [number for section in written_rules() for number in section.numbers]

    assert set(found) <= set(begun)
    assert {number for number in begun if not re.fullmatch(r"P4[bc]", number)} <= set(found)
    assert len(found) == len(set(found))


def test_no_code_example_or_markup_is_printed():
    for section in written_rules():
        for block in section.blocks:
            printed = words(block.segments) + " ".join(words(cell) for row in block.rows for cell in row)
            assert ">>>" not in printed
            assert "**" not in printed
            assert "```" not in printed


def test_a_table_keeps_its_column_headings_and_cells():
    capacity = next(rules for rules in written_rules() if rules.name == "Capacity")
    table = next(block.rows for block in capacity.blocks if block.rows)

    assert [words(cell) for cell in table[0]] == ["letter", "journey", "status"]
    assert [words(cell) for cell in table[1]] == ["A", "Strongest performers", "giver"]
    assert len({len(row) for row in table}) == 1
