from django.db import models


class Season(models.IntegerChoices):
    """The part of a school year that a figure is about, in the order they fall."""

    YEAR = 0, "Whole year"
    AUTUMN = 1, "Autumn"
    SPRING = 2, "Spring"
    SUMMER = 3, "Summer"


class Indicator(models.Model):
    """One indicator of the catalogue. Its definition is in kpis/catalogue; this row is what others point to."""

    code = models.CharField(max_length=12, primary_key=True)
    title = models.TextField()
    area = models.CharField(max_length=30)

    def __str__(self) -> str:
        return f"{self.title} [{self.code}]"
