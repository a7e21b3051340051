"""Receive files for a return, and save them once somebody has seen what would change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from returns.actions.figure_proposals import ProposedFigure, propose_figures
from returns.actions.returns import LineToSave, save_lines
from returns.files.exports import ExportKind
from returns.files.sanction_texts import Sanction
from returns.models import ColumnMapping, FigureProposal, ReceivedFile, Return, ReturnLine, SanctionMeaning
from returns.queries.files import FileAnswer
from schools.models import School
from tables.faults import SpreadsheetFault
from trusts.locks import locked
from trusts.models import User

LONGEST_NAME = 200


class FileAlreadySaved(Exception):
    """The file was already used, or was refused."""


@dataclass(frozen=True, kw_only=True)
class SentFile:
    """A file as it was sent."""

    kind: ReceivedFile.Kind
    name: str  # Django refuses files without a name, and removes invisible characters.
    data: bytes


@transaction.atomic
def receive_file(
    *,
    termly_return: Return,
    sent: SentFile,
    lines: Sequence[FileAnswer] = (),
    notes: Sequence[str] = (),
    faults: Sequence[SpreadsheetFault] = (),
    by: User,
    at: datetime,
) -> ReceivedFile:
    """Keep a record of a file and what was read from it. A file with a fault is refused: none of its lines is kept."""
    return ReceivedFile.objects.create(
        trust_id=termly_return.trust_id,
        school_id=termly_return.school_id,
        termly_return=termly_return,
        kind=sent.kind,
        state=ReceivedFile.State.REFUSED if faults else ReceivedFile.State.TO_CHECK,
        name=sent.name[:LONGEST_NAME],
        sha256=sha256(sent.data).hexdigest(),
        size=len(sent.data),
        lines=[asdict(line) for line in lines],
        notes=list(notes),
        faults=[fault.as_data() for fault in faults],
        received_by=by,
        received_at=at,
    )


@transaction.atomic
def save_received(
    *,
    received: ReceivedFile,
    changes: Sequence[LineToSave],
    by: User,
    at: datetime,
    only: Collection[str] | None = None,
) -> list[ReturnLine]:
    """Save the lines in a file. Return the lines that somebody has saved since, which do not change.

    Raises:
        AlreadySaved: the file was used or refused.
        LineNotOpen: the school can no longer change the return or one of the lines. Nothing is saved.
        LineNotAssigned: somebody else fills in one of the lines. Nothing is saved.
    """
    used = _used(received, by=by, at=at)
    return save_lines(termly_return_id=used.termly_return_id, changes=changes, by=by, at=at, only=only)


@transaction.atomic
def propose_received(*, received: ReceivedFile, figures: Sequence[ProposedFigure], by: User, at: datetime) -> int:
    """Suggest the figures from an export for the lines of the return, to be confirmed by whoever fills them in.

    Raises:
        AlreadySaved: the file was used or refused.
    """
    used = _used(received, by=by, at=at)
    return propose_figures(
        school=used.termly_return.school,
        term=used.termly_return.term,
        figures=figures,
        kind=FigureProposal.Kind.IMPORT,
        source=used.in_words,
        by=by,
        at=at,
    )


def _used(received: ReceivedFile, *, by: User, at: datetime) -> ReceivedFile:
    """Mark the file as used, and return it as it is stored.

    Raises:
        AlreadySaved: the file was used or refused.
    """
    file = locked(ReceivedFile.objects.select_related("termly_return__school", "termly_return__term")).get(
        pk=received.pk
    )
    if file.state != ReceivedFile.State.TO_CHECK:
        raise FileAlreadySaved(file.state)
    file.state, file.saved_by, file.saved_at = ReceivedFile.State.SAVED, by, at
    file.save(update_fields=["state", "saved_by", "saved_at"])
    return file


@transaction.atomic
def remember_columns(
    *, trust_id: int, school: School, kind: ExportKind, columns: Mapping[str, str], by: User, at: datetime
) -> ColumnMapping:
    """Remember which columns a school chose for exports of one kind. This replaces its earlier choice."""
    [kept] = ColumnMapping.objects.bulk_create(
        [
            ColumnMapping(
                trust_id=trust_id, school=school, kind=kind.value, columns=dict(columns), chosen_by=by, chosen_at=at
            )
        ],
        update_conflicts=True,
        unique_fields=["trust", "school", "kind"],
        update_fields=["columns", "chosen_by", "chosen_at"],
    )
    return kept


@transaction.atomic
def confirm_meanings(
    *, trust_id: int, school: School, meanings: Mapping[str, Sanction], by: User, at: datetime
) -> None:
    """Remember what texts in a school's lists of sanctions mean. This replaces what was confirmed before."""
    SanctionMeaning.objects.bulk_create(
        [
            SanctionMeaning(
                trust_id=trust_id, school=school, text=text, meaning=meaning.value, confirmed_by=by, confirmed_at=at
            )
            for text, meaning in sorted(meanings.items())
        ],
        update_conflicts=True,
        unique_fields=["trust", "school", "text"],
        update_fields=["meaning", "confirmed_by", "confirmed_at"],
    )


@transaction.atomic
def forget_meanings(*, school: School, texts: Collection[str]) -> None:
    """Forget what texts in a school's lists of sanctions mean, so that the next list asks about them again."""
    SanctionMeaning.objects.filter(school=school, text__in=texts).delete()
