"""What a school says of one indicator, in the words of every table that keeps it."""

from django.db import models


class FigureFields(models.Model):
    """A figure with its parts, or by when it follows, and the words that go with it.

    The line of a return, each save of it, the accepted figure and its earlier versions all hold the same.
    """

    value = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, help_text="In the indicator's unit."
    )
    numerator = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    denominator = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    follows_on = models.DateField(null=True, blank=True, help_text="By when a figure that is to follow will be there.")
    comment = models.TextField(blank=True)
    # Of a figure that is off target (kpis.rules.explanations).
    what = models.TextField(blank=True, help_text="What the figure shows.")
    why = models.TextField(blank=True, help_text="Why it is off target.")
    what_next = models.TextField(blank=True, help_text="What happens next.")

    class Meta:
        abstract = True
