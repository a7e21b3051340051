"""The engine: where a school stands, where it is going, its phase and its capacity to help others.

Pure modules: frames and values in, frames and values out. No Django, no database, no clock. Every rule and
every threshold is data in ``trajectories/data``, with a number, a sentence, a unit and a source;
``trajectories/README.md`` says each of them in words.
"""

from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data"
