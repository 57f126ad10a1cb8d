"""How CultureUp shows artworks: in lists, alone, and to their own artist."""

from collections.abc import Iterable
from typing import Any

from rest_framework.request import Request

from config.core.money import shown_price
from marketplace import policies
from marketplace.choices import Status, Verdict
from marketplace.duplicates.detector import risk
from marketplace.models import Appeal, Artwork, Picture
from marketplace.selectors.moderation import PictureCheck
from marketplace.services.pictures.links import Links

MODERATION_STATUS = {
    Status.DRAFT: "PENDING",
    Status.PENDING: "PENDING",
    Status.APPROVED: "APPROVED",
    Status.REJECTED: "REJECTED",
    Status.ARCHIVED: "REJECTED",
}


def links_for(request: Request) -> Links:
    return Links(actor=request.user, origin=request.build_absolute_uri("/")[:-1])


def listed(rows: Iterable[Any], request: Request) -> list[dict[str, Any]]:
    """Rows of ARTWORK_COLUMNS as lists show them. Only the artist and moderators read the e-mail address."""
    links = links_for(request)
    actor_id, sees_all = links.actor.pk, links.sees_originals
    return [
        {
            "id": row["id"],
            "artist": {
                "id": row["seller_id"],
                "username": row["seller__username"],
                "email": row["seller__email"] if sees_all or row["seller_id"] == actor_id else None,
                "first_name": row["seller__first_name"],
                "last_name": row["seller__last_name"],
                "user_type": row["seller__user_type"],
            },
            "title": row["title"],
            "description": row["description"],
            "category": row["category_id"]
            and {
                "id": row["category_id"],
                "name": row["category__name"],
                "description": row["category__description"],
            },
            "artwork_type": row["artwork__artwork_type"],
            "price": shown_price(row["price"], row["currency"]),
            "currency": row["currency"],
            "image": links.original(
                row["seller_id"], row["artwork__picture__original"], row["artwork__picture__watermarked"]
            ),
            "watermarked_image": links.rendition(row["artwork__picture__watermarked"]),
            "is_available": row["is_available"] and row["stock"] != 0,
            "is_featured": row["is_featured"],
            "views_count": row["views_count"],
            "likes_count": row["likes_count"],
            "edition_size": row["artwork__edition_size"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
        }
        for row in rows
    ]


def shown(artwork: Artwork, request: Request) -> dict[str, Any]:
    """One artwork, in the form of the lists."""
    seller, category, picture = artwork.seller, artwork.category, artwork.picture
    row = {name: getattr(artwork, name) for name in _OWN_COLUMNS} | {
        "seller__username": seller.username,
        "seller__email": seller.email,
        "seller__first_name": seller.first_name,
        "seller__last_name": seller.last_name,
        "seller__user_type": seller.user_type,
        "category__name": category and category.name,
        "category__description": category and category.description,
        "artwork__artwork_type": artwork.artwork_type,
        "artwork__edition_size": artwork.edition_size,
        "artwork__picture__original": picture and picture.original.name,
        "artwork__picture__watermarked": picture and picture.watermarked.name,
    }
    return listed([row], request)[0]


_OWN_COLUMNS = (
    *(
        "id",
        "seller_id",
        "title",
        "description",
        "category_id",
        "price",
        "currency",
        "is_available",
        "stock",
        "is_featured",
    ),
    *("views_count", "likes_count", "created_at", "updated_at"),
)


def to_its_artist(artwork: Artwork, request: Request) -> dict[str, Any]:
    """One artwork as its artist gets it after an upload or an edit."""
    links, picture, category = links_for(request), artwork.picture, artwork.category
    original, watermarked = (picture.original.name, picture.watermarked.name) if picture else ("", "")
    return {
        "id": artwork.pk,
        "artist": {"id": artwork.seller_id, "username": artwork.seller.username},
        "title": artwork.title,
        "description": artwork.description,
        "category": category and {"id": category.pk, "name": category.name},
        "artwork_type": artwork.artwork_type,
        "price": shown_price(artwork.price, artwork.currency),
        "currency": artwork.currency,
        "s3_image_url": links.original(artwork.seller_id, original, watermarked),
        "s3_watermarked_url": links.rendition(watermarked),
        "rekognition_checked": bool(picture and picture.is_checked),
        "rekognition_labels": picture.labels if picture else [],
        "similarity_score": f"{picture.similarity_score if picture else 0:.2f}",
        "is_available": artwork.is_available and artwork.stock != 0,
        "is_featured": artwork.is_featured,
        "views_count": artwork.views_count,
        "likes_count": artwork.likes_count,
        "edition_size": artwork.edition_size,
        "created_at": artwork.created_at,
    }


def checked(check: PictureCheck) -> dict[str, Any]:
    """How the check of an artwork's newest picture went."""
    picture = check.picture
    return {
        "artwork_id": check.artwork.pk,
        "moderation_status": MODERATION_STATUS[Status(check.artwork.status)],
        "is_replacement": picture.pk != check.artwork.picture_id,
        "rekognition_checked": picture.is_checked,
        "verdict": picture.verdict,
        "duplicate_risk": risk(picture.similarity_score) if picture.is_checked else None,
        "similarity_score": f"{picture.similarity_score:.2f}",
        "duplicate_found": picture.verdict == Verdict.REFUSED,
        "total_compared": picture.total_compared,
        "matched_artwork": matched(picture),
        "evidence": picture.evidence,
        "checked_at": picture.checked_at,
        "appeal": check.appeal and appeal(check.appeal),
    }


def matched(picture: Picture) -> dict[str, Any] | None:
    """The other work, in what the artist may know of it: the title of one that is not public stays its artist's."""
    other = picture.matched
    if other is None:
        return None
    return {
        "id": other.pk,
        "title": other.title if policies.is_live(other) else None,
        "artist": other.seller.username,
    }


def appeal(row: Appeal) -> dict[str, Any]:
    return {
        "id": row.pk,
        "reason": row.reason,
        "state": row.state,
        "answer": row.answer,
        "created_at": row.created_at,
        "decided_at": row.decided_at,
    }
