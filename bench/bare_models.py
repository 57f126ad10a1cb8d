"""Nexus's 3-D models as the bare server answers them: see bench.bare_server."""

from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import Any
from urllib.parse import parse_qsl

LISTED = """
    l.kind = 'model' AND l.status = 'approved' AND l.is_available AND l.seller_is_active
    AND (l.stock IS NULL OR l.stock > 0)
"""
COLUMNS = """
    l.id, l.title, l.description, l.tags, l.price, l.currency, l.status, l.is_available, l.is_featured, l.is_trending,
    l.views_count, l.likes_count, l.downloads_count, l.comments_count, l.rating, l.rating_count, l.created_at,
    l.updated_at, l.category_id, c.name AS category, m.subcategory, m.thumbnail AS own_thumbnail, m.pictures,
    m.further_formats, f.thumbnail, f.format, f.byte_size, f.triangle_count, f.vertex_count, f.texture_pixels,
    f.views AS drawn, f.has_animations, f.has_rigging, f.has_materials, f.has_textures,
    l.seller_id, s.username, s.first_name, s.last_name, s.profile_image, s.identity_verified, s.creator_level
"""
JOINS = """
    FROM marketplace_listing l
    JOIN accounts_user s ON s.id = l.seller_id
    LEFT JOIN marketplace_category c ON c.id = l.category_id
    JOIN marketplace_model3d m ON m.listing_id = l.id
    LEFT JOIN marketplace_meshfile f ON f.id = m.mesh_id
"""
SORTS = {"newest": "l.created_at DESC, l.id DESC", "price_asc": "l.price, l.id"}
RELATED = 4

Count = Callable[[Any, str, tuple[Any, ...]], Awaitable[int]]


async def model_list(connection: Any, query_string: str, origin: str, count: Count) -> dict[str, Any]:
    query = dict(parse_qsl(query_string))
    condition, parameters = LISTED, []
    if category := query.get("category"):
        cursor = await connection.execute("SELECT id FROM marketplace_category WHERE name = %s", [category])
        condition += " AND l.category_id = %s"
        parameters.append((await cursor.fetchone())["id"])
    page, limit = int(query.get("page", "1")), min(int(query.get("limit", "20")), 100)
    order = SORTS[query.get("sort", "newest")]
    total = await count(connection, condition, tuple(parameters))
    statement = f"SELECT {COLUMNS} {JOINS} WHERE {condition} ORDER BY {order} LIMIT %s OFFSET %s"
    cursor = await connection.execute(statement, [*parameters, limit, limit * (page - 1)])
    items = [_model(row, origin) for row in await cursor.fetchall()]
    return {"items": items, "total": total, "page": page, "limit": limit, "pages": -(-total // limit)}


async def model_row(connection: Any, model_id: int) -> dict[str, Any] | None:
    cursor = await connection.execute(f"SELECT {COLUMNS} {JOINS} WHERE l.id = %s AND {LISTED}", [model_id])
    row: dict[str, Any] | None = await cursor.fetchone()
    return row


async def model_detail(connection: Any, row: dict[str, Any], origin: str) -> dict[str, Any]:
    """For somebody who is not signed in."""
    cursor = await connection.execute(
        f"SELECT {COLUMNS} {JOINS} WHERE {LISTED} AND l.category_id = %s AND l.id <> %s "
        f"ORDER BY l.created_at DESC, l.id DESC LIMIT {RELATED}",
        [row["category_id"], row["id"]],
    )
    related = [_mini(other, origin) for other in await cursor.fetchall()]
    return _model(row, origin) | {
        "license": None,
        "is_liked": False,
        "is_purchased": False,
        "is_in_cart": False,
        "comment_count": row["comments_count"],
        "related_models": related,
    }


def _mini(row: dict[str, Any], origin: str) -> dict[str, Any]:
    thumbnail = row["own_thumbnail"] or row["thumbnail"]
    return {
        "id": row["id"],
        "title": row["title"],
        "name": row["title"],
        "thumbnail_url": f"{origin}/media/{thumbnail}" if thumbnail else None,
        "price": float(row["price"]),
        "currency": row["currency"],
        "is_free": not row["price"],
        "category": row["category"] or "",
        "file_formats": [name.upper() for name in _formats(row)],
        "creator_id": row["seller_id"],
        "creator": {
            "id": row["seller_id"],
            "username": row["username"],
            "full_name": f"{row['first_name']} {row['last_name']}".strip() or None,
            "avatar_url": f"{origin}/media/{row['profile_image']}" if row["profile_image"] else None,
            "is_verified": row["identity_verified"],
            "creator_level": row["creator_level"],
        },
    }


def _model(row: dict[str, Any], origin: str) -> dict[str, Any]:
    pixels = row["texture_pixels"]
    return _mini(row, origin) | {
        "description": row["description"] or None,
        "subcategory": row["subcategory"] or None,
        "tags": row["tags"],
        "file_url": None,
        "preview_images": [f"{origin}/media/{name}" for name in (*row["pictures"], *row["drawn"])],
        "file_size": row["byte_size"],
        "formats": _formats(row),
        "poly_count": row["triangle_count"],
        "vertex_count": row["vertex_count"],
        "texture_resolution": f"{round(pixels / 1024)}K" if pixels else None,
        "has_animations": row["has_animations"],
        "is_animated": row["has_animations"],
        "has_rigging": row["has_rigging"],
        "is_rigged": row["has_rigging"],
        "has_materials": row["has_materials"],
        "has_textures": row["has_textures"],
        "views": row["views_count"],
        "likes": row["likes_count"],
        "downloads": row["downloads_count"],
        "rating": float(row["rating"]),
        "rating_count": row["rating_count"],
        "status": row["status"],
        "is_featured": row["is_featured"],
        "is_trending": row["is_trending"],
        "is_published": row["is_available"],
        "created_at": row["created_at"].astimezone(UTC),
        "updated_at": row["updated_at"].astimezone(UTC),
    }


def _formats(row: dict[str, Any]) -> list[str]:
    return [row["format"], *row["further_formats"]]
