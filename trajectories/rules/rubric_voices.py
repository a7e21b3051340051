"""The rubric next to what is known about a school: features in words, what no figure covers, and what has moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trajectories.rules.rubric import PhaseCap, Rubric, RubricLine

VOICE_WORDS = {"data": "the data suggests", "school": "the school judges", "trust": "the trust moderates"}


@dataclass(frozen=True, kw_only=True)
class RubricFeature:
    """What can be observed on one line at one phase. ``is_ours`` is true where the source states nothing."""

    phase: str
    text: str
    is_ours: bool
    cap: PhaseCap | None  # The cap that this level puts on the whole school.


def features_of(line: RubricLine, rubric: Rubric) -> tuple[RubricFeature, ...]:
    """Return what can be observed on a line at each phase, from Stabilise to Sustain."""
    caps = {cap.at: cap for cap in rubric.caps if cap.line == line.code}
    return tuple(
        RubricFeature(phase=phase, text=line.feature(phase), is_ours=phase in line.not_stated, cap=caps.get(phase))
        for phase in rubric.phases
    )


def why_data_is_silent(line: str, heard: str, rubric: Rubric) -> str:
    """Return why no figure covers a line, or which of its figures is missing. Empty if every figure is there.

    ``heard`` is the reason for what the data suggests, empty if it suggests nothing. A missing figure suggests neither
    a low phase nor a high one.

    >>> from trajectories.rules.rubric import standard_rubric
    >>> why_data_is_silent("leadership", "", standard_rubric())
    'No figures are used for this line: people judge it.'
    >>> why_data_is_silent("staffing", "D3: Staff turnover ...", standard_rubric())
    'No figure yet for sickness days per teacher in twelve months (rule D4).'
    """
    rules = [rule for rule in rubric.suggestions if rule.line == line]
    if not rules:
        return "No figures are used for this line: people judge it."
    missing = [
        f"{rule.name[0].lower()}{rule.name[1:]} (rule {rule.number})" for rule in rules if rule.number not in heard
    ]
    return f"No figure yet for {' and '.join(missing)}." if missing else ""


def next_phase(phase: str, rubric: Rubric) -> str:
    """Return the phase after ``phase``, from which a school at ``phase`` is held back. Sustain is the last.

    >>> from trajectories.rules.rubric import standard_rubric
    >>> next_phase("repair", standard_rubric()), next_phase("sustain", standard_rubric())
    ('improve', 'sustain')
    """
    return rubric.phases[min(rubric.phases.index(phase) + 1, len(rubric.phases) - 1)]


def moved_lines(before: Mapping[str, Any], after: Mapping[str, Any], rubric: Rubric) -> tuple[str, ...]:
    """Return in words which lines moved between two proposals, in the rubric's order.

    ``before`` and ``after`` are stored levels by line, each with ``phase`` and ``voice``. It is a move if another voice
    counts, even if the phase stays. A change of reason alone is not a move.

    >>> from trajectories.rules.rubric import standard_rubric
    >>> at = lambda phase, voice: {"phase": phase, "voice": voice}
    >>> moved_lines({"finance": at("repair", "data")}, {"finance": at("improve", "trust")}, standard_rubric())
    ('Finance: Repair, now Improve (the trust moderates)',)
    >>> moved_lines({"finance": at("repair", "data")}, {}, standard_rubric())
    ('Finance: Repair, now has no level',)
    """
    levels = [(line.name, before.get(line.code), after.get(line.code)) for line in rubric.lines]
    return tuple(_move(name, old, new) for name, old, new in levels if _heard(old) != _heard(new))


def _heard(level: Mapping[str, Any] | None) -> tuple[str, str] | None:
    return (level["phase"], level["voice"]) if level else None


def _move(name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    was = f"{old['phase'].capitalize()}, now" if old else "now"
    if not new:
        return f"{name}: {was} has no level"
    still = "still " if old and old["phase"] == new["phase"] else ""
    return f"{name}: {was} {still}{new['phase'].capitalize()} ({VOICE_WORDS[new['voice']]})"
