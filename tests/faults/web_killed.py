"""Web is killed between the gateway's charge and our record of it."""

import threading
import time
from typing import Any

import httpx
import psycopg

from tests.demo.stage import must, wait_for
from tests.faults.ground import Ground
from tests.faults.killing import Killing

SLACK = 45
"""Seconds that a busy machine may add."""
LEFT_ALONE = 60
SETTLED_WITHIN = LEFT_ALONE + 30 + SLACK
"""The sweep leaves a payment alone for a minute, and comes every half."""


class PaymentKilled(Killing):
    name = "SIGKILL of web in the middle of a card payment"
    victim = "web"

    def __init__(self, ground: Ground, *, repeat_at_once: bool) -> None:
        super().__init__(ground)
        self.repeat_at_once = repeat_at_once

    def begin(self) -> None:
        bob = self.ground.bob
        self.order = self.ground.order(bob, self.ground.work_on_sale())
        self.payment = self.ground.open_payment(bob, self.order)
        self.headers = {"Idempotency-Key": f"confirm-{self.payment['id']}"}
        # Whoever records a payment locks its order first: held here, the call stops between charge and record.
        self.blocker = psycopg.connect(self.ground.postgres.url)
        self.blocker.execute("SELECT 1 FROM commerce_order WHERE id = %s FOR UPDATE", [self.order["id"]])
        self.calling = threading.Thread(target=self._confirm_and_be_cut_off)
        self.calling.start()
        wait_for(self._is_charged, "the charge at the gateway", 60)

    def look(self) -> None:
        self.blocker.close()
        self.calling.join(60)
        self.ground.platform.wait_ready()
        state = self.ground.bob.get(f"/api/payments/{self.payment['id']}/")["status"]
        must(state == "pending", f"after the kill the payment is {state}")
        if self.repeat_at_once:
            self._repeat()
        self.ground.let_pass(LEFT_ALONE, of="commerce_payment.updated_at", where="id", is_=self.payment["id"])

    def verdict(self) -> str:
        bob = self.ground.bob
        limit = SETTLED_WITHIN - (time.time() - self.killed_at)
        wait_for(lambda: self._payment()["status"] == "completed", "the settled payment", max(limit, SLACK))
        must(bob.get(f"/api/payments/{self.payment['id']}/")["status"] == "completed", "bob sees it otherwise")
        took = self._payment()["completed_at"].timestamp() - self.killed_at
        order = bob.get(f"/api/orders/{self.order['id']}/")["status"]
        must(order == "delivered", f"the paid order is {order}")
        self._repeat()
        self._booked_once()
        by_whom = "the repeated call" if self.repeat_at_once else "the sweep"
        return f"charged and booked once, by {by_whom} after {took:.0f} s; the same key: 200, completed"

    def _repeat(self) -> None:
        answer = self._confirm()
        must(answer.status_code == 200, f"the repetition is answered {answer.status_code}: {answer.text[:200]}")
        must(answer.json()["status"] == "completed", f"the repetition says {answer.text[:200]}")

    def _booked_once(self) -> None:
        booked = self.ground.sql(
            "SELECT id FROM commerce_ledgertransaction WHERE payment_id = %s AND kind = 'payment'", self.payment["id"]
        )
        must(len(booked) == 1, f"the payment is booked {len(booked)} times")

    def _payment(self) -> dict[str, Any]:
        return self.ground.one("SELECT * FROM commerce_payment WHERE id = %s", self.payment["id"])

    def _confirm(self) -> httpx.Response:
        return self.ground.bob.client.post(
            f"/api/payments/{self.payment['id']}/confirm/",
            json={"payment_method_id": "pm_card_visa"},
            headers=self.headers,
        )

    def _confirm_and_be_cut_off(self) -> None:
        try:
            answer = self._confirm()
        except httpx.TransportError:
            return
        raise AssertionError(f"web was killed, and still answered {answer.status_code}")

    def _is_charged(self) -> bool:
        row = self.ground.one(
            "SELECT intent.status FROM commerce_sandboxintent intent JOIN commerce_payment payment"
            " ON payment.gateway_reference = intent.reference WHERE payment.id = %s",
            self.payment["id"],
        )
        return bool(row["status"] == "succeeded")
