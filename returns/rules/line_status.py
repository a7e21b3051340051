"""Whether one line of a return may be submitted as it is stored."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LineStatus:
    """What decides whether the return may be submitted with a line.

    >>> answered = LineStatus(is_open=True, says_nothing=False, is_checked=True, version=2)
    >>> answered.may_submit
    True
    >>> sent_back = LineStatus(is_open=True, says_nothing=False, is_checked=True, version=2, sent_back_at=2)
    >>> sent_back.waits_for_answer, sent_back.may_submit
    (True, False)
    """

    is_open: bool  # Whether the school may still change it.
    says_nothing: bool  # Neither a figure nor a reason for having none.
    is_checked: bool  # Nothing that was found in it keeps it from being submitted.
    version: int  # The number of times it was saved.
    sent_back_at: int | None = None  # The same at the moment it was sent back for a reason of its own.

    @property
    def waits_for_answer(self) -> bool:
        """Say whether the line was sent back and nobody has saved it since."""
        return self.sent_back_at == self.version

    @property
    def may_submit(self) -> bool:
        """Say whether the return may be submitted with the line; one that the trust has does not matter."""
        return not self.is_open or (not self.says_nothing and self.is_checked and not self.waits_for_answer)
