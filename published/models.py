"""Store published open data, the same for every trust."""

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import Q


class ImportedFile(models.Model):
    """One imported file, identified by its content, so that importing it twice changes nothing."""

    sha256 = models.CharField(max_length=64, unique=True)
    name = models.TextField()
    layout = models.CharField(max_length=40)
    school_year = models.PositiveSmallIntegerField(null=True, help_text="The year the school year ends in.")
    release = models.CharField(max_length=12, blank=True)
    summary = models.JSONField()
    imported_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class PublishedSeries(models.Model):
    """The subject of a column in a published file: a measure in one year, release and pupil group."""

    id = models.AutoField(primary_key=True)
    measure = models.CharField(max_length=40, help_text="The publisher's own code, like ATT8SCR.")
    school_year = models.PositiveSmallIntegerField(help_text="The year the school year ends in.")
    release = models.CharField(max_length=12)
    pupil_group = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "school_year", "release", "pupil_group"], name="one_published_series"
            )
        ]

    def __str__(self) -> str:
        return f"{self.measure}, {self.school_year} {self.release}, {self.pupil_group}"


class PublishedResult(models.Model):
    """One published figure: a school's value in a series, or the code in its place.

    A national file brings 300,000 figures, so a row is narrow and has one index, its key. The database does not check
    its series and its file again, because the same action (published.actions.imports) writes them.
    """

    pk = models.CompositePrimaryKey("urn", "series_id")
    urn = models.PositiveIntegerField()
    series = models.ForeignKey(
        PublishedSeries, on_delete=models.PROTECT, related_name="results", db_constraint=False, db_index=False
    )
    value = models.FloatField(null=True, help_text="In the measure's unit; empty unless status is 'value'.")
    lower = models.FloatField(null=True, help_text="Published 95% confidence limit.")
    upper = models.FloatField(null=True, help_text="Published 95% confidence limit.")
    cohort = models.FloatField(null=True, help_text="Pupils the figure is about.")
    file = models.ForeignKey(
        ImportedFile, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    status = models.CharField(max_length=20, help_text="published.dfe.value_statuses.ValueStatus")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="value", value__isnull=False) | (~Q(status="value") & Q(value__isnull=True)),
                name="published_value_or_code",
            ),
        ]

    def __str__(self) -> str:
        return f"series {self.series_id} of {self.urn}: {self.status}"


class NationalFigure(models.Model):
    """One published figure about England, an authority or a trust, and where it came from."""

    measure = models.CharField(max_length=40)
    geography = models.CharField(max_length=40, help_text="England, local authority 850 or trust 5690")
    scope = models.CharField(max_length=40, help_text="state-funded or all schools")
    school_year = models.PositiveSmallIntegerField()
    release = models.CharField(max_length=12)
    pupil_group = models.CharField(max_length=20, default="all")
    value = models.FloatField()
    file = models.ForeignKey(ImportedFile, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "geography", "scope", "school_year", "release", "pupil_group"],
                name="one_national_figure",
            )
        ]

    def __str__(self) -> str:
        return f"{self.measure}, {self.geography} {self.school_year}: {self.value}"


class SchoolList(models.Model):
    """The schools in one results file, and whether they are mainstream schools.

    A file's list is one row, because it is only ever read as a whole. With one row for each school, an import took half
    as long again. We pack the list before we need the database, so that the next file can be read in the meantime.
    """

    file = models.OneToOneField(ImportedFile, on_delete=models.CASCADE, primary_key=True, related_name="school_list")
    packed = models.BinaryField(
        help_text="Deflated JSON: lists of equal length of urn, name, la, estab, school_type, is_mainstream."
    )

    def __str__(self) -> str:
        return f"schools of {self.file_id}"

    @staticmethod
    def pack(columns: Mapping[str, Sequence[object]]) -> bytes:
        """Pack lists of equal length for the table."""
        return zlib.compress(json.dumps(columns).encode(), level=1)

    @property
    def columns(self) -> dict[str, list[Any]]:
        """Return the unpacked lists."""
        return dict(json.loads(zlib.decompress(self.packed)))


class Inspection(models.Model):
    """One inspection of a school by Ofsted, in the words of its framework.

    There are no numbers, because grades of different frameworks cannot be compared. Sightline shows inspections and
    calculates nothing from them.
    """

    urn = models.PositiveIntegerField(help_text="The school in whose row Ofsted lists it.")
    inspected_urn = models.PositiveIntegerField(help_text="The school that was inspected: a predecessor may be.")
    inspected_name = models.TextField(blank=True, help_text="Its name at the time, if the list has it.")
    start_date = models.DateField()
    published_date = models.DateField(null=True)
    framework = models.CharField(max_length=20, help_text="A code of published/dfe/inspection_layouts.toml.")
    kind = models.TextField(blank=True, help_text="Ofsted's own words, such as S5 Inspection.")
    number = models.CharField(max_length=20, blank=True, help_text="Ofsted's number of the inspection.")
    judgements = models.JSONField(help_text="A list of area and words, in the order of the framework.")
    file = models.ForeignKey(ImportedFile, on_delete=models.CASCADE, related_name="inspections")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["urn", "inspected_urn", "start_date"], name="one_inspection_on_a_day"),
        ]
        indexes = [models.Index(fields=["inspected_urn"], name="inspection_of_school")]

    def __str__(self) -> str:
        return f"inspection of {self.inspected_urn} on {self.start_date}"
