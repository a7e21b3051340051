from trajectories.actions.judging import judge_line
from trajectories.actions.recomputing import recompute_school, recompute_trust

__all__ = ["judge_line", "recompute_school", "recompute_trust"]
