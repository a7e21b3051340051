from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from kpis.actions.catalogue import sync_catalogue
from kpis.actions.recomputation import want_recomputations
from published.dfe import LAYOUTS
from published.queries import PublishedCoverage, published_coverage
from schools.actions.calendar import plan_school_year
from schools.actions.register import make_tenant
from schools.models import School
from schools.rules.terms import school_year_code, school_year_on
from tables.dates import day_in_words
from trajectories.actions import recompute_school, recompute_trust
from trajectories.actions.national_tables import keep_national_tables
from trajectories.queries.latest_answers import latest_answers
from trusts import tenancy
from trusts.models import Invitation, Membership, Role, Trust

ACTOR = "command:add_trust"
TITLES = {layout.code: layout.title for layout in LAYOUTS}
# The phases of education of the schools in these files.
ONLY = {
    "ks2": (School.Phase.PRIMARY, School.Phase.ALL_THROUGH),
    "ks4": (School.Phase.SECONDARY, School.Phase.ALL_THROUGH),
    "destinations": (School.Phase.SECONDARY, School.Phase.ALL_THROUGH),
}


class Command(BaseCommand):
    help = (
        "Let a trust on the register use Sightline. It gets its schools and their published results, including results "
        "under their earlier URNs. Safe to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--group", required=True, metavar="UID", help="the register's UID, or its group ID")
        parser.add_argument("--closed", action="store_true", help="add the trust even if it has closed")
        parser.add_argument("--first-administrator", metavar="EMAIL", help="invite the trust's first administrator")
        parser.add_argument("--name", help="the first administrator's name")

    def handle(
        self, *, group: str, closed: bool, first_administrator: str | None, name: str | None, **options: Any
    ) -> None:
        if bool(first_administrator) != bool(name):
            raise CommandError("--first-administrator and --name go together")
        trust = _trust(group, closed=closed)
        schools = list(School.objects.filter(trust=trust).by_name())
        if not schools:
            raise CommandError(
                f"No school on the register is in {trust.name}. Import the list of academies in trusts: import_register"
            )
        sync_catalogue()
        with tenancy.scope([trust.pk], actor=ACTOR):
            is_new = make_tenant(trust=trust)
            plan_school_year(trust_id=trust.pk, school_year=school_year_on(timezone.localdate()))
            # If this command is interrupted, the sweep finds these notes and finishes.
            want_recomputations(schools=schools, trust_id=trust.pk, at=timezone.now())
        keep_national_tables(at=timezone.now())
        for school in tqdm(schools, unit="school", disable=None):  # None: no bar unless a person is watching.
            with tenancy.scope([trust.pk], actor=ACTOR):
                recompute_school(trust_id=trust.pk, school=school, at=timezone.now())
        with tenancy.scope([trust.pk], actor=ACTOR):
            recompute_trust(trust_id=trust.pk, on=timezone.localdate())
            self._report(trust, schools, is_new=is_new)
        if first_administrator and name:
            self._invite(trust, first_administrator, name)

    def _report(self, trust: Trust, schools: Sequence[School], *, is_new: bool) -> None:
        held, placed = published_coverage([school.pk for school in schools]), latest_answers(schools)
        for school in schools:
            self.stdout.write(f"{school.name} (URN {school.pk}, {school.get_phase_display().lower()})")
            self.stdout.writelines(f"    {line}\n" for line in _lines(school, held[school.pk]))
            placement = placed[school.pk]["placement"]
            letter = f"Trajectory {placement.letter}" if placement.letter else "No trajectory"
            self.stdout.write(f"    {letter}: {placement.reason}")
        what = "was added" if is_new else "already used Sightline and was recalculated"
        self.stdout.write(self.style.SUCCESS(f"{trust.name} {what}: {_counted(len(schools), 'school')}."))

    def _invite(self, trust: Trust, email: str, name: str) -> None:
        role = Role.TRUST_ADMINISTRATOR
        with tenancy.scope([trust.pk], actor=ACTOR):
            memberships = Membership.objects.of(trust).filter(user__email__iexact=email, role=role)
            if memberships.current(on=timezone.localdate()).exists():
                self.stdout.write(f"{email} is already {role.label}")
                return
            if Invitation.objects.open().filter(trust=trust, email=email.lower(), role=role).exists():
                self.stdout.write(f"{email} has already been invited. For a new link: ./sightline invite_person")
                return
        call_command("invite_person", trust=trust.pk, email=email, name=name, role=role.value, stdout=self.stdout)


def _trust(group: str, *, closed: bool) -> Trust:
    found = Trust.objects.filter(uid=group) if group.isdecimal() else Trust.objects.filter(group_id__iexact=group)
    trust = found.filter(is_fictional=False).first()
    if trust is None:
        raise CommandError(
            f"The register has no trust {group}. Import the list of all groups: ./sightline import_register"
        )
    if trust.closed_date and not closed:
        raise CommandError(f"{trust.name} closed on {day_in_words(trust.closed_date)}. To add it anyway: --closed")
    return trust


def _lines(school: School, held: Sequence[PublishedCoverage]) -> Iterator[str]:
    """Yield a line for each kind of file, with the years that we have for a school and the years that are missing."""
    for file in held:
        if not file.via_urns and school.phase not in ONLY.get(file.layout, [school.phase]):
            continue
        found = _years(school.pk, file.via_urns) or "none"
        missing = f"; missing: {_list(file.missing)}" if file.missing else ""
        nothing = "" if file.via_urns or file.missing else "; no such file was imported"
        yield f"{TITLES[file.layout]}: {found}{missing}{nothing}"


def _years(urn: int, via_urns: Mapping[int, int]) -> str:
    parts = []
    for via, years in groupby(via_urns, key=via_urns.__getitem__):
        parts.append(_list(years) + ("" if via == urn else f" as URN {via}"))
    return "; ".join(parts)


def _list(years: Any) -> str:
    return ", ".join(school_year_code(year) for year in years)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
