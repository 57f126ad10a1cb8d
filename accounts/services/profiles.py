"""What people say about themselves: their account, their public profile, and their artist and buyer profiles."""

from typing import Any, Final, TypeVar

from django.core.files.base import File
from django.db import IntegrityError, transaction

from accounts import policies
from accounts.choices import UserType
from accounts.errors import NotYourProfile, ProfileExists, SellersOnly
from accounts.models import ArtistProfile, BuyerProfile, User, UserProfile
from accounts.selectors.people import artist_profile_visible, buyer_profile_visible
from accounts.services.email_changes import email_change_request
from accounts.services.pictures import FIELD, picture_again, profile_picture
from accounts.services.registration import account_save, username_check
from config.core.announce import after_commit, announce
from config.core.errors import Invalid
from config.core.files import file_write, files_keep
from config.core.models import DiscardedFile
from config.core.money import exact

ACCOUNT_FIELDS = frozenset({"first_name", "last_name", "phone_number"})
ARTIST_FIELDS = frozenset({"bio", "skills", "experience_level", "hourly_rate", "portfolio_description", "is_available"})
PUBLIC_FIELDS: Final = frozenset(
    {"bio", "country", "city", "website", "twitter", "instagram", "portfolio_url", "skills", "software"}
)
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


def person_update(*, actor: User, changes: dict[str, Any]) -> User:
    """Change the actor's own account and public profile; other keys are not looked at, what is left out stays.

    `username`, `user_type` (buyer or creator), `email` (see `profile_update`), first_name, last_name, phone_number,
    what PUBLIC_FIELDS names, and `avatar`: the name of one of their stored pictures, of which a copy is shown, or None.
    All of it happens or nothing. Raises Invalid, UsernameTaken, EmailTaken, Limited or Upstream.
    """
    reserved = [picture_again(actor=actor, name=changes["avatar"])] if changes.get("avatar") else []
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.pk)
        if "avatar" in changes:
            _picture_change(user, reserved)
        if "username" in changes:
            user.username = username_check(changes["username"], besides=user)
        if changes.get("user_type", user.user_type) != user.user_type:
            _type_choose(user, changes["user_type"])
        _account_change(user, changes)
        chosen = _known(changes, PUBLIC_FIELDS)
        if chosen:
            UserProfile.objects.update_or_create(user=user, defaults=chosen)
    return user


def _type_choose(user: User, user_type: str) -> None:
    """The row must be locked, and is saved by the caller."""
    if user.user_type == UserType.ADMIN:
        raise Invalid("What an administrator's account is, others decide.", field="user_type")
    if user_type not in {UserType.BUYER, UserType.CREATOR}:
        raise Invalid("Choose buyer or creator.", field="user_type")
    user.user_type = user_type


def profile_image_set(
    *, actor: User, upload: File | None, changes: dict[str, Any] | None = None, field: str = FIELD
) -> User:
    """Keep a small copy of the upload as the actor's picture, or none. Raises Invalid (on `field`), EmailTaken,
    Limited, Busy or Upstream.

    `changes` are those of `profile_update`: they are made together with the picture, or neither is. The file is stored
    before the transaction, and the one it replaces removed after it: at no moment does the account point to a file that
    is not there.
    """
    reserved: list[DiscardedFile] = []
    if upload is not None:
        picture = profile_picture(upload, owner=actor.pk, field=field)
        reserved = [file_write("default", f"profiles/{picture.name}", picture.read())]
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.pk)
        _picture_change(user, reserved)
        _account_change(user, changes or {})
    return user


def _picture_change(user: User, reserved: list[DiscardedFile]) -> None:
    """The row must be locked."""
    storage, replaced = user.profile_image.storage, user.profile_image.name
    user.profile_image.name = reserved[0].name if reserved else ""
    user.save(update_fields=["profile_image", "updated_at"])
    files_keep(reserved)
    if replaced:
        after_commit(lambda: storage.delete(replaced))


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
