"""A local server that behaves like Stripe's API (2026-10-28.endive) as documented, for cards alone.

    with StripeStandIn() as stripe:
        settings.STRIPE_SECRET_KEY = stripe.key
        settings.STRIPE_API_BASE = stripe.url
        settings.STRIPE_WEBHOOK_SECRET = stripe.webhook_secret

PaymentIntents (create, retrieve, update, confirm, cancel), Refunds (create, retrieve, list), Disputes (retrieve,
list), Customers (create), PaymentMethods (retrieve, attach, detach), Prices, Subscriptions and their Invoices,
idempotency keys, declines, 3-D Secure with a page of its own, refunds in the dashboard, and signed events: every change
appends one to `events`; `deliver` sends it, as often, as late and as damaged as wanted, and with `webhook_url` set each
is sent by itself.
"""

import copy
import hashlib
import hmac
import json
import secrets
import threading
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from tests.stand_ins.gateway_server import Answer, Request, StandIn
from tests.stand_ins.stripe_billing import Billing
from tests.stand_ins.stripe_cards import (
    CHALLENGES,
    DECLINES,
    FAILS_LATER,
    KeptCards,
    Refused,
    metadata_of,
    new_id,
)
from tests.stand_ins.stripe_money_back import MoneyBack

CONFIRMABLE = {"requires_payment_method", "requires_confirmation", "requires_action"}
ERROR_TYPES = {429: "rate_limit_error", 500: "api_error", 503: "api_error"}


class StripeStandIn(KeptCards, MoneyBack, Billing, StandIn):
    key = "sk_test_stand_in"
    webhook_secret = "whsec_stand_in"

    def __init__(self, *, webhook_url: str = "") -> None:
        super().__init__()
        self.webhook_url = webhook_url
        self.intents: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.payments_stay_processing = False
        self._answers: dict[str, tuple[str, Answer]] = {}

    # ---------------------------------------------------------------- what a test does from outside
    def complete_challenge(self, intent: str, outcome: str = "succeed") -> dict[str, Any]:
        """The cardholder's answer at the bank: `succeed` or `fail`."""
        with self.lock:
            found = self.intents[intent]
            if found["status"] == "requires_action":
                if outcome == "succeed":
                    self._succeed(found)
                else:
                    self._decline(
                        found,
                        "payment_intent_authentication_failure",
                        None,
                        "We are unable to authenticate your payment method.",
                    )
                self.subscription_intent_ended(found)
            return copy.deepcopy(found)

    def complete_processing(self, intent: str) -> None:
        with self.lock:
            self._succeed(self.intents[intent], at_once=True)

    def last_event(self, kind: str) -> dict[str, Any]:
        return next(event for event in reversed(self.events) if event["type"] == kind)

    def signed(
        self, event: dict[str, Any], *, secret: str | None = None, timestamp: int | None = None
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a delivery; `secret` and `timestamp` to sign it wrongly or in the past."""
        body = json.dumps(event, indent=2).encode()
        moment = int(time.time()) if timestamp is None else timestamp
        key = self.webhook_secret if secret is None else secret
        signature = hmac.new(key.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        return body, {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": f"t={moment},v1={signature},v0=0000",
        }

    def deliver(self, event: dict[str, Any], url: str = "", *, tamper: bool = False, **signing: Any) -> int:
        """Post the event to the endpoint; the status that comes back. `tamper` changes one byte after signing."""
        body, headers = self.signed(event, **signing)
        if tamper:
            body = body.replace(b'"evt_', b'"evu_', 1)
        return requests.post(url or self.webhook_url, data=body, headers=headers, timeout=10).status_code

    # ---------------------------------------------------------------- the API
    def respond(self, request: Request) -> Answer:
        address = urlsplit(request.path)
        if address.path.startswith("/3d-secure/"):
            return self._bank_page(request, address.path.removeprefix("/3d-secure/"))
        try:
            self._authenticate(request)
            return self._idempotent(request, address.path)
        except Refused as refusal:
            return as_json(refusal.status, {"error": refusal.error})

    def answer_of_status(self, status: int) -> Answer:
        error = {"type": ERROR_TYPES.get(status, "api_error"), "message": "Something is wrong on our side."}
        return as_json(status, {"error": error})

    def _authenticate(self, request: Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            raise Refused(401, "Invalid API Key provided: sk_test_****")

    def _idempotent(self, request: Request, path: str) -> Answer:
        query = urlsplit(request.path).query
        params = dict(parse_qsl(query or request.body.decode(), keep_blank_values=True))
        key = request.headers.get("Idempotency-Key")
        if request.method != "POST" or not key:
            return self._route(request.method, path, params)
        fingerprint = json.dumps([path, params], sort_keys=True)
        if key in self._answers:
            first, answer = self._answers[key]
            if first != fingerprint:
                raise Refused(
                    400,
                    "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                    kind="idempotency_error",
                )
            return Answer(
                answer.status, answer.body, answer.content_type, {**answer.headers, "Idempotent-Replayed": "true"}
            )
        answer = self._route(request.method, path, params)
        self._answers[key] = (fingerprint, answer)
        return answer

    def _route(self, method: str, path: str, params: dict[str, str]) -> Answer:
        parts = path.removeprefix("/v1/").split("/")
        try:
            billed = self._billing_route(method, parts, params)
            if billed is not None:
                return as_json(200, shown(billed))
            match (method, *parts):
                case ("POST", "payment_intents"):
                    return as_json(200, shown(self._create(params)))
                case ("GET", "payment_intents", reference):
                    return as_json(200, shown(self._intent(reference)))
                case ("POST", "payment_intents", reference, "confirm"):
                    return as_json(200, shown(self._confirm(self._intent(reference), params)))
                case ("POST", "payment_intents", reference, "cancel"):
                    return as_json(200, shown(self._cancel(self._intent(reference))))
                case ("POST", "payment_intents", reference):
                    return as_json(200, shown(self._update(self._intent(reference), params)))
                case ("POST", "customers"):
                    return as_json(200, self._customer(params))
                case ("GET", "payment_methods", reference):
                    return as_json(200, shown(self._method(reference)))
                case ("POST", "payment_methods", reference, "attach"):
                    return as_json(200, shown(self._attach(self._method(reference), params)))
                case ("POST", "payment_methods", reference, "detach"):
                    return as_json(200, shown(self._detach(self._method(reference))))
                case ("POST", "refunds"):
                    return as_json(200, self._refund(params))
                case ("GET", "refunds", reference):
                    return as_json(200, self._one_of(self.refunds, reference, "refund"))
                case ("GET", "disputes", reference):
                    return as_json(200, self._one_of(self.disputes, reference, "dispute"))
                case ("GET", "refunds"):
                    return as_json(200, self._listed(self.refunds, params, "/v1/refunds"))
                case ("GET", "disputes"):
                    return as_json(200, self._listed(self.disputes, params, "/v1/disputes"))
        except Refused as refusal:
            return as_json(refusal.status, {"error": refusal.error})
        return as_json(404, {"error": {"type": "invalid_request_error", "message": "Unrecognized request URL."}})

    def _create(self, params: dict[str, str]) -> dict[str, Any]:
        if any(name.startswith("payment_method_types") for name in params):
            raise Refused(
                400,
                "payment_method_types is no longer supported.",
                code="payment_method_types_no_longer_supported",
                param="payment_method_types",
            )
        if not params.get("amount", "").isdecimal() or int(params["amount"]) < 1:
            raise Refused(400, "This value must be greater than or equal to 1.", param="amount")
        if params.get("currency", "") != params.get("currency", "").lower() or not params.get("currency"):
            raise Refused(400, "Invalid currency.", param="currency")
        reference = new_id("pi")
        intent = {
            "id": reference,
            "object": "payment_intent",
            "amount": int(params["amount"]),
            "amount_received": 0,
            "client_secret": f"{reference}_secret_{secrets.token_hex(12)}",
            "confirmation_method": "automatic",
            "created": int(time.time()),
            "currency": params["currency"],
            "customer": None,
            "description": params.get("description"),
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": metadata_of(params),
            "next_action": None,
            "payment_method": None,
            "payment_method_types": ["card"],
            "status": "requires_payment_method",
            "_refunded": 0,
        }
        self.intents[reference] = intent
        self._event("payment_intent.created", intent)
        return intent

    def _intent(self, reference: str) -> dict[str, Any]:
        if reference not in self.intents:
            raise Refused(404, f"No such payment_intent: '{reference}'", code="resource_missing", param="intent")
        return self.intents[reference]

    def _confirm(self, intent: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
        if intent["status"] not in CONFIRMABLE:
            raise self._unexpected(intent, "confirm")
        method = params.get("payment_method", "")
        card = self._card_for(intent, method)
        return_url = params.get("return_url", "")
        if return_url and urlsplit(return_url).scheme not in {"http", "https"}:
            raise Refused(400, "Not a valid URL", code="url_invalid", param="return_url")
        intent.update(payment_method=method, last_payment_error=None, next_action=None)
        if card in DECLINES or card == FAILS_LATER:
            self._decline(intent, *DECLINES.get(card, DECLINES["pm_card_chargeDeclined"]))
            raise Refused(402, **card_error(intent))
        if card in CHALLENGES:
            intent["status"] = "requires_action"
            if return_url:
                page = f"{self.url}/3d-secure/{intent['id']}"
                intent["next_action"] = {
                    "type": "redirect_to_url",
                    "redirect_to_url": {"url": page, "return_url": return_url},
                }
            else:
                intent["next_action"] = {
                    "type": "use_stripe_sdk",
                    "use_stripe_sdk": {"type": "three_d_secure_redirect"},
                }
            self._event("payment_intent.requires_action", intent)
            return intent
        self._succeed(intent)
        return intent

    def _update(self, intent: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
        if intent["status"] not in CONFIRMABLE:
            raise self._unexpected(intent, "update")
        customer = params.get("customer", "")
        if customer not in self.customers:
            raise Refused(400, f"No such customer: '{customer}'", code="resource_missing", param="customer")
        if intent["customer"] not in {None, customer}:
            raise Refused(400, "You cannot modify `customer` on a PaymentIntent once it already has been set.")
        intent["customer"] = customer
        return intent

    def _cancel(self, intent: dict[str, Any]) -> dict[str, Any]:
        if intent["status"] not in CONFIRMABLE | {"processing", "requires_capture"}:
            raise self._unexpected(intent, "cancel")
        intent.update(status="canceled", next_action=None)
        self._event("payment_intent.canceled", intent)
        return intent

    # ---------------------------------------------------------------- states
    def _succeed(self, intent: dict[str, Any], *, at_once: bool = False) -> None:
        intent["next_action"] = None
        if self.payments_stay_processing and not at_once:
            intent["status"] = "processing"
            self._event("payment_intent.processing", intent)
            return
        intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=new_id("ch"))
        self._event("payment_intent.succeeded", intent)

    def _decline(self, intent: dict[str, Any], code: str, decline_code: str | None, message: str) -> None:
        error = {"type": "card_error", "code": code, "message": message}
        if decline_code:
            error["decline_code"] = decline_code
        intent.update(status="requires_payment_method", payment_method=None, next_action=None, last_payment_error=error)
        self._event("payment_intent.payment_failed", intent)

    def _unexpected(self, intent: dict[str, Any], verb: str) -> Refused:
        return Refused(
            400,
            f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
            payment_intent=shown(intent),
        )

    def _event(self, kind: str, about: dict[str, Any]) -> dict[str, Any]:
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": int(time.time()),
            "data": {"object": shown(about)},
            "livemode": False,
            "type": kind,
        }
        self.events.append(event)
        if self.webhook_url:
            threading.Thread(target=self._deliver_quietly, args=(event,), daemon=True).start()
        return event

    def _deliver_quietly(self, event: dict[str, Any]) -> None:
        try:
            self.deliver(event)
        except requests.RequestException:
            pass  # Stripe would try again for three days; a test delivers it by hand

    def _bank_page(self, request: Request, reference: str) -> Answer:
        """The bank's page: `POST outcome=succeed|fail` answers and goes back to the shop."""
        intent = self.intents.get(reference)
        if intent is None:
            return Answer(404, b"No such payment.", "text/plain")
        if request.method != "POST":
            buttons = "".join(f'<button name="outcome" value="{name}">{name}</button>' for name in ("succeed", "fail"))
            return Answer(200, f'<form method="post">{buttons}</form>'.encode(), "text/html")
        outcome = dict(parse_qsl(request.body.decode())).get("outcome", "fail")
        back = (intent["next_action"] or {}).get("redirect_to_url", {}).get("return_url")
        after = self.complete_challenge(reference, outcome)
        if not back:
            return Answer(200, after["status"].encode(), "text/plain")
        query = urlencode({"payment_intent": reference, "redirect_status": f"{outcome}ed"})
        return Answer(303, b"", headers={"Location": f"{back}{'&' if '?' in back else '?'}{query}"})


def card_error(intent: dict[str, Any]) -> dict[str, Any]:
    error = dict(intent["last_payment_error"])
    return {"kind": error.pop("type"), **error, "payment_intent": shown(intent)}


def shown(about: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy({name: value for name, value in about.items() if not name.startswith("_")})


def as_json(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(body).encode(), headers={"Request-Id": new_id("req")})
