"""The phase and the journey that count: a person's decision, with what the rules answer now and answered then."""

from dataclasses import dataclass

from trajectories.rules.capacity import journey_name


@dataclass(frozen=True, kw_only=True)
class PhaseInForce:
    """The phase that counts, with a short note and a sentence on how it came to count. Empty where there is not one.

    ``to_decide`` means that a person should look: nobody has decided yet, or the proposal has changed since.
    """

    phase: str
    note: str
    says: str
    to_decide: bool


def phase_in_force(proposed: str, *, decided: str = "", proposed_then: str = "") -> PhaseInForce:
    """Return the phase that counts: the one a person decided, or else the one the rule proposes.

    ``proposed`` is what the rule proposes now, ``proposed_then`` what it proposed when the person decided. Either is
    empty if the rule proposed nothing.

    Source: trajectories/README.md, rule P5.

    >>> phase_in_force("repair").note, phase_in_force("repair", decided="repair", proposed_then="repair").note
    ('proposed', 'confirmed')
    >>> phase_in_force("improve", decided="improve", proposed_then="repair").says
    'Decided by a person: the rule proposed Repair. The proposal has since changed to Improve.'
    """
    if not decided:
        return PhaseInForce(phase=proposed, note="proposed" if proposed else "", says="", to_decide=bool(proposed))
    confirmed = decided == proposed_then
    first = "Confirmed: the rule proposed it too." if confirmed else f"Decided by a person: {_proposed(proposed_then)}."
    if proposed == proposed_then:
        note = "confirmed" if confirmed else f"decided; {_proposed(proposed_then)}"
        return PhaseInForce(phase=decided, note=note, says=first, to_decide=False)
    now = proposed.capitalize() or "no phase"
    says = f"{first} The proposal has since changed to {now}."
    return PhaseInForce(phase=decided, note=f"decided; proposal now: {now}", says=says, to_decide=True)


def _proposed(phase: str) -> str:
    return f"the rule proposed {phase.capitalize() or 'no phase'}"


@dataclass(frozen=True, kw_only=True)
class JourneyInForce:
    """The letter that counts, with a short note and a sentence on how it came to count. Empty where there is not one.

    ``to_decide`` means that a person should look: the rules give no letter, or have given another one since a person
    decided.
    """

    letter: str
    note: str
    says: str
    to_decide: bool


def journey_in_force(engine: str, *, decided: str = "", engine_then: str = "") -> JourneyInForce:
    """Return the journey that counts: the one a person decided, or else the one the rules answer.

    ``engine`` is the letter that the rules answer now, ``engine_then`` what they answered when the person decided.
    Either is "none" for none of the eight, and empty if the school is not placed.

    Source: trajectories/README.md, rule J1.

    >>> journey_in_force("D").says, journey_in_force("none").to_decide
    ('', True)
    >>> journey_in_force("D", decided="G", engine_then="D").says
    'Decided by a person. Sightline answers D, slow decliner.'
    >>> journey_in_force("F", decided="G", engine_then="D").says
    "Decided by a person. Sightline's answer has since changed from “D, slow decliner” to “F, steady improver”."
    """
    if not decided:
        return JourneyInForce(letter=engine, note="", says="", to_decide=engine in ("", "none"))
    now = journey_in_words(engine)
    if engine == engine_then:
        says = "Sightline answers the same." if engine == decided else f"Sightline answers {now}."
        note = "decided; Sightline agrees" if engine == decided else f"decided; Sightline: {_short(engine)}"
        return JourneyInForce(letter=decided, note=note, says=f"Decided by a person. {says}", to_decide=False)
    says = (
        f"Decided by a person. Sightline's answer has since changed from “{journey_in_words(engine_then)}” to “{now}”."
    )
    return JourneyInForce(
        letter=decided, note=f"decided; Sightline now: {_short(engine)}", says=says, to_decide=engine != decided
    )


def journey_in_words(letter: str) -> str:
    """Return a letter with its journey's name, for use within a sentence.

    >>> journey_in_words("D"), journey_in_words("none"), journey_in_words("")
    ('D, slow decliner', 'steady, below average', 'not placed')
    """
    name = journey_name(letter).lower()
    return f"{letter}, {name}" if len(letter) == 1 else name


def _short(letter: str) -> str:
    return letter if len(letter) == 1 else journey_in_words(letter)
