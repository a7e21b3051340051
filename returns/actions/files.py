"""Files of a return: received, refused with their faults, and saved once somebody has seen what would change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from returns.actions.figure_proposals import ProposedFigure, propose_figures
from returns.actions.returns import LineToSave, save_lines
from returns.files.exports import ExportKind
from returns.models import ColumnMapping, FigureProposal, ReceivedFile, Return, ReturnLine
from returns.queries.files import FileAnswer
from schools.models import School
from tables.faults import SpreadsheetFault
from trusts.models import User

LONGEST_NAME = 200


class FileAlreadySaved(Exception):
    """What the file says was saved before; once is enough."""


@dataclass(frozen=True, kw_only=True)
class SentFile:
    """A file as it was sent."""

    kind: ReceivedFile.Kind
    name: str  # Django takes no file without a name, and leaves out of it what cannot be seen.
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
    """Note a file and what was read from it. With a fault it is refused whole: the database takes no line with one."""
    return ReceivedFile.objects.create(
        trust_id=termly_return.trust_id,
        school_id=termly_return.school_id,
        termly_return=termly_return,
        kind=sent.kind,
        state=ReceivedFile.State.REFUSED if faults else ReceivedFile.State.TO_CHECK,
        name=sent.name[:LONGEST_NAME],
        sha256=sha256(sent.data).hexdigest(),
        size=len(sent.data),
        lines=[asdict(each) for each in lines],
        notes=list(notes),
        faults=[each.as_data() for each in faults],
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
    """Save what a file says of its lines; return those that somebody saved in between, which stay as they are.

    Raises:
        AlreadySaved: it was saved, or refused.
        NotOpen: the return or one of the lines is not the school's to change any more; nothing is saved.
        NotAssigned: one of the lines is somebody else's to fill in; nothing is saved.
    """
    of = _used(received, by=by, at=at)
    return save_lines(termly_return_id=of.termly_return_id, changes=changes, by=by, at=at, only=only)


@transaction.atomic
def propose_received(*, received: ReceivedFile, figures: Sequence[ProposedFigure], by: User, at: datetime) -> int:
    """Set what an export comes to beside the lines of the return, for whoever fills them in to confirm.

    Raises:
        AlreadySaved: it was proposed, or refused.
    """
    of = _used(received, by=by, at=at)
    return propose_figures(
        school=of.termly_return.school,
        term=of.termly_return.term,
        figures=figures,
        kind=FigureProposal.Kind.IMPORT,
        source=of.in_words,
        by=by,
        at=at,
    )


def _used(received: ReceivedFile, *, by: User, at: datetime) -> ReceivedFile:
    """Mark the file as used, once, and return it as it is stored."""
    of = (
        ReceivedFile.objects.select_for_update(of=["self"])
        .select_related("termly_return__school", "termly_return__term")
        .get(pk=received.pk)
    )
    if of.state != ReceivedFile.State.TO_CHECK:
        raise FileAlreadySaved(of.state)
    of.state, of.saved_by, of.saved_at = ReceivedFile.State.SAVED, by, at
    of.save(update_fields=["state", "saved_by", "saved_at"])
    return of


@transaction.atomic
def remember_columns(
    *, trust_id: int, school: School, kind: ExportKind, columns: Mapping[str, str], by: User, at: datetime
) -> ColumnMapping:
    """Keep which columns a school's exports of one kind have, in place of what was kept before."""
    kept, _ = ColumnMapping.objects.update_or_create(
        trust_id=trust_id,
        school=school,
        kind=kind.value,
        defaults={"columns": dict(columns), "chosen_by": by, "chosen_at": at},
    )
    return kept
