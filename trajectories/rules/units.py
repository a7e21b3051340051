"""Units: the phase of a subject, department, year group or key stage, from what people saw of it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from schools.rules.terms import school_year_label
from tables.word_lists import join_in_words
from trajectories.rules.phase import LineLevel, ProposedPhase, level_that_counts, propose_phase, suggest_levels
from trajectories.rules.rubric import Rubric, read_rubric


@cache
def unit_rubric() -> Rubric:
    """Return the five lines of a unit's rubric, with the numbers of its rules.

    >>> [line.code for line in unit_rubric().lines]
    ['outcomes', 'teaching', 'leadership', 'curriculum', 'staffing']
    """
    return read_rubric("unit_rubric.toml")


def suggest_unit(percentiles: Mapping[str, float | None], *, year: int) -> dict[str, LineLevel]:
    """Return what published progress suggests for a subject, by line of the unit's rubric.

    ``percentiles`` are national percentiles (100 is best) by the measure's name, all for the school year
    ``year``. Their mean counts. A measure without a percentile is left out; if none has one, nothing is suggested.

    Source: trajectories/README.md, rule D7.

    >>> suggest_unit({"Reading progress": 30.0, "Writing progress": None}, year=2019)["outcomes"].phase
    'repair'
    >>> suggest_unit({"Mathematics progress": None}, year=2019)
    {}
    """
    known = {name: value for name, value in percentiles.items() if value is not None}
    if not known:
        return {}
    mean = sum(known.values()) / len(known)
    basis = f" {join_in_words(list(known))}, {school_year_label(year)}."
    levels = suggest_levels({"progress_percentile": mean}, rubric=unit_rubric())
    return {line: replace(level, reason=level.reason + basis) for line, level in levels.items()}


def unit_phase(
    *,
    data: Mapping[str, LineLevel] | None = None,
    school: Mapping[str, LineLevel] | None = None,
    trust: Mapping[str, LineLevel] | None = None,
) -> ProposedPhase:
    """Return the phase of a unit from the levels that each voice gives its lines, or refuse and say what is missing.

    On each line the trust's level counts, or else the school's, or else the data's.

    Source: trajectories/README.md, rules U1 to U4.

    Raises:
        ValueError: a line, a phase or a voice is not in the rubric of units.

    >>> seen = {"teaching": LineLevel(phase="repair", voice="school", reason="Visits in May")}
    >>> unit_phase(school=seen).reason
    'No phase is proposed yet: 3 of the 5 lines must be judged, and 1 has been.'
    """
    voices: dict[str, Mapping[str, LineLevel]] = {"data": data or {}, "school": school or {}, "trust": trust or {}}
    codes = {line for levels in voices.values() for line in levels}
    if unknown := codes - {line.code for line in unit_rubric().lines}:
        raise ValueError(f"{', '.join(sorted(unknown))} is not a line of a unit")
    counting: dict[str, LineLevel] = {}
    for line in unit_rubric().lines:
        level = level_that_counts({voice: levels.get(line.code) for voice, levels in voices.items()})
        if level is not None:
            counting[line.code] = level
    return propose_phase(counting, rubric=unit_rubric())
