"""JazzCash's hosted checkout: the payer's browser posts a form that we signed and comes back with a signed answer.

The answer is only a hint, for it travels through the payer's browser: what counts is the status inquiry, which we make
from the server. Fields and hash are those of JazzCash's integration guide 4.2 (page redirection, `pp_Version` 1.1).
Amounts are in paisa, times in Pakistan's time (UTC+5).

Refunds are made in JazzCash's merchant portal: its interface for them needs the merchant's PIN.
"""

import hashlib
import hmac
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl

import requests
from django.conf import settings
from django.utils import timezone as clock

from commerce.errors import EventNotGenuine, GatewayRefused, GatewayUnavailable, MethodUnavailable
from commerce.gateways.base import REQUEST_SECONDS, Event, GatewayDispute, GatewayRefund, Intent, IntentStatus
from commerce.models import Payment
from config.core.metrics import failures_counted
from config.core.money import from_minor_units, minor_units

logger = logging.getLogger(__name__)

CURRENCY: Final = "PKR"
PAKISTAN: Final = timezone(timedelta(hours=5))
TIME_FORMAT: Final = "%Y%m%d%H%M%S"
CHECKOUT_PATH: Final = "/CustomerPortal/transactionmanagement/merchantform/"
INQUIRY_PATH: Final = "/ApplicationAPI/API/PaymentInquiry/Inquire"
DONE: Final = "000"
# `pp_PaymentResponseCode` of a transaction that has been paid: at once, or confirmed later.
PAID_CODES: Final = {"000", "121"}
ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FORBIDDEN: Final = re.compile(r"""[<>\\*=%/:'|"{}\x00-\x1f]""")


@dataclass(frozen=True, slots=True)
class CheckoutForm:
    """What the payer's browser posts, and where to. The fields hold the merchant's password: for the payer alone."""

    url: str
    fields: dict[str, str] = field(repr=False)


def checkout_form(payment: Payment) -> CheckoutForm:
    """The signed form for one try at a payment. The same try gives the same reference, so it is paid at most once.

    Raises MethodUnavailable without a merchant, and for a currency that JazzCash does not take.
    """
    require_merchant()
    if payment.currency != CURRENCY:
        raise MethodUnavailable(f"JazzCash takes payments in {CURRENCY} only.")
    now = clock.now().astimezone(PAKISTAN)
    expires = now + timedelta(hours=settings.ORDER_PAYMENT_WINDOW_HOURS)
    fields = {
        "pp_Version": "1.1",
        "pp_TxnType": "",  # the payer chooses between card, wallet and voucher on JazzCash's page
        "pp_Language": "EN",
        "pp_MerchantID": settings.JAZZCASH_MERCHANT_ID,
        "pp_Password": settings.JAZZCASH_PASSWORD,
        "pp_TxnRefNo": reference_of(payment),
        "pp_Amount": str(minor_units(payment.amount, CURRENCY)),
        "pp_TxnCurrency": CURRENCY,
        "pp_TxnDateTime": now.strftime(TIME_FORMAT),
        "pp_TxnExpiryDateTime": expires.strftime(TIME_FORMAT),
        "pp_BillReference": payment.transaction_id[:20],
        "pp_Description": FORBIDDEN.sub(" ", payment.description),
        "pp_ReturnURL": f"{settings.PUBLIC_URL}/api/webhooks/jazzcash",
    }
    return CheckoutForm(url=settings.JAZZCASH_BASE_URL + CHECKOUT_PATH, fields=signed(fields))


def reference_of(payment: Payment) -> str:
    """Our transaction id and two characters of the try: JazzCash takes a reference once and 20 characters at most."""
    number = payment.attempt.int
    base = len(ALPHABET)
    return f"{payment.transaction_id[:18]}{ALPHABET[number // base % base]}{ALPHABET[number % base]}"


class JazzCashGateway:
    name = "jazzcash"

    def __init__(self) -> None:
        require_merchant()

    def create(
        self, *, amount: Decimal, currency: str, key: str, description: str, metadata: Mapping[str, str]
    ) -> Intent:
        raise MethodUnavailable("JazzCash payments begin with its form; see checkout_form().")

    def confirm(self, *, reference: str, payment_method: str, return_url: str, key: str, customer: str = "") -> Intent:
        raise MethodUnavailable("JazzCash payments are confirmed on JazzCash's own page.")

    def retrieve(self, reference: str) -> Intent:
        """How the payment stands, by JazzCash's status inquiry. One whose form was not posted yet needs a method."""
        payment = Payment.objects.filter(gateway=self.name, gateway_reference=reference).first()
        if payment is None:
            raise GatewayRefused("No such payment.", code="resource_missing")
        answer = inquire(reference)
        status = status_of(answer)
        failed = status == IntentStatus.FAILED
        # The inquiry does not repeat the amount. The one under this reference is the one in the form, which we signed
        # from this row and nobody else can sign; where an answer does name it, that one is handed on to be compared.
        amount = answer.get("pp_Amount", "")
        return Intent(
            reference=reference,
            status=status,
            client_secret="",
            amount=from_minor_units(int(amount), CURRENCY) if amount.isdecimal() else payment.amount,
            currency=answer.get("pp_TxnCurrency") or payment.currency,
            failure_code=answer.get("pp_PaymentResponseCode", "") if failed else "",
            failure_message=answer.get("pp_PaymentResponseMessage", "")[:200] if failed else "",
        )

    def cancel(self, reference: str) -> Intent:
        """JazzCash keeps an unpaid form open until it expires; we only make sure that nothing has been paid by now."""
        intent = self.retrieve(reference)
        if intent.status == IntentStatus.SUCCEEDED:
            raise GatewayRefused("This payment has succeeded.", code="payment_succeeded")
        return Intent(
            reference=reference,
            status=IntentStatus.CANCELLED,
            client_secret="",
            amount=intent.amount,
            currency=intent.currency,
        )

    def refund(self, *, reference: str, amount: Decimal, currency: str, key: str) -> GatewayRefund:
        raise GatewayRefused("Refunds of JazzCash payments are made in JazzCash's merchant portal.")

    def retrieve_refund(self, reference: str) -> GatewayRefund:
        raise GatewayRefused("Refunds of JazzCash payments are made in JazzCash's merchant portal.")

    def refunds_of(self, reference: str) -> list[GatewayRefund]:
        raise GatewayRefused("Refunds of JazzCash payments are made in JazzCash's merchant portal.")

    def disputes_of(self, reference: str) -> list[GatewayDispute]:
        raise GatewayRefused("JazzCash knows no disputes.")

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> Event:
        """The answer the payer's browser brings back.

        It carries no time of its own, so an old one cannot be told from a new one; it need not be, for it only makes
        us ask. It has no id either: the hash over all its values serves as one.
        """
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100)
        except ValueError:
            raise EventNotGenuine from None
        values = dict(pairs)
        if len(values) != len(pairs) or not is_genuine(values):
            raise EventNotGenuine
        reference, amount = values.get("pp_TxnRefNo", ""), values.get("pp_Amount", "")
        if values.get("pp_MerchantID") != settings.JAZZCASH_MERCHANT_ID or not reference or not amount.isdecimal():
            raise EventNotGenuine
        return Event(
            id=values["pp_SecureHash"].upper(),
            type="checkout.returned",
            reference=reference,
            amount=from_minor_units(int(amount), CURRENCY),
            currency=values.get("pp_TxnCurrency", ""),
        )


# ---------------------------------------------------------------- talking to JazzCash
@failures_counted("jazzcash", GatewayUnavailable)
def inquire(reference: str) -> dict[str, str]:
    """The status inquiry's answer, its hash proven. Raises GatewayUnavailable for anything that is no such answer."""
    question = signed(
        {
            "pp_MerchantID": settings.JAZZCASH_MERCHANT_ID,
            "pp_Password": settings.JAZZCASH_PASSWORD,
            "pp_TxnRefNo": reference,
        }
    )
    try:
        response = requests.post(
            settings.JAZZCASH_BASE_URL + INQUIRY_PATH, json=question, timeout=REQUEST_SECONDS, allow_redirects=False
        )
        response.raise_for_status()
        answer: Any = response.json()
    except (requests.RequestException, ValueError) as error:
        logger.warning("JazzCash unavailable: %s", type(error).__name__)
        raise GatewayUnavailable from None
    if not isinstance(answer, dict):
        raise GatewayUnavailable
    values = {str(key): "" if value is None else str(value) for key, value in answer.items()}
    if not is_genuine(values) or values.get("pp_TxnRefNo", reference) != reference:
        logger.error("JazzCash's answer to an inquiry is not signed with our salt")
        raise GatewayUnavailable
    return values


def status_of(answer: Mapping[str, str]) -> IntentStatus:
    """`pp_ResponseCode` is about the inquiry itself; the payment's state is in the two fields beside it.

    Only what is clearly paid counts as paid, and only what is clearly over as failed: the rest is asked for again.
    """
    if answer.get("pp_ResponseCode") != DONE:  # most of all: the form was not posted yet
        return IntentStatus.NEEDS_METHOD
    state, code = answer.get("pp_Status", "").lower(), answer.get("pp_PaymentResponseCode", "")
    if state == "completed" and code in PAID_CODES:
        return IntentStatus.SUCCEEDED
    if state in {"failed", "dropped", "expired", "cancelled"}:
        return IntentStatus.FAILED
    return IntentStatus.PROCESSING


# ---------------------------------------------------------------- the secure hash
def signed(fields: Mapping[str, str]) -> dict[str, str]:
    return {**fields, "pp_SecureHash": secure_hash(fields, salt=settings.JAZZCASH_INTEGRITY_SALT)}


def secure_hash(fields: Mapping[str, str], *, salt: str) -> str:
    """HMAC-SHA256, keyed with the salt, over the salt and all non-empty values in the order of their names, with &."""
    names = sorted(name for name, value in fields.items() if value and name != "pp_SecureHash" and is_hashed(name))
    text = "&".join([salt, *(fields[name] for name in names)])
    return hmac.new(salt.encode(), text.encode(), hashlib.sha256).hexdigest().upper()


def is_hashed(name: str) -> bool:
    return name.startswith(("pp_", "ppmpf_"))


def is_genuine(values: Mapping[str, str]) -> bool:
    """Signed with our own salt; without a salt nothing is."""
    salt = settings.JAZZCASH_INTEGRITY_SALT
    given = values.get("pp_SecureHash", "").upper()
    return bool(salt) and hmac.compare_digest(secure_hash(values, salt=salt).encode(), given.encode())


def require_merchant() -> None:
    if not (settings.JAZZCASH_MERCHANT_ID and settings.JAZZCASH_PASSWORD and settings.JAZZCASH_INTEGRITY_SALT):
        raise MethodUnavailable("JazzCash is not set up on this server.")
