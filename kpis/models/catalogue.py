from django.db import models


class IndicatorCode(models.Model):
    """The code of an indicator, for rows of other tables to point to. What the code means is in kpis/catalogue."""

    code = models.CharField(max_length=12, primary_key=True)
    title = models.TextField()
    area = models.CharField(max_length=30)

    def __str__(self) -> str:
        return f"{self.title} [{self.code}]"
