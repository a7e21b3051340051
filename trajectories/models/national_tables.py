"""The national tables calculated from imported files, the same for every trust."""

from django.db import models


class CalculatedTables(models.Model):
    """The percentile tables and national averages that the imported files give, up to one file.

    They are one row, because they are only ever read as a whole.
    """

    files_seen = models.PositiveBigIntegerField(primary_key=True, help_text="The newest imported file behind them.")
    computed_at = models.DateTimeField()
    percentiles = models.JSONField(help_text="The columns and the rows of trajectories/data/percentiles.csv.")
    averages = models.JSONField(help_text="The columns and the rows of trajectories/data/national_averages.csv.")

    def __str__(self) -> str:
        return f"national tables up to file {self.files_seen}"
