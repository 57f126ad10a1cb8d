"""Valkey is gone, or hangs, for a while: requests are answered, and what was announced arrives once it is back."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from tests.demo.stage import PASSWORD, must, wait_for
from tests.faults.ground import Ground, Listener, order_of, payment_of

MOST_LATER = 2.0
"""Seconds by which an outage may delay any one request. On a machine that does much else at once, give more."""


class ValkeyGone:
    def __init__(
        self,
        ground: Ground,
        *,
        seconds: float,
        frozen: bool = False,
        start_web: bool = False,
        most_later: float = MOST_LATER,
    ) -> None:
        self.ground, self.seconds, self.frozen, self.start_web = ground, seconds, frozen, start_web
        self.most_later = most_later
        self.name = f"Valkey {'hangs' if frozen else 'is gone'} for {seconds:.0f} s"
        if start_web:
            self.name += ", and web is started meanwhile"

    def damage(self) -> None:
        self.listener = Listener(self.ground.alice)
        wait_for(lambda: self.listener.openings, "the socket", 30)
        self.works = [self.ground.work_on_sale() for _ in range(3)]
        self.as_always, _order = self._use(self.works[0])
        valkey = self.ground.valkey
        if self.frozen:
            valkey.freeze()
        else:
            valkey.go()
        self.gone_at = time.monotonic()
        self.meanwhile, self.order = self._use(self.works[1])
        self.started_in = None
        if self.start_web:
            self.started_in = self.ground.restart_web()
            self.ground.upload()  # a process's first one loads what compares pictures, Valkey or not
        self.later, _order = self._use(self.works[2])
        time.sleep(max(0.0, self.seconds - (time.monotonic() - self.gone_at)))
        valkey.come_back()
        self.back_at = time.monotonic()

    def verdict(self) -> str:
        slowest = {}
        for name, usual in self.as_always.items():
            took = max(self.meanwhile[name], self.later[name])
            must(
                took < usual + self.most_later, f"{name} took {took:.2f} s while Valkey was down, {usual:.2f} s before"
            )
            slowest[name] = took
        wait_for(lambda: self.listener.heard_about("order_id", self.order["id"]), "the socket message of the sale", 120)
        told = time.monotonic() - self.back_at
        wait_for(lambda: self._mails() == 2, "the e-mails of the sale", 120)
        mailed = time.monotonic() - self.back_at
        self.listener.end()
        figures = ", ".join(f"{name} {self.as_always[name]:.2f}/{took:.2f} s" for name, took in slowest.items())
        words = f"before/meanwhile: {figures}; socket message {told:.0f} s, e-mails {mailed:.0f} s after its return"
        if self.started_in is not None:
            words += f"; web started without it in {self.started_in:.1f} s"
        return words + f"; the socket was opened {self.listener.openings} times"

    def _mails(self) -> int:
        state = "SELECT count(*) AS sent FROM accounts_delivery WHERE channel = 'email' AND state = 'sent'"
        number = self.ground.one(
            state + " AND template IN ('sale', 'purchase_confirmation') AND (context->>'order_id')::int = %s",
            self.order["id"],
        )["sent"]
        return int(number)

    def _use(self, artwork: dict[str, Any]) -> tuple[dict[str, float], dict[str, Any]]:
        """What people do all day, with the seconds each request took."""
        bob, alice = self.ground.bob, self.ground.alice
        took: dict[str, float] = {}

        def timed(name: str, call: Callable[[], httpx.Response], status: int) -> Any:
            began = time.monotonic()
            answer = call()
            took[name] = max(took.get(name, 0.0), time.monotonic() - began)
            must(answer.status_code == status, f"{name} answered {answer.status_code}: {answer.text[:200]}")
            return answer.json()

        timed("list", lambda: bob.client.get("/api/artworks/"), 200)
        timed("read", lambda: bob.client.get(f"/api/artworks/{artwork['id']}/"), 200)
        sign_in = {"username": bob.name, "password": PASSWORD}
        timed("sign-in", lambda: bob.client.post("/api/auth/login/", json=sign_in), 200)
        began = time.monotonic()
        self.ground.upload()
        took["upload"] = time.monotonic() - began
        order = timed("order", lambda: bob.client.post("/api/orders/", json=order_of(artwork)), 201)
        payment = timed("payment", lambda: bob.client.post("/api/payments/", json=payment_of(order, alice)), 201)
        address = f"/api/payments/{payment['id']}"
        timed("payment", lambda: bob.client.post(f"{address}/process/"), 200)
        card = {"payment_method_id": "pm_card_visa"}
        timed("payment", lambda: bob.client.post(f"{address}/confirm/", json=card), 200)
        return took, order
