from trajectories.actions.journeys import decide_journey
from trajectories.actions.judging import judge_line
from trajectories.actions.recomputing import recompute_school, recompute_trust
from trajectories.actions.references import replace_reference

__all__ = ["decide_journey", "judge_line", "recompute_school", "recompute_trust", "replace_reference"]
