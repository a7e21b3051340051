import pytest

from trusts.form_html import fill_in

PAGE = """<main><form action="/search/"><input name="text"></form>
<form method="post" action="/notes/1/?show=left" novalidate>
  <input type="hidden" name="version" value="3">
  <textarea name="text" rows="4">Saved &amp; sound</textarea>
  <input type="radio" name="kind" value="a" checked><input type="radio" name="kind" value="b">
  <input type="checkbox" name="areas" value="x" checked><input type="checkbox" name="areas" value="y">
  <select name="role"><option value="">Choose</option><option value="1" selected>One</option>
  <option value="2">Two</option></select>
  <input name="row" value=""><input name="row" value="">
  <input type="password" name="secret"><input type="file" name="file">
  <button formaction="/accept/">Accept</button>
</form></main>"""
FIELDS = {
    "version": ["2"],
    "text": ['\nTwo "lines"\r\n<b>&amp;'],
    "kind": ["b"],
    "areas": ["y"],
    "role": ["2"],
    "row": ["1", "2"],
    "secret": ["hunter2"],
    "file": ["x"],
}


def filled(sent_to: str = "/notes/1/", fields: dict[str, list[str]] = FIELDS) -> str:
    page, is_there = fill_in(PAGE, path="/panels/1/", sent_to=sent_to, fields=fields, notice="<p>Kept</p>")
    assert is_there
    return page


def test_every_kind_of_field_has_what_was_typed():
    page = filled()

    assert '<input type="hidden" name="version" value="2">' in page
    assert '<textarea name="text" rows="4">\n\nTwo &quot;lines&quot;\r\n&lt;b&gt;&amp;amp;</textarea>' in page
    assert '<input type="radio" name="kind" value="a"><input type="radio" name="kind" value="b" checked="">' in page
    assert (
        '<input type="checkbox" name="areas" value="x"><input type="checkbox" name="areas" value="y" checked="">'
        in page
    )
    assert '<option value="1">One</option>\n  <option value="2" selected="">Two</option>' in page
    assert '<input name="row" value="1"><input name="row" value="2">' in page


def test_password_and_file_are_never_filled_in():
    assert '<input type="password" name="secret"><input type="file" name="file">' in filled()


def test_field_that_was_not_sent_stays():
    page = filled(fields={"text": ["Typed"]})

    assert '<input type="hidden" name="version" value="3">' in page
    assert '<option value="1" selected>One</option>' in page


def test_other_forms_and_the_rest_of_the_page_stay():
    page = filled()

    assert page.startswith('<main><form action="/search/"><input name="text"></form>\n<p>Kept</p><form method="post"')
    assert page.endswith('<button formaction="/accept/">Accept</button>\n</form></main>')


@pytest.mark.parametrize("sent_to", ["/notes/1/", "/accept/"])
def test_form_is_found_by_its_address_and_by_those_of_its_buttons(sent_to):
    assert "Two &quot;lines&quot;" in filled(sent_to)


def test_form_without_an_address_is_sent_to_its_page():
    page, is_there = fill_in(
        "<form><input name='a'></form><form method='post'><input name='a'></form>",
        path="/plan/",
        sent_to="/plan/",
        fields={"a": ["1"]},
        notice="",
    )

    assert (page, is_there) == (
        "<form><input name='a'></form><form method='post'><input name=\"a\" value=\"1\"></form>",
        True,
    )


def test_page_without_the_form_stays():
    assert fill_in(PAGE, path="/", sent_to="/elsewhere/", fields=FIELDS, notice="Kept") == (PAGE, False)
