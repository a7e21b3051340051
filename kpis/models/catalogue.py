from django.db import models


class IndicatorCode(models.Model):
    """One indicator of the catalogue. Other tables point to this row; its definition is in kpis/catalogue."""

    code = models.CharField(max_length=12, primary_key=True)
    title = models.TextField()
    area = models.CharField(max_length=30)

    def __str__(self) -> str:
        return f"{self.title} [{self.code}]"
