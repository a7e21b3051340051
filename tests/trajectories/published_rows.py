"""The real published files as the long frame that the engine takes, read in the simplest correct way."""

from pathlib import Path

import pandas as pd
import pytest

from trajectories.rules.measures import measures

DFE = Path(__file__).resolve().parents[3] / "shared" / "data" / "dfe"
FILES = {
    ("ks4", "final"): "england_ks4final_headline.csv",
    ("ks4", "provisional"): "england_ks4provisional.csv",
    ("ks2", "final"): "england_ks2final_headline.csv",
    ("absence", "final"): "england_abs.csv",
}
NOT_MAINSTREAM = {"IND", "INDSPEC", "FESI", "NMSS", "ACCS", "ACS", "CYS", "FDS", "FS", ""}
EXTRA = ["P8CILOW", "P8CIUPP"]  # Not separate measures: they show how precise Progress 8 is.

needs_published_files = pytest.mark.skipif(
    not DFE.exists(), reason="the published files (../shared/data) are not next to this checkout"
)


def read_file(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    frame = frame.apply(lambda column: column.str.strip())
    if "RECTYPE" in frame:
        frame = frame[frame["RECTYPE"].isin(["1", "2"])]
    return frame[frame["URN"].str.fullmatch(r"\d{6}")].assign(urn=lambda rows: rows["URN"].astype(int))


def read_results(*, kinds: tuple[str, ...] = ("ks4", "ks2", "absence"), extra: bool = False) -> pd.DataFrame:
    frames = []
    codes = [*measures(), *(EXTRA if extra else [])]
    for (kind, release), name in FILES.items():
        for path in sorted((DFE / kind).glob(f"*/{name}")) if kind in kinds else []:
            file = read_file(path)
            long = file.melt("urn", [code for code in codes if code in file], var_name="measure", value_name="text")
            long["value"] = pd.to_numeric(long["text"].str.rstrip("%"), errors="coerce")
            long["status"] = long["value"].notna().map({True: "value", False: "not_published"})
            frames.append(long.assign(year=2000 + int(path.parent.name[-2:]), release=release))
    return pd.concat(frames, ignore_index=True).drop(columns="text")


def mainstream_urns() -> dict[str, set[int]]:
    """Return the URNs of state-funded mainstream schools by phase of education.

    The tables' own school type decides if they have one, or else the establishment number. In the Department's
    numbering, 2000 to 5999 and 6900 to 6999 (the first academies) are state-funded mainstream schools, other 6000s are
    independent, 7000s special and 1100s pupil referral units.
    """
    found: dict[str, set[int]] = {"primary": set(), "secondary": set()}
    special: set[int] = set()
    for (kind, _), name in FILES.items():
        if kind == "absence":
            continue
        phase = "secondary" if kind == "ks4" else "primary"
        for path in sorted((DFE / kind).glob(f"*/{name}")):
            file = read_file(path)
            found[phase] |= set(file.loc[file["ESTAB"].str.fullmatch(r"[2-5]\d{3}|69\d\d"), "urn"])
            if "NFTYPE" in file:
                special |= set(file.loc[file["NFTYPE"].isin(NOT_MAINSTREAM), "urn"])
                found[phase] |= set(file.loc[~file["NFTYPE"].isin(NOT_MAINSTREAM), "urn"])
            if "RECTYPE" in file:
                special |= set(file.loc[file["RECTYPE"].eq("2"), "urn"])
    return {phase: urns - special for phase, urns in found.items()}


def cohorts(phase: str) -> pd.Series:
    """Return each school's usual number of pupils at the end of the key stage by URN: the median of the final files."""
    kind, column = {"primary": ("ks2", "TELIG"), "secondary": ("ks4", "TPUP")}[phase]
    files = [read_file(path) for path in sorted((DFE / kind).glob(f"*/{FILES[(kind, 'final')]}"))]
    sized = pd.concat([file[["urn", column]] for file in files if column in file])
    return pd.to_numeric(sized[column], errors="coerce").groupby(sized["urn"]).median()
