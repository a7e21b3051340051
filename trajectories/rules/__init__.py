"""The engine: a school's standing, its trajectory, its phase, and its capacity to help other schools.

Pure modules: frames and values in, frames and values out. No Django, no database, no clock. Every rule and every
threshold is data in ``trajectories/data`` with a number, a sentence, a unit and a source. ``trajectories/README.md``
describes them all in words.
"""

from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data"
