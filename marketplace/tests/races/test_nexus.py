"""Two at the same moment on Nexus's models, comments, collections and uploads in parts."""

from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.tests.factories import BuyerFactory
from config.core import comments
from config.core.errors import DomainError
from marketplace.choices import UploadKind
from marketplace.errors import AlreadyCollected, UploadEnded
from marketplace.models import Collection, CollectionItem, Listing, ListingComment, UploadedFile, UploadPart
from marketplace.services import collections
from marketplace.services.comments import comment_remove, model_comment
from marketplace.services.likes import model_like
from marketplace.services.models_3d.models import model_delete
from marketplace.services.uploads import files, parts
from marketplace.tests.factories import Model3DFactory
from marketplace.tests.races.test_catalogue import at_once, one_while_the_other_waits

pytestmark = pytest.mark.django_db(transaction=True)


def test_answers_get_numbers_of_their_own_and_all_are_counted():
    model, bob = Model3DFactory(mesh=None), BuyerFactory()
    top = model_comment(actor=bob, model_id=model.pk, content="Top")

    def answer():
        return model_comment(actor=bob, model_id=model.pk, content="Answer", parent_id=top.pk)

    results = at_once(*[answer] * 6)
    assert not [each for each in results if isinstance(each, DomainError)]
    numbers = ListingComment.objects.exclude(number=None).values_list("number", flat=True)
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
    assert Listing.objects.get().comments_count == 7


def test_what_is_answered_is_taken_off_at_the_same_moment(monkeypatch):
    model, bob = Model3DFactory(mesh=None), BuyerFactory()
    top = model_comment(actor=bob, model_id=model.pk, content="Top")
    answer, gone = one_while_the_other_waits(
        monkeypatch,
        comments,
        "root_of",
        lambda: model_comment(actor=bob, model_id=model.pk, content="Answer", parent_id=top.pk),
        lambda: comment_remove(actor=bob, comment_id=top.pk),
    )
    assert (answer.number, gone.removed_at is not None) == (1, True)
    assert Listing.objects.get().comments_count == 1


def test_likes_of_many():
    model, people = Model3DFactory(mesh=None), [BuyerFactory() for _ in range(5)]
    at_once(*[lambda person=person: model_like(actor=person, model_id=model.pk) for person in [*people, people[0]]])
    assert Listing.objects.get().likes_count == 5


def test_a_model_is_collected_once():
    bob, model = BuyerFactory(), Model3DFactory(mesh=None)
    ships = collections.collection_create(actor=bob, details={"name": "Ships"})

    def add():
        return collections.collection_add(actor=bob, collection_id=ships.pk, model_id=model.pk)

    results = at_once(add, add)
    assert sum(isinstance(each, AlreadyCollected) for each in results) == 1
    assert Collection.objects.get().models_count == 1


def test_a_model_is_deleted_while_it_is_collected():
    bob, model = BuyerFactory(), Model3DFactory(mesh=None)
    ships = [collections.collection_create(actor=bob, details={"name": f"{number}"}) for number in range(3)]
    collections.collection_add(actor=bob, collection_id=ships[0].pk, model_id=model.pk)
    adding = [
        lambda made=made: collections.collection_add(actor=bob, collection_id=made.pk, model_id=model.pk)
        for made in ships[1:]
    ]
    results = at_once(lambda: model_delete(actor=model.seller, model_id=model.pk), *adding)
    assert results[0] is None
    assert not CollectionItem.objects.exists()
    assert set(Collection.objects.values_list("models_count", flat=True)) == {0}


def test_followers_are_counted_once_each():
    bob, people = BuyerFactory(), [BuyerFactory() for _ in range(3)]
    ships = collections.collection_create(actor=bob, details={"name": "Ships"})
    follow = [
        lambda person=person: collections.collection_follow(actor=person, collection_id=ships.pk)
        for person in [*people, *people]
    ]
    at_once(*follow)
    assert Collection.objects.get().followers_count == 3


def test_two_uploads_where_one_has_room(monkeypatch, settings):
    bob, both = BuyerFactory(), Barrier(2)
    settings.PERSON_MAX_BYTES = 6
    write = files.files.file_write

    def written(*said):
        both.wait(timeout=20)  # each has seen that there is room
        return write(*said)

    monkeypatch.setattr(files.files, "file_write", written)
    sent = lambda: files.file_upload(  # noqa: E731
        actor=bob, kind=UploadKind.DOCUMENT, file=SimpleUploadedFile("a.txt", b"five.")
    )
    results = at_once(sent, sent)
    assert sorted(type(each).__name__ for each in results) == ["Limited", "UploadedFile"]


def test_the_same_part_twice_and_two_completions(monkeypatch):
    bob, data = BuyerFactory(), b"A brief in one part."
    parted = parts.parts_begin(actor=bob, kind=UploadKind.DOCUMENT, file_name="brief.txt", size=len(data))

    def put():
        return parts.part_put(actor=bob, file_id=str(parted.uuid), number=1, data=data)

    results = at_once(put, put)
    assert not [each for each in results if isinstance(each, DomainError)]
    assert UploadPart.objects.count() == 1

    def complete():
        return parts.parts_complete(actor=bob, file_id=str(parted.uuid))

    results = at_once(complete, complete)
    assert UploadedFile.objects.count() == 1
    assert all(isinstance(each, UploadedFile | UploadEnded) for each in results)
