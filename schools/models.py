from django.db import models


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
