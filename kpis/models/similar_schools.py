"""The schools most like a trust's school, and published measures among them."""

from django.db import models

from trusts.models import TenantModel


class SimilarSchools(TenantModel):
    """The schools most like one school by published context, found again every night and after an import."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    phase = models.CharField(max_length=24, blank=True, help_text="The phase of education in which it is compared.")
    context_year = models.PositiveSmallIntegerField(null=True, help_text="The school year of the neighbours' context.")
    own_year = models.PositiveSmallIntegerField(null=True, help_text="The school year of the school's own context.")
    context = models.JSONField(default=dict, help_text="The school's own context by feature.")
    neighbours = models.JSONField(
        default=list, help_text="Nearest first: urn, name, authority, distance, context, compared."
    )
    figures = models.JSONField(
        default=dict, help_text="By indicator and school year: median, lower, upper, count, release."
    )
    reason = models.TextField(blank=True, help_text="Why no schools were found.")
    caution = models.TextField(blank=True)
    rules_version = models.CharField(max_length=20)
    files_seen = models.PositiveBigIntegerField(help_text="The newest file that had been imported.")
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trust", "school"], name="one_similar_set")]

    def __str__(self) -> str:
        return f"{len(self.neighbours)} schools like {self.school_id}"
