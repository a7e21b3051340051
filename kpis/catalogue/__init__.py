"""The indicator catalogue: reviewed data files that say what the Board measures, and their strict reader.

There is one TOML file for each of the Board's areas. ``national.csv`` has the national figures for indicators without
a published file. See kpis/README.md for how to write a file.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from kpis.catalogue.catalogue_files import CatalogueFault, read_file
from kpis.catalogue.default_targets import DefaultTarget, default_target
from kpis.catalogue.indicator import (
    Comparator,
    DefinitionSource,
    FigureLimits,
    Indicator,
    JumpRule,
    TargetDefault,
)
from kpis.catalogue.kept_definitions import as_kept, fingerprint, from_kept
from kpis.catalogue.kinds import (
    Area,
    Confidence,
    Direction,
    FigureKind,
    FigureSubject,
    FigureUnit,
    Frequency,
    Moderator,
    PhaseOfEducation,
    PupilGroup,
    RollUp,
    TargetRule,
)
from kpis.catalogue.national_figures import (
    ALL_SCHOOLS,
    EnglandFigure,
    NationalFigureStatus,
    load_national,
    nearest_national,
)

FOLDER = Path(__file__).parent

__all__ = [
    "ALL_SCHOOLS",
    "FOLDER",
    "Area",
    "CatalogueFault",
    "Comparator",
    "Confidence",
    "DefaultTarget",
    "DefinitionSource",
    "Direction",
    "EnglandFigure",
    "FigureKind",
    "FigureLimits",
    "FigureSubject",
    "FigureUnit",
    "Frequency",
    "Indicator",
    "JumpRule",
    "Moderator",
    "NationalFigureStatus",
    "PhaseOfEducation",
    "PupilGroup",
    "RollUp",
    "TargetDefault",
    "TargetRule",
    "as_kept",
    "catalogue_by_code",
    "catalogue_indicators",
    "default_target",
    "fingerprint",
    "from_kept",
    "in_board_order",
    "national_figures",
    "nearest_national",
    "number_of",
    "read_folder",
    "return_lines",
]


def read_folder(folder: Path) -> tuple[Indicator, ...]:
    """Read every area's file in ``folder`` and return the indicators in the Board's order.

    Raises:
        CatalogueFault: with the file and the key, for an unknown key, a word that is not in its closed list, a
            contradiction, a code used twice or a comparison with an unknown code.
    """
    read: list[Indicator] = []
    seen: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        for indicator in read_file(path):
            if indicator.code in seen:
                raise CatalogueFault(path.name, indicator.code, f"is already in {seen[indicator.code]}")
            seen[indicator.code] = path.name
            read.append(indicator)
    for indicator in read:
        if (other := indicator.comparator.same_as) and other not in seen:
            where = f"{indicator.code}.comparator.same_as"
            raise CatalogueFault(seen[indicator.code], where, f"there is no indicator {other}")
        if indicator.within and indicator.within not in seen:
            where = f"{indicator.code}.within"
            raise CatalogueFault(seen[indicator.code], where, f"there is no indicator {indicator.within}")
    return tuple(sorted(read, key=lambda indicator: indicator.area.order))  # Stable: the file's order within an area.


@cache
def catalogue_indicators() -> tuple[Indicator, ...]:
    """Return the catalogue, in the Board's order of areas and each file's order within.

    >>> [indicator.title for indicator in catalogue_indicators() if indicator.code == "AB1"]
    ['Overall absence']

    Raises:
        CatalogueFault: see ``read_folder``.
    """
    return read_folder(FOLDER)


@cache
def catalogue_by_code() -> dict[str, Indicator]:
    """Return the catalogue keyed by code.

    >>> catalogue_by_code()["OUT10"].comparator.measure
    'P8MEA'
    """
    return {indicator.code: indicator for indicator in catalogue_indicators()}


def in_board_order(indicator: Indicator) -> tuple[int, int, int]:
    """Return a sort key: the area, then the place in the catalogue, with indicators outside the catalogue last.

    >>> some = [catalogue_by_code()[code] for code in ("HS2", "SG2", "SG1")]
    >>> [indicator.code for indicator in sorted(some, key=in_board_order)]
    ['SG1', 'SG2', 'HS2']
    """
    places = _places()
    return indicator.area.order, places.get(indicator.code, len(places)), number_of(indicator.code)


def number_of(code: str) -> int:
    """Return the number in a code.

    >>> number_of("OWN12")
    12
    """
    return int("".join(filter(str.isdigit, code)))


@cache
def _places() -> dict[str, int]:
    return {code: place for place, code in enumerate(catalogue_by_code())}


@cache
def national_figures() -> tuple[EnglandFigure, ...]:
    """Return every row of ``national.csv``.

    Raises:
        CatalogueFault: with the row and the column.
    """
    return load_national(FOLDER / "national.csv", catalogue_by_code())


def return_lines(phase: str, indicators: Iterable[Indicator] | None = None) -> tuple[Indicator, ...]:
    """Return the lines of the termly return for a phase of education, in the Board's order.
    Lines about groups of pupils are left out, because a trust chooses them.

    >>> [indicator.code for indicator in return_lines("primary") if indicator.area is Area.OUTCOMES]
    ['OUT19']
    """
    known = catalogue_indicators() if indicators is None else indicators
    return tuple(indicator for indicator in known if indicator.asked_of(phase) and not indicator.is_by_choice)
