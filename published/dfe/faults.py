"""Define faults that only published results files can have."""

from tables.faults import FileRefused


class YearUnknown(FileRefused):
    """Neither the file's columns, its place nor the caller gives the school year."""


class ReleaseUnknown(FileRefused):
    """Neither the file's name nor the caller gives the release."""
