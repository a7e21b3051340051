"""Capacity: whether a school gives or takes, from its journey and its phase, in Carter's words."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from trajectories.rules import DATA

STATUSES = {
    "giver": "Capacity giver",
    "potential giver": "Potential giver",
    "taker": "Capacity taker",
    "not placed": "Not placed",
}
FLAGS = {
    "openness_risk": "Openness risk: may believe it can do it alone",
    "awareness_risk": "Awareness risk: may not know how much help it needs",
    "under_used": "Under-used: should be giving, but nothing has been agreed",
    "asks_for_nothing": "Asks for nothing: needs help, but has not said what it needs",
}


@dataclass(frozen=True, kw_only=True)
class Journey:
    """One of Carter's eight journeys, with his words on capacity, his question and the system's role."""

    letter: str
    name: str
    journey: str
    capacity: str
    status: str
    flags: tuple[str, ...]
    question: str
    role: str


@dataclass(frozen=True, kw_only=True)
class CapacityInArea:
    """What a school can give or needs in one area, with the rule and the reason."""

    status: str
    rule: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SchoolCapacity:
    """A school's capacity status, with its flags, the rule and the reason.

    ``journey`` is None when the school is not on one of the eight journeys.
    """

    status: str
    rule: str
    reason: str
    flags: tuple[str, ...] = ()
    journey: Journey | None = None


@cache
def journeys() -> Mapping[str, Journey]:
    """Return Carter's eight journeys by letter.

    >>> journeys()["G"].status
    'potential giver'
    """
    data = tomllib.loads((DATA / "journeys.toml").read_text(encoding="utf-8"))
    return {
        letter: Journey(letter=letter, **journey | {"flags": tuple(journey["flags"])})
        for letter, journey in data.items()
        if isinstance(journey, dict)
    }


def journey_name(letter: str) -> str:
    """Return the name of a journey for one school, from the letter stored with its placement.

    >>> journey_name("F"), journey_name("E"), journey_name("none"), journey_name("")
    ('Steady improver', 'Steady and secure', 'Steady, below average', 'Not placed')
    """
    journey = journeys().get(letter)
    if journey is None:
        return "Steady, below average" if letter == "none" else "Not placed"
    return journey.name.removesuffix("s")


def status_code(status: str) -> str:
    """Return a status in the form that page components take; empty for a school that is not placed.

    >>> status_code("potential giver"), status_code("not placed")
    ('potential_giver', '')
    """
    return "" if status == "not placed" else status.replace(" ", "_")


def capacity_of(
    letter: str | None,
    phase: str | None,
    *,
    has_offers: bool | None = None,
    has_needs: bool | None = None,
) -> SchoolCapacity:
    """Return a school's capacity status from its journey's letter and its confirmed or proposed phase.

    The journey decides. The phase can only hold a giver back: a school in Stabilise takes, and one in Repair is at most
    a potential giver. A school without a letter is not placed, unless it is in Stabilise: then it takes. ``has_offers``
    and ``has_needs`` say whether the school has offered or asked for anything; None means not known and raises no
    flag.

    Source: trajectories/README.md, rules C1 to C5.

    Raises:
        ValueError: the letter is not A to H, "none" or None.

    >>> capacity_of("A", "sustain").status, capacity_of("A", "stabilise").status
    ('giver', 'taker')
    """
    if letter not in (None, "none") and letter not in journeys():
        raise ValueError(f"{letter!r} is not one of the eight journeys")
    journey = journeys().get(letter) if letter else None
    status, rule, reason = _status(journey, letter, phase)
    flags = _flags(journey, status, has_offers, has_needs)
    return SchoolCapacity(status=status, rule=rule, reason=reason, flags=flags, journey=journey)


def _status(journey: Journey | None, letter: str | None, phase: str | None) -> tuple[str, str, str]:
    on = f"Journey {journey.letter}, {journey.name.lower()}" if journey else ""
    if phase == "stabilise" and (journey is None or journey.status != "taker"):
        start = f"{on}, but the school" if journey else "The school"
        return "taker", "C2", f"{start} is in Stabilise: it needs all its own capacity, and more."
    if journey is None and letter == "none":
        return (
            "not placed",
            "C4",
            "Steady and below average is not one of the eight journeys, so a person must decide.",
        )
    if journey is None:
        return (
            "not placed",
            "C4",
            "The school has no journey yet, so Sightline cannot say what it can give or needs.",
        )
    if phase == "repair" and journey.status == "giver":
        return (
            "potential giver",
            "C3",
            f"{on}, but the school is still in Repair. Agree with its headteacher what it can spare.",
        )
    return journey.status, "C1", f"{on}: {journey.capacity[0].lower()}{journey.capacity[1:]}."


def _flags(journey: Journey | None, status: str, has_offers: bool | None, has_needs: bool | None) -> tuple[str, ...]:
    flags = list(journey.flags) if journey else []
    if "under_used" in flags and (status != "giver" or has_offers):
        flags.remove("under_used")
    if status == "giver" and has_offers is False and "under_used" not in flags:
        flags.append("under_used")
    if status == "taker" and has_needs is False:
        flags.append("asks_for_nothing")
    return tuple(flags)


def area_capacity(school: str, school_phase: str | None, area_phase: str | None) -> CapacityInArea:
    """Return what a school can give or needs in one area, from its own status and phase and the area's phase.

    ``school`` is the school's status (giver, potential giver, taker, not placed). A phase that is not known is None or
    empty. An area in Stabilise takes, whatever the school's journey. One in Sustain can give even where the school
    takes. An area that nobody has judged is not placed: missing does not mean weak.

    Source: trajectories/README.md, rules C7 to C11.

    Raises:
        ValueError: the status or a phase is not known.

    >>> area_capacity("taker", "repair", "sustain").status, area_capacity("giver", "sustain", "stabilise").status
    ('giver', 'taker')
    """
    if school not in STATUSES or any(phase and phase not in PHASES for phase in (school_phase, area_phase)):
        raise ValueError(f"{school!r}, {school_phase!r} and {area_phase!r} are not a status and two phases")
    if not area_phase:
        reason = "The area has no phase, so Sightline cannot say what it can give or needs."
        return CapacityInArea(status="not placed", rule="C11", reason=reason)
    return _AREAS[area_phase](school, school_phase == "stabilise")


def _stabilise(school: str, crisis: bool) -> CapacityInArea:
    return CapacityInArea(
        status="taker", rule="C7", reason="The area is in Stabilise, so it takes, whatever the school's journey."
    )


def _repair(school: str, crisis: bool) -> CapacityInArea:
    if school == "giver" and not crisis:
        says = "The area is still in Repair, in a school that gives, so it could share what it is learning."
        return CapacityInArea(status="potential giver", rule="C8", reason=says)
    says = "The area is in Repair, in a school that does not give, so it takes."
    return CapacityInArea(status="taker", rule="C8", reason=says)


def _improve(school: str, crisis: bool) -> CapacityInArea:
    if crisis:
        says = "The area is in Improve, but the school is in Stabilise and needs all its own capacity."
        return CapacityInArea(status="taker", rule="C9", reason=says)
    if school in ("giver", "potential giver"):
        return CapacityInArea(
            status=school, rule="C9", reason=f"The area is in Improve, so it has the school's status: {school}."
        )
    says = "The area is in Improve, ahead of its school, so it could give a little."
    return CapacityInArea(status="potential giver", rule="C9", reason=says)


def _sustain(school: str, crisis: bool) -> CapacityInArea:
    if crisis:
        says = "The area is in Sustain, but the school is in Stabilise. Agree with its headteacher what it can spare."
        return CapacityInArea(status="potential giver", rule="C10", reason=says)
    also = "" if school == "giver" else ", even where the school does not"
    return CapacityInArea(status="giver", rule="C10", reason=f"The area is in Sustain, so it can give{also}.")


_AREAS = {"stabilise": _stabilise, "repair": _repair, "improve": _improve, "sustain": _sustain}
PHASES = tuple(_AREAS)


def cause_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return which inputs of a status changed between two answers, and which of them a person decided.

    The inputs are ``letter``, ``phase`` and, for an area, ``area_phase``; an empty one means none. ``decided`` names
    those that a person decided. If no input changed, then the rule or a record did, and the answer is empty.

    Source: trajectories/README.md, rule C12.

    >>> cause_of({"letter": "F", "phase": "improve"}, {"letter": "D", "phase": "improve"})
    'Journey changed from F to D.'
    """
    names = (("letter", "Journey"), ("phase", "Phase of the school"), ("area_phase", "Phase of the area"))
    moved = [
        f"{name} changed from {_word(before.get(key))} to {_word(after.get(key))}{_whose(key, before, after)}."
        for key, name in names
        if (before.get(key) or "") != (after.get(key) or "")
    ]
    return " ".join(moved)


def _whose(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if key in after.get("decided", ()):
        return " (decided by a person)"
    return " (no longer decided by a person)" if key in before.get("decided", ()) else ""


def _word(code: str | None) -> str:
    return (code[0].upper() + code[1:]) if code else "none"
