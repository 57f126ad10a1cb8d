"""The objects that recur in Nexus's document, whichever app answers: a person, an account as administrators see it, a
model, a model in a few words.

They are made of plain rows. A row's columns are named from the table that the list is of: `person_columns("seller__")`.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from rest_framework import serializers
from rest_framework.request import Request

from config.core.money import chargeable
from config.dialects.amounts import number_of
from config.dialects.files import Files

PERSON: Final = (
    "id",
    "username",
    "first_name",
    "last_name",
    "profile_image",
    "identity_verified",
    "creator_level",
)
MODEL_MINI: Final = (
    *("id", "title", "price", "currency", "category__name", "seller_id"),
    *("model3d__subcategory", "model3d__thumbnail", "model3d__further_formats"),
    *("model3d__mesh__thumbnail", "model3d__mesh__format"),
)
MODEL: Final = (
    *MODEL_MINI,
    *("description", "tags", "status", "is_available", "views_count", "likes_count", "downloads_count"),
    *("rating", "rating_count", "is_featured", "is_trending", "created_at", "updated_at", "model3d__pictures"),
    *("model3d__mesh__original", "model3d__mesh__byte_size", "model3d__mesh__triangle_count"),
    *("model3d__mesh__vertex_count", "model3d__mesh__texture_pixels", "model3d__mesh__views"),
    *("model3d__mesh__has_animations", "model3d__mesh__has_rigging"),
    *("model3d__mesh__has_materials", "model3d__mesh__has_textures"),
)
STATUS: Final = {
    "draft": "pending",
    "pending": "pending",
    "approved": "approved",
    "rejected": "rejected",
    "archived": "rejected",
}

ACCOUNT: Final = (
    *PERSON,
    *("email", "user_type", "is_active", "is_banned", "active_when_unbanned", "email_verified_at", "pending_email"),
    *("sales_total", "revenue_total", "models_count", "models_rating", "followers_count", "following_count"),
    *("created_at", "updated_at", "last_login"),
)
SAYS: Final = ("bio", "country", "city", "website", "twitter", "instagram", "portfolio_url")
PUBLIC: Final = (
    *("user_type", "models_count", "models_rating", "followers_count", "following_count", "created_at"),
    *(f"public_profile__{name}" for name in (*SAYS, "skills", "software")),
)


def public_columns() -> tuple[str, ...]:
    """Of an account, for `public_person`."""
    return (*PERSON, *PUBLIC)


def person_columns(prefix: str = "") -> tuple[str, ...]:
    return tuple(prefix + column for column in PERSON)


def mini_columns(prefix: str = "") -> tuple[str, ...]:
    """Of the listing that `prefix` leads to."""
    return tuple(prefix + column for column in (*MODEL_MINI, *person_columns("seller__")))


def model_columns(prefix: str = "") -> tuple[str, ...]:
    """Of the listing that `prefix` leads to."""
    return tuple(prefix + column for column in (*MODEL, *person_columns("seller__")))


class PersonOut(serializers.Serializer[Any]):
    """A person in a few words. `is_verified` is the badge that administrators give."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    full_name = serializers.CharField(allow_null=True)
    avatar_url = serializers.URLField(allow_null=True)
    is_verified = serializers.BooleanField()
    creator_level = serializers.ChoiceField(["Bronze", "Silver", "Gold", "Platinum"])


class CountedOut(PersonOut):
    user_type = serializers.ChoiceField(["buyer", "artist", "creator", "admin"])
    total_models = serializers.IntegerField()
    rating = serializers.FloatField()
    followers_count = serializers.IntegerField()
    following_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class SaysOut(serializers.Serializer[Any]):
    """What people say of themselves."""

    bio = serializers.CharField(allow_null=True)
    country = serializers.CharField(allow_null=True)
    city = serializers.CharField(allow_null=True)
    website = serializers.CharField(allow_null=True)
    twitter = serializers.CharField(allow_null=True)
    instagram = serializers.CharField(allow_null=True)
    portfolio_url = serializers.CharField(allow_null=True)
    skills = serializers.ListField(child=serializers.CharField())
    software = serializers.ListField(child=serializers.CharField())


class UserPublicOut(CountedOut, SaysOut):
    is_following = serializers.BooleanField(help_text="Whether the caller follows them.")


class AccountOut(CountedOut):
    """`total_sales` is what was paid for their models less refunds, `total_revenue` their part of it."""

    email = serializers.EmailField()
    email_verified = serializers.BooleanField()
    pending_email = serializers.EmailField(
        required=False, help_text="While another address waits to be confirmed: it takes the place of `email` then."
    )
    is_active = serializers.BooleanField()
    is_admin = serializers.BooleanField()
    total_sales = serializers.FloatField()
    total_revenue = serializers.FloatField()
    currency = serializers.CharField()
    updated_at = serializers.DateTimeField()
    last_login = serializers.DateTimeField(allow_null=True)


class AdminUserOut(AccountOut):
    """`is_active` is the administrators' own switch: somebody who is banned may have it on."""

    is_banned = serializers.BooleanField()


class ModelMiniOut(serializers.Serializer[Any]):
    """A 3-D model in a few words. Its title stands there under both of its names."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    name = serializers.CharField()
    thumbnail_url = serializers.URLField(allow_null=True)
    price = serializers.FloatField()
    currency = serializers.CharField()
    is_free = serializers.BooleanField()
    category = serializers.CharField(allow_blank=True)
    file_formats = serializers.ListField(child=serializers.CharField())
    creator_id = serializers.IntegerField()
    creator = PersonOut()


class ModelOut(ModelMiniOut):
    """A 3-D model. Counts and sizes are those of its file: null while there is none, or it was not read yet.

    `file_url` is a signed link that expires, for its creator, its buyers and moderators; null for everybody else.
    """

    description = serializers.CharField(allow_null=True)
    subcategory = serializers.CharField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    file_url = serializers.URLField(allow_null=True)
    preview_images = serializers.ListField(child=serializers.URLField())
    file_size = serializers.IntegerField(allow_null=True, help_text="Bytes.")
    formats = serializers.ListField(child=serializers.CharField(), help_text="As file_formats, in lower case.")
    poly_count = serializers.IntegerField(allow_null=True, help_text="Triangles.")
    vertex_count = serializers.IntegerField(allow_null=True)
    texture_resolution = serializers.CharField(allow_null=True, help_text='Of the largest one: "2K".')
    has_animations = serializers.BooleanField()
    is_animated = serializers.BooleanField()
    has_rigging = serializers.BooleanField()
    is_rigged = serializers.BooleanField()
    has_materials = serializers.BooleanField()
    has_textures = serializers.BooleanField()
    views = serializers.IntegerField()
    likes = serializers.IntegerField()
    downloads = serializers.IntegerField()
    rating = serializers.FloatField()
    rating_count = serializers.IntegerField()
    status = serializers.ChoiceField(["pending", "approved", "rejected"])
    is_featured = serializers.BooleanField()
    is_trending = serializers.BooleanField()
    is_published = serializers.BooleanField(help_text="Its creator's own switch.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


def person(user: Any, files: Files) -> dict[str, Any]:
    """Of an account."""
    return person_of({column: getattr(user, column) for column in PERSON}, "", files)


def person_of(row: Mapping[str, Any], prefix: str, files: Files) -> dict[str, Any]:
    """Of the columns `person_columns(prefix)` of a row."""
    return {
        "id": row[prefix + "id"],
        "username": row[prefix + "username"],
        "full_name": f"{row[prefix + 'first_name']} {row[prefix + 'last_name']}".strip() or None,
        "avatar_url": files.public(str(row[prefix + "profile_image"] or "")),
        "is_verified": row[prefix + "identity_verified"],
        "creator_level": row[prefix + "creator_level"],
    }


def public_person(row: Mapping[str, Any], files: Files, *, is_following: bool) -> dict[str, Any]:
    """A person as their own page shows them, of the columns `public_columns()` of a row."""
    return person_of(row, "", files) | {
        "user_type": row["user_type"],
        "total_models": row["models_count"],
        "rating": float(row["models_rating"]),
        "followers_count": row["followers_count"],
        "following_count": row["following_count"],
        **{name: row[f"public_profile__{name}"] or None for name in SAYS},
        "skills": row["public_profile__skills"] or [],
        "software": row["public_profile__software"] or [],
        "is_following": is_following,
        "created_at": row["created_at"],
    }


def account(row: Mapping[str, Any], files: Files, currency: str) -> dict[str, Any]:
    """An account as administrators see it, of the columns ACCOUNT."""
    shown = person_of(row, "", files) | {
        "email": row["email"],
        "user_type": row["user_type"],
        "email_verified": row["email_verified_at"] is not None and not row["pending_email"],
        "is_active": row["active_when_unbanned"] if row["is_banned"] else row["is_active"],
        "is_admin": row["user_type"] == "admin",
        "is_banned": row["is_banned"],
        "total_sales": number_of(row["sales_total"], currency),
        "total_revenue": number_of(row["revenue_total"], currency),
        "currency": currency,
        "total_models": row["models_count"],
        "rating": float(row["models_rating"]),
        "followers_count": row["followers_count"],
        "following_count": row["following_count"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "last_login": row["last_login"],
    }
    return shown | ({"pending_email": row["pending_email"]} if row["pending_email"] else {})


def model_mini(row: Mapping[str, Any], prefix: str, files: Files) -> dict[str, Any]:
    """Of the columns `mini_columns(prefix)` of a row."""
    price = chargeable(row[prefix + "price"], row[prefix + "currency"])
    thumbnail = row[prefix + "model3d__thumbnail"] or row[prefix + "model3d__mesh__thumbnail"]
    return {
        "id": row[prefix + "id"],
        "title": row[prefix + "title"],
        "name": row[prefix + "title"],
        "thumbnail_url": files.public(thumbnail),
        "price": number_of(price, row[prefix + "currency"]),
        "currency": row[prefix + "currency"],
        "is_free": not price,
        # Its maker's own word, where it is in none of our categories.
        "category": row[prefix + "category__name"] or row[prefix + "model3d__subcategory"] or "",
        "file_formats": [name.upper() for name in _formats(row, prefix)],
        "creator_id": row[prefix + "seller_id"],
        "creator": person_of(row, prefix + "seller__", files),
    }


def models(
    rows: Iterable[Mapping[str, Any]],
    request: Request,
    *,
    prefix: str = "",
    sees_originals: bool = False,
    bought: Collection[int] = (),
) -> list[dict[str, Any]]:
    """Of rows of `model_columns(prefix)`. The caller gets a link to the file of their own models, of those `bought`,
    and with `sees_originals` of all."""
    files, caller = Files(request), request.user.pk
    return [
        _model(
            row, prefix, files, sees_originals or row[prefix + "seller_id"] == caller or row[prefix + "id"] in bought
        )
        for row in rows
    ]


def _model(row: Mapping[str, Any], prefix: str, files: Files, sees_original: bool) -> dict[str, Any]:
    mesh = prefix + "model3d__mesh__"
    animated, rigged = bool(row[mesh + "has_animations"]), bool(row[mesh + "has_rigging"])
    pictures = [*(row[prefix + "model3d__pictures"] or ()), *(row[mesh + "views"] or ())]
    return model_mini(row, prefix, files) | {
        "description": row[prefix + "description"] or None,
        "subcategory": (row[prefix + "model3d__subcategory"] or None) if row[prefix + "category__name"] else None,
        "tags": row[prefix + "tags"],
        "file_url": files.private(row[mesh + "original"]) if sees_original else None,
        "preview_images": [files.public(name) for name in pictures],
        "file_size": row[mesh + "byte_size"],
        "formats": _formats(row, prefix),
        "poly_count": row[mesh + "triangle_count"],
        "vertex_count": row[mesh + "vertex_count"],
        "texture_resolution": _resolution(row[mesh + "texture_pixels"]),
        "has_animations": animated,
        "is_animated": animated,
        "has_rigging": rigged,
        "is_rigged": rigged,
        "has_materials": bool(row[mesh + "has_materials"]),
        "has_textures": bool(row[mesh + "has_textures"]),
        "views": row[prefix + "views_count"],
        "likes": row[prefix + "likes_count"],
        "downloads": row[prefix + "downloads_count"],
        "rating": float(row[prefix + "rating"]),
        "rating_count": row[prefix + "rating_count"],
        "status": STATUS[row[prefix + "status"]],
        "is_featured": row[prefix + "is_featured"],
        "is_trending": row[prefix + "is_trending"],
        "is_published": row[prefix + "is_available"] and row[prefix + "status"] != "draft",
        "created_at": row[prefix + "created_at"],
        "updated_at": row[prefix + "updated_at"],
    }


def _formats(row: Mapping[str, Any], prefix: str) -> list[str]:
    main = row[prefix + "model3d__mesh__format"]
    return [*([main] if main else []), *(row[prefix + "model3d__further_formats"] or ())]


def _resolution(pixels: int | None) -> str | None:
    """2048 is "2K"; less than a thousand stays as it is."""
    if not pixels:
        return None
    return f"{round(pixels / 1024)}K" if pixels >= 1000 else f"{pixels}px"
