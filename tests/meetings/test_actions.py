import hashlib
from datetime import date

import pytest

from kpis.models import ScoreLine
from meetings import actions
from meetings.models import Panel, PanelNote, PanelReport
from meetings.report import from_json, report_pdf
from tests.factories import NOON, SchoolFactory, UserFactory
from tests.meetings.conftest import LATER
from trusts.models import AuditEntry


def test_panel_is_planned_once_in_a_half_term(trust, director, in_scope):
    panel = {"trust": trust, "title": "Panel", "held_date": date(2026, 1, 20), "school_year": 2026, "half_term": 3}
    with in_scope(trust, actor="user:7"):
        actions.plan_panel(**panel, by=director)
        with pytest.raises(actions.PanelAlreadyPlanned):
            actions.plan_panel(**panel, by=director)

        assert Panel.objects.count() == 1
        assert AuditEntry.objects.get(table="meetings_panel").actor == "user:7"


def test_note_is_saved_with_who_and_when(trust, panel, school, director, in_scope):
    with in_scope(trust):
        actions.save_note(panel=panel, school=school, text="First.", version=0, by=director, at=NOON)
        note = actions.save_note(panel=panel, school=school, text="Second.", version=1, by=director, at=LATER)

        stored = PanelNote.objects.get()
    assert (stored.text, stored.version, stored.saved_by, stored.saved_at) == ("Second.", 2, director, LATER)
    assert note == stored


@pytest.mark.parametrize("version", [0, 1])
def test_note_by_another_person_is_never_overwritten(trust, panel, school, director, in_scope, version):
    other = UserFactory(name="Invented Colleague")
    with in_scope(trust):
        actions.save_note(panel=panel, school=school, text="First.", version=0, by=director, at=NOON)
        actions.save_note(panel=panel, school=school, text="Theirs.", version=1, by=other, at=NOON)

        with pytest.raises(actions.NoteSavedByAnother) as conflict:
            actions.save_note(panel=panel, school=school, text="Mine.", version=version, by=director, at=LATER)

        assert (conflict.value.note.text, conflict.value.note.saved_by) == ("Theirs.", other)
        assert PanelNote.objects.get().text == "Theirs."


def test_note_sent_twice_is_saved_once(trust, panel, school, director, in_scope):
    with in_scope(trust):
        for _ in range(2):
            actions.save_note(panel=panel, school=school, text="Same.", version=0, by=director, at=NOON)

        assert PanelNote.objects.get().version == 1


def test_published_report_has_document_pdf_and_checksum(trust, panel, school, director, in_scope, accepted):
    with in_scope(trust):
        accepted(school)
        actions.save_note(panel=panel, school=school, text="Seen.", version=0, by=director, at=NOON)
        actions.publish_report(trust=trust, panel=panel, by=director, at=LATER)

        stored = PanelReport.objects.get()
    report = from_json(stored.content)
    assert (report.published_by, report.as_at) == ("Invented Director", LATER)
    assert report.schools[0].note.text == "Seen."
    assert bytes(stored.pdf) == report_pdf(report)
    assert stored.sha256 == hashlib.sha256(bytes(stored.pdf)).hexdigest()
    assert (stored.published_by, stored.published_at) == (director, LATER)


def test_published_report_does_not_change_when_data_changes(trust, panel, school, director, in_scope, accepted):
    with in_scope(trust):
        accepted(school)
        actions.publish_report(trust=trust, panel=panel, by=director, at=LATER)
        before = PanelReport.objects.get()

        ScoreLine.objects.update(value=99, rating="on_target", reason="Changed")
        school.name, trust.name, director.name = "Renamed", "Renamed", "Renamed"
        for changed in (school, trust, director):
            changed.save()

        after = PanelReport.objects.get()
    assert after.content == before.content
    assert bytes(after.pdf) == bytes(before.pdf)
    assert "8.0%" in str(after.content)
    assert "Renamed" not in str(after.content)


def test_database_refuses_to_change_or_delete_a_published_report(trust, panel, school, director, in_scope, accepted):
    with in_scope(trust):
        accepted(school)
        actions.publish_report(trust=trust, panel=panel, by=director, at=LATER)

        assert PanelReport.objects.update(content={}) == 0
        assert PanelReport.objects.all()._raw_delete(PanelReport.objects.db) == 0
        assert PanelReport.objects.get().content != {}


def test_report_is_published_once_and_closes_its_notes(trust, panel, school, director, in_scope, accepted):
    with in_scope(trust):
        accepted(school)
        actions.publish_report(trust=trust, panel=panel, by=director, at=LATER)

        with pytest.raises(actions.ReportAlreadyPublished):
            actions.publish_report(trust=trust, panel=panel, by=director, at=LATER)
        with pytest.raises(actions.ReportAlreadyPublished):
            actions.save_note(panel=panel, school=school, text="Late.", version=0, by=director, at=LATER)

        assert PanelReport.objects.count() == 1
        assert not PanelNote.objects.exists()


def test_report_without_accepted_figures_is_not_published(trust, panel, school, director, in_scope, accepted):
    with in_scope(trust):
        accepted(school, value=None, status="to_follow", rating="no_value", reason="No value: to follow")
        with pytest.raises(actions.NoAcceptedFigures):
            actions.publish_report(trust=trust, panel=panel, by=director, at=LATER)

        assert not PanelReport.objects.exists()


def test_published_report_includes_schools_without_figures(trust, panel, school, director, in_scope, accepted):
    late = SchoolFactory(trust=trust, name="Invented Late School")
    with in_scope(trust):
        accepted(school)
        actions.publish_report(trust=trust, panel=panel, by=director, at=LATER)
        report = from_json(PanelReport.objects.get().content)

    assert [page.urn for page in report.schools if not page.has_figures] == [late.urn]
