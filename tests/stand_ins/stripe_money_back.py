"""Money that goes back at the Stripe stand-in: refunds, asked for or made in the dashboard, and cardholders' disputes.

What a test does from outside changes the state and appends the events that Stripe sends for it, in Stripe's order;
nothing is delivered unless the test does so or `webhook_url` is set.
"""

import threading
import time
from abc import ABC, abstractmethod
from typing import Any

from tests.stand_ins.stripe_cards import Refused, metadata_of, new_id

INQUIRIES = {"warning_needs_response", "warning_under_review"}
DISPUTE_FEE = 1500


class MoneyBack(ABC):
    intents: dict[str, dict[str, Any]]
    lock: threading.RLock

    def __init__(self) -> None:
        super().__init__()
        self.refunds: dict[str, dict[str, Any]] = {}
        self.disputes: dict[str, dict[str, Any]] = {}
        self.refunds_stay_pending = False

    @abstractmethod
    def _intent(self, reference: str) -> dict[str, Any]: ...

    @abstractmethod
    def _event(self, kind: str, about: dict[str, Any]) -> dict[str, Any]: ...

    # ---------------------------------------------------------------- refunds, from outside
    def refund_in_dashboard(self, intent: str, amount: int | None = None, **changes: Any) -> dict[str, Any]:
        """Somebody refunds a payment at Stripe itself; `amount` is in minor units. Returns the refund."""
        with self.lock:
            params = {"payment_intent": intent} | ({"amount": str(amount)} if amount else {})
            return self._refund(params) | changes

    def complete_refund(self, refund: str, outcome: str = "succeeded", reason: str = "lost_or_stolen_card") -> None:
        """How a pending refund ends; or that one which had succeeded is sent back by the cardholder's bank."""
        with self.lock:
            found = self.refunds[refund]
            found["status"] = outcome
            if outcome == "failed":
                found |= {"failure_reason": reason, "failure_balance_transaction": new_id("txn")}
                self.intents[found["payment_intent"]]["_refunded"] -= found["amount"]
                self._event("refund.failed", found)
            self._event("refund.updated", found)
            self._event("charge.refund.updated", found)

    # ---------------------------------------------------------------- disputes, from outside
    def dispute(
        self, intent: str, amount: int | None = None, *, status: str = "needs_response", fee: int = DISPUTE_FEE
    ) -> dict[str, Any]:
        """The cardholder goes to his bank. Unless it only asks, the money is withdrawn at once. Returns the event."""
        with self.lock:
            found = self.intents[intent]
            about = {
                "id": new_id("du"),
                "object": "dispute",
                "amount": amount or found["amount"],
                "balance_transactions": [],
                "charge": found["latest_charge"],
                "created": int(time.time()),
                "currency": found["currency"],
                "evidence_details": {"due_by": int(time.time()) + 7 * 86400, "has_evidence": False},
                "is_charge_refundable": status in INQUIRIES,
                "metadata": {},
                "payment_intent": intent,
                "reason": "fraudulent",
                "status": status,
            }
            self.disputes[about["id"]] = about
            created = self._event("charge.dispute.created", about)
            if status not in INQUIRIES:
                self.withdraw(about["id"], fee=fee)
            return created

    def withdraw(self, dispute: str, *, fee: int = DISPUTE_FEE, currency: str = "", rate: float = 1) -> dict[str, Any]:
        """Stripe takes the disputed amount, in its account's `currency`, where the bank's question became a dispute."""
        with self.lock:
            found = self.disputes[dispute]
            if found["status"] in INQUIRIES:
                found |= {"status": "needs_response", "is_charge_refundable": False}
                self._event("charge.dispute.updated", found)
            self._balance(found, -round(found["amount"] * rate), fee, currency)
            return self._event("charge.dispute.funds_withdrawn", found)

    def reinstate(self, dispute: str, amount: int | None = None, *, fee: int = 0, currency: str = "") -> dict[str, Any]:
        with self.lock:
            found = self.disputes[dispute]
            taken = -sum(row["amount"] for row in found["balance_transactions"])
            self._balance(found, amount or taken, -fee, currency)
            return self._event("charge.dispute.funds_reinstated", found)

    def close_dispute(self, dispute: str, outcome: str, *, reinstated: bool = True) -> dict[str, Any]:
        """`won` (the money comes back), `lost` or `warning_closed`. Returns the event."""
        with self.lock:
            found = self.disputes[dispute]
            found |= {"status": outcome, "is_charge_refundable": outcome == "warning_closed"}
            closed = self._event("charge.dispute.closed", found)
            if outcome == "won" and reinstated:
                self.reinstate(dispute)
            return closed

    @staticmethod
    def _balance(dispute: dict[str, Any], amount: int, fee: int, currency: str) -> None:
        row = {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "currency": currency or dispute["currency"],
            "fee": fee,
            "net": amount - fee,
            "reporting_category": "dispute" if amount < 0 else "dispute_reversal",
            "source": dispute["id"],
            "type": "adjustment",
        }
        dispute["balance_transactions"] = [*dispute["balance_transactions"], row]

    # ---------------------------------------------------------------- the API
    def _refund(self, params: dict[str, str]) -> dict[str, Any]:
        intent = self._intent(params["payment_intent"])
        if intent["status"] != "succeeded":
            raise Refused(400, f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
        of_charge = [dispute for dispute in self.disputes.values() if dispute["payment_intent"] == intent["id"]]
        if any(not dispute["is_charge_refundable"] and dispute["status"] != "won" for dispute in of_charge):
            raise Refused(400, "The charge is disputed and cannot be refunded.", code="charge_disputed")
        left = intent["amount"] - intent["_refunded"]
        amount = int(params.get("amount") or left)
        if left == 0:
            raise Refused(400, "The charge has already been refunded.", code="charge_already_refunded")
        if not 1 <= amount <= left:
            raise Refused(
                400, f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount"
            )
        intent["_refunded"] += amount
        refund = {
            "id": new_id("re"),
            "object": "refund",
            "amount": amount,
            "charge": intent["latest_charge"],
            "created": int(time.time()),
            "currency": intent["currency"],
            "metadata": metadata_of(params),
            "payment_intent": intent["id"],
            "reason": params.get("reason"),
            "status": "pending" if self.refunds_stay_pending else "succeeded",
        }
        self.refunds[refund["id"]] = refund
        self._event("refund.created", refund)
        charge = {"id": intent["latest_charge"], "object": "charge", "payment_intent": intent["id"]}
        self._event("charge.refunded", charge | {"amount_refunded": intent["_refunded"]})
        for dispute in of_charge:
            if dispute["status"] in INQUIRIES and intent["_refunded"] == intent["amount"]:
                self.close_dispute(dispute["id"], "warning_closed")
        return refund

    @staticmethod
    def _one_of(rows: dict[str, dict[str, Any]], reference: str, what: str) -> dict[str, Any]:
        if reference not in rows:
            raise Refused(404, f"No such {what}: '{reference}'", code="resource_missing", param="id")
        return rows[reference]

    @staticmethod
    def _listed(rows: dict[str, dict[str, Any]], params: dict[str, str], url: str) -> dict[str, Any]:
        """Those of a payment, the newest first, in pages as Stripe's are."""
        found = [row for row in reversed(rows.values()) if row["payment_intent"] == params.get("payment_intent")]
        if after := params.get("starting_after"):
            found = found[[row["id"] for row in found].index(after) + 1 :]
        limit = int(params.get("limit", "10"))
        return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": url}
