"""Comments: where they stand, who is told, and how they end."""

import pytest

from accounts.models import Delivery, Notification
from accounts.tests.factories import BuyerFactory, ModeratorFactory
from community.services.blocks import block_add, block_remove
from config.core.comments import ParentElsewhere
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry
from marketplace.choices import Status
from marketplace.models import Listing, ListingComment
from marketplace.services.comments import comment_remove, model_comment
from marketplace.tests.factories import ArtworkFactory, Model3DFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def model():
    return Model3DFactory(mesh=None)


def count(model):
    return Listing.objects.get(pk=model.pk).comments_count


def told(person):
    return list(Notification.objects.filter(user=person).values_list("notification_type", flat=True))


class TestWriting:
    def test_not_to_who_has_blocked_them(self, model):
        bob, carol = BuyerFactory(), BuyerFactory()
        top = model_comment(actor=carol, model_id=model.pk, content="Nice")
        block_add(actor=model.seller, user_id=bob.pk)
        with pytest.raises(Denied):
            model_comment(actor=bob, model_id=model.pk, content="You again")
        block_remove(actor=model.seller, user_id=bob.pk)
        block_add(actor=carol, user_id=bob.pk)
        with pytest.raises(Denied):
            model_comment(actor=bob, model_id=model.pk, content="And you", parent_id=top.pk)
        assert (count(model), told(model.seller), told(carol)) == (1, ["new_comment"], [])
        assert model_comment(actor=bob, model_id=model.pk, content="Great topology!").number is None

    def test_a_thread_is_numbered(self, model):
        bob, changed = BuyerFactory(), model.updated_at
        top = model_comment(actor=bob, model_id=model.pk, content="  Great topology!  ")
        answer = model_comment(actor=model.seller, model_id=model.pk, content="Thanks", parent_id=top.pk)
        deeper = model_comment(actor=bob, model_id=model.pk, content="🙂 مرحبا", parent_id=answer.pk)
        assert (top.content, top.root_id, top.number) == ("Great topology!", None, None)
        assert (answer.parent_id, answer.root_id, answer.number) == (top.pk, top.pk, 1)
        assert (deeper.parent_id, deeper.root_id, deeper.number) == (answer.pk, top.pk, 2)
        top.refresh_from_db()
        assert (top.answers_count, count(model)) == (2, 3)
        assert Listing.objects.get(pk=model.pk).updated_at == changed

    def test_the_maker_is_told_and_who_is_answered(self, model):
        bob, carol = BuyerFactory(), BuyerFactory()
        top = model_comment(actor=bob, model_id=model.pk, content="Nice")
        assert (told(model.seller), told(bob)) == (["new_comment"], [])
        model_comment(actor=carol, model_id=model.pk, content="Indeed", parent_id=top.pk)
        assert (told(model.seller), told(bob), told(carol)) == (["new_comment"] * 2, ["new_comment"], [])
        model_comment(actor=model.seller, model_id=model.pk, content="Thanks", parent_id=top.pk)
        assert (len(told(model.seller)), len(told(bob))) == (2, 2)
        mail = Delivery.objects.filter(template="comment_notification", user=bob).first()
        assert mail.context["title"] == model.title
        assert mail.context["comment"] == "Indeed"

    def test_what_is_refused_changes_nothing(self, model):
        bob, other = BuyerFactory(), Model3DFactory(mesh=None)
        elsewhere = model_comment(actor=bob, model_id=other.pk, content="Here")
        hidden = Model3DFactory(mesh=None, status=Status.PENDING)
        with pytest.raises(ParentElsewhere):
            model_comment(actor=bob, model_id=model.pk, content="There", parent_id=elsewhere.pk)
        with pytest.raises(ParentElsewhere):
            model_comment(actor=bob, model_id=model.pk, content="There", parent_id=2**62)
        with pytest.raises(Invalid):
            model_comment(actor=bob, model_id=model.pk, content=" \n ")
        for missing in (hidden, ArtworkFactory()):
            with pytest.raises(Missing):
                model_comment(actor=bob, model_id=missing.pk, content="Hello")
        assert (ListingComment.objects.count(), count(model), told(model.seller)) == (1, 0, [])


class TestRemoving:
    def test_by_its_author(self, model):
        bob = BuyerFactory()
        top = model_comment(actor=bob, model_id=model.pk, content="Oops")
        model_comment(actor=bob, model_id=model.pk, content="Answer", parent_id=top.pk)
        for _ in range(2):
            assert comment_remove(actor=bob, comment_id=top.pk).removed_at is not None
        assert (count(model), ListingComment.objects.count()) == (1, 2)
        assert not AuditEntry.objects.exists()

    def test_by_a_moderator_with_an_entry(self, model):
        comment = model_comment(actor=BuyerFactory(), model_id=model.pk, content="Spam")
        with pytest.raises(Denied):
            comment_remove(actor=BuyerFactory(), comment_id=comment.pk)
        assert count(model) == 1
        comment_remove(actor=ModeratorFactory(), comment_id=comment.pk, reason="spam")
        assert AuditEntry.objects.get().action == "comment.remove"
        with pytest.raises(Missing):
            comment_remove(actor=ModeratorFactory(), comment_id=2**62)

    def test_they_go_with_their_model(self, model):
        bob = BuyerFactory()
        parent = None
        for number in range(30):
            parent = model_comment(actor=bob, model_id=model.pk, content=f"{number}", parent_id=parent and parent.pk)
        model.delete()
        assert not ListingComment.objects.exists()
