"""Write the register: trusts, schools, the trust of each school, and the links between schools."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from django.db import models, transaction

from schools.gias import TRUST_TYPES, LinkCycle, predecessor_chain
from schools.gias.school_types import school_type
from schools.models import School, SchoolLink
from tables.faults import FileRefused
from trusts.models import Trust

FIRST_FICTIONAL = 990001  # The register never gives numbers from here on; they are for invented schools and trusts.
ROWS_AT_ONCE = 2_000
# A register's file lists everything there is. A file that would end more than this share of the stored rows is empty
# or only part of the register, so it is refused.
MOST_ENDINGS = 0.1
FEW_ENDINGS = 20  # A file may always end this many.

Row = tuple[Any, ...]


@dataclass(frozen=True)
class RegisterResult:
    """How many rows of a register's file were read and changed. ``skipped`` counts the skipped rows by reason."""

    read: int
    added: int
    changed: int
    unchanged: int
    skipped: Mapping[str, int] = field(default_factory=dict)


@transaction.atomic
def register_trusts(*, groups: pd.DataFrame) -> RegisterResult:
    """Write the register's multi-academy and single-academy trusts, without changing which of them use Sightline.

    ``groups`` is the frame from ``schools.gias.read_groups``.
    """
    is_trust = groups["group_type"].isin(TRUST_TYPES)
    is_real = groups["uid"] < FIRST_FICTIONAL
    kept = groups[is_trust & is_real]
    rows = pd.DataFrame(
        {
            "uid": kept["uid"],
            "group_id": kept["group_id"],
            "name": kept["name"],
            "group_type": kept["group_type"],
            "companies_house_number": kept["companies_house_number"],
            "ukprn": kept["ukprn"],
            "opened_date": _dates(kept["opened"]),
            "closed_date": _dates(kept["closed"]),
        }
    )
    added, changed = _write(Trust, ["uid"], rows)
    skipped = {
        "groups that are not trusts (federations, sponsors and others)": int((~is_trust).sum()),
        "with a number reserved for invented trusts": int((is_trust & ~is_real).sum()),
    }
    return _registered(len(groups), len(rows), added, changed, skipped)


@transaction.atomic
def register_schools(*, spine: pd.DataFrame) -> RegisterResult:
    """Write the schools of the Department's spine.

    A school's name, phase, type and authority from the register's list of academies are newer than any spine, so they
    stay. ``spine`` is the frame from ``schools.gias.read_spine``.
    """
    is_real = spine["urn"] < FIRST_FICTIONAL
    kept = spine[is_real]
    rows = pd.DataFrame(
        {
            "urn": kept["urn"],
            "establishment_number": kept["estab"],
            "lowest_age": kept["age_low"],
            "highest_age": kept["age_high"],
            "town": kept["town"],
            "postcode": kept["postcode"],
            "name": kept["name"],
            "phase": kept["phase"],
            "school_type": [school_type(text) for text in kept["type"]],
            "local_authority_code": kept["la"],
        }
    )
    described = School.objects.exclude(local_authority="")  # The spine has no names of authorities.
    is_described = rows["urn"].isin(set(described.values_list("urn", flat=True)))
    place = rows.columns[: rows.columns.get_loc("name")]
    written = [
        _write(School, ["urn"], rows[~is_described]),
        _write(School, ["urn"], rows.loc[is_described, place]),
    ]
    added, changed = (sum(counts) for counts in zip(*written, strict=True))
    return _registered(len(spine), len(rows), added, changed, _fictional(~is_real))


@transaction.atomic
def register_academies(*, academies: pd.DataFrame) -> RegisterResult:
    """Write which academy is in which trust. An academy that is no longer listed leaves its trust; its history stays.

    ``academies`` is the frame from ``schools.gias.read_group_links``. Invented schools never change.

    Raises:
        FileRefused: the trusts are not imported yet, or the file is too short to be the whole register.
    """
    is_real = academies["urn"] < FIRST_FICTIONAL
    kept = academies[is_real]
    trusts = set(Trust.objects.filter(is_fictional=False).values_list("uid", flat=True))
    is_known = kept["uid"].isin(trusts)
    if not is_known.any():
        raise FileRefused("Its trusts are not imported yet. Import the register's list of all groups first.")
    rows = pd.DataFrame(
        {
            "urn": kept["urn"],
            "name": kept["name"],
            "trust_id": kept["uid"].astype(object).where(is_known, None),
            "joined_date": _dates(kept["joined_date"]).where(is_known, None),
            "phase": kept["phase"],
            "school_type": [school_type(text) for text in kept["type"]],
            "local_authority_code": kept["la_code"],
            "local_authority": kept["la_name"],
        }
    )
    left = _left(set(rows["urn"]))
    added, changed = _write(School, ["urn"], rows)
    skipped = {
        "whose trust is missing from the register's list of groups": int((~is_known).sum()),
        **_fictional(~is_real),
    }
    outcome = _registered(len(academies), len(rows), added, changed, skipped)
    return RegisterResult(outcome.read, added, changed + left, outcome.unchanged, outcome.skipped)


@transaction.atomic
def register_establishments(*, establishments: pd.DataFrame) -> RegisterResult:
    """Write the open schools of the register's full extract, and the trusts that they are in.

    ``establishments`` is the frame from ``schools.gias.read_establishments``. A school that has closed leaves its
    trust; its history stays. The extract does not say when a school joined: the date of a school that stays in its
    trust stays too. If no school of the file is in a trust, the file does not have this column, and nobody leaves.

    Raises:
        FileRefused: the file is too short to be the whole register.
    """
    is_real = establishments["urn"] < FIRST_FICTIONAL
    is_school = establishments["is_school"]
    is_open = establishments["status"] == "open"
    kept = establishments[is_real & is_school & is_open]
    rows = pd.DataFrame(
        {
            "urn": kept["urn"],
            "name": kept["name"],
            "phase": kept["phase"],
            "school_type": [school_type(text) for text in kept["type"]],
            "local_authority_code": kept["la_code"],
            "local_authority": kept["la_name"],
            "establishment_number": kept["estab"],
            "lowest_age": kept["age_low"],
            "highest_age": kept["age_high"],
            "town": kept["town"],
            "postcode": kept["postcode"],
        }
    )
    left = 0
    if says_trusts(establishments):
        members = kept[kept["uid"].notna()]
        trusts = members.drop_duplicates("uid")
        _write(
            Trust,
            ["uid"],
            pd.DataFrame({"uid": trusts["uid"], "name": trusts["trust_name"], "group_type": trusts["group_type"]}),
        )
        left = _left(set(members["urn"]))
        members_before = School.objects.filter(trust__isnull=False).values_list("urn", "trust_id", "joined_date")
        joined = {(urn, trust): day for urn, trust, day in members_before}
        places = list(zip(kept["urn"], kept["uid"], strict=True))
        rows = rows.assign(
            trust_id=pd.Series([uid for _, uid in places], index=rows.index, dtype=object),
            joined_date=pd.Series([joined.get(place) for place in places], index=rows.index, dtype=object),
        )
    added, changed = _write(School, ["urn"], rows)
    skipped = {
        "that are closed": int((is_real & is_school & (establishments["status"] == "closed")).sum()),
        "that are not open yet": int((is_real & is_school & (establishments["status"] == "other")).sum()),
        "that are no schools in England": int((is_real & ~is_school).sum()),
        **_fictional(~is_real),
    }
    outcome = _registered(len(establishments), len(rows), added, changed, skipped)
    return RegisterResult(outcome.read, added, changed + left, outcome.unchanged, outcome.skipped)


def says_trusts(establishments: pd.DataFrame) -> bool:
    """Whether the full extract says which schools are in trusts. Some copies of it have only other columns."""
    return bool(establishments["uid"].notna().any())


def _left(listed: set[int]) -> int:
    """Remove schools that are not ``listed`` from their trusts; return how many."""
    in_trusts = School.objects.filter(trust__isnull=False, is_fictional=False)
    held = set(in_trusts.values_list("urn", flat=True))
    leavers = held - listed
    _check_endings(len(leavers), len(held), "schools would leave their trust")
    in_trusts.filter(urn__in=leavers).update(trust=None, joined_date=None)
    return len(leavers)


@transaction.atomic
def register_links(*, links: pd.DataFrame) -> RegisterResult:
    """Write the register's links between schools, and delete those that it no longer has.

    ``links`` is the frame from ``schools.gias.read_links``.

    Raises:
        FileRefused: the links lead in a circle, or the file is too short to be the whole register.
    """
    try:
        predecessor_chain(links)
    except LinkCycle as circle:
        raise FileRefused(str(circle)) from circle
    says_order = links["link_type"].isin(SchoolLink.Direction.values)
    is_real = links["urn"] < FIRST_FICTIONAL
    kept = links[says_order & is_real]
    rows = pd.DataFrame(
        {
            "urn": kept["urn"],
            "link_urn": kept["link_urn"],
            "direction": kept["link_type"],
            "kind": kept["kind"],
            "link_name": kept["link_name"],
            "established_date": _dates(kept["established_date"]),
        }
    )
    key = ["urn", "link_urn", "direction", "kind"]
    gone = _take_out_links(set(rows[key].itertuples(index=False, name=None)), key)
    added, changed = _write(SchoolLink, key, rows)
    skipped = {"that do not say which school came first": int((~says_order).sum()), **_fictional(says_order & ~is_real)}
    outcome = _registered(len(links), len(rows), added, changed, skipped)
    return RegisterResult(outcome.read, added, changed + gone, outcome.unchanged, outcome.skipped)


def _take_out_links(listed: set[Row], key: Sequence[str]) -> int:
    held = {row[1:]: row[0] for row in SchoolLink.objects.filter(urn__lt=FIRST_FICTIONAL).values_list("pk", *key)}
    gone = [pk for link, pk in held.items() if link not in listed]
    _check_endings(len(gone), len(held), "links between schools would be deleted")
    SchoolLink.objects.filter(pk__in=gone).delete()
    return len(gone)


@transaction.atomic
def make_tenant(*, trust: Trust) -> bool:
    """Let a trust use Sightline; return whether this is new."""
    return Trust.objects.filter(pk=trust.pk, is_tenant=False).update(is_tenant=True) == 1


def _write(model: type[models.Model], key: list[str], rows: pd.DataFrame) -> tuple[int, int]:
    """Add the rows that are missing and change those that differ; return how many of each."""
    names = list(rows.columns)
    width = len(key)
    held = {row[:width]: row for row in model._default_manager.values_list(*names)}
    listed = [tuple(row) for row in rows.astype(object).itertuples(index=False, name=None)]
    added = [row for row in listed if row[:width] not in held]
    changed = [row for row in listed if row[:width] in held and held[row[:width]] != row]
    model._default_manager.bulk_create(
        [model(**dict(zip(names, row, strict=True))) for row in [*added, *changed]],
        update_conflicts=True,
        unique_fields=key,
        update_fields=[name for name in names if name not in key],
        batch_size=ROWS_AT_ONCE,
    )
    return len(added), len(changed)


def _check_endings(count: int, held: int, what: str) -> None:
    if count > max(FEW_ENDINGS, MOST_ENDINGS * held):
        raise FileRefused(f"{count:,} of {held:,} {what}. This file is only part of the register.")


def _dates(column: pd.Series) -> pd.Series:
    """Return dates as the database expects them, with None for a missing date."""
    return pd.Series([None if pd.isna(day) else day.date() for day in column], index=column.index, dtype=object)


def _fictional(rows: pd.Series) -> dict[str, int]:
    return {"with a number reserved for invented schools": int(rows.sum())}


def _registered(read: int, kept: int, added: int, changed: int, skipped: Mapping[str, int]) -> RegisterResult:
    reasons = {reason: count for reason, count in skipped.items() if count}
    return RegisterResult(read, added, changed, kept - added - changed, reasons)
