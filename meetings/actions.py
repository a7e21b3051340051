"""Every write about the Panel: its meetings, the notes for them and the report that is published."""

import hashlib
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from meetings.models import Panel, PanelNote, PanelReport
from meetings.queries import draft_report
from meetings.report import from_json, pdf, to_json
from schools.models import School
from trusts.models import Trust, User


class NoteSavedByAnother(Exception):
    """Somebody saved this note after it was shown; ``note`` is what they saved."""

    def __init__(self, note: PanelNote) -> None:
        super().__init__(f"note {note.pk} was saved in between")
        self.note = note


class AlreadyPublished(Exception):
    """The Panel's report is published, so nothing in it changes any more."""


class AlreadyPlanned(ValueError):
    """The trust has a Panel in this half-term."""


class NothingAccepted(Exception):
    """No school has accepted data, so there is nothing to publish."""


@transaction.atomic
def plan_panel(*, trust: Trust, title: str, held_date: date, school_year: int, half_term: int, by: User) -> Panel:
    """Put a Panel into the trust's calendar; the audit trail keeps who did.

    Raises:
        AlreadyPlanned: there is one in this half-term.
    """
    panel, made = Panel.objects.get_or_create(
        trust=trust,
        school_year=school_year,
        half_term=half_term,
        defaults={"title": title, "held_date": held_date},
    )
    if not made:
        raise AlreadyPlanned(panel.title)
    return panel


@transaction.atomic
def save_note(*, panel: Panel, school: School, text: str, version: int, by: User, at: datetime) -> PanelNote:
    """Save the note on one school; ``version`` is the number of the note that the writer was shown, 0 for none.

    Raises:
        AlreadyPublished: the report is out.
        NoteSavedByAnother: the note has another version by now, and another text.
    """
    _lock_unpublished(panel)
    note = PanelNote.objects.filter(panel=panel, school=school).first() or PanelNote(
        trust_id=panel.trust_id, panel=panel, school=school
    )
    if note.text == text and note.version:
        return note  # Sent twice, or nothing changed.
    if note.version != version:
        raise NoteSavedByAnother(note)
    note.text, note.version, note.saved_by, note.saved_at = text, version + 1, by, at
    note.save()
    return note


@transaction.atomic
def publish_report(*, trust: Trust, panel: Panel, by: User, at: datetime) -> PanelReport:
    """Freeze the Panel's report: the document, and the PDF made from it. It can be done once.

    Raises:
        AlreadyPublished: it was done.
        NothingAccepted: no school has a figure to report.
    """
    _lock_unpublished(panel)
    report = replace(draft_report(trust=trust, panel=panel, as_at=at), published_by=by.name)
    if not report.has_figures:
        raise NothingAccepted(panel.title)
    content = to_json(report)
    file = pdf(from_json(content))  # From what is stored, so that page and file cannot differ.
    return PanelReport.objects.create(
        trust=trust,
        panel=panel,
        content=content,
        pdf=file,
        sha256=hashlib.sha256(file).hexdigest(),
        published_by=by,
        published_at=at,
    )


def _lock_unpublished(panel: Panel) -> None:
    """Hold the Panel until the transaction ends: a note is either in the published report or refused."""
    Panel.objects.select_for_update().get(pk=panel.pk)
    if PanelReport.objects.filter(panel=panel).exists():
        raise AlreadyPublished(panel.title)
