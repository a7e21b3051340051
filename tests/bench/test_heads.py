"""Test that the bench's headteachers resend requests without an answer, but not for ever."""

import time

import pytest

from tests.bench import heads
from tests.bench.heads import GRACE_SECONDS, Headteacher, TabLine

ABOUT = {"user": 7, "school": 990001, "session": "none", "page": "/return/", "bare": "/"}
ANSWER = '<input name="AB1-version" \n value="4" data-version><input name="AB1-shown"\n value="ab12" data-version>'


class Server:
    """Replaces a browser: gives these answers in turn, or raises them if they are errors."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def ask(self, method, path, fields=None):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def head(monkeypatch):
    monkeypatch.setattr(heads, "AGAIN_SECONDS", (0.001, 0.001))
    made = Headteacher("http://localhost", ABOUT)
    made.until = time.monotonic() + 60
    return made


@pytest.fixture
def line():
    return TabLine(code="AB1", path="/line/", kind="parts", version="3", shown="0")


def test_save_without_an_answer_is_sent_again_and_recorded_once(head, line):
    head.browser = Server(ConnectionResetError(), (502, ""), (200, ANSWER))

    head.save(line)

    assert [(save.version, save.code) for save in head.diary.saved] == [(4, "AB1")]
    assert (head.diary.sent_again, head.diary.errors) == (2, ["/line/: 502"])
    assert (line.version, line.shown) == ("4", "ab12")


def test_save_that_never_gets_an_answer_is_an_error(head, line):
    head.browser = Server(*[TimeoutError()] * 3)

    head.save(line)

    assert (head.diary.saved, head.diary.errors) == ([], ["AB1: 0"])


def test_nothing_is_sent_again_after_the_time_is_up(head, line):
    head.until = time.monotonic() - GRACE_SECONDS - 1
    head.browser = Server(TimeoutError())

    head.save(line)

    assert (head.diary.sent_again, head.diary.errors) == (0, ["AB1: 0"])


def test_second_tab_without_a_conflict_is_counted(head, line):
    head.browser = Server((200, ANSWER))

    head.save_from_second_tab(TabLine(code="AB1", path="/line/", kind="parts", version="2", shown="0"), line)

    assert (head.diary.overwritten, head.diary.conflicts) == (1, 0)
