"""The fields for a figure and its comment, shared by every table that stores them."""

from django.db import models


class FigureFields(models.Model):
    """A figure with its numerator and denominator, or the date it will follow, with the comment and explanation.

    Lines of returns, each save of a line, accepted figures and their earlier versions all have these fields.
    """

    value = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, help_text="In the indicator's unit."
    )
    numerator = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    denominator = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    follows_on = models.DateField(null=True, blank=True, help_text="When a figure that is to follow is due.")
    comment = models.TextField(blank=True)
    # Asked for if the figure is off target (kpis.rules.explaining).
    what = models.TextField(blank=True, help_text="What the figure shows.")
    why = models.TextField(blank=True, help_text="Why it is off target.")
    what_next = models.TextField(blank=True, help_text="What happens next.")

    class Meta:
        abstract = True
