"""v1's things go by a number or by a UUID."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework import serializers

from config.core.errors import Missing
from config.core.references import referred
from config.dialects.routing import ReferenceConverter
from config.dialects.v1 import AmountIn, AmountOut, ReferenceField
from marketplace.models import Category, Listing
from marketplace.tests.factories import ArtworkFactory

UUID_TEXT = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


@pytest.mark.parametrize(
    ("sent", "meant"), [(5, 5), ("5", 5), (UUID_TEXT, UUID(UUID_TEXT)), (UUID_TEXT.upper(), UUID(UUID_TEXT))]
)
def test_numbers_and_uuids_are_read(sent: object, meant: object) -> None:
    assert ReferenceField().to_internal_value(sent) == meant


@pytest.mark.parametrize("sent", [0, -1, True, 1.5, None, "", "x", "1.5", "²", 2**63, str(2**63), "9" * 5000, [], {}])
def test_others_are_refused(sent: object) -> None:
    with pytest.raises(serializers.ValidationError):
        ReferenceField().to_internal_value(sent)


def test_paths_hold_either() -> None:
    converter = ReferenceConverter()
    assert (converter.to_python("17"), converter.to_python(UUID_TEXT)) == (17, UUID(UUID_TEXT))
    assert converter.to_url(UUID(UUID_TEXT)) == UUID_TEXT


@pytest.mark.django_db
def test_a_row_is_found_by_either() -> None:
    artwork = ArtworkFactory.create()
    assert referred(Listing.objects.all(), artwork.pk, "Design").pk == artwork.pk
    assert referred(Listing.objects.all(), artwork.uuid, "Design").pk == artwork.pk


@pytest.mark.django_db
@pytest.mark.parametrize("reference", [10**30, 0, uuid4()])
def test_what_is_not_there_is_missing(reference: int | UUID) -> None:
    with pytest.raises(Missing, match="Design not found"):
        referred(Listing.objects.all(), reference, "Design")
    with pytest.raises(Missing):
        referred(Category.objects.all(), reference, "Category")


def test_amounts_go_out_as_numbers() -> None:
    class Shown(serializers.Serializer[Any]):
        price = AmountOut(allow_null=True)

    for currency, price, number in (("USD", "29.990", 29.99), ("JPY", "1000.000", 1000), ("KWD", "18.605", 18.605)):
        assert Shown({"price": Decimal(price), "currency": currency}).data == {"price": number}
    assert Shown({"price": None, "currency": "USD"}).data == {"price": None}


@pytest.mark.parametrize(
    ("sent", "amount"),
    [
        (100.1 - 2.2, "97.90"),
        (0.1 + 0.2, "0.30"),
        (-(0.1 + 0.2), "-0.30"),
        (19.9, "19.90"),
        (20, "20.00"),
        ("29.99", "29.99"),
        (29.999, "29.999"),  # whether it fits is the service's to say, which knows the currency
        (29.9994, None),
        (0.004, "0.004"),
        ("0.30000000000000004", None),
        (float("nan"), None),
        (1e300, None),
    ],
)
def test_amounts_that_a_client_worked_out_with_floating_point(sent, amount):
    field = AmountIn()
    if amount is None:
        with pytest.raises(serializers.ValidationError):
            field.run_validation(sent)
    else:
        assert field.run_validation(sent) == Decimal(amount)
