"""Test at least 200 malformed uploads: no error page, nothing saved, and a message that names the place."""

import random
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from returns.actions.returns import open_return
from returns.files.export_counts import count_export
from returns.files.export_questions import ExportUnclear
from returns.files.exports import ExportKind, open_export
from returns.files.return_file import return_file_id
from returns.files.return_file_reading import read_return_file
from returns.models import LineChange, ReceivedFile, ReturnLine
from tables.faults import SpreadsheetRefused
from tests.factories import TermFactory
from tests.returns.nasty_files import nasty_files
from tests.returns.return_files import ASKED, CODES, FORM_ID, text, workbook
from trusts.models import Role

NASTY = nasty_files()
WORKBOOK, TEXT = workbook(), text().encode("utf-8-sig")
Read = TypeVar("Read")
GENERATED = 60  # Sent through the page; many more go to the readers alone.


def places(refused: SpreadsheetRefused) -> str:
    return "; ".join(f"{fault.place}: {fault.what} {fault.todo}" for fault in refused.faults)


@pytest.mark.parametrize("nasty", NASTY, ids=lambda file: file.name)
def test_a_malformed_file_is_refused_with_its_place(nasty):
    with pytest.raises(SpreadsheetRefused) as refused:
        read_return_file(nasty.data, ASKED)

    messages = places(refused.value)
    assert nasty.place in messages
    assert nasty.words in messages
    assert all(fault.what and fault.todo for fault in refused.value.faults)
    assert len(refused.value.faults) <= 101


def read_or_refused(read: Callable[[], Read]) -> Read | None:
    """Return what was read, or None for a refusal that says where, what and what to do."""
    try:
        return read()
    except SpreadsheetRefused as refused:
        faults = refused.faults
    assert faults
    assert all(fault.place and fault.what and fault.todo for fault in faults)
    return None


def spoilt(seed: int) -> bytes:
    """A return with a few bytes changed, lost, doubled or put in, the same for the same seed."""
    chance = random.Random(seed)
    data = bytearray(chance.choice([WORKBOOK, TEXT]))
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(data))
        act = chance.choice(["change", "lose", "double", "put"])
        if act == "change":
            data[at] = chance.randrange(256)
        elif act == "lose":
            del data[at : at + chance.randint(1, 200)]
        elif act == "double":
            data[at:at] = data[at : at + chance.randint(1, 200)]
        else:
            data[at:at] = bytes(chance.choice([0, 34, 44, 10, 13, 61, 255, 60]) for _ in range(chance.randint(1, 9)))
    return bytes(data)


@example_settings(max_examples=150)
@given(st.integers(0, 10**9))
def test_spoilt_file_is_read_or_refused(seed):
    read = read_or_refused(lambda: read_return_file(spoilt(seed), ASKED))

    assert {line.code for line in read or []} <= set(CODES)


@pytest.mark.full
def test_tens_of_thousands_of_spoilt_files_are_read_or_refused():
    for seed in range(10**9, 10**9 + 50_000):  # No seed that the shorter test draws.
        read_or_refused(lambda seed=seed: read_return_file(spoilt(seed), ASKED))


@example_settings(max_examples=150)
@given(
    st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"\xef\xbb\xbf", b"\xff\xfe", b"UPN,Possible\r\n"])
)
def test_any_bytes_are_read_or_refused_by_both_readers(data, start):
    assert read_or_refused(lambda: read_return_file(start + data, ASKED)) is None
    export = read_or_refused(lambda: open_export(start + data))
    assert export is None or export.rows


@example_settings(max_examples=100)
@given(st.lists(st.lists(st.text(max_size=8), min_size=3, max_size=3), min_size=1, max_size=8))
def test_export_with_any_cells_is_counted_or_refused(rows):
    body = "\n".join(";".join(cell.replace(";", " ").replace('"', " ") for cell in row) for row in rows)
    data = f"Pupil;Possible;Missed\n{body}".encode(errors="ignore")
    columns = {"pupil": "Pupil", "possible": "Possible", "missed": "Missed"}
    try:
        counted = read_or_refused(lambda: count_export(open_export(data), ExportKind.ATTENDANCE, columns))
    except ExportUnclear:
        return

    shares = counted.shares.values() if counted else []
    assert all(0 <= share.numerator <= share.denominator for share in shares)


@pytest.fixture
def upload(client, as_role, trust, school, in_scope):
    """Send files for one return, each looked at on the page it leads to."""
    as_role(Role.HEADTEACHER, trust, school)
    with in_scope(trust):
        term = TermFactory(trust=trust)
        open_return(school=school, term=term, indicator_codes=CODES)
    address = reverse("returns:file_send", args=[trust.pk, school.pk, term.pk])
    own = return_file_id(trust=trust.pk, school=school.pk, school_year=2026, season=1)

    def send(name: str, data: bytes):
        # The files were made for one invented return; text ones are made over for this one.
        data = data.replace(FORM_ID.encode(), own.encode())
        return client.post(address, {"file": SimpleUploadedFile(name, data)}, follow=True)

    return send


def uploads() -> Iterator[tuple[str, bytes, bool]]:
    """Every file with whether it must be refused: some spoilt ones are still the return."""
    for nasty in NASTY:
        yield nasty.name, nasty.data, True
    for seed in range(GENERATED):
        yield f"spoilt {seed}", spoilt(seed), False


def test_no_malformed_upload_breaks_a_page_or_saves_a_line(upload, trust, in_scope):
    sent = 0
    for name, data, must_be_refused in uploads():
        response = upload(f"{name}.xlsx", data)
        sent += 1

        assert response.status_code == 200, name
        refused = "This file cannot be used" in response.text
        assert refused or not must_be_refused, name
        assert refused or "Nothing is saved yet" in response.text, name
        if refused:
            assert any(word in response.text for word in ("The file", "Row ", "Sheet “")), name

    with in_scope(trust):
        assert not LineChange.objects.exists()
        assert not ReturnLine.objects.filter(version__gt=0).exists()
        assert ReceivedFile.objects.filter(state="refused").count() >= len(NASTY)
    assert sent >= 200
    print(f"{sent} malformed uploads: no error page, no line saved")


@pytest.mark.parametrize(
    "name", ["", "." * 300, "../../etc/passwd", "a\x00b.xlsx", "=cmd().csv", "\u202egpj.exe", "<b>.csv"]
)
def test_upload_with_any_file_name_does_not_break_the_page(upload, name):
    response = upload(name or " ", b"not a return")

    assert response.status_code in (200, 422)
    assert "<b>.csv" not in response.text
