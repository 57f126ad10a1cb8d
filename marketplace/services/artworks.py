"""Artworks: uploaded, edited and deleted by their artists."""

import time
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import TypedDict

from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from accounts.actors import Actor
from accounts.models import User
from config.core import files
from config.core.errors import Invalid, Missing
from config.core.idempotency import Once, call_claim, call_find, call_keep, made_by
from config.core.money import exact
from marketplace import policies
from marketplace.choices import Kind, Status, Verdict
from marketplace.errors import DuplicatePicture, NotYours, SellersOnly
from marketplace.models import Artwork, Category, Picture
from marketplace.models.pictures import picture_bytes
from marketplace.services.listings import artwork_lock, listing_delete, seller_is_active_now, status_begin
from marketplace.services.pictures import checks, uploads
from marketplace.services.pictures.uploads import StoredUpload
from marketplace.services.uploads.room import room_take

CHANNEL = "cultureup"


class ArtworkChanges(TypedDict, total=False):
    title: str
    description: str
    category_id: int
    artwork_type: str
    price: Decimal
    is_available: bool
    edition_size: int | None


def artwork_create(
    *,
    actor: User,
    title: str,
    description: str,
    category_id: int,
    artwork_type: str,
    price: Decimal,
    image: File,
    is_available: bool = True,
    edition_size: int | None = None,
    once: Once | None = None,
) -> Artwork:
    """Upload an artwork. Its picture is checked within DUPLICATE_CHECK_WAIT seconds, else by a worker afterwards.

    It is on sale at once when the check passes and staff have verified the artist; else it is pending. Raises
    SellersOnly, Invalid (`category_id`, `price`, `image`), Limited, Busy, Upstream, and DuplicatePicture: then the work
    is kept, rejected. The same call again gives the same work, or says that it was rejected.
    """
    earlier = call_find(once)
    if earlier is not None:
        return _uploaded(made_by(earlier, Artwork))
    if not policies.may_sell(actor):
        raise SellersOnly
    category = _open_category(category_id)
    currency = settings.CURRENCIES[CHANNEL]
    price = _price(price, currency)
    stored = uploads.upload_store(owner=actor, file=image)
    claim = uuid.uuid4()
    try:
        with transaction.atomic():
            earlier = call_claim(once)
            if earlier is not None:  # the same call at the same moment
                files.files_drop(stored.reserved)
                return _uploaded(made_by(earlier, Artwork))
            room_take(actor.pk, len(stored.image.data))
            artwork = Artwork.objects.create(
                kind=Kind.ARTWORK,
                channel=CHANNEL,
                seller=actor,
                seller_is_active=seller_is_active_now(actor.pk),
                category=category,
                title=title,
                description=description,
                price=price,
                currency=currency,
                status=Status.PENDING,
                is_available=is_available,
                stock=edition_size,
                artwork_type=artwork_type,
                edition_size=edition_size,
            )
            status_begin(artwork, actor=actor)
            artwork.picture = _picture(stored, artwork, claim)
            artwork.save(update_fields=["picture"])
            call_keep(once, artwork)
    except BaseException:
        files.files_drop(stored.reserved)
        raise
    _checked(artwork.picture, claim, stored)
    return artwork_load(artwork.pk)


def _uploaded(artwork: Artwork) -> Artwork:
    """A work that an earlier call has made. Raises DuplicatePicture as that call did."""
    if artwork.picture_id is not None:
        _refuse_duplicate(artwork.picture_id)
    return artwork_load(artwork.pk)


def artwork_update(
    *,
    actor: User,
    artwork_id: int,
    changes: ArtworkChanges,
    image: File | None = None,
    once: Once | None = None,
) -> Artwork:
    """Edit an artwork, and replace its picture when an image comes along: the new one is shown once it is accepted.

    Raises Missing, NotYours, Invalid, Limited, Busy, Upstream and DuplicatePicture: then nothing changes, and the
    refused picture is kept for an appeal. The same call again goes on where the first one stopped.
    """
    _own(actor, artwork_id)
    if image is not None:
        _replace_picture(actor, artwork_id, changes, image, once)
    with transaction.atomic():
        earlier = call_claim(once)
        if earlier is not None and earlier.made_label == Artwork._meta.label_lower:  # it came to its end
            return artwork_load(artwork_id)
        artwork = artwork_lock(artwork_id)
        stock = _changes_check(artwork, changes)
        for name, value in changes.items():
            setattr(artwork, name, value)
        artwork.stock = stock
        artwork.save(update_fields=[*changes, "stock", "updated_at"])
        call_keep(once, artwork)
    return artwork_load(artwork_id)


def _replace_picture(actor: User, artwork_id: int, changes: ArtworkChanges, image: File, once: Once | None) -> None:
    """Take the new picture in, once: it stands with the call until the changes beside it are made."""
    earlier = call_find(once)
    if earlier is None:
        with transaction.atomic():  # what would be refused is refused before a picture is taken in
            _changes_check(artwork_lock(artwork_id), changes)
        stored = uploads.upload_store(owner=actor, file=image)
        claim = uuid.uuid4()
        try:
            with transaction.atomic():
                earlier = call_claim(once)
                if earlier is None:
                    room_take(actor.pk, len(stored.image.data))
                    picture = _picture(stored, artwork_lock(artwork_id), claim)
                    call_keep(once, picture)
        except BaseException:
            files.files_drop(stored.reserved)
            raise
        if earlier is None:
            _checked(picture, claim, stored)
            return
        files.files_drop(stored.reserved)  # the same call at the same moment
    if earlier.made_label == Picture._meta.label_lower:
        _refuse_duplicate(int(earlier.made_id))


def artwork_delete(*, actor: User, artwork_id: int) -> None:
    """Delete an artwork and its files; one that was bought is archived. Raises Missing and NotYours."""
    _own(actor, artwork_id)
    with transaction.atomic():
        artwork_end(artwork_lock(artwork_id), actor=actor)


def artwork_end(artwork: Artwork, *, actor: Actor) -> None:
    """Delete a locked artwork and its files; one that was bought is archived."""
    pictures = list(artwork.pictures.only("original", "watermarked"))
    if listing_delete(artwork, actor=actor):
        for picture in pictures:
            uploads.picture_files_discard(picture)


def artwork_load(artwork_id: int) -> Artwork:
    """With everything that is shown of it."""
    artworks = Artwork.objects.select_related("seller", "category", "picture")
    return artworks.defer(*picture_bytes("picture")).get(pk=artwork_id)


def duplicate_error(picture: Picture, *, artwork_id: int) -> DuplicatePicture:
    """The refusal of a picture, in what its artist may know of the other work."""
    other = picture.matched
    known = other is not None and policies.is_live(other)
    return DuplicatePicture(
        similarity_score=float(picture.similarity_score),
        matched_artwork=other
        and {
            "id": other.pk,
            "title": other.title if known else None,
            "artist": other.seller.username,
        },
        artwork_id=artwork_id,
        evidence=picture.evidence,
    )


def _picture(stored: StoredUpload, artwork: Artwork, claim: uuid.UUID) -> Picture:
    held_for = timedelta(seconds=settings.DUPLICATE_CHECK_WAIT + 20)
    return uploads.picture_create(stored, artwork=artwork, claim=claim, claimed_for=held_for)


def _checked(picture: Picture, claim: uuid.UUID, stored: StoredUpload) -> None:
    """Check within the time a request has. Raises DuplicatePicture."""
    deadline = time.monotonic() + settings.DUPLICATE_CHECK_WAIT
    checks.picture_check(picture.pk, claim=claim, image=stored.image, deadline=deadline)
    _refuse_duplicate(picture.pk)


def _refuse_duplicate(picture_id: int) -> None:
    """Raises DuplicatePicture for a picture that was found to be a copy."""
    settled = Picture.objects.select_related("matched__seller").filter(pk=picture_id).first()
    if settled is not None and settled.verdict == Verdict.REFUSED:
        raise duplicate_error(settled, artwork_id=settled.artwork_id)


def _own(actor: User, artwork_id: int) -> None:
    artwork = policies.artworks_visible_to(actor).filter(pk=artwork_id).first()
    if artwork is None or (policies.owns(actor, artwork) and artwork.status == Status.ARCHIVED):
        raise Missing("Artwork")
    if not policies.owns(actor, artwork):
        raise NotYours


def _open_category(category_id: int) -> Category:
    category = Category.objects.filter(pk=category_id, is_active=True).first()
    if category is None:
        raise Invalid("There is no such category, or it is closed.", field="category_id")
    return category


def _price(price: Decimal, currency: str) -> Decimal:
    if price < 0:
        raise Invalid("Ensure this value is greater than or equal to 0.", field="price")
    return exact(price, currency, field="price")


def _changes_check(artwork: Artwork, changes: ArtworkChanges) -> int | None:
    """Whether the changes may be made to the locked artwork; returns the stock that follows from them."""
    if "category_id" in changes and changes["category_id"] != artwork.category_id:
        _open_category(changes["category_id"])
    if "price" in changes:
        _price(changes["price"], artwork.currency)
    if "edition_size" not in changes or changes["edition_size"] == artwork.edition_size:
        return artwork.stock
    size = changes["edition_size"]
    if size is None:
        return None
    if artwork.edition_size is not None and artwork.stock is not None:
        sold = artwork.edition_size - artwork.stock
    else:
        sold = artwork.sold_count
    if size < sold:
        raise Invalid(f"{sold} of this edition are sold already.", field="edition_size")
    return size - sold
