"""Read the files of the schools register (Get Information about Schools) into frames, without a database."""

from schools.gias.links import LinkCycle, predecessor_chain, read_links
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
    "predecessor_chain",
    "read_group_links",
    "read_groups",
    "read_links",
    "read_spine",
    "recognise_register",
]
