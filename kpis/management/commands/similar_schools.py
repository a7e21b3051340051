from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from kpis.rules.mainstream_schools import mainstream_urns
from kpis.rules.similar_schools import SimilarSet, context_of, similar_sets, spread_of, variance_explained
from published.dfe import ResultsFile, ValueStatus, layout_measures, read_results_file
from published.dfe.authorities import local_authorities
from schools.rules.terms import school_year_label
from tables.faults import FileRefused

PHASES = {"secondary": "ks4", "primary": "ks2"}
BEST_FIRST = {"final": 0, "revised": 1, "provisional": 2}
WITHOUT_SCALE = ("band", "count")
EXPLAINED = ("P8MEA", "ATT8SCR", "PTL2BASICS_95", "PTRWM_EXP", "READPROG", "MATPROG")
FEWEST_SCHOOLS = 500  # With fewer schools the result would say more about the files than about the rule.


class Command(BaseCommand):
    help = (
        "Find the 50 schools most like one school by published context, from the Department's files: key stage 2 and "
        "4 results (which list the schools) and the school census. This needs no trust and no database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--results", nargs="+", type=Path, required=True, metavar="FILE")
        parser.add_argument("--context", nargs="+", type=Path, required=True, metavar="FILE", help="school census")
        parser.add_argument("--urn", type=int, metavar="N", help="the school; may be left out with --explain")
        parser.add_argument("--out", type=Path, metavar="CSV", help="write the schools to this file")
        parser.add_argument(
            "--explain",
            action="store_true",
            help="print how much of the variance between schools' results the mean of similar schools explains",
        )

    def handle(
        self, *, results: Sequence[Path], context: Sequence[Path], urn: int | None, out: Path | None,
        explain: bool, **options: Any,
    ) -> None:  # fmt: skip
        if urn is None and not explain:
            raise CommandError("Give the school's --urn, or --explain.")
        try:
            files = [read_results_file(path) for path in tqdm([*results, *context], unit="file", disable=None)]
        except (FileRefused, OSError) as why:
            raise CommandError(str(why)) from why
        values, schools = figures_of(files), schools_of(files)
        year = newest_census(files)
        if urn is not None:
            table = self.find(values, schools, urn, year)
            if out is not None:
                table.to_csv(out, index=False)
                self.stdout.write(f"{len(table)} schools written to {out}")
        if explain:
            for line in explanations(values, schools):
                self.stdout.write(line)

    def find(self, values: pd.DataFrame, schools: dict[str, pd.DataFrame], urn: int, year: int) -> pd.DataFrame:
        """Print the schools most like one school and published measures among them; return the schools as a table."""
        phase = next((name for name, known in schools.items() if urn in known.index), None)
        if phase is None:
            raise CommandError(f"URN {urn} is not among the mainstream schools of these results files.")
        context = pool_of(values, schools, phase, year)
        own = context.reindex([urn])
        found = similar_sets(context, own)[urn]
        if not found.neighbours:
            raise CommandError(f"URN {urn} has no similar schools. {found.reason}")
        table = table_of(found, schools[phase])
        self.stdout.write(
            f"{schools[phase]['name'][urn]}: {len(table)} {phase} schools by context of {school_year_label(year)}"
        )
        self.stdout.write(table.head(10).to_string(index=False))
        for line in comparisons(values, found, phase):
            self.stdout.write(line)
        if found.caution:
            self.stdout.write(found.caution)
        return table


def figures_of(files: Sequence[ResultsFile]) -> pd.DataFrame:
    """Return the best release of each figure for all pupils: ``urn, measure, year, value, layout``."""
    plain = {"measure": str, "release": str}
    parts = []
    for file in files:  # Most rows are about pupil groups: drop them before joining the frames.
        known = (file.values["status"] == ValueStatus.VALUE) & (file.values["pupil_group"] == "all")
        columns = ["urn", "measure", "year", "release", "value"]
        parts.append(file.values.loc[known, columns].astype(plain).assign(layout=file.layout.code))
    long = pd.concat(parts, ignore_index=True)
    best = long.assign(rank=long["release"].map(BEST_FIRST)).sort_values("rank", kind="stable")
    return best.drop_duplicates(["urn", "measure", "year"])[["urn", "measure", "year", "value", "layout"]]


def schools_of(files: Sequence[ResultsFile]) -> dict[str, pd.DataFrame]:
    """Return the mainstream schools by phase of education: name and authority by URN.

    Raises:
        CommandError: the files have no results.
    """
    by_phase = {
        phase: [file.schools for file in files if file.layout.code == layout] for phase, layout in PHASES.items()
    }
    if not any(by_phase.values()):
        raise CommandError("None of these files has key stage 2 or 4 results, which list the schools.")
    mainstream = mainstream_urns({phase: frames for phase, frames in by_phase.items() if frames})
    names = local_authorities()
    answer = {}
    for phase, urns in mainstream.items():
        known = pd.concat(by_phase[phase]).drop_duplicates("urn", keep="last").set_index("urn")
        known = known[known.index.isin(urns)]
        answer[phase] = known.assign(authority=known["la"].map(names).fillna(""))[["name", "authority"]]
    return answer


def newest_census(files: Sequence[ResultsFile]) -> int:
    """Return the newest year of the census files.

    Raises:
        CommandError: no file is a census.
    """
    years = [file.summary.year for file in files if file.layout.code == "census"]
    if not years:
        raise CommandError("None of these files is a school census: there is no context to compare.")
    return max(years)


def pool_of(values: pd.DataFrame, schools: dict[str, pd.DataFrame], phase: str, year: int) -> pd.DataFrame:
    """Return the context of mainstream schools in one phase and year."""
    own = values[(values["year"] == year) & values["urn"].isin(schools[phase].index)]
    context = context_of(own, phase)
    return context[context["pupils"].notna()]


def table_of(found: SimilarSet, schools: pd.DataFrame) -> pd.DataFrame:
    """Return a set as a table: ``place, urn, name, authority, distance`` and each part of the context."""
    rows = [
        {
            "place": place,
            "urn": neighbour.urn,
            **schools.loc[neighbour.urn].to_dict(),
            "distance": neighbour.distance,
            **neighbour.context,
        }
        for place, neighbour in enumerate(found.neighbours, start=1)
    ]
    return pd.DataFrame(rows)


def comparisons(values: pd.DataFrame, found: SimilarSet, phase: str) -> list[str]:
    """Return a line of text for each measure: the school's newest figure, and the similar schools' figures."""
    lines = []
    near = values[
        values["urn"].isin([neighbour.urn for neighbour in found.neighbours]) & (values["layout"] == PHASES[phase])
    ]
    for measure in layout_measures(PHASES[phase]):
        own = near[near["measure"] == measure.code]
        if own.empty or measure.unit in WITHOUT_SCALE:
            continue
        year = int(own["year"].max())
        spread = spread_of(own.loc[own["year"] == year, "value"])
        mine = values[(values["urn"] == found.urn) & (values["measure"] == measure.code) & (values["year"] == year)]
        if spread is not None:
            figure = f"{mine['value'].iloc[0]:g}" if len(mine) else "no figure"
            lines.append(
                f"{measure.label}, {school_year_label(year)}: {figure}; similar schools median {spread.median:g}, "
                f"quartiles {spread.lower:g} to {spread.upper:g} ({spread.count} schools)"
            )
    return lines


def explanations(values: pd.DataFrame, schools: dict[str, pd.DataFrame]) -> list[str]:
    """Return a line of text for each measure: how much of the variance the mean of similar schools explains."""
    lines = []
    census = sorted(set(values.loc[values["layout"] == "census", "year"]))
    for phase, layout in PHASES.items():
        for year in census if phase in schools else ():
            context = pool_of(values, schools, phase, year)
            of_year = values[(values["year"] == year) & (values["layout"] == layout)]
            for measure in [candidate for candidate in layout_measures(layout) if candidate.code in EXPLAINED]:
                own = of_year[of_year["measure"] == measure.code].set_index("urn")["value"]
                own = own[own.index.isin(context.index)]
                if len(own) >= FEWEST_SCHOOLS:
                    share = variance_explained(context, own)
                    about = f"{phase}, {school_year_label(year)}, {measure.label}"
                    lines.append(f"{about}: {share:.1%} of the variance between {len(own):,} schools")
    return lines
