"""Model fields that several apps use."""

import base64
import hashlib
import json
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, Final

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import CombinedExpression

from config.core.errors import Invalid
from config.core.folding import folded
from config.core.money import exact, quantise

DUST: Final = Decimal("0.0005")
"""No currency has amounts as small."""
NOTHING: Final = Decimal("0.000")


@cache
def _cipher(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))


class EncryptedTextField(models.TextField):
    """Text that the database only ever holds encrypted (Fernet, key derived from FIELD_ENCRYPTION_KEY)."""

    def get_prep_value(self, value: Any) -> Any:
        if value is None or value == "":
            return value
        return _cipher(settings.FIELD_ENCRYPTION_KEY).encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        if value is None or value == "":
            return value
        return _cipher(settings.FIELD_ENCRYPTION_KEY).decrypt(value.encode()).decode()


class EncryptedJSONField(EncryptedTextField):
    """Any JSON, kept like EncryptedTextField keeps text. It cannot be searched."""

    _pyi_private_set_type: Any  # for the type checker
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else super().get_prep_value(json.dumps(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        text = super().from_db_value(value, expression, connection)
        return json.loads(text) if text else None


class FoldedField(models.CharField):
    """The form by which another field's text is compared (`config.core.folding.folded`), stored beside it.

    Saving a model fills it. A queryset's `update` of the other field has to set it too.
    """

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **{"editable": False, "max_length": 762, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        form = folded(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, form)
        return form


TOTAL_DIGITS = 20
"""Of a column that amounts are added up in: one order may have as much as an amount can be, and it has no end."""


class MoneyField(models.DecimalField):
    """An amount; three places so that every currency's minor unit fits. Services quantise before they store.

    `currency` says where its row has its currency, "payment.currency" for one; no column depends on it.
    """

    def __init__(self, *args: Any, currency: str = "currency", **kwargs: Any) -> None:
        self.currency = currency
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 3)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Decimal | None, expression: Any, connection: Any) -> Decimal | None:
        """What SQLite's floating point leaves of nothing, in sums and in columns that are added to, is nothing."""
        return NOTHING if value is not None and -DUST < value < DUST else value

    def currency_of(self, row: Any) -> str:
        """The currency of this amount in a row."""
        return str(attrgetter(self.currency)(row))

    def value_from_object(self, obj: Any) -> Any:
        """A form shows the currency's decimals, no more."""
        amount: Any = super().value_from_object(obj)
        return None if amount is None else quantise(Decimal(amount), self.currency_of(obj))

    def clean(self, value: Any, model_instance: Any) -> Any:
        """What was typed into a form must fit the currency of its row."""
        amount = super().clean(value, model_instance)
        if amount is None or model_instance is None:
            return amount
        try:
            return exact(amount, self.currency_of(model_instance))
        except Invalid as refusal:
            raise ValidationError(refusal.message) from None


def adds_up(field: str, sum_of: CombinedExpression) -> models.Q:
    """A constraint's condition: `field` equals the expression. Exact at three places, also where SQLite has floats."""
    tolerance = Decimal("0.0004")
    return models.Q(**{f"{field}__gte": sum_of - tolerance, f"{field}__lte": sum_of + tolerance})
