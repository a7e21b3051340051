from django.db import models
from django.db.models import Q

from trusts.models import TenantModel


class SchoolQuerySet(models.QuerySet["School"]):
    def by_name(self) -> "SchoolQuerySet":
        return self.order_by("name", "urn")


class School(models.Model):
    """A school on the public register, with the trust that runs it now."""

    class Phase(models.TextChoices):
        PRIMARY = "primary", "Primary"
        SECONDARY = "secondary", "Secondary"
        ALL_THROUGH = "all-through", "All-through"
        SPECIAL = "special", "Special"
        ALTERNATIVE_PROVISION = "alternative provision", "Alternative provision"
        POST_16 = "16 plus", "16 plus"
        NURSERY = "nursery", "Nursery"
        UNKNOWN = "", "Not recorded"

    urn = models.PositiveIntegerField(primary_key=True, help_text="Unique reference number, from the register.")
    name = models.TextField()
    trust = models.ForeignKey("trusts.Trust", null=True, blank=True, on_delete=models.PROTECT, related_name="schools")
    joined_date = models.DateField(null=True, blank=True, help_text="When it joined its present trust.")
    phase = models.CharField(max_length=24, choices=Phase, blank=True, default=Phase.UNKNOWN)
    school_type = models.CharField(max_length=60, blank=True)
    local_authority_code = models.PositiveSmallIntegerField(null=True, blank=True)
    local_authority = models.TextField(blank=True)
    establishment_number = models.PositiveSmallIntegerField(null=True, blank=True)
    lowest_age = models.PositiveSmallIntegerField(null=True, blank=True)
    highest_age = models.PositiveSmallIntegerField(null=True, blank=True)
    town = models.TextField(blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    is_fictional = models.BooleanField(default=False)

    objects = SchoolQuerySet.as_manager()

    class Meta:
        constraints = [
            # Real schools never have numbers from 990001 on, so real and invented schools cannot be confused.
            models.CheckConstraint(
                condition=models.Q(is_fictional=True, urn__gte=990001) | models.Q(is_fictional=False, urn__lt=990001),
                name="fictional_schools_apart",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Departure(models.Model):
    """When a school left a trust. A database trigger writes it with every change of the school's trust."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="departures")
    trust = models.ForeignKey("trusts.Trust", on_delete=models.PROTECT, related_name="departures")
    left_date = models.DateField()

    def __str__(self) -> str:
        return f"{self.school_id} left {self.trust_id} on {self.left_date}"


class SchoolLink(models.Model):
    """One predecessor or successor of a school on the register. Either school may be closed."""

    class Direction(models.TextChoices):
        PREDECESSOR = "predecessor", "Predecessor"
        SUCCESSOR = "successor", "Successor"

    urn = models.PositiveIntegerField(db_index=True)
    link_urn = models.PositiveIntegerField(db_index=True)
    link_name = models.TextField(blank=True)
    direction = models.CharField(max_length=12, choices=Direction)
    kind = models.CharField(max_length=30, help_text="one_to_one, merged, split and so on; see schools/gias.")
    established_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["urn", "link_urn", "direction", "kind"], name="one_link_per_kind")
        ]

    def __str__(self) -> str:
        return f"{self.link_urn} is a {self.direction} of {self.urn}"


class Season(models.IntegerChoices):
    """The part of a school year that a figure is about, in the order they fall."""

    YEAR = 0, "Whole year"
    AUTUMN = 1, "Autumn"
    SPRING = 2, "Spring"
    SUMMER = 3, "Summer"


class TermQuerySet(models.QuerySet["Term"]):
    def newest_first(self) -> "TermQuerySet":
        return self.order_by("-starts_date", "-pk")


class Term(TenantModel):
    """One term of the trust's calendar, with the day its returns are due."""

    school_year = models.PositiveSmallIntegerField(help_text="The year the school year ends in.")
    season = models.PositiveSmallIntegerField(choices=Season)
    starts_date = models.DateField()
    ends_date = models.DateField()
    due_date = models.DateField(help_text="When the term's returns are due.")
    break_starts_date = models.DateField(null=True, blank=True, help_text="The first day of the half-term holiday.")
    break_ends_date = models.DateField(null=True, blank=True, help_text="Its last day.")

    objects = TermQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trust", "school_year", "season"], name="one_term_per_season"),
            models.CheckConstraint(condition=Q(season__range=(1, 3)), name="term_season_known"),
            models.CheckConstraint(condition=Q(ends_date__gt=models.F("starts_date")), name="term_ends_after_start"),
            models.CheckConstraint(
                condition=Q(break_starts_date__isnull=True, break_ends_date__isnull=True)
                | Q(
                    break_starts_date__gt=models.F("starts_date"),
                    break_ends_date__gte=models.F("break_starts_date"),
                    break_ends_date__lt=models.F("ends_date"),
                ),
                name="half_term_holiday_is_inside_its_term",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_season_display()} term {self.school_year - 1}–{self.school_year % 100:02d}"
