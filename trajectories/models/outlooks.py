"""Forecasts of schools' next results: early warning."""

from django.db import models

from trajectories.models.engine_answers import EngineAnswer


class Outlook(EngineAnswer):
    """The forecast for one school, one measure and one school year. If none is possible, ``reason`` says why.

    ``inputs`` has the forecast from published history alone, the in-year figures that sharpened it, and what moved it
    most. The probabilities are of a result below a line, of one in the lowest fifth nationally, and of being placed on
    journey C, D or G once the result is known.
    """

    measure = models.CharField(
        max_length=40, blank=True, help_text="The publisher's code; empty if no measure can be forecast."
    )
    school_year = models.PositiveSmallIntegerField(help_text="The school year that the forecast is for.")
    expected = models.FloatField(null=True, help_text="In the measure's unit.")
    low80 = models.FloatField(null=True, help_text="Eight results in ten are likely to be this or higher …")
    high80 = models.FloatField(null=True, help_text="… and this or lower.")
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
