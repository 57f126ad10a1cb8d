"""The lists of collections, of what is in them, of comments and of uploads read indexes."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from accounts.tests.factories import ArtistFactory, BuyerFactory
from marketplace.models import Collection, CollectionItem, ListingComment, UploadedFile
from marketplace.selectors.collections import collection_items, collections_listed
from marketplace.selectors.comments import comments_of_model, first_answers, thread_of_comment
from marketplace.selectors.uploads import uploads_of
from marketplace.tests.factories import Model3DFactory
from tests.once import made_once

ROWS = 10_000


class Crowd:
    """One person has a hundredth of all collections, comments, answers and uploads, another the rest."""

    def __init__(self) -> None:
        self.busy, self.small = ArtistFactory.create(), BuyerFactory.create()
        self.model, self.other = Model3DFactory.create(mesh=None), Model3DFactory.create(mesh=None)
        whose = "CASE WHEN n %% 100 = 5 THEN %s ELSE %s END"
        people, works = [self.small.pk, self.busy.pk], [self.model.pk, self.other.pk]
        with connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO {Collection._meta.db_table} (owner_id, name, description, is_public, models_count,
                    views_count, followers_count, created_at, updated_at)
                SELECT {whose}, 'Ships', '', n %% 3 > 0, 0, 0, 0, now() - n * interval '1 minute', now()
                FROM generate_series(1, %s) n""",
                [*people, ROWS],
            )
            cursor.execute(
                f"""INSERT INTO {CollectionItem._meta.db_table} (collection_id, listing_id, position, added_at)
                SELECT id, %s, 0, now() FROM {Collection._meta.db_table}""",
                [self.model.pk],
            )
            cursor.execute(
                f"""INSERT INTO {ListingComment._meta.db_table} (listing_id, author_id, answers_count, content,
                    likes_count, created_at)
                SELECT {whose}, %s, 0, 'Nice', 0, now() - n * interval '1 minute' FROM generate_series(1, %s) n""",
                [*works, self.small.pk, ROWS],
            )
            self.top = ListingComment.objects.filter(listing=self.model.pk).earliest("pk")
            cursor.execute(
                f"""INSERT INTO {ListingComment._meta.db_table} (listing_id, author_id, parent_id, root_id, number,
                    answers_count, content, likes_count, created_at)
                SELECT listing_id, author_id, id, id, 1, 0, 'Indeed', 0, now() FROM {ListingComment._meta.db_table}"""
            )
            cursor.execute(
                f"""INSERT INTO {UploadedFile._meta.db_table} (uuid, owner_id, kind, storage, stored, file_name,
                    content_type, format, byte_size, sha256, created_at)
                SELECT gen_random_uuid(), {whose}, 'image', 'default', 'x', 'x', 'image/png', 'png', 1, '',
                    now() - n * interval '1 minute'
                FROM generate_series(1, %s) n""",
                [*people, ROWS],
            )
            for table in (Collection, CollectionItem, ListingComment, UploadedFile):
                cursor.execute(f"ANALYZE {table._meta.db_table}")


@pytest.fixture(scope="module")
def crowd(django_db_setup, django_db_blocker):
    yield from made_once(django_db_blocker, Crowd)


ANYBODY = AnonymousUser()
LISTS = {
    "collections": (lambda it: collections_listed(actor=ANYBODY)[:20], "collections_newest"),
    "collections of one": (
        lambda it: collections_listed(actor=ANYBODY, user_id=it.small.pk)[:20],
        "collections_of_owner|collection_owner_id",
    ),
    "one's own collections": (
        lambda it: collections_listed(actor=it.small, user_id=it.small.pk)[:20],
        "collections_of_owner|collection_owner_id",
    ),
    "what is in one": (
        lambda it: collection_items(actor=ANYBODY, collection_id=Collection.objects.filter(is_public=True)[0].pk)[:50],
        "items_of_collection|collected_once|collectionitem_collection_id",
    ),
    "comments": (lambda it: comments_of_model(actor=ANYBODY, model_id=it.other.pk)[:50], "comments_newest"),
    "a thread": (
        lambda it: thread_of_comment(actor=ANYBODY, model_id=it.model.pk, comment_id=it.top.pk)[:50],
        "comment_number_once|listingcomment_root_id",
    ),
    "one's own uploads": (lambda it: uploads_of(actor=it.small)[:50], "uploads_of_owner|uploadedfile_owner_id"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", LISTS)
def test_a_list_reads_an_index(crowd, name):
    make, indexes = LISTS[name]
    rows = make(crowd)
    plan = rows.explain()
    assert any(index in plan for index in indexes.split("|")), plan
    assert f"Seq Scan on {rows.model._meta.db_table}" not in plan, plan
    assert len(rows) > 0


@pytest.mark.django_db
def test_a_page_of_threads_is_one_query(crowd, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert len(first_answers([crowd.top.pk])) == 1
