"""What a factory makes exists in the product: its areas, codes and choices."""

import pytest
from django.db import models
from factory.django import DjangoModelFactory

from kpis.catalogue import Area, catalogue_by_code
from tests import factories

FACTORIES = sorted(DjangoModelFactory.__subclasses__(), key=lambda factory: factory.__name__)


def test_an_indicator_is_made_as_the_catalogue_has_it():
    made = factories.IndicatorFactory.build()
    indicator = catalogue_by_code()[made.code]

    assert (made.title, made.area) == (indicator.title, indicator.area.value)
    assert made.area in list(Area)


@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
def test_what_a_factory_chooses_is_among_the_choices_of_its_field(factory):
    made = factory.build()
    fields = [field for field in made._meta.concrete_fields if isinstance(field, models.Field) and field.choices]

    for field in fields:
        value = getattr(made, field.attname)
        assert value in dict(field.flatchoices), f"{field.name}: {value!r}"
