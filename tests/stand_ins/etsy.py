"""A stand-in for Etsy's Open API v3: real HTTP, on this machine, as its public documentation describes it.

    with EtsyStandIn() as etsy:
        etsy.set_up(settings)
        shop = etsy.shop(name="My 3D Shop")
        code = etsy.consents(begun.authorization_url, shop)
        receipt = etsy.receipt(shop, sku="BRKT-L-RED", quantity=2)

Its traps are Etsy's: statuses may come capitalised (`capitals`), refunds and ship dates do not move
`updated_timestamp`, a modified-since list leaves cancelled receipts out, rows shift while they are paged, a key without
its shared secret is 403, refresh tokens work once, and every parcel mails the buyer (`mailed`).
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.stand_ins.etsy_receipts import Filters, Json, new_payments, new_receipt, shown
from tests.stand_ins.gateway_server import Answer, Request, StandIn

TOKEN_LIFE = 3600
BEGIN = "/v3/application"


@dataclass
class EtsyShop:
    shop_id: int
    user_id: int
    name: str
    currency: str = "USD"
    email: str | None = None
    first_name: str = "Owner"
    last_name: str = "Name"
    receipts: dict[int, Json] = field(default_factory=dict)


class EtsyStandIn(StandIn):
    client_id = "our-keystring"
    shared_secret = "our-shared-secret"
    redirect_uri = "https://shop.example/etsy/callback"

    def __init__(self) -> None:
        super().__init__()
        self.shops: dict[int, EtsyShop] = {}
        self.codes: dict[str, dict[str, Any]] = {}
        self.access: dict[str, tuple[int, float]] = {}
        self.refresh: dict[str, int] = {}
        self.capitals = False
        self.mailed: list[tuple[int, str, str]] = []
        self.counts: dict[str, int] = {}
        """Requests by kind: token, list, receipt, payments, tracking, other."""
        self.limit_today = 10_000
        self.used_today = 0
        self.before_lists: list[Callable[[], None]] = []
        """One is called before each of the next lists is answered: what changes while it is paged."""
        self._limited: list[int | None] = []
        self._limit_every = self._calls = 0
        self._next = 3_100_000_000
        self._ahead = 0.0

    # ---------------------------------------------------------------- what a test does
    def set_up(self, settings: Any) -> None:
        for name, value in self.environment().items():
            setattr(settings, name, value)

    def environment(self) -> dict[str, str]:
        return {
            "ETSY_CLIENT_ID": self.client_id,
            "ETSY_SHARED_SECRET": self.shared_secret,
            "ETSY_REDIRECT_URI": self.redirect_uri,
            "ETSY_AUTH_URL": f"{self.url}/oauth/connect",
            "ETSY_API_BASE": self.url,
        }

    def now(self) -> int:
        return int(time.time() + self._ahead)

    def let_pass(self, seconds: float) -> None:
        self._ahead += seconds

    def new_id(self) -> int:
        self._next += 1
        return self._next

    def shop(self, name: str = "My3DShop", **columns: Any) -> EtsyShop:
        made = EtsyShop(self.new_id(), self.new_id(), name, **columns)
        self.shops[made.shop_id] = made
        return made

    def consents(self, authorization_url: str, shop: EtsyShop) -> str:
        """The owner signs in and agrees: the code that comes back to the page."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
        code = secrets.token_urlsafe(12)
        self.codes[code] = {"challenge": asked["code_challenge"], "to": asked["redirect_uri"], "user": shop.user_id}
        return code

    def tokens(self, shop: EtsyShop) -> tuple[str, str]:
        return self._issue(shop.user_id)

    def expire_tokens(self) -> None:
        self.access = {token: (user, 0.0) for token, (user, _) in self.access.items()}

    def withdraw(self, shop: EtsyShop) -> None:
        """The owner takes our permission back at Etsy."""
        self.access = {token: kept for token, kept in self.access.items() if kept[0] != shop.user_id}
        self.refresh = {token: user for token, user in self.refresh.items() if user != shop.user_id}

    def receipt(self, shop: EtsyShop, **about: Any) -> Json:
        """Somebody orders. See `new_receipt`."""
        with self.lock:
            made = new_receipt(self.new_id, about.pop("at", None) or self.now(), shop.currency, **about)
            shop.receipts[made["receipt_id"]] = made
            return made

    def change(self, receipt: Json, *, touched: bool = True, at: int | None = None, **columns: Any) -> None:
        """Without `touched` as refunds and changed ship dates are: `updated_timestamp` stays."""
        with self.lock:
            receipt.update(columns)
            if touched:
                receipt["updated_timestamp"] = receipt["update_timestamp"] = at or self.now()

    def refund(self, receipt: Json, amount: int, *, whole: bool = False) -> None:
        money = {**receipt["grandtotal"], "amount": amount}
        refund = {"amount": money, "created_timestamp": self.now(), "reason": "damaged", "status": "success"}
        status = "fully refunded" if whole else "partially refunded"
        self.change(receipt, touched=False, refunds=[*receipt["refunds"], refund], status=status)

    def cancel(self, receipt: Json) -> None:
        self.change(receipt, status="canceled")

    def limit(self, times: int = 1, retry_after: int | None = None) -> None:
        """429 for the next requests."""
        self._limited += [retry_after] * times

    def limit_every(self, number: int) -> None:
        """429 for one call in so many, every other time with a word for how long; 0 is never."""
        self._limit_every, self._calls = number, 0

    # ---------------------------------------------------------------- the server
    def respond(self, request: Request) -> Answer:
        parts = urlsplit(request.path)
        if parts.path == "/oauth/connect":
            return self._connect(parts.query)
        if parts.path == "/v3/public/oauth/token":
            self._count("token")
            return self._trade({name: values[0] for name, values in parse_qs(request.body.decode()).items()})
        if not parts.path.startswith(BEGIN):
            return _json({"error": "Not found"}, 404)
        self._calls += 1
        if self._limit_every and self._calls % self._limit_every == 0:
            self._limited.append([None, 1][self._calls // self._limit_every % 2])
        if self._limited:
            wait = self._limited.pop(0)
            self._count("limited")
            headers = {"retry-after": str(wait)} if wait is not None else {}
            return Answer(429, b'{"error": "Rate limited"}', headers=headers)
        answer = self._application(request, parts.path.removeprefix(BEGIN).strip("/").split("/"), parts.query)
        if answer.status < 300:
            self.used_today += 1
            answer.headers |= {
                "x-limit-per-second": "10",
                "x-remaining-this-second": "9",
                "x-limit-per-day": str(self.limit_today),
                "x-remaining-today": str(max(0, self.limit_today - self.used_today)),
            }
        return answer

    def answer_of_status(self, status: int) -> Answer:
        return _json({"error": "Something went wrong"}, status)

    def _count(self, kind: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1

    # ---------------------------------------------------------------- OAuth
    def _connect(self, query: str) -> Answer:
        """The page where the owner agrees: here the first shop's owner does, at once."""
        shop = next(iter(self.shops.values()))
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        code = self.consents(f"?{query}", shop)
        to = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked.get('state', '')})}"
        return Answer(302, b"", headers={"Location": to})

    def _trade(self, form: dict[str, str]) -> Answer:
        if form.get("client_id") != self.client_id:
            return _json({"error": "invalid_client"}, 401)
        if form.get("grant_type") == "refresh_token":
            user = self.refresh.pop(form.get("refresh_token", ""), None)
            if user is None:
                return _json({"error": "invalid_grant", "error_description": "refresh_token is invalid"}, 400)
            return self._token_answer(user)
        made = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if made is None or made["to"] != form.get("redirect_uri") or made["challenge"] != challenge:
            return _json({"error": "invalid_grant", "error_description": "code is invalid"}, 400)
        return self._token_answer(made["user"])

    def _token_answer(self, user: int) -> Answer:
        access, refresh = self._issue(user)
        lasts = {"token_type": "Bearer", "expires_in": TOKEN_LIFE}
        return _json({"access_token": access, "refresh_token": refresh, **lasts})

    def _issue(self, user: int) -> tuple[str, str]:
        access, refresh = (f"{user}.{secrets.token_urlsafe(16)}" for _ in range(2))
        self.access[access] = user, time.time() + TOKEN_LIFE
        self.refresh[refresh] = user
        return access, refresh

    # ---------------------------------------------------------------- the application's calls
    def _application(self, request: Request, path: list[str], query: str) -> Answer:
        key = request.headers.get("x-api-key", "")
        if key == self.client_id:
            return _json({"error": "Shared secret is required in x-api-key header."}, 403)
        if key != f"{self.client_id}:{self.shared_secret}":
            return _json({"error": "Invalid API key"}, 403)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        user, until = self.access.get(token, (0, 0.0))
        if until <= time.time():
            self._count("refused")
            return _json({"error": "invalid_token", "error_description": "access token is expired"}, 401)
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        match request.method, path:
            case "GET", ["users", "me"]:
                shop = next(shop for shop in self.shops.values() if shop.user_id == user)
                return _json({"user_id": user, "shop_id": shop.shop_id})
            case "GET", ["users", user_id]:
                return self._person(user, user_id)
            case _, ["shops", shop_id, *rest]:
                shop = self.shops.get(int(shop_id))  # type: ignore[assignment]
                if shop is None or shop.user_id != user:
                    return _json({"error": "Resource not found"}, 404)
                return self._of_shop(request, shop, rest, asked)
        return _json({"error": "Resource not found"}, 404)

    def _person(self, user: int, user_id: str) -> Answer:
        shop = next(shop for shop in self.shops.values() if shop.user_id == user)
        if str(user) != user_id:
            return _json({"error": "Forbidden"}, 403)
        names = {"first_name": shop.first_name, "last_name": shop.last_name}
        return _json({"user_id": user, "primary_email": shop.email, **names})

    def _of_shop(self, request: Request, shop: EtsyShop, rest: list[str], asked: dict[str, str]) -> Answer:
        match request.method, rest:
            case "GET", []:
                return _json(
                    {"shop_id": shop.shop_id, "shop_name": shop.name, "currency_code": shop.currency}
                    | {"user_id": shop.user_id}
                )
            case "GET", ["receipts"]:
                self._count("list")
                return self._list(shop, asked)
        found = shop.receipts.get(int(rest[1])) if len(rest) > 1 and rest[0] == "receipts" else None
        if found is None:
            return _json({"error": "Receipt not found"}, 404)
        match request.method, rest[2:]:
            case "GET", []:
                self._count("receipt")
                return _json(shown(found, capitals=self.capitals))
            case "GET", ["transactions"]:
                rows = found["transactions"]
                return _json({"count": len(rows), "results": rows})
            case "GET", ["payments"]:
                self._count("payments")
                rows = new_payments(found, self.new_id)
                return _json({"count": len(rows), "results": rows})
            case "POST", ["tracking"]:
                self._count("tracking")
                form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
                return self._track(found, form)
        return _json({"error": "Method not allowed"}, 405)

    def _list(self, shop: EtsyShop, asked: dict[str, str]) -> Answer:
        if self.before_lists:
            self.before_lists.pop(0)()
        try:
            filters = Filters.read(asked)
        except ValueError as error:
            return _json({"error": str(error)}, 400)
        count, page = filters.page(list(shop.receipts.values()))
        return _json({"count": count, "results": [shown(row, capitals=self.capitals) for row in page]})

    def _track(self, receipt: Json, form: dict[str, str]) -> Answer:
        code, carrier = form.get("tracking_code", ""), form.get("carrier_name", "")
        if bool(code) != bool(carrier):
            return _json({"error": "tracking_code and carrier_name are required together"}, 400)
        if receipt["status"] == "canceled":
            return _json({"error": "The receipt is canceled"}, 400)
        if code:
            parcel = {"receipt_shipping_id": self.new_id(), "carrier_name": carrier, "tracking_code": code}
            parcel["shipment_notification_timestamp"] = self.now()
            receipt["shipments"].append(parcel)
            self.mailed.append((receipt["receipt_id"], carrier, code))
        self.change(receipt, is_shipped=True, status="completed")
        return _json(shown(receipt, capitals=self.capitals))


def _json(body: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode())
