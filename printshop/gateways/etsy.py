"""Etsy's Open API v3: one request at a time, with its rates kept and its refusals told apart.

https://developers.etsy.com/documentation/ (authentication, rate limits, reference). What is read from an answer stands
in `receipts`. Nothing of what is exchanged is logged: codes, tokens and addresses travel in bodies and headers alone.
"""

import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from math import ceil
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import requests
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from config.core.metrics import failures_counted
from config.core.rates import counted
from config.core.secrets import Secret
from config.core.storable import UNSTORABLE
from printshop.errors import EtsyLimited, EtsyNotConfigured, EtsyRefused, EtsyUnavailable

SCOPES: Final = ("shops_r", "transactions_r", "transactions_w", "profile_r", "email_r")
TIMEOUT: Final = (5, 20)
"""Seconds to connect, and to wait for each piece of an answer."""
LARGEST_ANSWER: Final = 20 * 1024 * 1024
PAGE: Final = 100
A_SECOND: Final = 9
"""Etsy takes ten a second of one key; all processes count together."""
A_DAY: Final = 10_000
RESERVE: Final = 0.05
"""This share of a day's requests is kept for what people wait for."""
OF_ONE_SHOP: Final = 0.2
"""No shop reads its orders with more than this share of a day's requests: the others need theirs."""
TRIES: Final = 5
LONGEST_PAUSE: Final = 32.0
LEFT_KEY: Final = "etsy:left-today"
EPOCH: Final = 946_684_800
"""Etsy takes no moments before 2000."""


class TokenEnded(Exception):
    """The access token is not, or no longer, good."""


class GrantEnded(Exception):
    """Etsy takes the refresh token no more (`invalid_grant`): the owner has to sign in again."""


class NoSuchReceipt(Exception):
    """Etsy does not know it, or does not show it to this shop."""


class TrackingRefused(Exception):
    """Etsy did not take the parcel, and says why."""


@dataclass(frozen=True)
class Tokens:
    access: Secret
    refresh: Secret
    expires_at: datetime
    user_id: str


@dataclass(frozen=True)
class Member:
    """Who signed in, and their shop. Empty texts where Etsy tells nothing."""

    user_id: str
    shop_id: str
    shop_name: str
    currency: str
    first_name: str
    last_name: str
    email: str


@dataclass(frozen=True)
class ReceiptPage:
    """Of `count` receipts in all. `answered_at` is Etsy's clock."""

    count: int
    results: list[Mapping[str, Any]]
    answered_at: datetime


@dataclass
class Patience:
    """How long is waited for a limit to pass, in all: until `deadline` (time.monotonic), or not at all without one."""

    deadline: float | None = None

    def can_wait(self, seconds: float) -> bool:
        return self.deadline is not None and time.monotonic() + seconds <= self.deadline


def is_configured() -> bool:
    return bool(settings.ETSY_CLIENT_ID and settings.ETSY_SHARED_SECRET and settings.ETSY_REDIRECT_URI)


def authorization_address(*, state: str, challenge: str, redirect_uri: str = "") -> str:
    """Where the owner is sent to; from there to `redirect_uri`, else to the front-end. Raises EtsyNotConfigured."""
    if not is_configured():
        raise EtsyNotConfigured
    base = settings.ETSY_AUTH_URL
    if not urlsplit(base).path:
        base += "/oauth/connect"
    asked = {
        "response_type": "code",
        "client_id": settings.ETSY_CLIENT_ID,
        "redirect_uri": redirect_uri or settings.ETSY_REDIRECT_URI,
        "scope": " ".join(SCOPES),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{base}?{urlencode(asked)}"


def tokens_by_code(*, code: str, code_verifier: str, redirect_uri: str = "") -> Tokens:
    """`redirect_uri` is that of `authorization_address`. Raises EtsyNotConfigured, EtsyRefused and EtsyUnavailable."""
    redirect_uri = redirect_uri or settings.ETSY_REDIRECT_URI
    form = {"redirect_uri": redirect_uri, "code": code, "code_verifier": code_verifier}
    try:
        return _tokens("authorization_code", form)
    except GrantEnded:
        raise EtsyRefused from None


def tokens_by_refresh(refresh_token: str) -> Tokens:
    """New ones of both kinds; the old ones are not to be used again. Raises GrantEnded, EtsyNotConfigured and
    EtsyUnavailable."""
    return _tokens("refresh_token", {"refresh_token": refresh_token})


@failures_counted("etsy", EtsyUnavailable)
def _tokens(grant_type: str, form: dict[str, str]) -> Tokens:
    if not is_configured():
        raise EtsyNotConfigured
    sent = {"grant_type": grant_type, "client_id": settings.ETSY_CLIENT_ID, **form}
    asked_at = timezone.now()
    try:
        answer = requests.post(f"{_root()}/v3/public/oauth/token", data=sent, timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        raise EtsyUnavailable from error
    if answer.status_code == 429:
        raise EtsyLimited(wait=_seconds(answer.headers.get("retry-after")) or 1)
    if 400 <= answer.status_code < 500:
        word = _text(_words(answer, "error"), 40)
        if word == "invalid_grant" or (word == "invalid_request" and grant_type == "authorization_code"):
            raise GrantEnded
        raise EtsyUnavailable(f"Etsy refuses this server: {word or answer.status_code}.")
    try:
        said = answer.json()
        access, refresh, lasts = said["access_token"], said["refresh_token"], int(said["expires_in"])
        user_id = re.fullmatch(r"(\d+)\..+", access)
        if answer.status_code != 200 or not user_id or not isinstance(refresh, str):
            raise EtsyUnavailable
    except (ValueError, KeyError, TypeError):
        raise EtsyUnavailable from None
    expires_at = asked_at + timedelta(seconds=max(60, min(lasts, 86_400)))
    return Tokens(Secret(access), Secret(refresh), expires_at, user_id.group(1))


@dataclass
class Etsy:
    """Calls in the name of one shop. `calls` counts the requests sent, those refused included.

    `kept` is the share of a day's requests that is left to others; with one, `shop_id` (ours) has its own share, too.
    """

    token: Secret
    patience: Patience = field(default_factory=Patience)
    shop_id: int | None = None
    kept: float = 0.0
    calls: int = 0
    connection: requests.Session = field(default_factory=requests.Session, repr=False)

    def member(self) -> Member:
        """Who the token is of. Raises TokenEnded, EtsyLimited and EtsyUnavailable."""
        me = self._optional("/users/me")
        user_id, shop_id = number_of(me.get("user_id")), number_of(me.get("shop_id"))
        if not user_id:
            raise EtsyUnavailable
        shop = self._optional(f"/shops/{shop_id}") if shop_id else {}
        person = self._optional(f"/users/{user_id}")
        return Member(
            user_id=user_id,
            shop_id=shop_id,
            shop_name=_text(shop.get("shop_name"), 255),
            currency=_text(shop.get("currency_code"), 3).upper(),
            first_name=_text(person.get("first_name"), 150),
            last_name=_text(person.get("last_name"), 150),
            email=_text(person.get("primary_email"), 254),
        )

    def receipts(self, shop_id: str, *, offset: int, **filters: Any) -> ReceiptPage:
        """One page, in the order of their ids, which never change. `filters` are Etsy's own."""
        asked = {"limit": PAGE, "offset": offset, "sort_on": "receipt_id", "sort_order": "asc", **filters}
        try:
            answer = self._asked("GET", f"/shops/{shop_id}/receipts", query=asked)
        except NoSuchReceipt as refusal:  # the key or the shop is not good
            raise EtsyUnavailable(f"Etsy does not show the shop's orders: {refusal}") from None
        said = _json(answer)
        count, results = said.get("count"), said.get("results")
        if not isinstance(count, int) or not isinstance(results, list):
            raise EtsyUnavailable
        return ReceiptPage(count, [row for row in results if isinstance(row, dict)], _clock(answer))

    def receipt(self, shop_id: str, receipt_id: str) -> Mapping[str, Any]:
        """Raises NoSuchReceipt besides."""
        return self._get(f"/shops/{shop_id}/receipts/{receipt_id}")

    def payments(self, shop_id: str, receipt_id: str) -> list[Mapping[str, Any]]:
        """What was paid for a receipt, and what of it are fees. Empty while there is nothing yet."""
        try:
            found = self._get(f"/shops/{shop_id}/receipts/{receipt_id}/payments").get("results")
        except NoSuchReceipt:
            return []
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    def ship(self, shop_id: str, receipt_id: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        """Add a parcel, of which Etsy mails the buyer: never repeated here. The receipt as it is then.

        Raises TrackingRefused when it did not happen, and EtsyUnavailable when that is not known.
        """
        answer = self._asked("POST", f"/shops/{shop_id}/receipts/{receipt_id}/tracking", form=form)
        return _json(answer)

    # ---------------------------------------------------------------- one request
    def _get(self, path: str) -> Mapping[str, Any]:
        return _json(self._asked("GET", path))

    def _optional(self, path: str) -> Mapping[str, Any]:
        """What the owner did not allow us to read is not needed."""
        try:
            return self._get(path)
        except NoSuchReceipt:
            return {}

    @failures_counted("etsy", EtsyUnavailable)
    def _asked(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The good answer. Limits are waited for, and reads tried again, as long as `patience` allows. Raises
        EtsyNotConfigured, EtsyLimited, EtsyUnavailable, TokenEnded, NoSuchReceipt and TrackingRefused."""
        if not is_configured():
            raise EtsyNotConfigured
        headers = {
            "Authorization": f"Bearer {self.token.reveal()}",
            "x-api-key": f"{settings.ETSY_CLIENT_ID}:{settings.ETSY_SHARED_SECRET}",
            "Accept": "application/json",
        }
        for attempt in range(TRIES):
            self._take_turn()
            self.calls += 1
            try:
                answer = self.connection.request(
                    method,
                    f"{_root()}/v3/application{path}",
                    params=dict(query or {}),
                    data=form,
                    headers=headers,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                )
            except requests.RequestException:
                if method != "GET" or not self._pause(attempt):
                    raise EtsyUnavailable from None
                continue
            _remember_left(answer.headers)
            if answer.status_code == 429:
                self._wait_for_limit(attempt, _seconds(answer.headers.get("retry-after")))
                continue
            if answer.status_code >= 500 and method == "GET" and self._pause(attempt):
                continue
            return _judged(answer, method)
        raise EtsyUnavailable

    def _take_turn(self) -> None:
        """Within a second's and a day's requests of our key."""
        while (count := counted("etsy:second", seconds=1)).number > A_SECOND:
            time.sleep(max(0.01, count.left))
        told = cache.get(LEFT_KEY)
        left, limit = told or (A_DAY - counted("etsy:day", seconds=86_400).number, A_DAY)
        if left <= limit * self.kept:
            raise EtsyLimited(wait=600)
        if self.shop_id is not None:
            own = counted(f"etsy:day:{self.shop_id}", seconds=86_400)
            if self.kept and own.number > limit * OF_ONE_SHOP:
                raise EtsyLimited(
                    "The shop has used its share of today's requests to Etsy.", wait=ceil(min(own.left, 3600))
                )

    def _wait_for_limit(self, attempt: int, told: int) -> None:
        wait = max(float(told), _backoff(attempt))
        if attempt + 1 == TRIES or not self.patience.can_wait(wait):
            raise EtsyLimited(wait=max(1, round(wait)))
        time.sleep(wait)

    def _pause(self, attempt: int) -> bool:
        """Before another try; whether there is to be one."""
        wait = _backoff(attempt)
        if attempt + 1 == TRIES or not self.patience.can_wait(wait):
            return False
        time.sleep(wait)
        return True


def _judged(answer: requests.Response, method: str) -> requests.Response:
    status = answer.status_code
    if status in (200, 201) and len(answer.content) <= LARGEST_ANSWER:
        return answer
    if status == 401:
        raise TokenEnded
    if status in (403, 404) and method == "GET":
        raise NoSuchReceipt(_text(_words(answer), 150) or f"Etsy answered {status}.")
    if 400 <= status < 500 and method == "POST":
        raise TrackingRefused(_text(_words(answer), 200) or f"Etsy answered {status}.")
    raise EtsyUnavailable


def _words(answer: requests.Response, *names: str) -> Any:
    """Why, in Etsy's words."""
    try:
        said = answer.json()
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    return next((said[name] for name in names or ("error_description", "error") if said.get(name)), "")


def _json(answer: requests.Response) -> Mapping[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        raise EtsyUnavailable from None
    if not isinstance(said, dict):
        raise EtsyUnavailable
    return said


def _root() -> str:
    """ETSY_API_BASE may name the host alone, or the path that all calls share."""
    base: str = settings.ETSY_API_BASE
    return base.partition("/v3")[0].rstrip("/")


def _backoff(attempt: int) -> float:
    """Doubling, with jitter, so that those who were refused together do not come back together."""
    return random.uniform(0.5, 1.0) * min(LONGEST_PAUSE, 2.0**attempt)  # noqa: S311


def _remember_left(headers: Mapping[str, str]) -> None:
    """Etsy's window slides: what it says is good for a while."""
    left, limit = (_whole(headers.get(f"x-{name}")) for name in ("remaining-today", "limit-per-day"))
    if left is not None:
        cache.set(LEFT_KEY, (left, limit or A_DAY), timeout=300)


def _clock(answer: requests.Response) -> datetime:
    try:
        return parsedate_to_datetime(answer.headers["Date"]).astimezone(timezone.get_default_timezone())
    except (KeyError, ValueError, TypeError):
        return timezone.now()


def _whole(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else None


def _seconds(value: str | None) -> int:
    return min(_whole(value) or 0, 86_400)


def number_of(value: Any) -> str:
    """An id of Etsy's, which is a number or its text."""
    text = "" if isinstance(value, bool) else str(value or "")
    return text if text.isascii() and text.isdigit() and len(text) <= 20 and int(text) else ""


def _text(value: Any, longest: int) -> str:
    return UNSTORABLE.sub("", value).strip()[:longest] if isinstance(value, str) else ""
