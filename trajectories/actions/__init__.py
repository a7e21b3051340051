from trajectories.actions.judging import decide_phase, judge_line
from trajectories.actions.recomputing import recompute_school, recompute_trust

__all__ = ["decide_phase", "judge_line", "recompute_school", "recompute_trust"]
