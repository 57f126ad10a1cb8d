"""What people say about themselves: their account, and their artist and buyer profiles."""

from typing import Any, TypeVar

from django.core.files.base import File
from django.db import IntegrityError, transaction

from accounts import policies
from accounts.errors import NotYourProfile, ProfileExists, SellersOnly
from accounts.models import ArtistProfile, BuyerProfile, User
from accounts.selectors.people import artist_profile_visible, buyer_profile_visible
from accounts.services.email_changes import email_change_request
from accounts.services.pictures import profile_picture
from accounts.services.registration import account_save
from config.core.announce import after_commit, announce
from config.core.files import file_write, files_keep
from config.core.money import exact

ACCOUNT_FIELDS = frozenset({"first_name", "last_name", "phone_number"})
ARTIST_FIELDS = frozenset({"bio", "skills", "experience_level", "hourly_rate", "portfolio_description", "is_available"})
BUYER_FIELDS = frozenset({"company_name", "address"})
Profile = TypeVar("Profile", ArtistProfile, BuyerProfile)


# ---------------------------------------------------------------- the account
def profile_update(*, actor: User, changes: dict[str, Any]) -> User:
    """Change first_name, last_name, phone_number and email of the actor's own account; other keys are not looked at.

    A new address is taken when it is confirmed. Raises Invalid, EmailTaken, or Limited when it was asked a moment ago.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.pk)
        _account_change(user, changes)
    return user


def profile_image_set(*, actor: User, upload: File | None, changes: dict[str, Any] | None = None) -> User:
    """Keep a small copy of the upload as the actor's picture, or none. Raises Invalid, EmailTaken, Limited, Busy or
    Upstream.

    `changes` are those of `profile_update`: they are made together with the picture, or neither is. The file is stored
    before the transaction, and the one it replaces removed after it: at no moment does the account point to a file that
    is not there.
    """
    reserved: list[Any] = []
    if upload is not None:
        picture = profile_picture(upload, owner=actor.pk)
        reserved = [file_write("default", f"profiles/{picture.name}", picture.read())]
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.pk)
        storage, replaced = user.profile_image.storage, user.profile_image.name
        user.profile_image.name = reserved[0].name if reserved else ""
        user.save(update_fields=["profile_image", "updated_at"])
        _account_change(user, changes or {})
        files_keep(reserved)
        if replaced:
            after_commit(lambda: storage.delete(replaced))
    return user


def _account_change(user: User, changes: dict[str, Any]) -> None:
    """The row must be locked."""
    if not changes:
        return
    for name in ACCOUNT_FIELDS & changes.keys():
        setattr(user, name, changes[name])
    email = changes.get("email", user.email)
    # Folded alike is not the same here: "ı" and "i" are other mailboxes.
    if email.lower() != user.email.lower():
        email_change_request(user, email)
    else:
        user.email = email
    account_save(user)


# ---------------------------------------------------------------- artists
def artist_profile_create(*, actor: User, **fields: Any) -> ArtistProfile:
    """It starts with the figures of the work done before. Raises SellersOnly, Invalid (`hourly_rate`),
    or ProfileExists for a second one."""
    if not policies.may_have_artist_profile(actor):
        raise SellersOnly
    try:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=actor.pk)  # a review written now waits, and is counted
            profile = ArtistProfile.objects.create(user=actor, **_artist_fields(actor, fields))
            announce("accounts.artist_profile_made", artist_id=actor.pk)
            profile.refresh_from_db()
            return profile
    except IntegrityError:
        if ArtistProfile.objects.filter(pk=actor.pk).exists():
            raise ProfileExists("You already have an artist profile.") from None
        raise


@transaction.atomic
def artist_profile_update(*, actor: User, user_id: int, **fields: Any) -> ArtistProfile:
    """Raises Missing, NotYourProfile, or Invalid (`hourly_rate`)."""
    profile = artist_profile_visible(actor=actor, user_id=user_id)
    if not policies.may_change_profile(actor, profile):
        raise NotYourProfile
    return _changed(profile, _artist_fields(profile.user, fields))


@transaction.atomic
def artist_profile_delete(*, actor: User, user_id: int) -> None:
    """Raises Missing, or NotYourProfile."""
    profile = artist_profile_visible(actor=actor, user_id=user_id)
    if not policies.may_change_profile(actor, profile):
        raise NotYourProfile
    profile.delete()


# ---------------------------------------------------------------- buyers
def buyer_profile_create(*, actor: User, **fields: Any) -> BuyerProfile:
    """Everyone may buy. It starts with the count of the jobs posted before. Raises ProfileExists for a second one."""
    try:
        with transaction.atomic():
            profile = BuyerProfile.objects.create(user=actor, **_known(fields, BUYER_FIELDS))
            announce("accounts.buyer_profile_made", buyer_id=actor.pk)
            profile.refresh_from_db()
            return profile
    except IntegrityError:
        if BuyerProfile.objects.filter(pk=actor.pk).exists():
            raise ProfileExists("You already have a buyer profile.") from None
        raise


@transaction.atomic
def buyer_profile_update(*, actor: User, user_id: int, **fields: Any) -> BuyerProfile:
    """Raises Missing, or NotYourProfile."""
    profile = buyer_profile_visible(actor=actor, user_id=user_id)
    if not policies.may_change_profile(actor, profile):
        raise NotYourProfile
    return _changed(profile, _known(fields, BUYER_FIELDS))


@transaction.atomic
def buyer_profile_delete(*, actor: User, user_id: int) -> None:
    """Raises Missing, or NotYourProfile."""
    profile = buyer_profile_visible(actor=actor, user_id=user_id)
    if not policies.may_change_profile(actor, profile):
        raise NotYourProfile
    profile.delete()


def _artist_fields(artist: User, fields: dict[str, Any]) -> dict[str, Any]:
    known = _known(fields, ARTIST_FIELDS)
    if "hourly_rate" in known:
        known["hourly_rate"] = exact(known["hourly_rate"], artist.currency, field="hourly_rate")
    return known


def _known(fields: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """Ratings and counters are the platform's, whoever sends them."""
    return {name: value for name, value in fields.items() if name in names}


def _changed(profile: Profile, fields: dict[str, Any]) -> Profile:
    """Only the columns that were sent are written, so counters that move meanwhile are kept."""
    for name, value in fields.items():
        setattr(profile, name, value)
    profile.save(update_fields=[*fields, "updated_at"])
    return profile
