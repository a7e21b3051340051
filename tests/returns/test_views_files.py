"""Test sending a return as a file: it is checked first, saved once, and not saved if it has a fault."""

import csv
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from html import unescape
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from config.uploads import PIECE, RefuseTooLarge
from returns.actions.contributors import assign_lines
from returns.actions.files import confirm_meanings
from returns.actions.moderation import LineVerdict, decide_lines
from returns.actions.returns import open_return, submit_return
from returns.files.return_file import ANSWER_COLUMNS, WORD_COLUMNS, ReturnFileColumn
from returns.files.return_file_reading import LONGEST_TEXTS
from returns.files.sanction_texts import Sanction
from returns.forms.return_lines import LineForm
from returns.models import ColumnMapping, FigureProposal, LineChange, ReceivedFile, Return, ReturnLine, SanctionMeaning
from tests.factories import SchoolFactory, TermFactory, UserFactory
from tests.returns.return_files import AT
from trusts.models import AuditEntry, Role

NOON = datetime(2025, 11, 20, 14, 2, tzinfo=UTC)
CODES = ["SG1", "HS2", "AB1", "AB2", "AB3", "AB6", "AB7", "STF3"]


@pytest.fixture
def codes():
    return CODES


@pytest.fixture
def last_file(trust, in_scope):
    def stored():
        with in_scope(trust):
            return ReceivedFile.objects.order_by("-pk").first()

    return stored


def filled(client, page, **figures):
    """Download the return, fill lines in, and return the workbook: AB1={"Figure": 6}."""
    book = load_workbook(BytesIO(client.get(page("file_out", "xlsx")).content))
    sheet = book["Return"]
    rows = {row[1].value: row[1].row for row in sheet.iter_rows(min_row=2)}
    for code, cells in figures.items():
        for head, value in cells.items():
            sheet.cell(rows[code], AT[ReturnFileColumn(head)]).value = value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def send(client, page, data, name="return.xlsx", to="file_send", **fields):
    return client.post(page(to), {"file": SimpleUploadedFile(name, data), **fields})


def confirm(client, url):
    """Press the button on a file's page that saves or suggests its figures."""
    return client.post(f"{url}save/", follow=True)


# --- The return, out and in


def test_file_is_downloaded_filled_in_checked_and_saved_in_one_step(
    client, head, page, termly_return, line, last_file, save
):
    save("STF3", value=Decimal(9))
    data = filled(client, page, AB1={"Number counted": 1200, "Out of": 15000}, HS2={"Figure": 2, "Comment": "A slip"})

    sent = send(client, page, data, name="autumn.xlsx")
    received = last_file()
    assert sent.url == page("file_detail", received.pk)
    html = client.get(sent.url).text
    assert "2 lines would change and 6 would stay the same." in html
    assert f'href="{page("file_list")}">Save nothing</a>' in html
    for words in ("Overall absence", "8.0%", "1,200 of 15,000", "A slip", "Nothing entered", "autumn.xlsx"):
        assert words in html
    assert line("AB1").value is None  # Nothing is saved yet.

    saved = confirm(client, sent.url)
    assert "2 lines saved from “autumn.xlsx”" in saved.text
    assert line("AB1").value == Decimal(8)
    assert (line("HS2").value, line("HS2").comment) == (2, "A slip")
    assert line("STF3").value == 9
    assert line("AB2").value is None


def test_changed_line_in_a_hidden_row_is_named(client, head, page, termly_return):
    book = load_workbook(BytesIO(filled(client, page, HS2={"Figure": 2})))
    rows = {row[1].value: row[1].row for row in book["Return"].iter_rows(min_row=2)}
    for code in ("HS2", "AB1"):
        book["Return"].row_dimensions[rows[code]].hidden = True
    out = BytesIO()
    book.save(out)

    html = client.get(send(client, page, out.getvalue()).url).text

    assert f"Hidden in the file, but read: row {rows['HS2']}. Check the changes in them." in html


def test_a_whole_return_is_filled_in_as_a_file_and_submitted(client, head, page, termly_return, trust, in_scope):
    answers = {code: {"Figure": 3} for code in CODES} | {"SG1": {"Figure": 100}}
    answers["AB1"] = {"Number counted": "600", "Out of": 15000}
    answers |= {"HS2": {"Figure": 0}, "AB7": {"Figure": 0}}
    answers["AB3"] = {"Why there is no figure": "Too few pupils", "Comment": "Three pupils on roll"}
    url = send(client, page, filled(client, page, **answers)).url
    assert "8 lines would change and 0 would stay the same." in client.get(url).text

    confirm(client, url)
    client.post(page("return_submit"), {"declared": "on"})

    with in_scope(trust):
        termly_return.refresh_from_db()
    assert termly_return.state == "submitted"


def test_history_of_a_line_links_to_the_file_of_each_figure(
    client, head, page, termly_return, line, last_file, trust, in_scope
):
    url = send(client, page, filled(client, page, HS2={"Figure": 2}), name="autumn.xlsx").url
    confirm(client, url)

    with in_scope(trust):
        change = LineChange.objects.get(line=line("HS2"))
        received = last_file()
    assert (change.source, change.file_name, change.changed_by) == ("file", "autumn.xlsx", head)
    assert (received.state, received.saved_by_id, received.saved_at) == ("saved", head.pk, change.changed_at)
    assert len(received.sha256) == 64
    html = client.get(page("line_history", "HS2")).text
    assert f'href="{url}">From a file: autumn.xlsx</a>' in html


def test_a_file_is_saved_once(client, head, page, termly_return, line, trust, in_scope):
    url = send(client, page, filled(client, page, HS2={"Figure": 2})).url
    confirm(client, url)

    again = confirm(client, url)

    assert "Nothing was saved" in again.text
    assert line("HS2").version == 1


def test_a_line_saved_since_the_download_is_shown_and_never_overwritten(client, head, page, termly_return, line, save):
    data = filled(client, page, HS2={"Figure": 2}, AB1={"Figure": 6})
    save("HS2", value=Decimal(7), by=UserFactory(name="Invented Colleague"))

    url = send(client, page, data).url
    html = client.get(url).text
    assert "Not saved: somebody has saved this line since" in html
    assert "HS2, row 3 in the file" in html
    assert "Invented Colleague" in html
    assert "1 line would change" in html
    confirm(client, url)

    assert line("HS2").value == 7
    assert line("AB1").value == 6


def test_a_line_saved_between_the_check_and_the_confirmation_is_not_overwritten(
    client, head, page, termly_return, line, save
):
    url = send(client, page, filled(client, page, HS2={"Figure": 2}, AB1={"Figure": 6})).url
    save("HS2", value=Decimal(7))

    saved = confirm(client, url)

    assert "1 line saved" in saved.text
    assert "Not saved" in saved.text
    assert (line("HS2").value, line("AB1").value) == (7, 6)


def test_page_of_a_used_file_shows_the_result_for_each_line(client, head, page, termly_return, line, save):
    whole = {"Number counted": 1200, "Out of": 15000, "Figure": 8}  # The figure is calculated, and saved once.
    data = filled(client, page, AB1=whole, HS2={"Figure": 2}, STF3={"Figure": 9})
    url = send(client, page, data).url
    save("STF3", value=Decimal(7), by=UserFactory(name="Invented Colleague"))
    confirm(client, url)
    save("HS2", value=Decimal(5), by=UserFactory(name="Invented Neighbour"))

    html = client.get(url).text

    absence, accidents, turnover = (html.split(f"{code}, row")[1].split("</tr>")[0] for code in ("AB1", "HS2", "STF3"))
    assert "Already the same" in absence
    assert "Saved, but somebody has changed this line since" in accidents
    assert "Invented Neighbour" in accidents
    assert "Not saved: somebody has saved this line since" in turnover
    assert "Invented Colleague" in turnover
    assert "Needs explaining" not in html


def test_a_line_that_was_sent_back_is_answered_by_its_file(
    client, head, page, termly_return, line, save, trust, in_scope
):
    for code in CODES:
        save(code, value=Decimal(3 if code != "SG1" else 100), what="Three", why="Ice", what_next="Grit")
    with in_scope(trust):
        submit_return(termly_return=termly_return, by=head, at=NOON)
        back = LineVerdict(code="HS2", accepted=False, reason="Count again")
        decide_lines(termly_return=termly_return, verdicts=[back], areas=None, by=UserFactory(), at=NOON)
    url = send(client, page, filled(client, page, HS2={"Figure": 4})).url

    html = client.get(url).text

    assert "1 line would change" in html
    assert "Needs explaining" not in html
    confirm(client, url)
    assert line("HS2").value == 4


def test_check_page_flags_unusual_and_impossible_figures(client, head, page, termly_return, save):
    save("HS2", value=Decimal(2))
    data = filled(client, page, AB1={"Figure": 120}, HS2={"Figure": None}, AB2={"Why there is no figure": "To follow"})

    html = client.get(send(client, page, data).url).text

    assert "120% is not possible here" in html
    assert "say when it will follow" in html
    assert "Will be emptied" in html
    assert "Check 3 of them first" in html


def test_date_of_a_figure_to_follow_is_written_to_the_file_and_read_back(client, head, page, termly_return, line, save):
    save("STF3", missing_reason="to_follow", follows_on=date(2026, 1, 31))
    rows = client.get(page("file_out", "csv")).content.decode("utf-8-sig").splitlines()
    assert any(",To follow,2026-01-31," in row for row in rows)
    book = load_workbook(BytesIO(client.get(page("file_out", "xlsx")).content))
    cell = next(row for row in book["Return"].iter_rows() if row[1].value == "STF3")[AT[ReturnFileColumn.FOLLOWS] - 1]
    assert (cell.value, cell.number_format) == (datetime(2026, 1, 31), "d mmmm yyyy")

    answers = {
        "HS2": {"Why there is no figure": "To follow", "Will follow by": date(2026, 2, 1)},
        "AB2": {"Why there is no figure": "To follow", "Will follow by": "15/02/2026"},
    }
    url = send(client, page, filled(client, page, **answers)).url
    html = client.get(url).text
    assert "To follow by 15 February 2026" in html
    assert "2 lines would change and 6 would stay" in html
    assert "first: impossible" not in html, "a day is as good as a comment"
    confirm(client, url)

    assert (line("HS2").follows_on, line("AB2").follows_on) == (date(2026, 2, 1), date(2026, 2, 15))
    assert (line("STF3").follows_on, line("STF3").version) == (date(2026, 1, 31), 1)


def test_file_and_page_allow_texts_of_the_same_length():
    fields = LineForm.base_fields

    assert {ANSWER_COLUMNS[head]: most for head, most in LONGEST_TEXTS.items()} == {
        ANSWER_COLUMNS[head]: fields[ANSWER_COLUMNS[head]].max_length for head in WORD_COLUMNS
    }


def test_explanation_is_written_to_the_file_and_read_back(client, head, page, termly_return, line, save):
    save("SG1", value=Decimal(90), what="Two are late", why="A course was full", what_next="They go in May")
    words = client.get(page("file_out", "csv")).content.decode("utf-8-sig")
    assert "Two are late,A course was full,They go in May," in words

    bare = client.get(send(client, page, filled(client, page, HS2={"Figure": 4})).url).text
    assert "Say what this shows, why and what happens next" in bare
    assert "Check 1 of them first" in bare
    cells = {"Figure": 4, "What this shows": "Four falls", "Why": "Ice", "What happens next": "Grit by seven"}
    url = send(client, page, filled(client, page, HS2=cells)).url
    html = client.get(url).text
    assert "of them first" not in html
    assert "<b>What happens next:</b> Grit by seven" in html
    confirm(client, url)

    stored = line("HS2")
    assert (stored.value, stored.what, stored.why, stored.what_next) == (4, "Four falls", "Ice", "Grit by seven")
    assert (line("SG1").why, line("SG1").version) == ("A course was full", 1)


def test_lines_are_compared_as_they_would_be_after_using_the_file(client, head, page, termly_return, save):
    save("AB2", value=Decimal(10), numerator=Decimal(10), denominator=Decimal(100))
    answers = {"AB3": {"Number counted": 20, "Out of": 100}}

    html = client.get(send(client, page, filled(client, page, **answers)).url).text

    assert "pupils who missed 50% are among those who missed 10%" in html
    assert "Check 1 of them first" in html
    answers["AB3"] |= {"Comment": "Counted at the end of term"}
    assert "of them first" not in client.get(send(client, page, filled(client, page, **answers)).url).text


def test_faulty_file_is_refused_as_a_whole_and_every_fault_is_named(client, head, page, termly_return, line, last_file):
    data = filled(client, page, HS2={"Figure": 2}, AB1={"Figure": "=1+1"}, AB2={"Why there is no figure": "Lost"})

    url = send(client, page, data).url
    html = client.get(url).text

    assert "Sheet “Return”, row 4, column L, Figure" in html
    assert "Found a formula; expected a number, like 94.2" in html
    assert "Sheet “Return”, row 5, column M, Why there is no figure" in html
    assert "“Lost” is not one of the reasons" in html
    assert f'href="{page("file_list")}">Send another file</a>' in html
    table = client.get(f"{url}?format=csv").text
    assert table.splitlines()[1].startswith('Return,4,"L, Figure","Found a formula; expected')
    assert "Nothing was saved" in confirm(client, url).text
    assert line("HS2").version == 0
    assert last_file().lines == []


def test_file_of_another_term_is_refused_with_a_message(
    client, head, page, termly_return, last_file, trust, school, in_scope
):
    data = filled(client, page)
    with in_scope(trust):
        spring = TermFactory(trust=trust, season=2, starts_date="2026-01-05", ends_date="2026-04-01")
        open_return(school=school, term=spring, indicator_codes=CODES)
    there = reverse("returns:file_send", args=[trust.pk, school.pk, spring.pk])

    refused = client.post(there, {"file": SimpleUploadedFile("return.xlsx", data)}, follow=True)

    assert "This return is for another term" in refused.text
    here = page("file_detail", last_file().pk)
    assert client.get(here).status_code == client.post(f"{here}save/").status_code == 404, "it came for another return"


def test_csv_is_recognised_by_its_content_whatever_its_name(client, head, page, termly_return, line):
    words = client.get(page("file_out", "csv")).content.decode("utf-8-sig")
    rows = [row.split(",") for row in words.splitlines()]
    at = next(number for number, row in enumerate(rows) if row[1] == "HS2")
    rows[at][AT[ReturnFileColumn.VALUE] - 1] = "2"
    if any('"' in line_text for line_text in words.splitlines()[at]):
        pytest.fail("choose a line without commas for this test")

    lines = words.splitlines()
    lines[at] = ",".join(rows[at])
    url = send(client, page, "\r\n".join(lines).encode(), name="return.xlsx").url
    confirm(client, url)

    assert line("HS2").value == 2


def test_submitted_return_accepts_no_file(client, head, page, termly_return, line, save, trust, in_scope):
    for code in CODES:
        save(code, value=Decimal(3 if code != "SG1" else 100), what="Three", why="Ice", what_next="Grit")
    url = send(client, page, filled(client, page, HS2={"Figure": 4})).url
    with in_scope(trust):
        submit_return(termly_return=termly_return, by=head, at=NOON)

    html = client.get(url).text
    assert "Not saved: this line is not open" in html
    confirm(client, url)
    assert line("HS2").value == 3
    assert "You have no open lines" in client.get(page("file_list")).text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("submitted", "This return has been submitted, so none of its lines are open"),
        ("accepted", "Open a correction on the"),
    ],
)
def test_file_for_a_closed_return_is_refused_with_advice(
    client, head, page, termly_return, line, trust, in_scope, state, words
):
    data = filled(client, page, HS2={"Figure": 2})
    with in_scope(trust):
        ReturnLine.objects.filter(termly_return=termly_return).update(state=state)
        Return.objects.filter(pk=termly_return.pk).update(state=state, submitted_at=NOON)

    for answer in (send(client, page, data), export(client, page, PUPILS, kind="attendance")):
        assert words in client.get(answer.url).text
        assert "Nothing was saved" in confirm(client, answer.url).text
    assert line("HS2").version == 0


def test_contributor_changes_only_their_own_lines_with_a_file(
    client, as_role, page, termly_return, line, trust, school, in_scope
):
    as_role(Role.HEADTEACHER, trust, school)
    whole = filled(client, page, HS2={"Figure": 2}, AB1={"Figure": 6})
    user = as_role(Role.SCHOOL_CONTRIBUTOR, trust, school)
    with in_scope(trust):
        assign_lines(trust_id=trust.pk, school=school, user=user, areas=["attendance"], codes=[], by=user, at=NOON)

    rows = client.get(page("file_out", "csv")).text.splitlines()
    assert len(rows) == 1 + 5
    url = send(client, page, whole).url
    assert "Not saved: somebody else fills in this line" in client.get(url).text
    confirm(client, url)

    assert (line("AB1").value, line("HS2").value) == (6, None)
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    html = client.get(url).text
    assert "Not used" in html
    assert "Will change" not in html


def test_contributor_without_lines_reads_who_can_assign_lines(client, as_role, page, termly_return, trust, school):
    as_role(Role.SCHOOL_CONTRIBUTOR, trust, school)

    html = client.get(send(client, page, b"anything").url).text

    assert "None of the open lines are yours" in html
    assert "Ask the headteacher, who assigns the lines" in html


def test_file_name_is_stored_without_invisible_characters(client, head, page, termly_return, last_file):
    send(client, page, b"anything", name="\u202eautumn\u200b.xlsx")

    assert last_file().name == "autumn.xlsx"


@pytest.mark.parametrize("role", [Role.EXECUTIVE_DIRECTOR, Role.BUSINESS_MANAGER])
def test_the_trust_reads_a_schools_files_and_sends_none(client, as_role, head, page, termly_return, trust, line, role):
    data = filled(client, page, HS2={"Figure": 2})
    url = send(client, page, data, name="autumn.xlsx").url
    refused = send(client, page, b"not a return", name="broken.csv").url
    as_role(role, trust)

    html = client.get(page("file_list")).text
    assert "autumn.xlsx" in html
    assert "Check the file" not in html
    assert "Download" not in html
    assert "Save 1 line" not in client.get(url).text
    assert "1 line would change" in client.get(url).text
    assert "Send another file" not in client.get(refused).text
    for address in (f"{url}save/", page("file_send"), page("export_upload")):
        assert client.post(address).status_code == 403, address
    assert client.get(page("file_out", "xlsx")).status_code == 403
    assert page("file_list") in client.get(page("return_detail")).text
    assert line("HS2").value is None


def test_the_moderator_finds_the_files_of_a_return(client, as_role, page, termly_return, trust, school, term):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    html = client.get(reverse("returns:moderate_return", args=[trust.pk, school.pk, term.pk])).text

    assert f'href="{page("file_list")}"' in html


def test_files_are_listed_sorted_filtered_and_exported(client, head, page, termly_return):
    assert "No files yet" in client.get(page("file_list")).text
    send(client, page, filled(client, page, HS2={"Figure": 2}), name="beta.xlsx")
    send(client, page, b"not a return", name="alpha.csv")

    html = client.get(page("file_list") + "?sort=name").text
    assert html.index("alpha.csv") < html.index("beta.xlsx")
    assert "alpha.csv" not in client.get(page("file_list") + "?state=to_check").text
    assert "No files in this state" in client.get(page("file_list") + "?state=saved").text
    assert 'alpha.csv,"The return, filled in",Refused' in client.get(page("file_list") + "?format=csv").text


def test_pages_of_files_need_a_fixed_number_of_queries(client, head, page, termly_return):
    url = send(client, page, filled(client, page, HS2={"Figure": 2}, AB1={"Figure": 6})).url
    client.get(page("file_list"))
    counts = {}
    for name, address in {"list": page("file_list"), "check": url, "export": page("export_upload")}.items():
        with CaptureQueriesContext(connection) as found:
            client.get(address)
        reads = [
            query["sql"] for query in found if query["sql"].startswith("SELECT") and "set_config" not in query["sql"]
        ]
        counts[name] = len(reads)

    # The gate's four, the term, five for the return's lines, what the trust allows and the navigation are 12. The list
    # of files, or the file, is one.
    assert counts == {"list": 13, "check": 12, "export": 12}


# --- Size, before anything is read


class Counting(BytesIO):
    """A body that records how much was read at a time."""

    def __init__(self, size):
        super().__init__()
        self.left, self.most = size, 0

    def read(self, size=-1):
        assert size >= 0, "the whole body was read at once"
        self.most = max(self.most, size)
        given = min(size, self.left)
        self.left -= given
        return b"x" * given


@pytest.mark.parametrize("megabytes", [11, 100, 2000])
def test_request_that_is_far_too_large_is_refused_before_it_is_stored(rf, megabytes):
    body = Counting(megabytes * 1024**2)
    request = rf.post("/", b"", content_type="multipart/form-data; boundary=x")
    request.META |= {"CONTENT_LENGTH": str(body.left), "wsgi.input": body}

    response = RefuseTooLarge(lambda request: pytest.fail("the request went on"))(request)

    assert response.status_code == 413
    assert "must be 10 MB or smaller" in response.content.decode()
    assert body.most <= PIECE
    assert body.left == (0 if megabytes <= 128 else megabytes * 1024**2)


def test_middleware_runs_before_anything_reads_the_body(client, head, page, termly_return, settings):
    names = settings.MIDDLEWARE
    assert names.index("config.uploads.RefuseTooLarge") < names.index("django.middleware.csrf.CsrfViewMiddleware")

    response = send(client, page, b"x" * (11 * 1024**2))

    assert response.status_code == 413


def test_a_file_a_little_too_large_is_refused_on_the_page(client, head, page, termly_return, last_file):
    response = send(client, page, b"x" * (10 * 1024**2 + 1))

    assert response.status_code == 422
    assert "larger than 10 MB" in response.text
    assert last_file() is None


# --- Exports

PUPILS = (
    "UPN,Surname,Possible,Authorised Absences,Unauthorised Absences\r\n"
    "X100,Zebedee,100,5,0\r\nX101,Yvaine,100,8,2\r\nX102,Xanthe,100,40,10\r\nX103,Wystan,0,0,0\r\nTotal,,300,53,12\r\n"
)
SIMS = {
    "column-pupil": "UPN",
    "column-possible": "Possible",
    "column-authorised": "Authorised Absences",
    "column-unauthorised": "Unauthorised Absences",
}


def export(client, page, words, **fields):
    return send(client, page, words.encode(), name="export.csv", to="export_upload", **fields)


def answered(html, words, **answers):
    """Return what the page's form sends: its suggested answers, or those given by question."""
    prefix = sha256(words.encode()).hexdigest()[:12]
    asked = re.findall(rf'name="({prefix}-[^"]+)"', html)
    chosen = dict(re.findall(rf'<select name="({prefix}-[^"]+)".*?value="([^"]*)" selected>', html, re.DOTALL))
    return {name: answers.get(name.removeprefix(f"{prefix}-"), chosen.get(name, "")) for name in asked}


def test_only_the_first_export_asks_for_its_columns(client, head, page, termly_return, line, trust, school, in_scope):
    first = export(client, page, PUPILS, kind="attendance")
    assert first.status_code == 200
    assert "our mapping for SIMS, not checked with any school yet" in first.text
    assert '<option value="UPN" selected>' in first.text
    with in_scope(trust):
        assert not ReceivedFile.objects.exists()

    chosen = export(client, page, PUPILS, kind="attendance", choose=1, **SIMS)
    html = client.get(chosen.url).text
    assert "Counted: 3 pupils with 300 possible sessions." in html
    assert "Left out: 1 row of totals (row 6)." in html
    assert "65 of 300" in html  # 5 + 10 + 50 sessions missed.
    assert "The file suggests 3 figures for you to confirm" in html
    with in_scope(trust):
        kept = ColumnMapping.objects.get()
        assert (kept.school_id, kept.columns["possible"]) == (school.pk, "Possible")

    again = export(client, page, PUPILS.replace("X102,Xanthe,100,40,10", "X102,Xanthe,100,4,1"), kind="attendance")
    assert again.status_code == 302
    assert "20 of 300" in client.get(again.url).text


def test_known_columns_are_chosen_with_the_exports_own_spelling(client, head, page, termly_return):
    html = export(
        client, page, PUPILS.replace("UPN,", "Upn,").replace(",Possible,", ",POSSIBLE,"), kind="attendance"
    ).text

    assert "our mapping for SIMS" in html
    for column in ("Upn", "POSSIBLE", "Authorised Absences", "Unauthorised Absences"):
        assert f'<option value="{column}" selected>' in html


def test_columns_are_remembered_for_one_kind_of_export(client, head, page, termly_return):
    export(client, page, PUPILS, kind="attendance", choose=1, **SIMS)

    assert "Sightline does not recognise this export" in export(client, page, PUPILS, kind="attendance_groups").text


def test_figures_from_an_export_are_suggested_and_confirmed_one_by_one(
    client, head, page, termly_return, line, save, trust, in_scope
):
    save("AB2", value=Decimal(9))
    url = export(client, page, PUPILS, kind="attendance", choose=1, **SIMS).url

    proposed = confirm(client, url)

    assert proposed.redirect_chain[-1][0] == page("return_detail") + "#line-AB1"
    assert "3 figures suggested" in proposed.text
    assert (line("AB1").value, line("AB2").value) == (None, 9), "nothing counts before somebody has looked at it"
    assert client.get(url).text.count("Suggested, to confirm") == 3
    with in_scope(trust):
        found = {
            proposal.indicator_id: (proposal.numerator, proposal.denominator)
            for proposal in FigureProposal.objects.all()
        }
    assert found == {"AB1": (65, 300), "AB2": (2, 3), "AB3": (1, 3)}  # Ten of a hundred is persistent.
    source = "Attendance by pupil, export.csv, sent on "
    assert source in proposed.text

    marks = {name: proposed.text.split(f'name="AB1-{name}" value="')[1].split('"')[0] for name in ("version", "shown")}
    sent = {f"AB1-{name}": mark for name, mark in marks.items()} | {"confirm": "AB1"}
    client.post(page("return_save"), sent)
    assert (line("AB1").numerator, line("AB1").denominator) == (65, 300)
    history = client.get(page("line_history", "AB1")).text
    assert f'href="{url}">Suggested figure confirmed: {source}' in history
    assert "Nothing was saved" in confirm(client, url).text, "once is enough"
    assert "Added by" in client.get(url).text


def test_later_export_replaces_an_earlier_export(client, head, page, termly_return):
    url = export(client, page, PUPILS, kind="attendance", choose=1, **SIMS).url
    confirm(client, url)
    later = send(client, page, PUPILS.replace("8,2", "9,2").encode(), "later.csv", "export_upload", kind="attendance")
    confirm(client, later.url)

    assert client.get(url).text.count("Not used") == 3
    assert client.get(later.url).text.count("Suggested, to confirm") == 3


def test_an_export_proposes_nothing_for_a_line_that_is_closed(
    client, head, page, termly_return, line, save, trust, in_scope
):
    url = export(client, page, PUPILS, kind="attendance", choose=1, **SIMS).url
    with in_scope(trust):
        ReturnLine.objects.filter(termly_return=termly_return, indicator_id="AB1").update(state="accepted")

    answer = confirm(client, url)

    assert "2 figures suggested" in answer.text
    assert "Not saved: this line is not open" in answer.text
    with in_scope(trust):
        assert not FigureProposal.objects.filter(indicator_id="AB1").exists()


def test_chosen_columns_are_kept_when_the_file_is_missing(client, head, page, termly_return, trust, in_scope):
    first = export(client, page, PUPILS, kind="attendance").text
    headings = [part.split('"')[0] for part in first.split('name="heading" value="')[1:]]
    assert f'href="{page("export_upload")}">Cancel</a>' in first
    assert headings == ["UPN", "Surname", "Possible", "Authorised Absences", "Unauthorised Absences"]
    chosen = SIMS | {"column-pupil": "Surname"}

    again = client.post(page("export_upload"), {"kind": "attendance", "choose": 1, "heading": headings} | chosen)

    assert again.status_code == 422
    assert "Your choice is saved" in again.text
    assert "Choose a file" in again.text
    assert '<option value="Surname" selected>' in again.text
    assert '<option value="Possible" selected>' in again.text
    assert client.post(page("export_upload"), {"choose": 1, "heading": ["x" * 999]}).status_code == 422


def test_rows_about_pupils_are_never_stored(client, head, page, termly_return, trust, in_scope):
    export(client, page, PUPILS, kind="attendance")
    url = export(client, page, PUPILS, kind="attendance", choose=1, **SIMS).url
    confirm(client, url)
    broken = PUPILS.replace("Zebedee,100,5,0", "Zebedee,100,Quentin,0").replace("Yvaine,100", "Yvaine,=A1")
    refused = export(client, page, broken, kind="attendance")
    html = client.get(refused.url).text
    assert "Row 2, column D, Authorised Absences" in html
    assert "Found something that is not a number; expected a number of sessions" in html

    with in_scope(trust), connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for table in tables:
            if table.startswith(("kpis_", "django_session")):
                cursor.execute(f"SELECT string_agg(t::text, ' ') FROM \"{table}\" t")
                (stored,) = cursor.fetchone()
                for name in ("Zebedee", "Yvaine", "Xanthe", "Quentin", "X100", "X102"):
                    assert name not in (stored or ""), table
        audited = " ".join(f"{entry.before} {entry.after}" for entry in AuditEntry.objects.all())
    assert "export.csv" in audited
    assert not any(name in audited + html for name in ("Zebedee", "Xanthe", "Quentin", "X100"))


def test_a_list_of_suspensions_is_counted_against_the_pupils_on_roll(
    client, head, page, termly_return, trust, in_scope
):
    words = "UPN,Exclusion Type\r\nX1,Suspension\r\nX1,Fixed term\r\nX2,Permanent\r\nX3,Detention\r\n"
    columns = {"column-pupil": "UPN", "column-type": "Exclusion Type"}
    assert "Enter the number of pupils on roll" in export(client, page, words, kind="behaviour").text

    asking = export(client, page, words, kind="behaviour", on_roll=400, choose=1, **columns)
    for text in ("“Suspension”", "“Fixed term”", "“Permanent”", "“Detention”", "Choose the same file again"):
        assert text in asking.text
    answers = answered(asking.text, words) | {"kind": "behaviour", "on_roll": 400, "choose": 1, **columns}
    url = export(client, page, words, **answers).url
    html = client.get(url).text
    assert "Counted: 2 suspensions and 1 permanent exclusion." in html
    assert "Left out: 1 row that is neither." in html
    confirm(client, url)

    with in_scope(trust):
        found = {
            proposal.indicator_id: (proposal.numerator, proposal.denominator)
            for proposal in FigureProposal.objects.all()
        }
    assert found == {"AB6": (2, 400), "AB7": (1, 400)}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "Choose the column for “Sessions possible”"),
        (SIMS | {"column-possible": "UPN"}, "You chose “UPN” twice"),
        ({key: SIMS[key] for key in list(SIMS)[:3]}, "Choose one of these"),
        (SIMS | {"column-possible": "Not there"}, "Select a valid choice"),
    ],
)
def test_choice_of_unsuitable_columns_is_shown_again(
    client, head, page, termly_return, columns, words, trust, in_scope
):
    response = export(client, page, PUPILS, kind="attendance", choose=1, **columns)

    assert response.status_code == 422
    assert words in response.text
    with in_scope(trust):
        assert not ColumnMapping.objects.exists()


def test_a_choice_that_cannot_be_counted_is_refused_and_not_remembered(
    client, head, page, termly_return, trust, in_scope
):
    swapped = SIMS | {"column-possible": "Unauthorised Absences", "column-unauthorised": "Possible"}

    url = export(client, page, PUPILS, kind="attendance", choose=1, **swapped).url

    assert "Sessions missed are below zero, or more than the sessions possible" in client.get(url).text
    with in_scope(trust):
        assert not ColumnMapping.objects.exists()


def test_the_page_says_that_mappings_are_to_be_checked_and_pupils_not_kept(client, head, page, termly_return):
    html = client.get(page("export_upload")).text

    assert "check the columns the first time you send" in html
    assert "never stores them" in html
    for system in ("SIMS", "Arbor", "Bromcom"):
        assert system in html
    assert "A custom report of suspensions and exclusions, one row each." in html


def test_ticked_boxes_stay_ticked_when_the_file_is_missing(client, head, page, termly_return):
    html = client.post(page("export_upload"), {"kind": "attendance", "again": "1"}).text

    assert "Choose a file" in html
    assert 'name="again" value="1" checked' in html


def test_export_for_lines_that_the_return_does_not_ask_for_shows_a_message(
    client, head, page, termly_return, trust, in_scope
):
    with in_scope(trust):
        ReturnLine.objects.filter(termly_return=termly_return, indicator_id__in=["AB1", "AB2", "AB3"]).delete()

    url = export(client, page, PUPILS, kind="attendance", choose=1, **SIMS).url

    assert "does not ask for them" in client.get(url).text


# --- Questions about exports

LIST = "UPN,Exclusion Type\r\nX1,SUSP\r\nX2,PERM\r\nX3,Suspected vaping\r\n"
LIST_FIELDS = {"kind": "behaviour", "on_roll": 400, "choose": 1, "column-pupil": "UPN", "column-type": "Exclusion Type"}
VAPING = f"text-{sha256(b'Suspected vaping').hexdigest()[:12]}"


def test_texts_are_confirmed_once_for_each_school(client, head, page, termly_return, trust, school, in_scope):
    asking = export(client, page, LIST, **LIST_FIELDS).text
    incomplete = export(client, page, LIST, **LIST_FIELDS, **answered(asking, LIST))
    assert incomplete.status_code == 422
    assert "Answer: “Suspected vaping”" in incomplete.text
    assert "“SUSP”" not in incomplete.text, "only what is still open"
    with in_scope(trust):
        assert not ReceivedFile.objects.exists()
        assert not SanctionMeaning.objects.exists()
        assert not ColumnMapping.objects.exists()

    sent = export(client, page, LIST, **LIST_FIELDS, **answered(asking, LIST, **{VAPING: "neither"}))

    html = client.get(sent.url).text
    assert "Counted: 1 suspension and 1 permanent exclusion." in html
    assert "Neither: “Suspected vaping” 1." in html
    with in_scope(trust):
        kept = {row.text: (row.meaning, row.confirmed_by_id) for row in SanctionMeaning.objects.filter(school=school)}
    assert kept == {
        "SUSP": ("suspension", head.pk), "PERM": ("exclusion", head.pk), "Suspected vaping": ("neither", head.pk),
    }  # fmt: skip

    again = export(client, page, f"{LIST}X4,LNCH\r\n", kind="behaviour", on_roll=400)
    assert "“LNCH”" in again.text
    assert "“PERM”" not in again.text
    assert export(client, page, LIST, kind="behaviour", on_roll=400).status_code == 302


def test_answers_are_kept_when_the_file_is_missing(client, head, page, termly_return):
    asking = export(client, page, LIST, **LIST_FIELDS).text
    answers = answered(asking, LIST, **{VAPING: "neither"})
    asked = unescape(asking.split('name="asked"')[1].split('value="')[1].split('"')[0])
    of_file = asking.split('name="asked_of" value="')[1].split('"')[0]

    again = client.post(page("export_upload"), LIST_FIELDS | answers | {"asked": asked, "asked_of": of_file})

    assert again.status_code == 422
    assert "Choose a file" in again.text
    assert answered(again.text, LIST)[f"{of_file}-{VAPING}"] == "neither"
    assert '<input type="hidden" name="column-type" value="Exclusion Type">' in again.text
    for spoilt in ("[", "[1]", "{}", '[{"name": []}]', "null"):
        fields = LIST_FIELDS | {"asked": spoilt}
        assert client.post(page("export_upload"), fields).status_code == 422


def test_answers_about_one_file_are_not_used_for_another(client, head, page, termly_return):
    asking = export(client, page, LIST, **LIST_FIELDS).text
    answers = answered(asking, LIST, **{VAPING: "neither"})

    other = export(client, page, f"{LIST}X4,LNCH\r\n", **LIST_FIELDS, **answers)

    assert other.status_code == 200
    assert "“Suspected vaping”" in other.text


def test_rows_that_may_be_totals_are_asked_about(client, head, page, termly_return):
    words = PUPILS + ",Yorick,100,1,0\r\n"
    fields = {"kind": "attendance", "choose": 1, **SIMS}

    asking = export(client, page, words, **fields).text
    sent = export(client, page, words, **fields, **answered(asking, words, **{"rows-7-1": "count"}))

    assert "What is row 7?" in asking
    assert "Nothing says which pupil this is" in asking
    assert "Yorick" not in asking
    assert "Counted: 4 pupils with 400 possible sessions." in client.get(sent.url).text


def test_sheet_of_several_is_asked_for(client, head, page, termly_return):
    book = Workbook()
    book.active.title = "Cover"
    book.active.append(["Made for", "Invented Quay School"])
    book.create_sheet("Empty")
    sheet = book.create_sheet("Autumn")
    for row in csv.reader(PUPILS.splitlines()):
        sheet.append([int(cell) if cell.isdigit() else cell for cell in row])
    out = BytesIO()
    book.save(out)
    fields = {"kind": "attendance", "choose": 1, **SIMS}
    prefix = sha256(out.getvalue()).hexdigest()[:12]

    asking = send(client, page, out.getvalue(), to="export_upload", **fields)
    sent = send(client, page, out.getvalue(), to="export_upload", **fields, **{f"{prefix}-sheet": "Autumn"})

    assert "Which sheet has the export?" in asking.text
    assert "Cover" in asking.text
    assert "Empty" not in asking.text
    assert "Counted: 3 pupils" in client.get(sent.url).text


def test_confirmed_texts_are_changed_and_forgotten_later(client, head, trust, school, in_scope):
    url = reverse("returns:sanction_meanings", args=[trust.pk, school.pk])
    assert "No texts are confirmed yet" in client.get(url).text
    with in_scope(trust):
        meanings = {"Exclusion": Sanction.SUSPENSION, "PERM": Sanction.EXCLUSION, "Ann": Sanction.NEITHER}
        confirm_meanings(trust_id=trust.pk, school=school, meanings=meanings, by=UserFactory(), at=NOON)
        keys = {row.text: f"text-{row.pk}" for row in SanctionMeaning.objects.all()}
    html = client.get(url).text
    assert "20 Nov 2025" in html
    assert "What “Exclusion” means" in html

    changes = {keys["Exclusion"]: "exclusion", keys["PERM"]: "exclusion", keys["Ann"]: "ask"}
    saved = client.post(url, changes, follow=True)

    assert "You saved what the texts mean" in saved.text
    with in_scope(trust):
        found = {row.text: (row.meaning, row.confirmed_by_id == head.pk) for row in SanctionMeaning.objects.all()}
    assert found == {"Exclusion": ("exclusion", True), "PERM": ("exclusion", False)}
    assert client.post(url, {keys["PERM"]: "lost"}).status_code == 422


def test_confirmed_texts_are_not_shown_to_another_school(client, as_role, head, trust, school, in_scope):
    with in_scope(trust):
        confirm_meanings(trust_id=trust.pk, school=school, meanings={"Ann": Sanction.NEITHER}, by=head, at=NOON)
        other = SchoolFactory(trust=trust)
    as_role(Role.HEADTEACHER, trust, other)

    assert client.get(reverse("returns:sanction_meanings", args=[trust.pk, school.pk])).status_code in (403, 404)
    assert "Ann" not in client.get(reverse("returns:sanction_meanings", args=[trust.pk, other.pk])).text
