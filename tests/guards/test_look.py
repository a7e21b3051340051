"""Check for readable colours, no inline style or script, and a rule for every class."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
RULES = "\n".join(path.read_text() for path in sorted((ROOT / "static" / "css").glob("*.scss")))
TOKENS = dict(re.findall(r"--sl-([\w-]+): (#[0-9a-f]{3,6});", (ROOT / "static" / "css" / "_tokens.scss").read_text()))

INLINE = re.compile(
    r"""\sstyle\s*=            # a style attribute
    | <style\b                 # a style element
    | <[^>{%]*\son[a-z]+\s*=   # an event handler
    | \bhx-on\b | ["']js:      # htmx's ways to evaluate text
    | <script(?![^>]*\bsrc=)(?![^>]*type="application/json")
    """,
    re.VERBOSE,
)
# Text needs a contrast of 4.5 to 1; edges of controls and shapes with a meaning need 3 to 1 (WCAG 2.2, 1.4.3 and
# # 1.4.11).
TEXT = [
    ("ink", "paper"), ("ink", "mist"), ("ink", "focus"), ("ink-soft", "paper"), ("ink-soft", "mist"),
    ("ink-soft", "quiet-tint"), ("damson-600", "paper"), ("damson-600", "mist"), ("damson-700", "damson-50"),
    ("damson-200", "damson-900"), ("damson-200", "damson-700"), ("paper", "damson-700"), ("paper", "damson-800"),
    ("paper", "off"), ("paper", "on"), ("paper", "off-text"), ("on-text", "on-tint"), ("on-text", "paper"),
    ("close-text", "close-tint"), ("close-text", "paper"), ("off-text", "off-tint"), ("off-text", "paper"),
]  # fmt: skip
EDGES = [
    ("line-strong", "paper"), ("line-strong", "mist"), ("on", "on-tint"), ("close", "close-tint"), ("off", "off-tint"),
    ("quiet", "quiet-tint"), ("close", "paper"), ("primrose", "damson-800"),
]  # fmt: skip


def luminance(colour: str) -> float:
    """Return the relative luminance of a hex colour. Source: WCAG 2.2, definition of relative luminance."""
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(TOKENS[one]), luminance(TOKENS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_is_readable_on_its_background(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize(("shape", "ground"), EDGES)
def test_shape_is_visible_on_its_background(shape: str, ground: str) -> None:
    assert contrast(shape, ground) >= 3


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_compiles_and_has_nothing_inline(path: Path) -> None:
    get_template(str(path.relative_to(ROOT / "templates")))
    markup = re.sub(r"{%\s*(comment|verbatim).*?end\1\s*%}", "", path.read_text(), flags=re.DOTALL)

    assert INLINE.search(markup) is None


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_our_classes_have_a_rule(path: Path) -> None:
    used = {
        name
        for value in re.findall(r'class="([^"]*)"', path.read_text())
        for name in re.findall(r"(?<![\w-])sl-[\w-]+(?![\w-]|{)", value)
    }

    assert {name for name in used if not re.search(rf"\.{name}(?![\w-])", RULES)} == set()
