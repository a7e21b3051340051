"""Read the files of the schools register (Get Information about Schools) into frames, without a database."""

from schools.gias.establishments import read_establishments
from schools.gias.links import LinkCycle, predecessor_chain, read_links
from schools.gias.register_readings import RegisterReading, read_register
from schools.gias.registers import (
    REGISTERS,
    TRUST_TYPES,
    RegisterFile,
    read_group_links,
    read_groups,
    read_spine,
    recognise_register,
)

__all__ = [
    "REGISTERS",
    "TRUST_TYPES",
    "LinkCycle",
    "RegisterFile",
    "RegisterReading",
    "predecessor_chain",
    "read_establishments",
    "read_group_links",
    "read_groups",
    "read_links",
    "read_register",
    "read_spine",
    "recognise_register",
]
