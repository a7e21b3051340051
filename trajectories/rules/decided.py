"""The phase a school is in: what a person decided, beside what the rule proposes now and proposed then."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PhaseInForce:
    """The phase that counts, how it came to count in a word or two, and in a sentence; empty where there is none.

    ``to_decide`` where a person should look: nothing is decided yet, or the proposal has changed since.
    """

    phase: str
    note: str
    says: str
    to_decide: bool


def phase_in_force(proposed: str, *, decided: str = "", proposed_then: str = "") -> PhaseInForce:
    """Return the phase that counts: the one a person decided, else the one the rule proposes.

    ``proposed`` is what the rule proposes now, ``proposed_then`` what it proposed when the person decided; each is
    empty where it proposed nothing.

    Source: trajectories/README.md, rule P5.

    >>> phase_in_force("repair").note, phase_in_force("repair", decided="repair", proposed_then="repair").note
    ('proposed', 'confirmed')
    >>> phase_in_force("improve", decided="improve", proposed_then="repair").says
    'Decided otherwise: the rule proposed Repair. The proposal has changed since: it is now Improve.'
    """
    if not decided:
        return PhaseInForce(phase=proposed, note="proposed" if proposed else "", says="", to_decide=bool(proposed))
    confirmed = decided == proposed_then
    first = "Confirmed: the rule proposed it too." if confirmed else f"Decided otherwise: {_proposed(proposed_then)}."
    if proposed == proposed_then:
        note = "confirmed" if confirmed else "decided otherwise"
        return PhaseInForce(phase=decided, note=note, says=first, to_decide=False)
    now = proposed.capitalize() or "no phase"
    says = f"{first} The proposal has changed since: it is now {now}."
    return PhaseInForce(phase=decided, note=f"decided; now proposed: {now}", says=says, to_decide=True)


def _proposed(phase: str) -> str:
    return f"the rule proposed {phase.capitalize() or 'no phase'}"
