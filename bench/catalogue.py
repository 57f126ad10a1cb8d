"""Fill a migrated PostgreSQL database with artworks, 3-D models, buyers and their tokens. For benchmarks only.

`python -c "from bench import catalogue; catalogue.main()" ARTWORKS BUYERS FILE` with the platform's environment. One
row of each table is made through the models; SQL multiplies it, so that a new column needs no change here.
"""

import json
import secrets
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

CATEGORIES = 12
SELLERS = 1000
# One artwork in so many has this word in its title, but never more than RARE_MOST of them: a search that finds the same
# number of works whatever the size of the catalogue.
RARE_WORD = "lighthouse"
RARE_MOST = 200
# A word in one title of 16.
COMMON_WORD = "harbour"

_ADJECTIVES = (
    "amber quiet golden crimson silver broken distant electric frozen gentle hollow ivory jade little misty noble"
)
_NOUNS = (
    "harbour meadow river forest garden window bridge mountain desert island orchard valley street temple moon shore"
)

# Spreads numbers over a range without repeating a pattern that an index could profit from.
NOISE = "(hashint8extended(n, {seed}) & 2147483647)"


def main() -> None:
    artworks, buyers, file = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    import django

    django.setup()
    file.write_text(json.dumps(fill(artworks=artworks, buyers=buyers)))


def fill(*, artworks: int, buyers: int) -> dict[str, Any]:
    """As many 3-D models as artworks, all for sale. Returns the buyers' `tokens`, `first` and `last` id of the
    artworks, `first_model` and `last_model`, the id of a `category`, and its `category_name`."""
    from django.db import connection

    prototype = _prototype()
    first = prototype.pk
    model = _first_model(prototype, first + artworks)
    tokens = [secrets.token_hex(32) for _ in range(buyers)]
    _buyers(tokens)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no foreign key is checked row by row
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SET max_parallel_maintenance_workers = 2")
        tables = ("listing", "artwork", "picture", "model3d", "meshfile")
        with _without_indexes(cursor, [f"marketplace_{table}" for table in tables]):
            _multiply(cursor, first, artworks)
            _multiply_models(cursor, model, artworks)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
    return {
        "tokens": tokens,
        "first": first,
        "last": first + artworks - 1,
        "first_model": model.pk,
        "last_model": model.pk + artworks - 1,
        "category": prototype.category_id,
        "category_name": prototype.category.name,
    }


def _prototype() -> Any:
    """The sellers, the categories and the first artwork."""
    from accounts.models import User
    from marketplace.choices import ArtworkType, CheckState, Kind, Status, Verdict
    from marketplace.models import Artwork, Category, Picture

    Category.objects.all().delete()
    categories = Category.objects.bulk_create(
        Category(name=f"Category {number}", description=f"Works of category {number}") for number in range(CATEGORIES)
    )
    sellers = User.objects.bulk_create(
        User(
            username=f"artist{number}",
            email=f"artist{number}@example.com",
            first_name="Ann",
            last_name=f"Artist {number}",
            user_type="artist",
            password="!",
        )
        for number in range(SELLERS)
    )
    artwork = Artwork.objects.create(
        kind=Kind.ARTWORK,
        channel="cultureup",
        seller=sellers[0],
        category=categories[0],
        title="the first",
        description="the first",
        price=10,
        currency="PKR",
        status=Status.APPROVED,
        artwork_type=ArtworkType.PHYSICAL,
    )
    artwork.picture = Picture.objects.create(
        artwork=artwork,
        owner=sellers[0],
        origin=sellers[0],
        original="pictures/1/original.jpg",
        watermarked="pictures/1/watermarked.jpg",
        content_type="image/jpeg",
        width=1200,
        height=900,
        byte_size=300_000,
        sha256="0" * 64,
        hashes=secrets.token_bytes(320),
        labels=[{"name": "Art", "confidence": 97.5}],
        check_state=CheckState.DONE,
        verdict=Verdict.PASSED,
    )
    artwork.save()
    return artwork


def _first_model(artwork: Any, number: int) -> Any:
    from marketplace.choices import Kind, MeshFormat, MeshState, Status, Verdict
    from marketplace.models import MeshFile, Model3D

    mesh = MeshFile.objects.create(
        owner=artwork.seller,
        origin=artwork.seller,
        original="models/1/original.glb",
        thumbnail="models/1/thumbnail.png",
        file_name="drone.glb",
        format=MeshFormat.GLB,
        byte_size=18_874_368,
        sha256="0" * 64,
        state=MeshState.DONE,
        triangle_count=25_000,
        vertex_count=13_200,
        part_count=1,
        has_materials=True,
        has_textures=True,
        texture_pixels=2048,
        verdict=Verdict.PASSED,
    )
    return Model3D.objects.create(
        id=number,
        kind=Kind.MODEL,
        channel="nexus",
        seller=artwork.seller,
        category=artwork.category,
        title="the first",
        description="the first",
        tags=["sci-fi", "drone"],
        price=10,
        currency="USD",
        status=Status.APPROVED,
        mesh=mesh,
    )


def _buyers(tokens: Sequence[str]) -> None:
    from django.utils import timezone
    from knox.crypto import hash_token
    from knox.models import AuthToken

    from accounts.models import User

    people = User.objects.bulk_create(
        User(username=f"buyer{number}", email=f"buyer{number}@example.com", user_type="buyer", password="!")
        for number in range(len(tokens))
    )
    expiry = timezone.now() + timedelta(days=1)
    AuthToken.objects.bulk_create(
        AuthToken(digest=hash_token(token), token_key=token[:15], user=person, expiry=expiry)
        for token, person in zip(tokens, people, strict=True)
    )


def _multiply(cursor: Any, first: int, artworks: int) -> None:
    from accounts.models import User
    from marketplace.models import Artwork, Category, Listing, Picture

    picture = Picture.objects.get(artwork=first).pk
    category = Category.objects.order_by("pk").values_list("pk", flat=True)[0]
    seller = User.objects.order_by("pk").values_list("pk", flat=True)[0]
    adjectives, nouns = f"'{{{_ADJECTIVES.replace(' ', ',')}}}'::text[]", f"'{{{_NOUNS.replace(' ', ',')}}}'::text[]"
    every = max(artworks // RARE_MOST, 1)
    noise = [NOISE.format(seed=seed) for seed in range(8)]
    named = f"({adjectives})[1 + {noise[0]} % 16] || ' ' || ({nouns})[1 + {noise[1]} % 16]"
    rare = f"CASE WHEN n % {every} = 0 THEN ' {RARE_WORD}' ELSE '' END"
    seller_of = f"{seller} + {noise[2]} % {SELLERS}"
    title = f"{named} {'|| ' + rare} || ' ' || n"
    text = f"'A ' || {named} || ', painted by hand in the summer of ' || (1950 + n % 70) || ', number ' || n"
    copies(
        cursor,
        Listing,
        first,
        artworks,
        id=f"{first} + n",
        uuid="gen_random_uuid()",
        seller_id=seller_of,
        category_id=f"{category} + {noise[3]} % {CATEGORIES}",
        title=title,
        title_key=f"lower({title})",
        description=text,
        description_key=f"lower({text})",
        price=f"({noise[4]} % 100000 + 100) / 100.0",
        is_featured=f"{noise[5]} % 100 = 0",
        views_count=f"{noise[6]} % 5000",
        likes_count=f"{noise[7]} % 500",
        created_at="p.created_at - n * interval '40 seconds'",
    )
    copies(
        cursor,
        Artwork,
        first,
        artworks,
        listing_id=f"{first} + n",
        picture_id=f"{picture} + n",
        artwork_type="('{physical,digital,mixed}'::text[])[1 + n % 3]",
    )
    copies(
        cursor,
        Picture,
        picture,
        artworks,
        id=f"{picture} + n",
        artwork_id=f"{first} + n",
        owner_id=seller_of,
        origin_id=seller_of,
        original="'pictures/' || n || '/original.jpg'",
        watermarked="'pictures/' || n || '/watermarked.jpg'",
        sha256="encode(sha256(int8send(n)), 'hex')",
    )
    _follow(cursor, Listing, Picture)


def _multiply_models(cursor: Any, model: Any, models: int) -> None:
    from accounts.models import User
    from marketplace.models import Category, Listing, MeshFile, Model3D

    first, mesh = model.pk, model.mesh_id
    category = Category.objects.order_by("pk").values_list("pk", flat=True)[0]
    seller = User.objects.order_by("pk").values_list("pk", flat=True)[0]
    noise = [NOISE.format(seed=seed) for seed in range(10, 18)]
    seller_of = f"{seller} + {noise[0]} % {SELLERS}"
    title, text = "'Drone number ' || n", "'A scout drone of the year ' || (1950 + n % 70)"
    copies(
        cursor,
        Listing,
        first,
        models,
        id=f"{first} + n",
        uuid="gen_random_uuid()",
        seller_id=seller_of,
        category_id=f"{category} + {noise[1]} % {CATEGORIES}",
        title=title,
        title_key=f"lower({title})",
        description=text,
        description_key=f"lower({text})",
        price=f"({noise[2]} % 10000 + 100) / 100.0",
        is_featured=f"{noise[3]} % 100 = 0",
        views_count=f"{noise[4]} % 5000",
        likes_count=f"{noise[5]} % 500",
        downloads_count=f"{noise[6]} % 300",
        created_at="p.created_at - n * interval '40 seconds'",
    )
    copies(cursor, Model3D, first, models, listing_id=f"{first} + n", mesh_id=f"{mesh} + n")
    copies(
        cursor,
        MeshFile,
        mesh,
        models,
        id=f"{mesh} + n",
        uuid="gen_random_uuid()",
        owner_id=seller_of,
        origin_id=seller_of,
        original="'models/' || n || '/original.glb'",
        thumbnail="'models/' || n || '/thumbnail.png'",
        sha256="encode(sha256(int8send(n)), 'hex')",
        triangle_count=f"{noise[7]} % 100000 + 1",
    )
    _follow(cursor, Listing, MeshFile)


def _follow(cursor: Any, *models: Any) -> None:
    """New rows get numbers after those that were written with their numbers."""
    for model in models:
        table = model._meta.db_table
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


def copies(cursor: Any, model: Any, prototype: int, rows: int, **changed: str) -> None:
    """Insert rows - 1 copies of a row; `changed` gives SQL for the columns that differ, n counts from 1."""
    columns = [field.column for field in model._meta.local_concrete_fields if not field.generated]
    values = [changed.get(column, f'p."{column}"') for column in columns]
    quoted = ", ".join(f'"{column}"' for column in columns)
    cursor.execute(
        f'INSERT INTO "{model._meta.db_table}" ({quoted}) SELECT {", ".join(values)} '
        f'FROM "{model._meta.db_table}" p, generate_series(1, {rows - 1}::bigint) n '
        f'WHERE p."{model._meta.pk.column}" = {prototype}'
    )


@contextmanager
def _without_indexes(cursor: Any, tables: Sequence[str]) -> Any:
    """Built once at the end, an index costs a fraction of what a million insertions into it cost."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid::regclass::text = ANY(%s) AND NOT EXISTS "
        "(SELECT FROM pg_constraint WHERE conindid = indexrelid) AND NOT indisprimary",
        [list(tables)],
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in found:
        cursor.execute(definition)
