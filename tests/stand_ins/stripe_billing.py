"""Subscriptions at the Stripe stand-in: prices, subscriptions, their invoices and what pays them.

Nothing is renewed by itself: `renew` is what Stripe does at the end of a period, `give_up` what its settings do after
the last try.
"""

import time
from typing import Any

from tests.stand_ins.stripe_cards import CHALLENGES, DECLINES, FAILS_LATER, Refused, metadata_of, new_id

PERIODS = {"month": 30 * 86400, "year": 365 * 86400}


class Billing:
    """The part of the stand-in that charges subscriptions."""

    def __init__(self) -> None:
        super().__init__()
        self.prices: dict[str, dict[str, Any]] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.invoices: dict[str, dict[str, Any]] = {}

    # ---------------------------------------------------------------- what a test does from outside
    def renew(self, reference: str, *, card: str = "") -> None:
        """The period is over. With `card` the one that is kept does from now on what that test card does."""
        with self.lock:  # type: ignore[attr-defined]
            found = self.subscriptions[reference]
            if card:
                self.methods[found["default_payment_method"]]["_stands_for"] = card  # type: ignore[attr-defined]
            if found["cancel_at_period_end"]:
                self._end(found)
                return
            item = found["items"]["data"][0]
            item["current_period_start"] = item["current_period_end"]
            item["current_period_end"] += PERIODS[item["price"]["recurring"]["interval"]]
            self._bill(found, is_present=False)

    def give_up(self, reference: str, *, status: str = "canceled") -> None:
        with self.lock:  # type: ignore[attr-defined]
            found = self.subscriptions[reference]
            if status == "canceled":
                self._end(found)
            else:
                found["status"] = status
                self._event("customer.subscription.updated", found)  # type: ignore[attr-defined]

    def newest_intent(self, reference: str) -> str:
        return str(self._newest(self.subscriptions[reference])["_intent"])

    def subscription_intent_ended(self, intent: dict[str, Any]) -> None:
        """The payer has answered at their bank."""
        for invoice in self.invoices.values():
            if invoice["_intent"] == intent["id"] and intent["status"] == "succeeded":
                self._paid(invoice)

    # ---------------------------------------------------------------- the API
    def _billing_route(self, method: str, parts: list[str], params: dict[str, str]) -> Any:
        """The answer; None for what is no part of this."""
        match (method, *parts):
            case ("POST", "prices"):
                return self._price(params)
            case ("POST", "subscriptions"):
                return self._subscribe(params)
            case ("GET", "subscriptions"):
                every = params["status"] == "all"
                mine = [row for row in self.subscriptions.values() if row["customer"] == params["customer"]]
                found = [row for row in mine if every or row["status"] != "canceled"]
                return self._page(found[::-1], "/v1/subscriptions")
            case ("GET", "subscriptions", reference):
                return self._subscription(reference)
            case ("POST", "subscriptions", reference):
                return self._subscription_update(self._subscription(reference), params)
            case ("DELETE", "subscriptions", reference):
                return self._end(self._subscription(reference))
            case ("GET", "invoices"):
                return self._page(self._of(params["subscription"])[::-1], "/v1/invoices")
            case ("POST", "invoices", reference, "pay"):
                return self._pay(self.invoices[reference], params)
            case ("GET", "invoice_payments"):
                asked = params.get("payment[payment_intent]"), params.get("invoice")
                found = [row for row in self.invoices.values() if row["_intent"] == asked[0] or row["id"] == asked[1]]
                rows = [
                    {
                        "id": new_id("inpay"),
                        "object": "invoice_payment",
                        "invoice": invoice["id"],
                        "status": "paid" if invoice["status"] == "paid" else "open",
                        "payment": {"type": "payment_intent", "payment_intent": invoice["_intent"]},
                    }
                    for invoice in found
                ]
                rows = [row for row in rows if params.get("status") in {None, row["status"]}]
                return self._page(rows, "/v1/invoice_payments")
        return None

    def _page(self, rows: list[dict[str, Any]], url: str) -> dict[str, Any]:
        return {"object": "list", "data": [_shown(row) for row in rows], "has_more": False, "url": url}

    def _price(self, params: dict[str, str]) -> dict[str, Any]:
        price = {
            "id": new_id("price"),
            "object": "price",
            "unit_amount": int(params["unit_amount"]),
            "currency": params["currency"],
            "recurring": {"interval": params["recurring[interval]"]},
        }
        self.prices[str(price["id"])] = price
        return price

    def _subscription(self, reference: str) -> dict[str, Any]:
        if reference not in self.subscriptions:
            raise Refused(404, f"No such subscription: '{reference}'", code="resource_missing", param="id")
        return self.subscriptions[reference]

    def _subscribe(self, params: dict[str, str]) -> dict[str, Any]:
        price, method = self.prices[params["items[0][price]"]], params["default_payment_method"]
        kept = self.methods.get(method)  # type: ignore[attr-defined]
        if kept is None or kept["customer"] != params["customer"]:
            raise Refused(400, "The customer does not have a payment method with that ID.", code="resource_missing")
        now = int(time.time())
        item = {
            "id": new_id("si"),
            "price": price,
            "current_period_start": now,
            "current_period_end": now + PERIODS[price["recurring"]["interval"]],
        }
        found = {
            "id": new_id("sub"),
            "object": "subscription",
            "customer": params["customer"],
            "status": "incomplete",
            "default_payment_method": method,
            "cancel_at_period_end": False,
            "items": {"object": "list", "data": [item]},
            "latest_invoice": None,
            "metadata": metadata_of(params),
        }
        self.subscriptions[str(found["id"])] = found
        self._bill(found, is_present=True)
        return found

    def _subscription_update(self, found: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
        if found["status"] == "canceled":
            raise Refused(404, "No such subscription", code="resource_missing")
        if "cancel_at_period_end" in params:
            found["cancel_at_period_end"] = params["cancel_at_period_end"] == "true"
        if "default_payment_method" in params:
            found["default_payment_method"] = params["default_payment_method"]
        self._event("customer.subscription.updated", found)  # type: ignore[attr-defined]
        return found

    def _end(self, found: dict[str, Any]) -> dict[str, Any]:
        if found["status"] == "canceled":
            raise Refused(404, "No such subscription", code="resource_missing")
        found["status"] = "canceled"
        self._event("customer.subscription.deleted", found)  # type: ignore[attr-defined]
        return found

    # ---------------------------------------------------------------- invoices
    def _of(self, subscription: str) -> list[dict[str, Any]]:
        return [row for row in self.invoices.values() if row["_subscription"] == subscription]

    def _newest(self, found: dict[str, Any]) -> dict[str, Any]:
        return self.invoices[found["latest_invoice"]]

    def _bill(self, found: dict[str, Any], *, is_present: bool) -> None:
        item = found["items"]["data"][0]
        units, currency = item["price"]["unit_amount"], item["price"]["currency"]
        period = {"start": item["current_period_start"], "end": item["current_period_end"]}
        intent = self._create({"amount": str(units), "currency": currency})  # type: ignore[attr-defined]
        invoice = {
            "id": new_id("in"),
            "object": "invoice",
            "status": "open",
            "amount_due": units,
            "amount_paid": 0,
            "currency": currency,
            "period_start": period["start"],
            "period_end": period["start"],
            "lines": {"object": "list", "data": [{"period": period}]},
            "parent": {
                "type": "subscription_details",
                "subscription_details": {"subscription": found["id"], "metadata": found["metadata"]},
            },
            "_subscription": found["id"],
            "_intent": intent["id"],
        }
        self.invoices[invoice["id"]] = invoice
        found["latest_invoice"] = invoice["id"]
        self._try(invoice, found["default_payment_method"], is_present=is_present)

    def _try(self, invoice: dict[str, Any], method: str, *, is_present: bool) -> None:
        found = self.subscriptions[invoice["_subscription"]]
        intent = self.intents[invoice["_intent"]]  # type: ignore[attr-defined]
        card = self.methods[method]["_stands_for"]  # type: ignore[attr-defined]
        if card in DECLINES or card == FAILS_LATER:
            code = DECLINES.get(card, DECLINES["pm_card_chargeDeclined"])
            self._decline(intent, *code)  # type: ignore[attr-defined]
            if found["status"] != "incomplete":
                found["status"] = "past_due"
            self._event("invoice.payment_failed", invoice)  # type: ignore[attr-defined]
            self._event("customer.subscription.updated", found)  # type: ignore[attr-defined]
        elif card in CHALLENGES and is_present:
            intent["status"] = "requires_action"
            intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
            self._event("invoice.payment_action_required", invoice)  # type: ignore[attr-defined]
        else:
            self._succeed(intent)  # type: ignore[attr-defined]
            self._paid(invoice)

    def _paid(self, invoice: dict[str, Any]) -> None:
        invoice.update(status="paid", amount_paid=invoice["amount_due"])
        found = self.subscriptions[invoice["_subscription"]]
        if found["status"] != "canceled":
            found["status"] = "active"
        self._event("invoice.paid", invoice)  # type: ignore[attr-defined]
        self._event("customer.subscription.updated", found)  # type: ignore[attr-defined]

    def _pay(self, invoice: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
        if invoice["status"] == "paid":
            raise Refused(400, "Invoice is already paid", code="invoice_already_paid")
        self._try(invoice, params["payment_method"], is_present=True)
        if invoice["status"] != "paid":
            raise Refused(402, "Your card was declined.", kind="card_error", code="card_declined")
        return invoice


def _shown(about: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in about.items() if not name.startswith("_")}
