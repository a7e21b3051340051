"""The national picture: how many of England's schools are on each journey, and in each phase that outcomes suggest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from schools.rules.terms import school_year_label
from trajectories.charts.share_bars import share_bars, stacked_shares
from trajectories.rules.capacity import journeys
from trajectories.rules.headline import headline_results
from trajectories.rules.national_files import NationalFiles
from trajectories.rules.national_placements import PROBABILITIES, place_national
from trajectories.rules.phase import suggest_levels
from trajectories.rules.reference_lines import ReferenceSet
from trajectories.rules.rubric import standard_rubric

ENGLAND = "England"
UNKNOWN = "Region not known"
ANSWERS = (*"ABCDEFGH", "none")
YEARS_OF_OUTCOMES = 2  # Rule D1: the last two published years.


@dataclass(frozen=True, kw_only=True)
class NationalPicture:
    """The numbers of mainstream schools, by phase of education and region. England is one of the regions.

    ``letters`` has ``phase_of_education, region, letter, schools, percent, mean_probability`` (also in percent: the
    mean of all the schools' probabilities). ``phases`` has ``phase_of_education, region, phase, schools, percent``.
    ``placed`` counts the schools placed and not placed, by phase of education.
    """

    letters: pd.DataFrame
    phases: pd.DataFrame
    placed: Mapping[str, tuple[int, int]]
    years: tuple[int, ...]


def national_picture(
    found: NationalFiles, regions: Mapping[int, str], *, reference: ReferenceSet | None = None
) -> NationalPicture:
    """Return how many mainstream schools of national files are on each journey and in each phase.

    The phases are only what outcomes suggest (rule D1). A school's phase needs the other eight lines, and people.
    """
    schools = found.schools[found.schools["kind"] == "mainstream"]
    region = schools.set_index("urn")["la"].astype(object).map(regions).astype(object).fillna(UNKNOWN)
    placed = place_national(found, reference=reference)
    placed = placed[placed["urn"].isin(schools["urn"])].assign(region=lambda rows: rows["urn"].map(region))
    both = placed.groupby("phase_of_education")["letter"]
    return NationalPicture(
        letters=_letters(_with_england(placed[placed["letter"] != ""])),
        phases=_phases(_with_england(_outcomes(found, region, reference))),
        placed={str(phase): (int((own != "").sum()), int((own == "").sum())) for phase, own in both},
        years=tuple(sorted({int(year) for years in placed["years"].unique() for year in years.split()})),
    )


def _with_england(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([rows.assign(region=ENGLAND), rows], ignore_index=True)


def _letters(rows: pd.DataFrame) -> pd.DataFrame:
    groups = ["phase_of_education", "region"]
    probable = rows.rename(columns=dict(zip(PROBABILITIES, ANSWERS, strict=True)))
    mean = pd.DataFrame({"mean_probability": probable.groupby(groups)[list(ANSWERS)].mean().mul(100).stack()})
    return _shares(rows, "letter", ANSWERS).join(mean, on=[*groups, "letter"])


def _outcomes(found: NationalFiles, region: pd.Series, reference: ReferenceSet | None) -> pd.DataFrame:
    """Return the phase that each school's outcomes suggest. There are few bands, so each is looked up once."""
    ours = found.results[found.results["comparable"] & found.results["urn"].isin(region.index)]
    known = headline_results(
        ours.rename(columns={"phase_of_education": "phase"}), reference=reference, tables=found.tables
    )
    last = known.sort_values("year").groupby(["urn", "phase"]).tail(YEARS_OF_OUTCOMES)
    bands = last.groupby(["urn", "phase"])["band"].mean().rename("band").reset_index()
    suggested = {band: suggest_levels({"band": float(band)})["outcomes"].phase for band in bands["band"].unique()}
    phases = bands["band"].map(suggested)
    return pd.DataFrame({"phase_of_education": bands["phase"], "region": bands["urn"].map(region), "phase": phases})


def _phases(rows: pd.DataFrame) -> pd.DataFrame:
    return _shares(rows, "phase", standard_rubric().phases)


def _shares(rows: pd.DataFrame, name: str, answers: Sequence[str]) -> pd.DataFrame:
    """Count the answers by phase of education and region, England first, with their percentages."""
    groups = ["phase_of_education", "region"]
    counts = rows.groupby([*groups, name]).size().unstack(fill_value=0).reindex(columns=list(answers), fill_value=0)
    order = sorted(counts.index, key=lambda key: (key[0], key[1] != ENGLAND, key[1] == UNKNOWN, key[1]))
    counts = counts.reindex(order)
    percent = counts.div(counts.sum(axis=1), axis=0).mul(100)
    counts.columns.name = percent.columns.name = name
    return pd.DataFrame({"schools": counts.stack(), "percent": percent.stack()}).reset_index()


def picture_charts(found: NationalPicture) -> dict[str, str]:
    """Return the pictures as SVG texts by file name."""
    drawn = {}
    names = {journey.letter: f"{journey.letter} {journey.name}" for journey in journeys().values()} | {
        "none": "None of the eight"
    }
    years = (
        f"{school_year_label(found.years[0])} to {school_year_label(found.years[-1])}" if found.years else "no years"
    )
    for phase, rows in found.letters[found.letters["region"] == ENGLAND].groupby("phase_of_education"):
        drawn[f"letters_{phase}.svg"] = share_bars(
            f"letters-{phase}",
            title=f"Journeys of England's mainstream {phase} schools, {years}",
            description="The most probable journey of each school, as a percentage of the schools placed.",
            rows=[(names[letter], share) for letter, share in zip(rows["letter"], rows["percent"], strict=True)],
        )
    phases = standard_rubric().phases
    for phase, rows in found.phases.groupby("phase_of_education"):
        wide = rows.pivot(index="region", columns="phase", values="percent").reindex(rows["region"].unique())
        drawn[f"phases_{phase}.svg"] = stacked_shares(
            f"phases-{phase}",
            title=f"Phases that outcomes suggest for mainstream {phase} schools, by region",
            description="By the mean band of the last two published years (rule D1), as a percentage of the schools.",
            names=[name.capitalize() for name in phases],
            rows=[(str(region), wide.loc[region, list(phases)].tolist()) for region in wide.index],
        )
    return drawn


def picture_markdown(found: NationalPicture) -> str:
    """Return the picture as a short text with its tables."""
    years = (
        f"{school_year_label(found.years[0])} to {school_year_label(found.years[-1])}" if found.years else "no years"
    )
    counted = "; ".join(
        f"{placed:,} {phase} schools are placed and {rest:,} are not" for phase, (placed, rest) in found.placed.items()
    )
    return "\n".join(
        [
            "# The national picture",
            "",
            f"England's state-funded mainstream schools, results of {years}. {counted} (too few comparable years).",
            "",
            "The most probable journey, as a percentage of the schools placed. The mean probability is in brackets.",
            "",
            *letters_table(found),
            "",
            "The phase that outcomes alone suggest (rule D1), as a percentage of the schools with results. A school's "
            "phase follows from nine lines and people confirm it. This is one of the nine.",
            "",
            *phases_table(found),
            "",
            "## By region",
            "",
            *_by_region(found.letters, "letter", ANSWERS, "Journeys"),
            "",
            *_by_region(found.phases, "phase", standard_rubric().phases, "Phases that outcomes suggest"),
            "",
        ]
    )


def letters_table(found: NationalPicture) -> list[str]:
    """Return the Markdown table of journeys over England."""
    england = found.letters[found.letters["region"] == ENGLAND]
    cells = {
        (row["letter"], row["phase_of_education"]): f"{row['percent']:.1f} ({row['mean_probability']:.1f})"
        for row in england.to_dict("records")
    }
    names = {journey.letter: f"{journey.letter} {journey.name}" for journey in journeys().values()} | {
        "none": "none of the eight"
    }
    return _table("journey", [(names[answer], answer) for answer in ANSWERS], cells, list(found.placed))


def phases_table(found: NationalPicture) -> list[str]:
    """Return the Markdown table of phases over England."""
    england = found.phases[found.phases["region"] == ENGLAND]
    cells = {(row["phase"], row["phase_of_education"]): f"{row['percent']:.1f}" for row in england.to_dict("records")}
    return _table(
        "phase suggested",
        [(phase.capitalize(), phase) for phase in standard_rubric().phases],
        cells,
        list(found.placed),
    )


def _table(
    head: str, rows: Sequence[tuple[str, str]], cells: Mapping[tuple[str, str], str], columns: Sequence[str]
) -> list[str]:
    lines = [f"| {head} | {' | '.join(columns)} |", f"|---{'|---' * len(columns)}|"]
    return lines + [
        f"| {name} | {' | '.join(cells.get((key, column), '') for column in columns)} |" for name, key in rows
    ]


def _by_region(frame: pd.DataFrame, name: str, answers: Sequence[str], title: str) -> list[str]:
    lines = []
    for phase, rows in frame.groupby("phase_of_education"):
        cells = {(row["region"], row[name]): f"{row['percent']:.1f}" for row in rows.to_dict("records")}
        regions = [(str(region), str(region)) for region in rows["region"].unique()]
        lines += [f"{title}, {phase} schools (%):", "", *_table("region", regions, cells, answers), ""]
    return lines[:-1]
