"""Decode the bytes of any program into text, or say why they are not text."""

import codecs
import re

from tables.faults import refuse_spreadsheet

DOWNLOAD_AGAIN = "Download or copy the file again: it is not complete"
SAVE_AS_UTF8 = "Save it as “CSV UTF-8 (comma delimited)” and send it again"
INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
ASCII = bytes(range(128))
CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13))
# Letters and signs outside ASCII that English texts have. Their bytes say which of two encodings a file has.
NEARLY_ALL = 0.9
USUAL = frozenset("£’‘“”–—…éèêëáàâäåçíìîïñóòôöúùûüÉÀÖÜÁÓ°½¼¾•€©®×†‡")
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML cannot contain these.


def decode_text(data: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16, Windows' Western encoding (cp1252) or that of older Macs.

    If the bytes are valid UTF-8, they are read as UTF-8, because other encodings are hardly ever valid UTF-8 by chance.
    We recognise UTF-16 by its mark or its NULs, and the others by which makes usual letters and signs of their bytes.

    >>> decode_text("£5".encode()), decode_text("£5".encode("cp1252")), decode_text("£5".encode("utf-16"))
    ('£5', '£5', '£5')
    >>> decode_text("Zoë’s".encode("mac-roman"))
    'Zoë’s'

    Raises:
        SpreadsheetRefused: it is no such text. The fault has the row of the first byte that is not text.
    """
    text = _decoded(data)
    has_controls = "\x00" in text or len(data.translate(None, CONTROLS)) < len(data)  # Faster than a search.
    if has_controls and (found := INVISIBLE.search(text)):
        row = text.count("\n", 0, found.start()) + 1
        raise refuse_spreadsheet(
            f"An invisible character (code {ord(found[0])}) that does not belong in a text", SAVE_AS_UTF8, row=row
        )
    return text


def writable_text(text: str) -> str:
    """Return a text as a cell can store it: with plain line ends and no other invisible characters.

    >>> writable_text("one\\x0btwo\\x01 ")
    'one\\ntwo '
    """
    return UNWRITABLE.sub("", "\n".join(text.splitlines()))


def unquote(text: str) -> str:
    """Remove outer spaces, and the apostrophe that spreadsheets and our own files put before a possible formula.

    >>> unquote("'=1+1"), unquote("'Twas"), unquote(" '12 ")
    ('=1+1', "'Twas", "'12")
    """
    return text[1:].strip() if text[:1] == "'" and text[1:2] and text[1] in "=+-@\t\r0123456789" else text.strip()


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _by_name(data, "utf-16")
    if data.startswith(codecs.BOM_UTF8):
        return _by_name(data, "utf-8-sig")
    if guess := _unmarked_utf16(data):
        return _by_name(data, guess)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as fault:
        before = data[: fault.start]
        if fault.reason == "unexpected end of data" and not before.isascii():
            raise _cut_off(before.count(b"\n") + 1) from fault
    outside = data.translate(None, ASCII)
    of_windows, of_mac = (_usual_share(outside.decode(name, errors="replace")) for name in ("cp1252", "mac-roman"))
    return _by_name(data, "mac-roman" if of_mac > max(NEARLY_ALL, of_windows) else "cp1252")


def _usual_share(text: str) -> float:
    """Return which share of the letters of a text are usual ones."""
    return sum(text.count(letter) for letter in USUAL) / max(len(text), 1)


def _cut_off(row: int) -> Exception:
    return refuse_spreadsheet("The file ends in the middle of a letter", DOWNLOAD_AGAIN, row=row)


def _unmarked_utf16(data: bytes) -> str:
    """Return the byte order of UTF-16 without a mark. In Western text, every second byte is NUL."""
    start = data[:2000]
    if len(data) % 2 or len(start) < 4:
        return ""
    low, high = start[1::2].count(0), start[0::2].count(0)
    if low > 0.8 * len(start) / 2 and high == 0:
        return "utf-16-le"
    return "utf-16-be" if high > 0.8 * len(start) / 2 and low == 0 else ""


def _by_name(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as fault:
        row = fault.object.count(b"\n", 0, fault.start) + 1
        if encoding.startswith("utf-16") and fault.reason == "truncated data":
            raise _cut_off(row) from fault
        raise refuse_spreadsheet(
            "We cannot read the encoding of this text (UTF-8 is best)", SAVE_AS_UTF8, row=row
        ) from fault
