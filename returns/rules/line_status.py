"""Decide whether a line of a return can be submitted as it is stored."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LineStatus:
    """What decides whether the return can be submitted with a line.

    >>> answered = LineStatus(is_open=True, says_nothing=False, is_checked=True, version=2)
    >>> answered.may_submit
    True
    >>> sent_back = LineStatus(is_open=True, says_nothing=False, is_checked=True, version=2, sent_back_at=2)
    >>> sent_back.waits_for_answer, sent_back.may_submit
    (True, False)
    """

    is_open: bool  # Whether the school can still change it.
    says_nothing: bool  # Neither a figure nor a reason for having no figure.
    is_checked: bool  # No finding keeps it from being submitted.
    version: int  # How many times it was saved.
    sent_back_at: int | None = None  # Its version when it was sent back for its own reason.

    @property
    def waits_for_answer(self) -> bool:
        """Return whether the line was sent back and nobody has saved it since."""
        return self.sent_back_at == self.version

    @property
    def may_submit(self) -> bool:
        """Return whether the return can be submitted with the line. A line that the trust has does not matter."""
        return not self.is_open or (not self.says_nothing and self.is_checked and not self.waits_for_answer)
