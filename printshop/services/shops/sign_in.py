"""Signing in with Etsy (OAuth 2.0: authorization code with PKCE), and connecting a shop by it.

What is begun stands here, with the digest of a verifier that the client alone knows: it is found again by its state,
or by the verifier where a front-end does not send the state back, works once, and ends after minutes. What Etsy says is
asked before the transaction that follows from it.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.choices import UserType
from accounts.errors import AccountDisabled, EmailTaken, SocialLinkFirst, UsernameTaken
from accounts.models import User
from accounts.services.limits import Attempt, attempt_count
from accounts.services.lockout import place_note
from accounts.services.registration import account_save, email_check, welcome
from accounts.services.sign_in import SignIn, signed_in
from accounts.services.social import username_proposed
from accounts.services.verification import verification_send
from config.core.announce import enqueue_after_commit
from config.core.errors import Invalid, Limited
from printshop.choices import ConnectionState
from printshop.errors import EtsyRefused, EtsyTaken, EtsyUnavailable
from printshop.gateways.etsy import Etsy, Member, TokenEnded, Tokens, authorization_address, tokens_by_code
from printshop.models import EtsySignIn, Shop
from printshop.services.shops.shops import shop_open
from printshop.services.shops.tokens import tokens_store

LIFE: Final = timedelta(minutes=10)
TRIES: Final = 3
NO_MAIL: Final = "etsy.invalid"
"""Of the addresses of those of whom Etsy tells none: a domain that never exists, so that nothing is sent there."""


@dataclass(frozen=True)
class Begun:
    auth_url: str
    state: str
    code_verifier: str
    expires_in: int = int(LIFE.total_seconds())


@dataclass(frozen=True)
class EtsySignedIn:
    sign_in: SignIn
    shop: Shop
    is_new_user: bool


def etsy_sign_in_begin(*, actor: User | None) -> Begun:
    """`actor` connects their own shop; nobody, signs in. Raises EtsyNotConfigured."""
    code_verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    challenge = challenge_of(code_verifier)
    address = authorization_address(state=state, challenge=challenge)
    EtsySignIn.objects.create(state=state, challenge=challenge, user=actor)
    return Begun(address, state, code_verifier)


def etsy_sign_in_finish(
    *, actor: User | None, code: str, code_verifier: str, state: str = "", address: str = ""
) -> EtsySignedIn:
    """Connect the shop of whoever is signed in; else sign in whose shop it is; else open an account for its owner.

    Raises EtsyRefused (not begun here, by this person, with this verifier; used; too old; Etsy does not take the code),
    EtsyTaken, SocialLinkFirst, AccountDisabled, Limited, EtsyNotConfigured and EtsyUnavailable.
    """
    attempt_count(Attempt.SIGN_IN, address=address)
    _use(actor, challenge_of(code_verifier), state)
    tokens = tokens_by_code(code=code, code_verifier=code_verifier)
    try:
        member = Etsy(tokens.access).member()
    except TokenEnded:
        raise EtsyUnavailable from None
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return _finish(actor, member, tokens, address)
        except (
            IntegrityError,
            UsernameTaken,
            EmailTaken,
        ):  # opened or connected at this moment by another call: it is found now
            continue
    raise EtsyRefused


def challenge_of(code_verifier: str) -> str:
    """RFC 7636, S256."""
    digest = hashlib.sha256(code_verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def etsy_disconnect(*, actor: User) -> Shop:
    """Nothing more is read or sent. The orders stay; who signs in with Etsy again goes on with them."""
    with transaction.atomic():
        shop = Shop.objects.select_for_update().get(pk=shop_open(actor=actor).pk)
        shop.etsy_state = ConnectionState.NONE
        shop.access_token = shop.refresh_token = shop.sync_error = ""
        shop.token_expires_at = shop.token_claimed_until = shop.next_sync_at = None
        shop.sync_claim = shop.sync_claimed_until = None
        shop.save()
    return shop


def sign_ins_forget() -> int:
    """Old ones."""
    return EtsySignIn.objects.filter(created_at__lt=timezone.now() - timedelta(days=1)).delete()[0]


def _use(actor: User | None, challenge: str, state: str) -> None:
    """Once, and within minutes; a sign-in that somebody began is theirs to finish."""
    found = EtsySignIn.objects.filter(challenge=challenge, created_at__gt=timezone.now() - LIFE).first()
    if found is None or (state and not secrets.compare_digest(state.encode(), found.state.encode())):
        raise EtsyRefused
    if found.user_id is not None and (actor is None or actor.pk != found.user_id):
        raise EtsyRefused("Finish this with the account that began it.")
    if not EtsySignIn.objects.filter(pk=found.pk, used_at=None).update(used_at=timezone.now()):
        raise EtsyRefused


def _finish(actor: User | None, member: Member, tokens: Tokens, address: str) -> EtsySignedIn:
    known = Shop.objects.select_for_update().select_related("owner").filter(etsy_user_id=member.user_id).first()
    if actor is not None:
        if known is not None and known.owner_id != actor.pk:
            raise EtsyTaken
        shop = known or Shop.objects.select_for_update().get(pk=shop_open(actor=actor).pk)
        _connect(shop, member, tokens)
        return EtsySignedIn(SignIn(actor), shop, is_new_user=False)
    if known is not None:
        if not known.owner.is_active:
            raise AccountDisabled
        _connect(known, member, tokens)
        return EtsySignedIn(signed_in(known.owner), known, is_new_user=False)
    owner = _open(member, address)
    shop = Shop.objects.select_for_update().get(pk=shop_open(actor=owner).pk)
    _connect(shop, member, tokens)
    return EtsySignedIn(signed_in(owner), shop, is_new_user=True)


def _connect(shop: Shop, member: Member, tokens: Tokens) -> None:
    """Into a locked shop. The orders of another Etsy shop stay, and are read no more."""
    if shop.etsy_shop_id != (member.shop_id or None):
        shop.etsy_seen_until = shop.etsy_cancelled_until = shop.etsy_open_until = None
        shop.etsy_place = {}
        if member.currency and not shop.filaments.exists():
            shop.currency = member.currency
    shop.etsy_user_id, shop.etsy_shop_id = member.user_id, member.shop_id or None
    shop.etsy_shop_name = member.shop_name or shop.etsy_shop_name
    shop.etsy_state, shop.sync_error = ConnectionState.CONNECTED, ""
    shop.next_sync_at = timezone.now() if member.shop_id else None
    shop.save()
    tokens_store(shop, tokens)
    if member.shop_id:
        enqueue_after_commit("printshop.tasks.shop_sync", shop.pk)


def _open(member: Member, address: str) -> User:
    """A new account, without a password. Etsy does not say that it confirmed the address: it is asked for here."""
    attempt_count(Attempt.REGISTRATION, address=address)
    try:
        email = email_check(member.email) if member.email else ""
    except EmailTaken:
        raise SocialLinkFirst(
            "There is an account with your e-mail address. Sign in to it first, and connect your shop there."
        ) from None
    except Invalid:
        email = ""
    user = User(
        username=username_proposed((member.shop_name, member.first_name)),
        email=email or f"{member.user_id}@{NO_MAIL}",
        user_type=UserType.CREATOR,
        first_name=member.first_name,
        last_name=member.last_name,
    )
    user.set_unusable_password()
    account_save(user)
    if address:
        place_note(user, address)
    if email:
        welcome(user)
        try:
            verification_send(user)
        except Limited:
            pass  # whoever reads that address may ask again
    return user
