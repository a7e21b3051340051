"""A decision that people will ask about is never taken without a reason."""


class ReasonNeeded(ValueError):
    """The decision has no reason. The message says what to give one for."""
