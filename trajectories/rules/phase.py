"""Phase: Stabilise, Repair, Improve, Sustain, proposed from the lines of the rubric by a written rule."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kpis.rules.figures_in_words import MINUS
from tables.word_lists import join_in_words
from trajectories.rules.rubric import PhaseCap, PhaseSuggestion, Rubric, standard_rubric

VOICES = (
    "trust",
    "school",
    "data",
)  # In order of precedence: the trust's moderation, then the school, then the data.


@dataclass(frozen=True, kw_only=True)
class LineLevel:
    """The phase of one line, whose voice it is (trust, school or data) and why."""

    phase: str
    voice: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ProposedPhase:
    """The phase that the lines propose, and why. ``phase`` is None if there is too little evidence.

    ``holding_back`` are the lines that have not reached the next phase, ``missing`` the lines that nobody has judged,
    ``caps`` the sentences of the caps that applied, ``uncapped`` the phase without the caps.
    """

    phase: str | None
    reason: str
    rule: str
    holding_back: tuple[str, ...]
    missing: tuple[str, ...]
    caps: tuple[str, ...]
    uncapped: str | None
    levels: Mapping[str, LineLevel]
    rubric_version: str


def suggest_levels(values: Mapping[str, float | None], *, rubric: Rubric | None = None) -> dict[str, LineLevel]:
    """Return the phase that figures suggest for each line, with the figure and the step in words.

    ``values`` are figures by feature: ``band`` (0 to 4), ``absence_percentile`` (100 is best), ``turnover`` (%),
    ``sickness_days`` (a teacher a year), ``suspensions_ratio`` (times the national rate) and ``reserves_percent`` (of
    income). A missing figure suggests nothing. If two figures are about one line, the earlier phase counts and both
    reasons are given.

    Source: trajectories/README.md, rules D1 to D6.

    Raises:
        ValueError: a feature is not known.

    >>> suggest_levels({"reserves_percent": -1.2, "turnover": None})["finance"].phase
    'stabilise'
    """
    rubric = rubric or standard_rubric()
    unknown = set(values) - {rule.feature for rule in rubric.suggestions}
    if unknown:
        raise ValueError(f"no rule reads {', '.join(sorted(unknown))}")
    levels: dict[str, LineLevel] = {}
    for rule in rubric.suggestions:
        value = values.get(rule.feature)
        if value is None or math.isnan(value):
            continue
        level = _suggested(rule, value)
        if rule.line in levels:
            level = _earlier(levels[rule.line], level, rubric)
        levels[rule.line] = level
    return levels


def _suggested(rule: PhaseSuggestion, value: float) -> LineLevel:
    at = _step(rule, value)
    phase = rule.steps[at]["phase"]
    reason = f"{rule.number}: {rule.name}: {_shown(rule, value)}. {phase.capitalize()} is {_range(rule, at)}."
    return LineLevel(phase=phase, voice="data", reason=reason)


def _step(rule: PhaseSuggestion, value: float) -> int:
    for at, step in enumerate(rule.steps):
        lower, upper = step.get("lower"), step.get("upper")
        if (lower is None or value >= lower) and (upper is None or value <= upper):
            return at
    raise ValueError(f"rule {rule.number} has no last step without a bound")


def _shown(rule: PhaseSuggestion, value: float) -> str:
    """Write a figure with enough decimals to show which side of the bound it is on."""
    side = _step(rule, value)
    decimals = next(number for number in range(rule.decimals, 17) if _step(rule, round(value, number)) == side)
    return f"{round(value, decimals) + 0:.{decimals}f}{rule.suffix}".replace("-", MINUS)


def _range(rule: PhaseSuggestion, at: int) -> str:
    """Return which figures the step at a place covers, given the step before it."""
    step, before = rule.steps[at], rule.steps[at - 1] if at else {}
    known = {**{f"past {name}": bound for name, bound in before.items()}, **step}
    lower, upper, past_lower, past_upper = (
        f"{known[name]:g}{rule.suffix}".replace("-", MINUS) if name in known else ""
        for name in ("lower", "upper", "past lower", "past upper")
    )
    if lower:
        return f"{lower} to under {past_lower}" if past_lower else f"{lower} or more"
    if upper:
        return f"above {past_upper}, up to {upper}" if past_upper else f"{upper} or less"
    return f"under {past_lower}" if past_lower else f"above {past_upper}"


def _earlier(first: LineLevel, second: LineLevel, rubric: Rubric) -> LineLevel:
    both = f"{first.reason} {second.reason}"
    phase = min(first.phase, second.phase, key=rubric.phases.index)
    return LineLevel(phase=phase, voice="data", reason=both)


def level_that_counts(voices: Mapping[str, LineLevel | None]) -> LineLevel | None:
    """Return the level that counts among up to three voices: the trust's, or else the school's, or else the data's.

    The page shows all three side by side. This says only which one the proposal uses.
    """
    return next((level for voice in VOICES if (level := voices.get(voice)) is not None), None)


def propose_phase(levels: Mapping[str, LineLevel], *, rubric: Rubric | None = None) -> ProposedPhase:
    """Propose a phase from the levels of the lines, or refuse and say what is missing.

    The proposal is the furthest phase that more than half of the judged lines have reached. It is refused if fewer than
    five lines are judged, or if leadership or outcomes is not. Unstable leadership, ineffective governance or
    significant financial risk caps it at Stabilise. A person confirms the proposal.

    Source: trajectories/README.md, rules P1 to P5.

    Raises:
        ValueError: a line, a phase or a voice is not in the rubric.
    """
    rubric = rubric or standard_rubric()
    _refuse_unknown(levels, rubric)
    missing = tuple(line.code for line in rubric.lines if line.code not in levels)
    common: dict[str, Any] = {"missing": missing, "levels": dict(levels), "rubric_version": rubric.version}
    if refusal := _refusal(levels, rubric):
        return ProposedPhase(
            **common,
            phase=None,
            rule=rubric.numbers["refused"],
            reason=refusal,
            holding_back=(),
            caps=(),
            uncapped=None,
        )
    reached = max(rubric.phases.index(phase) for phase in rubric.phases if _share(levels, phase, rubric) > rubric.share)
    caps = [cap for cap in rubric.caps if cap.line in levels and levels[cap.line].phase == cap.at]
    final = min([reached, *(rubric.phases.index(cap.highest) for cap in caps)])
    target = rubric.phases[min(final + 1, len(rubric.phases) - 1)]
    behind = tuple(code for code in levels if _place(levels[code].phase, rubric) < rubric.phases.index(target))
    return ProposedPhase(
        **common,
        phase=rubric.phases[final],
        rule=rubric.numbers["capped" if final < reached else "proposed"],
        reason=_reason(levels, rubric, reached, final, caps, behind, target),
        holding_back=behind,
        caps=tuple(f"{cap.number}: {cap.says}." for cap in caps),
        uncapped=rubric.phases[reached],
    )


def _refuse_unknown(levels: Mapping[str, LineLevel], rubric: Rubric) -> None:
    codes = {line.code for line in rubric.lines}
    for code, level in levels.items():
        if code not in codes:
            raise ValueError(f"{code!r} is not a line of the rubric")
        if level.phase not in rubric.phases or level.voice not in VOICES:
            raise ValueError(f"{code}: {level.phase!r} by {level.voice!r} is not a phase and a voice")


def _refusal(levels: Mapping[str, LineLevel], rubric: Rubric) -> str | None:
    without = [rubric.line(code).name.lower() for code in rubric.must_have if code not in levels]
    if len(levels) < rubric.lines_needed:
        return (
            f"No phase is proposed yet: {rubric.lines_needed} of the {len(rubric.lines)} lines must be judged, and "
            f"{len(levels) or 'none'} {'has' if len(levels) == 1 else 'have'} been."
        )
    if without:
        return f"No phase is proposed yet: {' and '.join(without)} must be judged first."
    return None


def _place(phase: str, rubric: Rubric) -> int:
    return rubric.phases.index(phase)


def _share(levels: Mapping[str, LineLevel], phase: str, rubric: Rubric) -> float:
    there = sum(_place(level.phase, rubric) >= _place(phase, rubric) for level in levels.values())
    return there / len(levels)


def _reason(
    levels: Mapping[str, LineLevel],
    rubric: Rubric,
    reached: int,
    final: int,
    caps: list[PhaseCap],
    behind: tuple[str, ...],
    target: str,
) -> str:
    phase = rubric.phases[reached]
    there = round(_share(levels, phase, rubric) * len(levels))
    further = "" if phase == rubric.phases[-1] else " or beyond"
    sentences = f"{there} of {len(levels)} judged lines are in {phase.capitalize()}{further}."
    if final < reached:
        sentences += " " + " ".join(f"{cap.says}. This caps the phase at {cap.highest.capitalize()}." for cap in caps)
    if behind:
        names = join_in_words([rubric.line(code).name.lower() for code in behind])
        is_there = final == reached and target == phase
        sentences += f" Not there yet: {names}." if is_there else f" Held back from {target.capitalize()} by {names}."
    return sentences
