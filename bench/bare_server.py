"""What the platform is measured against: the same answers with nothing between the socket and the database.

ASGI, psycopg's asynchronous pool, hand-written SQL, orjson. It checks no more than the answer needs: no rate limits, no
validation messages, no other dialects. Like the platform it keeps a count above 2,000 for 30 seconds, but in its own
process.

    BARE_DATABASE=postgres://… uvicorn bench.bare_server:application --workers 5
"""

import hashlib
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from bench.bare_models import model_detail, model_list, model_row

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

PAGE = 20
COUNT_SECONDS = 30
EXACT_UP_TO = 2000
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
ON_SALE = """
    l.kind = 'artwork' AND l.status = 'approved' AND l.is_available AND l.seller_is_active
    AND (l.stock IS NULL OR l.stock > 0)
"""
COLUMNS = """
    l.id, l.title, l.description, l.price, l.currency, l.is_available, l.is_featured, l.stock, l.views_count,
    l.likes_count,
    l.created_at, l.updated_at, l.seller_id, s.username, s.first_name, s.last_name, s.user_type,
    l.category_id, c.name AS category_name, c.description AS category_description,
    a.artwork_type, a.edition_size, p.watermarked
"""
JOINS = """
    FROM marketplace_listing l
    JOIN accounts_user s ON s.id = l.seller_id
    LEFT JOIN marketplace_category c ON c.id = l.category_id
    LEFT JOIN marketplace_artwork a ON a.listing_id = l.id
    LEFT JOIN marketplace_picture p ON p.id = a.picture_id
"""
ORDERINGS = {"-created_at": "l.created_at DESC, l.id DESC", "price": "l.price, l.id"}

pool: AsyncConnectionPool[Any]
counts: dict[tuple[str, tuple[Any, ...]], tuple[float, int]] = {}


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    path: str = scope["path"]
    status = 200
    answer: dict[str, Any] | None
    if path == "/api/artworks/":
        answer = await artwork_list(scope)
    elif path == "/api/orders/" and scope["method"] == "POST":
        status, answer = await order_create(scope, await _body(receive))
    elif path.startswith("/api/artworks/"):
        answer = await artwork_detail(scope, int(path.split("/")[3]))
        status = 200 if answer else 404
    elif path == "/api/models":
        async with pool.connection() as connection:
            answer = await model_list(connection, scope["query_string"].decode(), _origin(scope), _count)
    elif path.startswith("/api/models/"):
        answer = await model_with_visit(scope, int(path.split("/")[3]))
        status = 200 if answer else 404
    else:
        status, answer = 404, None
    data = orjson.dumps(answer, option=OPTIONS)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def _live(receive: Receive, send: Send) -> None:
    global pool
    await receive()
    size = int(os.environ.get("BARE_POOL", "4"))
    settings = {"autocommit": True, "row_factory": dict_row}
    async with AsyncConnectionPool(os.environ["BARE_DATABASE"], min_size=size, max_size=size, kwargs=settings) as pool:
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


# ---------------------------------------------------------------- reading
async def artwork_list(scope: dict[str, Any]) -> dict[str, Any]:
    query = dict(parse_qsl(scope["query_string"].decode()))
    where = [ON_SALE]
    parameters: list[object] = []
    if category := query.get("category"):
        where.append("l.category_id = %s")
        parameters.append(int(category))
    if search := query.get("search"):
        where.append("(l.title_key LIKE lower(%s) OR l.description_key LIKE lower(%s))")
        parameters += [f"%{search}%", f"%{search}%"]
    condition = " AND ".join(where)
    page = int(query.get("page", "1"))
    ordering = ORDERINGS[query.get("ordering", "-created_at")]
    statement = f"SELECT {COLUMNS} {JOINS} WHERE {condition} ORDER BY {ordering} LIMIT {PAGE} OFFSET %s"
    async with pool.connection() as connection:
        count = await _count(connection, condition, tuple(parameters))
        cursor = await connection.execute(statement, [*parameters, PAGE * (page - 1)])
        rows = await cursor.fetchall()
    origin = _origin(scope)
    query.pop("page", None)

    def link(number: int) -> str:
        return f"{origin}/api/artworks/?{urlencode(sorted((query | {'page': str(number)}).items()))}"

    return {
        "count": count,
        "next": link(page + 1) if count > PAGE * page else None,
        "previous": link(page - 1) if page > 1 else None,
        "results": [_shown(row, origin) for row in rows],
    }


async def _count(connection: Any, condition: str, parameters: tuple[Any, ...]) -> int:
    now = time.monotonic()
    known = counts.get((condition, parameters))
    if known is not None and now - known[0] < COUNT_SECONDS:
        return known[1]
    cursor = await connection.execute(f"SELECT count(*) AS n FROM marketplace_listing l WHERE {condition}", parameters)
    count: int = (await cursor.fetchone())["n"]
    if count > EXACT_UP_TO:
        counts[condition, parameters] = (now, count)
    return count


async def artwork_detail(scope: dict[str, Any], artwork_id: int) -> dict[str, Any] | None:
    """With the visit counted: one a visitor, listing and day."""
    async with pool.connection() as connection:
        cursor = await connection.execute(f"SELECT {COLUMNS} {JOINS} WHERE l.id = %s AND {ON_SALE}", [artwork_id])
        row = await cursor.fetchone()
        if row is None:
            return None
        await _visit(connection, scope, row)
    return _shown(row, _origin(scope))


async def model_with_visit(scope: dict[str, Any], model_id: int) -> dict[str, Any] | None:
    async with pool.connection() as connection:
        row = await model_row(connection, model_id)
        if row is None:
            return None
        await _visit(connection, scope, row)
        return await model_detail(connection, row, _origin(scope))


async def _visit(connection: Any, scope: dict[str, Any], row: dict[str, Any]) -> None:
    headers = dict(scope["headers"])
    visitor = hashlib.sha256(scope["client"][0].encode() + headers.get(b"user-agent", b"")).hexdigest()[:32]
    async with connection.transaction():
        seen = await connection.execute(
            "INSERT INTO marketplace_view (listing_id, visitor, day, country) VALUES (%s, %s, %s, '') "
            "ON CONFLICT DO NOTHING",
            [row["id"], visitor, date.today()],
        )
        if seen.rowcount:
            await connection.execute(
                "UPDATE marketplace_listing SET views_count = views_count + 1 WHERE id = %s", [row["id"]]
            )
            row["views_count"] += 1


def _shown(row: dict[str, Any], origin: str) -> dict[str, Any]:
    image = f"{origin}/media/{row['watermarked']}" if row["watermarked"] else None
    return {
        "id": row["id"],
        "artist": {
            "id": row["seller_id"],
            "username": row["username"],
            "email": None,
            "first_name": row["first_name"],
            "last_name": row["last_name"],
            "user_type": row["user_type"],
        },
        "title": row["title"],
        "description": row["description"],
        "category": {
            "id": row["category_id"],
            "name": row["category_name"],
            "description": row["category_description"],
        },
        "artwork_type": row["artwork_type"],
        "price": f"{row['price']:.2f}",
        "currency": row["currency"],
        "image": image,
        "watermarked_image": image,
        "is_available": row["is_available"],
        "is_featured": row["is_featured"],
        "views_count": row["views_count"],
        "likes_count": row["likes_count"],
        "edition_size": row["edition_size"],
        "created_at": row["created_at"].astimezone(UTC),
        "updated_at": row["updated_at"].astimezone(UTC),
    }


def _origin(scope: dict[str, Any]) -> str:
    return f"http://{dict(scope['headers'])[b'host'].decode()}"


# ---------------------------------------------------------------- writing
async def order_create(scope: dict[str, Any], body: bytes) -> tuple[int, dict[str, Any]]:
    """The rows that the platform writes, in one transaction, with the listings locked in the order of their ids."""
    sent = orjson.loads(body)
    quantities = {item["artwork_id"]: item["quantity"] for item in sent["artwork_items"]}
    token = dict(scope["headers"]).get(b"authorization", b"").removeprefix(b"Token ")
    now = datetime.now(UTC)
    async with pool.connection() as connection, connection.transaction():
        cursor = await connection.execute(
            "SELECT u.id, u.username FROM knox_authtoken t JOIN accounts_user u ON u.id = t.user_id "
            "WHERE t.digest = %s AND t.expiry > %s AND u.is_active",
            [hashlib.sha512(token).hexdigest(), now],
        )
        buyer: Any = await cursor.fetchone()
        if buyer is None:
            return 401, {"detail": "Invalid token."}
        cursor = await connection.execute(
            "SELECT l.id, l.title, l.price, l.currency, l.seller_id, l.stock, s.username, a.artwork_type "
            "FROM marketplace_listing l JOIN accounts_user s ON s.id = l.seller_id "
            "JOIN marketplace_artwork a ON a.listing_id = l.id "
            "WHERE l.id = ANY(%s) AND l.status = 'approved' AND l.is_available AND l.seller_is_active "
            "ORDER BY l.id FOR UPDATE OF l",
            [list(quantities)],
        )
        listings: list[Any] = await cursor.fetchall()
        if len(listings) != len(quantities) or any(row["stock"] is not None for row in listings):
            return 400, {"artwork_items": ["Not for sale."]}
        total = sum((row["price"] * quantities[row["id"]] for row in listings), Decimal(0))
        cursor = await connection.execute(
            "INSERT INTO commerce_order (buyer_id, channel, order_type, status, total_amount, currency, "
            "shipping_address, created_at, updated_at) "
            "VALUES (%s, 'cultureup', %s, 'pending', %s, %s, %s, %s, %s) RETURNING id",
            [buyer["id"], sent["order_type"], total, listings[0]["currency"], sent["shipping_address"], now, now],
        )
        order_id = (await cursor.fetchone())["id"]
        await connection.execute(
            "INSERT INTO commerce_orderchange (order_id, before, after, reason, actor_id, created_at) "
            "VALUES (%s, '', 'pending', '', %s, %s)",
            [order_id, buyer["id"], now],
        )
        items = [await _line(connection, order_id, row, quantities[row["id"]]) for row in listings]
    return 201, {
        "id": order_id,
        "buyer": {"id": buyer["id"], "username": buyer["username"]},
        "order_type": sent["order_type"],
        "status": "pending",
        "total_amount": f"{total:.2f}",
        "currency": listings[0]["currency"],
        "shipping_address": sent["shipping_address"],
        "created_at": now,
        "updated_at": now,
        "artwork_items": items,
        "equipment_items": [],
    }


async def _line(connection: Any, order_id: int, listing: Any, quantity: int) -> dict[str, Any]:
    total = listing["price"] * quantity
    await connection.execute(
        "UPDATE marketplace_listing SET sold_count = sold_count + %s WHERE id = %s", [quantity, listing["id"]]
    )
    cursor = await connection.execute(
        "INSERT INTO commerce_orderline (order_id, listing_id, seller_id, kind, is_digital, title, seller_name, "
        "uuid, size, color, quantity, unit_price, total_price, took_stock, download_count) "
        "VALUES (%s, %s, %s, 'artwork', %s, %s, %s, gen_random_uuid(), '', '', %s, %s, %s, false, 0) RETURNING id",
        [
            *(order_id, listing["id"], listing["seller_id"], listing["artwork_type"] == "digital", listing["title"]),
            *(listing["username"], quantity, listing["price"], total),
        ],
    )
    return {
        "id": (await cursor.fetchone())["id"],
        "artwork": listing["id"],
        "artwork_title": listing["title"],
        "artwork_artist": listing["username"],
        "quantity": quantity,
        "price": f"{listing['price']:.2f}",
        "discount_amount": "0.00",
        "total_price": f"{total:.2f}",
        "shipped_at": None,
    }
