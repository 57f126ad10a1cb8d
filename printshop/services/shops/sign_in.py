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
from django.db.models import Q
from django.utils import timezone

from accounts.choices import NotificationType, UserType
from accounts.errors import AccountDisabled, EmailTaken, LastWayIn, SocialLinkFirst, UsernameTaken
from accounts.models import User
from accounts.services.deliveries import email_queue
from accounts.services.email_changes import email_change_request
from accounts.services.limits import Attempt, attempt_count
from accounts.services.lockout import place_note
from accounts.services.notifications import notification_send
from accounts.services.registration import account_save, email_check
from accounts.services.sign_in import SignIn, signed_in
from accounts.services.social import username_proposed
from config.core.announce import enqueue_after_commit
from config.core.errors import Invalid, Limited
from config.core.names import one_line
from printshop.choices import ConnectionState
from printshop.errors import EtsyRefused, EtsyTaken, EtsyUnavailable
from printshop.gateways.etsy import Etsy, Member, TokenEnded, Tokens, authorization_address, tokens_by_code
from printshop.models import EtsySignIn, Shop
from printshop.services.shops.shops import shop_lock
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


def etsy_sign_in_begin(*, actor: User | None, address: str = "", redirect_uri: str = "") -> Begun:
    """`actor` connects their own shop; nobody, signs in. Etsy sends them on to `redirect_uri`, else to the front-end.
    Raises EtsyNotConfigured and Limited."""
    attempt_count(Attempt.SIGN_IN, address=address)
    code_verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    challenge = challenge_of(code_verifier)
    address = authorization_address(state=state, challenge=challenge, redirect_uri=redirect_uri)
    EtsySignIn.objects.create(state=state, challenge=challenge, user=actor)
    return Begun(address, state, code_verifier)


def etsy_sign_in_finish(
    *, actor: User | None, code: str, code_verifier: str, state: str = "", address: str = "", redirect_uri: str = ""
) -> EtsySignedIn:
    """Connect the shop of whoever is signed in; else sign in whose shop it is; else open an account for its owner.

    Raises EtsyRefused (not begun here, by this person, with this verifier; used; too old; Etsy does not take the code),
    EtsyTaken, SocialLinkFirst, AccountDisabled, Limited, EtsyNotConfigured and EtsyUnavailable.
    """
    attempt_count(Attempt.SIGN_IN, address=address)
    _use(actor, challenge_of(code_verifier), state)
    tokens = tokens_by_code(code=code, code_verifier=code_verifier, redirect_uri=redirect_uri)
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
    """Nothing more is read or sent, and who is at Etsy signs in here no more. The orders stay; the owner who connects
    the shop again goes on with them. Raises LastWayIn for an owner without a password or a linked account."""
    with transaction.atomic():
        owner = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        shop = shop_lock(actor=actor)
        if shop.etsy_user_id and not owner.has_usable_password() and not owner.social_accounts.exists():
            raise LastWayIn
        shop_disconnect(shop)
    return shop


def etsy_sign_in_end(*, user_id: int) -> None:
    """The owner's credentials were replaced, since somebody else may have had them: that one may have connected an
    Etsy account of theirs, which must open this account no more."""
    shop = Shop.objects.select_for_update().select_related("owner").filter(owner=user_id).first()
    if shop is None or shop.etsy_user_id is None:
        return
    shop_disconnect(shop)
    notification_send(
        user=shop.owner,
        notification_type=NotificationType.SHOP_DISCONNECTED,
        title="Connect your shop again",
        message=f"{shop.etsy_shop_name or 'Your shop'} was disconnected from Etsy, as all other ways into your account "
        "were ended. Connect it again.",
        data={"shop_id": shop.pk},
    )


def shop_disconnect(shop: Shop) -> None:
    """A locked shop: nothing more is read or sent."""
    shop.etsy_state = ConnectionState.NONE
    shop.etsy_user_id, shop.etsy_user_before = None, shop.etsy_user_id or shop.etsy_user_before
    shop.access_token = shop.refresh_token = shop.sync_error = ""
    shop.token_expires_at = shop.token_claimed_until = shop.next_sync_at = None
    shop.sync_claim = shop.sync_claimed_until = None
    shop.save()


def sign_ins_forget() -> int:
    """Those that were used, after a day; anybody can begin one, so that the others go after an hour."""
    now = timezone.now()
    is_old = Q(created_at__lt=now - timedelta(days=1)) | Q(used_at=None, created_at__lt=now - timedelta(hours=1))
    return EtsySignIn.objects.filter(is_old).delete()[0]


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
    """The account is locked before its shop, as where its credentials are replaced."""
    is_theirs = Q(etsy_user_id=member.user_id) | Q(etsy_user_before=member.user_id)
    if member.shop_id:
        is_theirs |= Q(etsy_shop_id=member.shop_id)
    known = Shop.objects.filter(is_theirs)
    if actor is not None:
        owner = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        if owner.credentials_version != actor.credentials_version:  # replaced while Etsy was asked
            raise EtsyRefused
        shop = shop_lock(actor=owner)
        if known.exclude(pk=shop.pk).exists():
            raise EtsyTaken
        if shop.etsy_user_id != member.user_id:
            email_queue(user=owner, template="social_linked", context={"provider": "Etsy"})
        _connect(shop, member, tokens)
        return EtsySignedIn(SignIn(owner), shop, is_new_user=False)
    # One look for both questions: what another call opens after it meets the database, and is found the next time.
    owners = dict(known.values_list("etsy_user_id", "owner"))
    owner_id = owners.get(member.user_id)
    if owner_id is not None:
        owner = User.objects.select_for_update(no_key=True).get(pk=owner_id)
        if not owner.is_active:
            raise AccountDisabled
        found = Shop.objects.select_for_update().filter(owner=owner, etsy_user_id=member.user_id).first()
        if found is None:  # ended at this moment
            raise EtsyRefused
        _connect(found, member, tokens)
        return EtsySignedIn(signed_in(owner), found, is_new_user=False)
    if owners:
        raise SocialLinkFirst("There is an account with this shop. Sign in to it first, and connect the shop there.")
    owner = _open(member, address)
    shop = shop_lock(actor=owner)
    _connect(shop, member, tokens)
    return EtsySignedIn(signed_in(owner), shop, is_new_user=True)


def _connect(shop: Shop, member: Member, tokens: Tokens) -> None:
    """Into a locked shop. The orders of another Etsy shop stay, and are read no more."""
    if shop.etsy_shop_id != (member.shop_id or None):
        shop.etsy_seen_until = shop.etsy_cancelled_until = None
        shop.etsy_open_until = shop.etsy_settled_until = None
        shop.etsy_place = {}
        shop.sync_claim = shop.sync_claimed_until = None  # a sync under way reads the other one
        if member.currency and not shop.filaments.filter(removed_at=None).exists():
            shop.currency = member.currency
    shop.etsy_user_id, shop.etsy_user_before = member.user_id, ""
    shop.etsy_shop_id = member.shop_id or None
    shop.etsy_shop_name = member.shop_name or shop.etsy_shop_name
    shop.etsy_state, shop.sync_error = ConnectionState.CONNECTED, ""
    shop.next_sync_at = timezone.now() if member.shop_id else None
    shop.save()
    tokens_store(shop, tokens)
    if member.shop_id:
        enqueue_after_commit("printshop.tasks.shop_sync", shop.pk)


def _open(member: Member, address: str) -> User:
    """A new account, without a password. Etsy does not say that it confirmed the address: it is asked for here, and is
    the account's when it was confirmed. Until then nobody else is kept from it."""
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
        email=f"{member.user_id}@{NO_MAIL}",
        user_type=UserType.CREATOR,
        first_name=one_line(member.first_name),
        last_name=one_line(member.last_name),
    )
    user.set_unusable_password()
    account_save(user)
    if address:
        place_note(user, address)
    if email:
        try:
            email_change_request(user, email)
        except Limited:
            pass  # whoever reads that address may ask again
    return user
