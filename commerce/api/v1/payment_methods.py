"""v1's saved payment methods, and how a seller is paid out. 50 requests an hour for all of it."""

import re
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.choices import PayoutSchedule, SavedMethodType
from commerce.models import PayoutSettings, SavedMethod
from commerce.selectors.balances import payout_settings_of
from commerce.selectors.payments import methods_of
from commerce.services.payments import saved_methods
from commerce.services.payouts.settings import ACCOUNT_FIELDS, payout_account_shown, payout_settings_update
from config.core.money import ZERO
from config.core.references import Reference, referred
from config.core.secrets import Secret
from config.dialects.base import operation
from config.dialects.v1 import AmountIn, MessageOut, V1View, amount

PROVIDERS = ["stripe", "paypal", "square"]
PAYOUT_METHODS = ["bank_transfer", "paypal", "stripe"]
CARD_NUMBER = re.compile(r"(\d[ -]?){12,}")
BY_TYPE = {
    SavedMethodType.CREDIT_CARD: {"last_four", "expiry_month", "expiry_year", "cardholder_name"},
    SavedMethodType.DEBIT_CARD: {"last_four", "expiry_month", "expiry_year", "cardholder_name"},
    SavedMethodType.PAYPAL: {"email"},
    SavedMethodType.BANK_TRANSFER: {"cardholder_name"},
}


# ---------------------------------------------------------------- what is read and shown
@extend_schema_field({"type": "string"})
class SecretField(serializers.Field):  # type: ignore[type-arg]
    """A text of digits that is wrapped at once, and never shown: not in errors either."""

    def __init__(self, *, digits: tuple[int, int], **options: Any) -> None:
        self.least, self.most = digits
        super().__init__(**options, write_only=True, required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Secret | None:
        if data == "":
            return None
        plain = data.replace(" ", "").replace("-", "") if isinstance(data, str) else ""
        if not (plain.isascii() and plain.isdigit() and self.least <= len(plain) <= self.most):
            raise serializers.ValidationError("Not valid.")
        return Secret(plain)


def no_card_number(text: str) -> None:
    if CARD_NUMBER.search(text):
        raise serializers.ValidationError("Card numbers do not belong here.")


def words(most: int, **options: Any) -> serializers.CharField:
    return serializers.CharField(
        max_length=most, required=False, allow_blank=True, allow_null=True, validators=[no_card_number], **options
    )


class AddressIn(serializers.Serializer[Any]):
    street = words(200)
    city = words(100)
    state = words(100)
    postal_code = words(20)
    country = words(60)


class MethodIn(serializers.Serializer[Any]):
    """`payment_method_id` is the token that the gateway's form made of the card. Numbers are only taken of the test
    cards of a server that has no gateway yet."""

    type = serializers.ChoiceField(SavedMethodType.choices)
    provider = serializers.ChoiceField(PROVIDERS)
    payment_method_id = words(255)
    card_number = SecretField(digits=(12, 19))
    cvc = SecretField(digits=(3, 4))
    expiry_month = serializers.IntegerField(min_value=1, max_value=12, required=False, allow_null=True)
    expiry_year = serializers.IntegerField(min_value=2000, max_value=2100, required=False, allow_null=True)
    cardholder_name = words(150)
    email = serializers.EmailField(max_length=254, required=False, allow_null=True, allow_blank=True)
    billing_address = AddressIn(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The card's parts become one thing."""
        parts = {name: attrs.pop(name, None) for name in ("card_number", "cvc", "expiry_month", "expiry_year")}
        if parts["card_number"] is not None:
            attrs["card"] = saved_methods.RawCard(**parts)
        return attrs


class MethodOut(serializers.Serializer[SavedMethod]):
    """A card has its last digits, expiry and holder, a PayPal account its e-mail address."""

    id = serializers.IntegerField()
    type = serializers.ChoiceField(SavedMethodType.choices)
    provider = serializers.CharField()
    last_four = serializers.CharField(required=False)
    expiry_month = serializers.IntegerField(required=False, allow_null=True)
    expiry_year = serializers.IntegerField(required=False, allow_null=True)
    cardholder_name = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    is_default = serializers.BooleanField()
    is_verified = serializers.BooleanField()
    created_at = serializers.DateTimeField()

    def to_representation(self, method: SavedMethod) -> dict[str, Any]:
        shown = super().to_representation(method)
        left_out = set().union(*BY_TYPE.values()) - BY_TYPE[SavedMethodType(method.type)]
        return {name: value for name, value in shown.items() if name not in left_out}


class NewMethodOut(MethodOut):
    verification_required = serializers.SerializerMethodField()

    def get_verification_required(self, method: SavedMethod) -> bool:
        return not method.is_verified


class MethodsOut(serializers.Serializer[Any]):
    items = MethodOut(many=True)
    total = serializers.IntegerField()


class CodeIn(serializers.Serializer[Any]):
    verification_code = serializers.CharField(max_length=20)


class VerifiedOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    is_verified = serializers.BooleanField()
    verified_at = serializers.DateTimeField()
    message = serializers.CharField()


class DefaultOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    is_default = serializers.BooleanField()
    message = serializers.CharField()


class CodeSentOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    is_verified = serializers.BooleanField()
    message = serializers.CharField()


class PayoutSettingsIn(serializers.Serializer[Any]):
    """What is left out stays as it is; with another `method` the old account goes. For PayPal and Stripe
    `account_number` is the account's name there."""

    method = serializers.ChoiceField(PAYOUT_METHODS)
    bank_name = serializers.CharField(max_length=150, required=False, allow_blank=True, allow_null=True)
    account_number = serializers.CharField(max_length=254, required=False, allow_blank=True, allow_null=True)
    routing_number = serializers.CharField(max_length=50, required=False, allow_blank=True, allow_null=True)
    account_holder_name = serializers.CharField(max_length=150, required=False, allow_blank=True, allow_null=True)
    minimum_payout = AmountIn(min_value=ZERO, required=False)
    payout_schedule = serializers.ChoiceField(PayoutSchedule.choices, required=False)


class PayoutSettingsOut(serializers.Serializer[PayoutSettings]):
    """Account and routing numbers are four stars and the last four digits."""

    id = serializers.IntegerField(allow_null=True)
    method = serializers.ChoiceField(PAYOUT_METHODS, allow_null=True)
    bank_name = serializers.CharField(allow_null=True)
    account_number = serializers.CharField(allow_null=True)
    routing_number = serializers.CharField(allow_null=True)
    account_holder_name = serializers.CharField(allow_null=True)
    minimum_payout = serializers.FloatField()
    currency = serializers.CharField()
    payout_schedule = serializers.ChoiceField(PayoutSchedule.choices)
    is_verified = serializers.BooleanField()
    created_at = serializers.DateTimeField(allow_null=True)


# ---------------------------------------------------------------- operations
class PaymentMethodsView(V1View):
    limits: ClassVar = {"user": 50}
    limit_group = "payment_methods:"


class PaymentMethods(PaymentMethodsView):
    @operation(answer=MethodsOut)
    def list(self, request: Request) -> Response:
        methods = [*methods_of(actor=self.caller)]
        return Response(MethodsOut({"items": methods, "total": len(methods)}).data)

    @operation(body=MethodIn, answer=NewMethodOut, status=201, idempotent="unless_refused")
    def add(self, request: Request) -> Response:
        """A token adds one method once. Nothing that is sent is kept of a request that is refused."""
        sent = self.body()
        return self.answer(
            saved_methods.method_add(
                actor=self.caller,
                type=SavedMethodType(sent["type"]),
                provider=sent["provider"],
                token=sent.get("payment_method_id") or "",
                card=sent.get("card"),
                cardholder_name=sent.get("cardholder_name") or "",
                email=sent.get("email") or "",
                billing_address=sent.get("billing_address"),
                once=self.once,
            )
        )

    @operation(body=CodeIn, answer=VerifiedOut)
    def verify(self, request: Request, payment_method_id: Reference) -> Response:
        """Five tries a code."""
        code = self.body()["verification_code"]
        method = saved_methods.method_verify(actor=self.caller, method_id=self._own(payment_method_id).pk, code=code)
        verified = {"id": method.pk, "is_verified": True, "verified_at": method.verified_at}
        return self.answer(verified | {"message": "Payment method verified successfully"})

    @operation(answer=CodeSentOut)
    def send_code(self, request: Request, payment_method_id: Reference) -> Response:
        """A new code by e-mail; the one before counts no more."""
        method = saved_methods.method_code_send(actor=self.caller, method_id=self._own(payment_method_id).pk)
        message = (
            "Payment method is verified already" if method.is_verified else "A code was sent to your e-mail address"
        )
        return self.answer({"id": method.pk, "is_verified": method.is_verified, "message": message})

    @operation(answer=DefaultOut)
    def set_default(self, request: Request, payment_method_id: Reference) -> Response:
        method = saved_methods.method_set_default(actor=self.caller, method_id=self._own(payment_method_id).pk)
        return self.answer({"id": method.pk, "is_default": True, "message": "Payment method set as default"})

    @operation(answer=MessageOut)
    def delete(self, request: Request, payment_method_id: Reference) -> Response:
        saved_methods.method_delete(actor=self.caller, method_id=self._own(payment_method_id).pk)
        return self.answer({"message": "Payment method deleted successfully"})

    def _own(self, reference: Reference) -> SavedMethod:
        return referred(methods_of(actor=self.caller), reference, "Payment method")


class PayoutAccount(PaymentMethodsView):
    @operation(answer=PayoutSettingsOut)
    def get(self, request: Request) -> Response:
        """Before the first PUT: the defaults, and null for what is not known."""
        return self.answer(shown(payout_settings_of(actor=self.caller)))

    @operation(body=PayoutSettingsIn, answer=PayoutSettingsOut)
    def update(self, request: Request) -> Response:
        """Another method or account has to be verified again."""
        sent = self.body()
        chosen = payout_settings_update(
            actor=self.caller,
            method=sent["method"],
            account={name: sent[name] or "" for name in ACCOUNT_FIELDS if name in sent},
            minimum_payout=sent.get("minimum_payout"),
            payout_schedule=sent.get("payout_schedule"),
        )
        return self.answer(shown(chosen))


def shown(chosen: PayoutSettings | None) -> dict[str, Any]:
    known = chosen if chosen is not None else PayoutSettings()
    return {
        "id": known.pk,
        "method": known.method or None,
        **payout_account_shown(known),
        "minimum_payout": amount(known.minimum_payout, known.currency),
        "currency": known.currency,
        "payout_schedule": known.payout_schedule,
        "is_verified": known.is_verified,
        "created_at": known.created_at if chosen is not None else None,
    }
