"""Ways to pay that people keep with us: what a gateway's token stands for, never a card's number.

A new one is neither default nor verified. Verifying is by a code of six digits, sent by e-mail; the code is kept
nowhere: it follows from a key, the method and when it expires, and what is stored to compare with is a keyed digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.choices import MailKind
from accounts.models import User
from accounts.services.deliveries import email_queue
from accounts.services.limits import mail_allow, mail_allowed
from commerce.choices import SavedMethodType
from commerce.errors import CodeExpired, GatewayRefused, MethodUnavailable, TooManyMethods, WrongCode
from commerce.gateways.base import SavedCard
from commerce.gateways.chosen import card_gateway, card_gateway_name, gateway_of_card
from commerce.models import SavedMethod
from commerce.selectors.payments import methods_of
from config.core.errors import Invalid, Missing
from config.core.idempotency import Once, call_claim, call_find, call_keep, made_by
from config.core.secrets import Secret

CARDS: Final = frozenset({SavedMethodType.CREDIT_CARD, SavedMethodType.DEBIT_CARD})
CHARGED_BY: Final = "stripe"  # the provider whose cards our gateways charge; the sandbox stands in for it
MOST: Final = 50
CODE_LIFE: Final = timedelta(minutes=10)
CODE_TRIES: Final = 5


@dataclass(frozen=True)
class RawCard:
    """A card as somebody typed it. Only the sandbox's test cards are taken, and neither number nor code is kept."""

    card_number: Secret
    cvc: Secret | None
    expiry_month: int | None
    expiry_year: int | None


# ---------------------------------------------------------------- adding and removing
def method_add(
    *,
    actor: User,
    type: SavedMethodType,
    provider: str,
    token: str = "",
    card: RawCard | None = None,
    cardholder_name: str = "",
    email: str = "",
    billing_address: dict[str, Any] | None = None,
    once: Once | None = None,
) -> SavedMethod:
    """Keep a way to pay, and send the code that verifies it; when one was sent a moment ago, it is asked for later.

    A card of Stripe's comes as the gateway's `token`, or as one of the sandbox's test cards, and can be charged. PayPal
    accounts, bank accounts and cards of other providers are kept and cannot. The same token again gives the method that
    there is, and so does the same call. Raises Invalid, naming `payment_method_id`, `card_number` or `provider`;
    TooManyMethods; and what gateways raise. Asks the gateway, so call it outside of transactions.
    """
    earlier = call_find(once)
    if earlier is not None:
        return made_by(earlier, SavedMethod)
    if (type == SavedMethodType.PAYPAL) != (provider == "paypal") and type != SavedMethodType.BANK_TRANSFER:
        raise Invalid("A PayPal account is PayPal's, and PayPal keeps no cards here.", field="provider")
    if card is not None:
        token = _token_of(type, card)
    if methods_of(actor=actor).count() >= MOST:
        raise TooManyMethods(f"You have {MOST} payment methods. Remove one first.")
    kept, gateway = None, ""
    if type in CARDS and (provider == CHARGED_BY or card is not None):
        if not token:
            raise Invalid("Send the token that the card's form gave you.", field="payment_method_id")
        gateway, kept = card_gateway_name(), _keep(actor, token)
    with transaction.atomic():
        earlier = call_claim(once)
        if earlier is not None:
            return made_by(earlier, SavedMethod)
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.pk)
        if kept is not None and not kept.shared:
            for known in methods_of(actor=actor).filter(gateway=gateway):
                if known.token == kept.token:  # a double click
                    call_keep(once, known)
                    return known
        method = SavedMethod(
            user=actor,
            type=type,
            provider=provider,
            cardholder_name=cardholder_name,
            email=(email or actor.email) if type == SavedMethodType.PAYPAL else "",
            billing_address=billing_address or {},
        )
        if kept is not None:
            method.brand, method.last_four = kept.brand, kept.last_four
            method.expiry_month, method.expiry_year = kept.expiry_month, kept.expiry_year
        if card is not None:
            method.expiry_month, method.expiry_year = card.expiry_month, card.expiry_year
            method.last_four = card.card_number.reveal()[-4:]
        if kept is not None and provider == CHARGED_BY:
            method.gateway, method.token, method.customer = gateway, kept.token, kept.customer
        method.save()
        call_keep(once, method)
        if mail_allowed(kind=MailKind.PAYMENT_METHOD_CODE, address=actor.email):
            _code_send(method)
    return method


def _token_of(type: SavedMethodType, card: RawCard) -> str:
    """The test card's token. The number ends here."""
    from commerce.gateways.sandbox_cards import RAW_NUMBERS, token_of_test_card

    is_taken = type in CARDS and card_gateway_name() == "sandbox" and settings.SANDBOX_ALLOWED
    if not is_taken or card.card_number.reveal() not in RAW_NUMBERS:
        raise Invalid(
            "Card numbers are not taken here. Let the card's form make a token, and send it as payment_method_id.",
            field="card_number",
        )
    for name in ("cvc", "expiry_month", "expiry_year"):
        if getattr(card, name) is None:
            raise Invalid("A card number comes with this.", field=name)
    return token_of_test_card(card.card_number.reveal())


def _keep(actor: User, token: str) -> SavedCard:
    earlier = methods_of(actor=actor).filter(gateway=card_gateway_name()).exclude(customer="").first()
    try:
        return card_gateway().save(
            token=token, account=str(actor.pk), customer=earlier.customer if earlier is not None else ""
        )
    except GatewayRefused as refusal:
        if refusal.field is None:
            raise
        raise Invalid(refusal.message, field=refusal.field) from None


def method_delete(*, actor: User, method_id: int) -> None:
    """Forget a method, here and at its gateway. If it was the default, there is none then.

    A payment that is under way with it goes on: its gateway decides how it ends. Raises Missing, and GatewayUnavailable
    (the method stays, to be deleted later).
    """
    method = _own(actor, method_id)
    if method.gateway:
        try:
            gateway_of_card(method.gateway).forget(method.token)
        except MethodUnavailable:
            pass  # that gateway is not used here any more
    SavedMethod.objects.filter(pk=method.pk).delete()


def method_set_default(*, actor: User, method_id: int) -> SavedMethod:
    """Make it the one that is charged; the former one is so no longer. Raises Missing."""
    with transaction.atomic():
        mine = list(SavedMethod.objects.select_for_update().filter(user=actor).order_by("pk"))
        method = next((one for one in mine if one.pk == method_id), None)
        if method is None:
            raise Missing("Payment method")
        SavedMethod.objects.filter(user=actor, is_default=True).exclude(pk=method.pk).update(is_default=False)
        method.is_default = True
        method.save(update_fields=["is_default"])
    return method


# ---------------------------------------------------------------- verifying
def method_code_send(*, actor: User, method_id: int) -> SavedMethod:
    """Send a new code; the one before counts no more. A verified method needs none.

    Raises Missing; and Limited when as many codes were sent as go to one address.
    """
    with transaction.atomic():
        method = _locked(actor, method_id)
        if not method.is_verified:
            mail_allow(kind=MailKind.PAYMENT_METHOD_CODE, address=method.user.email)
            _code_send(method)
    return method


def method_verify(*, actor: User, method_id: int, code: str) -> SavedMethod:
    """Verify a method by the code that was sent. Once verified it stays so, whatever is sent.

    Raises Missing; CodeExpired, also after five wrong codes; and WrongCode, with the tries left.
    """
    with transaction.atomic():
        method = _locked(actor, method_id)
        if method.is_verified:
            return method
        if (
            not method.code_digest
            or method.code_expires_at is None
            or method.code_expires_at <= timezone.now()
            or method.code_tries >= CODE_TRIES
        ):
            raise CodeExpired
        right = constant_time_compare(_digest(method, code), method.code_digest)
        if right:
            method.verified_at = timezone.now()
            method.code_digest, method.code_expires_at = "", None
        else:
            method.code_tries += 1
        method.save(update_fields=["verified_at", "code_digest", "code_expires_at", "code_tries"])
    if not right:  # outside the transaction: the try counts
        raise WrongCode(tries_left=CODE_TRIES - method.code_tries)
    return method


def code_to_tell(*, user: User, method_id: int) -> str:
    """The code for the e-mail about a method, worked out while it is sent; '' when none is needed any more."""
    method = SavedMethod.objects.filter(user=user, pk=method_id).first()
    if method is None or method.is_verified or method.code_expires_at is None:
        return ""
    return _code(method)


def _code_send(method: SavedMethod) -> None:
    method.code_expires_at = timezone.now() + CODE_LIFE
    method.code_tries = 0
    method.code_digest = _digest(method, _code(method))
    method.save(update_fields=["code_expires_at", "code_tries", "code_digest"])
    email_queue(
        user=method.user,
        template="payment_method_code",
        context={"method_id": method.pk, "type": method.get_type_display(), "last_four": method.last_four},
        late="commerce.services.payments.saved_methods.code_in_mail",
    )


def code_in_mail(user: User, context: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": code_to_tell(user=user, method_id=context["method_id"])}


def _code(method: SavedMethod) -> str:
    assert method.code_expires_at is not None  # noqa: S101 (its callers see to it)
    about = f"{method.pk}:{method.code_expires_at.timestamp():.6f}"
    digest = salted_hmac("commerce.saved_methods.code", about, algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def _digest(method: SavedMethod, code: str) -> str:
    return salted_hmac("commerce.saved_methods.digest", f"{method.pk}:{code}", algorithm="sha256").hexdigest()


# ---------------------------------------------------------------- parts
def _own(actor: User, method_id: int) -> SavedMethod:
    method = methods_of(actor=actor).filter(pk=method_id).first()
    if method is None:
        raise Missing("Payment method")
    return method


def _locked(actor: User, method_id: int) -> SavedMethod:
    _own(actor, method_id)
    method = SavedMethod.objects.select_for_update(of=("self",)).select_related("user").filter(pk=method_id).first()
    if method is None:
        raise Missing("Payment method")
    return method
