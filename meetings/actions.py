"""Write Panels, the notes for them and the published reports."""

import hashlib
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from meetings.models import Panel, PanelNote, PanelReport
from meetings.queries import draft_report
from meetings.report import from_json, report_pdf, to_json
from schools.models import School
from trusts.locks import locked
from trusts.models import Trust, User


class NoteSavedByAnother(Exception):
    """Another person saved this note after it was shown. ``note`` is their version."""

    def __init__(self, note: PanelNote) -> None:
        super().__init__(f"another person has saved note {note.pk}")
        self.note = note


class ReportAlreadyPublished(Exception):
    """The Panel's report is published and can no longer change."""


class PanelAlreadyPlanned(ValueError):
    """The trust already has a Panel in this half-term."""


class NoAcceptedFigures(Exception):
    """No school has accepted data, so there is nothing to publish."""


@transaction.atomic
def plan_panel(*, trust: Trust, title: str, held_date: date, school_year: int, half_term: int, by: User) -> Panel:
    """Add a Panel to the trust's calendar.

    Raises:
        AlreadyPlanned: this half-term already has a Panel.
    """
    panel, made = Panel.objects.get_or_create(
        trust=trust,
        school_year=school_year,
        half_term=half_term,
        defaults={"title": title, "held_date": held_date},
    )
    if not made:
        raise PanelAlreadyPlanned(panel.title)
    return panel


@transaction.atomic
def save_note(*, panel: Panel, school: School, text: str, version: int, by: User, at: datetime) -> PanelNote:
    """Save the note on one school. ``version`` is the version that the writer was shown, 0 if there was no note.

    Raises:
        AlreadyPublished: the report is published.
        NoteSavedByAnother: the note now has another version with another text.
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
    """Freeze the Panel's report: the document and its PDF. It can be published only once.

    Raises:
        AlreadyPublished: it is already published.
        NothingAccepted: no school has a figure to report.
    """
    _lock_unpublished(panel)
    report = replace(draft_report(trust=trust, panel=panel, as_at=at), published_by=by.name)
    if not report.has_figures:
        raise NoAcceptedFigures(panel.title)
    content = to_json(report)
    file = report_pdf(from_json(content))  # From the stored document, so that page and PDF cannot differ.
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
    """Lock the Panel until the transaction ends, so that a note is either in the published report or refused."""
    locked(Panel.objects.filter(pk=panel.pk)).get()
    if PanelReport.objects.filter(panel=panel).exists():
        raise ReportAlreadyPublished(panel.title)
