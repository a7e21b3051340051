"""Why a published file of results is refused, beyond what any file can have wrong with it."""

from tables.faults import FileRefused


class YearUnknown(FileRefused):
    """A file of which neither the columns, the place nor the caller says the school year."""


class ReleaseUnknown(FileRefused):
    """A file of which neither the name nor the caller says the release."""
