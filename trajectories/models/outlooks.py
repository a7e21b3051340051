"""What is expected of a school's next result: early warning."""

from django.db import models

from trajectories.models.derived import Derived


class Outlook(Derived):
    """What is expected of one school on one measure in one school year; or, in ``reason``, why nothing can be.

    ``inputs`` holds the forecast as published history alone makes it, the in-year figures that sharpened it, and the
    things that moved it most. The probabilities are of a result below a line, of the lowest fifth nationally, and of
    being placed on journey C, D or G once the result is in.
    """

    measure = models.CharField(
        max_length=40, blank=True, help_text="The publisher's code; empty: none can be forecast."
    )
    school_year = models.PositiveSmallIntegerField(help_text="The year whose result is expected.")
    expected = models.FloatField(null=True, help_text="In the measure's unit.")
    low80 = models.FloatField(null=True, help_text="Eight results in ten lie from here …")
    high80 = models.FloatField(null=True, help_text="… to here.")
    percentile = models.FloatField(null=True, help_text="National, 100 is best.")
    percentile_low80 = models.FloatField(null=True)
    percentile_high80 = models.FloatField(null=True)
    p_below_floor = models.FloatField(null=True)
    p_below_coasting = models.FloatField(null=True)
    p_below_average = models.FloatField(null=True)
    p_bottom_fifth = models.FloatField(null=True)
    p_decline = models.FloatField(null=True)
    data_cutoff = models.PositiveSmallIntegerField(null=True, help_text="The last school year with results used.")

    class Meta:
        indexes = [models.Index(fields=["school", "measure", "-id"], name="newest_outlook")]

    def __str__(self) -> str:
        return f"{self.measure or 'No measure'} of {self.school_id} in {self.school_year}: {self.expected}"
