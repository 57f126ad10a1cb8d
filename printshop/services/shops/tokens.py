"""A shop's tokens at Etsy. Each refresh token works once, so that one caller at a time trades it, and both new ones are
stored together."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeVar

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.choices import NotificationType
from accounts.services.notifications import notification_send
from config.core.secrets import Secret
from printshop.choices import ConnectionState
from printshop.errors import EtsyUnavailable, NotConnected
from printshop.gateways.etsy import Etsy, GrantEnded, TokenEnded, Tokens, tokens_by_refresh
from printshop.models import Shop

EARLY: Final = timedelta(seconds=60)
"""So long before its end a token is traded: a request under way must not see it end."""
CLAIM: Final = timedelta(seconds=40)
"""Longer than a trade takes; whoever claimed it and died is waited for no longer."""
LOOK: Final = 0.1
Answer = TypeVar("Answer")


def access_token(*, shop_id: int, not_this: str = "") -> Secret:
    """One that is good for a while; another than `not_this`, which Etsy refused.

    Raises NotConnected, also when Etsy wants a new sign-in, EtsyLimited and EtsyUnavailable.
    """
    until = time.monotonic() + CLAIM.total_seconds()
    while True:
        shop = Shop.objects.get(pk=shop_id)
        if shop.etsy_state != ConnectionState.CONNECTED:
            raise NotConnected
        is_good = shop.token_expires_at is not None and shop.token_expires_at > timezone.now() + EARLY
        if is_good and shop.access_token != not_this:
            return Secret(shop.access_token)
        if _claimed(shop):
            return _traded(shop)
        if time.monotonic() > until:
            raise EtsyUnavailable
        time.sleep(LOOK)


def with_token(etsy: Etsy, shop_id: int, ask: Callable[[], Answer]) -> Answer:
    """`ask`, and once more with another token when Etsy refuses this one."""
    try:
        return ask()
    except TokenEnded:
        etsy.token = access_token(shop_id=shop_id, not_this=etsy.token.reveal())
    try:
        return ask()
    except TokenEnded:
        raise EtsyUnavailable from None


def tokens_store(shop: Shop, tokens: Tokens) -> None:
    """Both, into a locked shop."""
    shop.access_token, shop.refresh_token = tokens.access.reveal(), tokens.refresh.reveal()
    shop.token_expires_at, shop.token_claimed_until = tokens.expires_at, None
    shop.save(update_fields=["access_token", "refresh_token", "token_expires_at", "token_claimed_until", "updated_at"])


def _claimed(shop: Shop) -> bool:
    """Whether the caller is the one to trade this refresh token. The database lets one of them."""
    now = timezone.now()
    free = Q(token_claimed_until=None) | Q(token_claimed_until__lt=now)
    return bool(
        Shop.objects.filter(free, pk=shop.pk, token_expires_at=shop.token_expires_at).update(
            token_claimed_until=now + CLAIM
        )
    )


def _traded(shop: Shop) -> Secret:
    try:
        tokens = tokens_by_refresh(shop.refresh_token)
    except GrantEnded:
        connection_refused(shop_id=shop.pk, refresh_token=shop.refresh_token)
        raise NotConnected("Etsy asks for a new sign-in.") from None
    except BaseException:
        Shop.objects.filter(pk=shop.pk).update(token_claimed_until=None)
        raise
    with transaction.atomic():
        locked = Shop.objects.select_for_update().get(pk=shop.pk)
        # A sign-in or a disconnect that came between has newer ones, or wants none.
        if locked.refresh_token == shop.refresh_token and locked.etsy_state == ConnectionState.CONNECTED:
            tokens_store(locked, tokens)
    return tokens.access


def connection_refused(*, shop_id: int, refresh_token: str) -> None:
    """Etsy takes this token no more: the owner is told, once, and nothing is tried until they sign in again."""
    with transaction.atomic():
        shop = Shop.objects.select_for_update().select_related("owner").get(pk=shop_id)
        if shop.refresh_token != refresh_token or shop.etsy_state != ConnectionState.CONNECTED:
            return
        shop.etsy_state = ConnectionState.REFUSED
        shop.access_token = shop.refresh_token = ""
        shop.token_expires_at = shop.token_claimed_until = shop.next_sync_at = None
        shop.sync_error = "Etsy asks for a new sign-in."
        shop.save()
        notification_send(
            user=shop.owner,
            notification_type=NotificationType.SHOP_DISCONNECTED,
            title="Etsy asks for a new sign-in",
            message=f"{shop.etsy_shop_name or 'Your shop'} is no longer read from Etsy. Sign in with Etsy again.",
            data={"shop_id": shop.pk},
        )
