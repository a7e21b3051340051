from trajectories.actions.deciding import decide_journey, replace_reference
from trajectories.actions.judging import judge_line
from trajectories.actions.recomputing import recompute_school, recompute_trust

__all__ = ["decide_journey", "judge_line", "recompute_school", "recompute_trust", "replace_reference"]
