"""Check that templates stay readable, and that their formatter adds no spaces to sentences."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
LONGEST = 160
# Where two template tags touch directly inside a block element, djangofmt breaks the line between them. A page would
# read "left , 2 marked" for "left{% endif %}{% if marked %}, 2 marked{% endif %}". Inside a <span> it does not.
SPACE_BEFORE_A_MARK = re.compile(r"[\w})\"’]\s+(?:\{%[^%]*%\})*\{% (?:if|elif|else|for|empty|with)\b[^%]*%\}[,.;:!?)]")


def places(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]!r}"
        for path in TEMPLATES
        for text in [path.read_text()]
        for match in pattern.finditer(text)
    ]


def test_template_lines_are_short_enough_to_read() -> None:
    assert places(re.compile(rf"^.{{{LONGEST + 1},}}$", re.MULTILINE)) == []


def test_condition_puts_no_space_before_a_comma_or_a_full_stop() -> None:
    """Wrap the sentence in a <span> when this fails."""
    assert places(SPACE_BEFORE_A_MARK) == []
