from trajectories.actions.journeys import decide_journey
from trajectories.actions.judgements import decide_phase, judge_line
from trajectories.actions.recomputing import recompute_school, recompute_trust
from trajectories.actions.references import replace_reference

__all__ = [
    "decide_journey",
    "decide_phase",
    "judge_line",
    "recompute_school",
    "recompute_trust",
    "replace_reference",
]
