"""What moderators decide: approvals, rejections, featuring, appeals, categories."""

import pytest

from accounts.actors import SYSTEM
from accounts.choices import NotificationType
from accounts.models import Delivery, Notification
from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory, ModeratorFactory, StaffFactory
from config.core.errors import Denied, Invalid, Missing
from marketplace import tasks
from marketplace.choices import AppealState, CheckState, Status, Verdict
from marketplace.errors import CategoryTaken, DuplicatePicture, NotAppealable, NotChecked, NotYours, WrongStatus
from marketplace.models import Appeal, Artwork, Category, ComparedPicture, Picture, StatusChange
from marketplace.selectors.moderation import appeals_for_moderation, artwork_stats, artworks_for_moderation
from marketplace.services.appeals import appeal_create, appeal_decide
from marketplace.services.artworks import artwork_update
from marketplace.services.categories import category_create, category_set_active
from marketplace.services.moderation import artwork_approve, artwork_feature, artwork_reject
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, PictureFactory
from marketplace.tests.uploads import file_of, painting, uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator():
    person = ModeratorFactory()
    assert person.is_moderator  # from here on the groups are known, and cost no query
    return person


def held_replacement(**columns):
    """A work on sale whose new picture waits for a moderator."""
    work = ArtworkFactory(**columns)
    picture = PictureFactory(artwork=work, verdict=Verdict.HELD, similarity_score=70)
    ComparedPicture.objects.create(picture=picture)
    return work, picture


def refused_copy():
    """A verified artist's upload that was refused as a copy of another's work."""
    original = uploaded(ArtistFactory(), painting(3))
    bob = ArtistFactory(identity_verified=True, username="bob")
    with pytest.raises(DuplicatePicture):
        uploaded(bob, painting(3))
    return Artwork.objects.get(seller=bob), original


def types_of(person):
    return list(Notification.objects.filter(user=person).order_by("pk").values_list("notification_type", flat=True))


class TestApprove:
    @pytest.mark.parametrize("maker", [ModeratorFactory, StaffFactory, AdminFactory])
    def test_it_is_on_sale_and_its_artist_told(self, maker):
        moderator = maker()
        work = ArtworkFactory(status=Status.PENDING, is_available=False, title="Dunes", approved_at=None)
        done = artwork_approve(actor=moderator, artwork_id=work.pk)
        assert (done.status, done.is_available, done.approved_at is not None) == (Status.APPROVED, True, True)
        work.refresh_from_db()
        assert (work.status, work.is_available) == (Status.APPROVED, True)
        change = StatusChange.objects.get(listing=work)
        assert (change.before, change.after, change.actor) == ("pending", "approved", moderator)
        assert types_of(work.seller) == [NotificationType.ARTWORK_APPROVED]
        email = Delivery.objects.get(channel="email")
        context = {"artwork_id": work.pk, "title": "Dunes", "reason": ""}
        assert (email.template, email.user, email.context) == ("artwork_approved", work.seller, context)

    def test_again_changes_nothing(self, moderator):
        work = ArtworkFactory()
        artwork_approve(actor=moderator, artwork_id=work.pk)
        assert not Notification.objects.exists()
        assert not StatusChange.objects.exists()

    @pytest.mark.parametrize("maker", [ArtistFactory, BuyerFactory])
    def test_others_may_not(self, maker):
        work = ArtworkFactory(status=Status.PENDING)
        for decide in (artwork_approve, artwork_reject):
            with pytest.raises(Denied):
                decide(actor=maker(), artwork_id=work.pk)
        with pytest.raises(Denied):
            artwork_approve(actor=work.seller, artwork_id=work.pk)
        work.refresh_from_db()
        assert work.status == Status.PENDING

    @pytest.mark.parametrize("state", [CheckState.WAITING, CheckState.RUNNING])
    def test_nothing_goes_live_unchecked(self, moderator, state):
        work = ArtworkFactory(status=Status.PENDING, picture__check_state=state, picture__verdict=Verdict.UNCHECKED)
        with pytest.raises(NotChecked):
            artwork_approve(actor=moderator, artwork_id=work.pk)
        without = ArtworkFactory(status=Status.PENDING, picture=False)
        with pytest.raises(NotChecked):
            artwork_approve(actor=moderator, artwork_id=without.pk)
        assert not Artwork.objects.filter(status=Status.APPROVED).exists()

    def test_an_archived_one_stays_archived(self, moderator):
        work = ArtworkFactory(status=Status.ARCHIVED)
        with pytest.raises(WrongStatus):
            artwork_approve(actor=moderator, artwork_id=work.pk)

    def test_an_unknown_one_is_missing(self, moderator):
        for decide in (artwork_approve, artwork_reject):
            with pytest.raises(Missing):
                decide(actor=moderator, artwork_id=2**62)

    def test_a_held_picture_is_cleared(self, moderator):
        work = ArtworkFactory(status=Status.PENDING, picture__verdict=Verdict.HELD, picture__similarity_score=70)
        artwork_approve(actor=moderator, artwork_id=work.pk)
        work.picture.refresh_from_db()
        assert work.picture.verdict == Verdict.CLEARED

    def test_a_held_replacement_is_shown(self, moderator):
        work, held = held_replacement()
        old = work.picture
        done = artwork_approve(actor=moderator, artwork_id=work.pk)
        held.refresh_from_db()
        assert (done.status, done.picture_id, held.verdict) == (Status.APPROVED, held.pk, Verdict.CLEARED)
        assert not Picture.objects.filter(pk=old.pk).exists()
        assert types_of(work.seller) == [NotificationType.ARTWORK_APPROVED]

    def test_a_refused_copy_that_is_approved_is_its_artists_own(self, moderator):
        copy, _ = refused_copy()
        artwork_approve(actor=moderator, artwork_id=copy.pk)
        copy.refresh_from_db()
        assert (copy.status, copy.picture.verdict) == (Status.APPROVED, Verdict.CLEARED)
        assert copy.picture.origin == copy.seller


class TestReject:
    @pytest.mark.parametrize("status", [Status.PENDING, Status.APPROVED])
    def test_it_is_taken_down_and_its_artist_told_why(self, moderator, status):
        work = ArtworkFactory(status=status, title="Dunes")
        artwork_reject(actor=moderator, artwork_id=work.pk, reason="Blurred.")
        work.refresh_from_db()
        assert work.status == Status.REJECTED
        change = StatusChange.objects.get(listing=work)
        assert (change.after, change.reason, change.actor) == ("rejected", "Blurred.", moderator)
        email = Delivery.objects.get(channel="email")
        context = {"artwork_id": work.pk, "title": "Dunes", "reason": "Blurred."}
        assert (email.template, email.context) == ("artwork_rejected", context)

    def test_again_changes_nothing(self, moderator):
        work = ArtworkFactory(status=Status.REJECTED)
        artwork_reject(actor=moderator, artwork_id=work.pk)
        assert not StatusChange.objects.exists()
        assert not Notification.objects.exists()

    def test_a_held_replacement_is_declined_and_the_work_goes_on(self, moderator):
        work, held = held_replacement()
        done = artwork_reject(actor=moderator, artwork_id=work.pk, reason="A copy.")
        held.refresh_from_db()
        assert (done.status, done.picture_id, held.verdict) == (Status.APPROVED, work.picture_id, Verdict.REFUSED)
        assert types_of(work.seller) == [NotificationType.ARTWORK_REJECTED]
        artwork_reject(actor=moderator, artwork_id=work.pk)
        work.refresh_from_db()
        assert work.status == Status.REJECTED

    def test_all_held_pictures_are_declined_at_once(self, moderator):
        work = ArtworkFactory(status=Status.PENDING, picture__verdict=Verdict.HELD)
        PictureFactory(artwork=work, verdict=Verdict.HELD)
        artwork_reject(actor=moderator, artwork_id=work.pk)
        work.refresh_from_db()
        assert work.status == Status.REJECTED
        assert [picture.verdict for picture in work.pictures.all()] == [Verdict.REFUSED] * 2
        assert not artworks_for_moderation(actor=moderator).filter(waits=True).exists()

    def test_a_held_picture_counts_as_the_other_artists_from_then_on(self, moderator):
        theirs = ArtworkFactory()
        work = ArtworkFactory(
            status=Status.PENDING, picture__verdict=Verdict.HELD, picture__matched=theirs, picture__similarity_score=70
        )
        artwork_reject(actor=moderator, artwork_id=work.pk)
        picture = Picture.objects.get(artwork=work)
        assert (picture.verdict, picture.origin) == (Verdict.REFUSED, theirs.seller)


class TestFeature:
    def test_on_and_off(self, moderator):
        work = ArtworkFactory()
        assert artwork_feature(actor=moderator, artwork_id=work.pk, featured=True).is_featured is True
        assert Artwork.objects.get(pk=work.pk).is_featured is True
        assert artwork_feature(actor=SYSTEM, artwork_id=work.pk, featured=False).is_featured is False

    def test_artists_may_not(self):
        work = ArtworkFactory()
        with pytest.raises(Denied):
            artwork_feature(actor=work.seller, artwork_id=work.pk, featured=True)
        with pytest.raises(Missing):
            artwork_feature(actor=ModeratorFactory(), artwork_id=2**62, featured=True)
        assert Artwork.objects.get(pk=work.pk).is_featured is False


class TestAppeal:
    def test_of_a_refused_upload_that_is_accepted(self, moderator):
        copy, _ = refused_copy()
        appeal = appeal_create(actor=copy.seller, artwork_id=copy.pk, reason="I painted it.")
        assert (appeal.state, appeal.author, appeal.picture) == (AppealState.OPEN, copy.seller, copy.picture)
        done = appeal_decide(actor=moderator, appeal_id=appeal.pk, accept=True, answer="You did.")
        assert (done.state, done.answer, done.decided_by) == (AppealState.ACCEPTED, "You did.", moderator)
        copy.refresh_from_db()
        assert (copy.status, copy.picture.verdict) == (Status.APPROVED, Verdict.CLEARED)
        assert copy.picture.origin == copy.seller
        assert types_of(copy.seller) == [NotificationType.APPEAL_DECIDED]

    def test_of_a_refused_upload_that_is_declined(self, moderator):
        copy, _ = refused_copy()
        appeal = appeal_create(actor=copy.seller, artwork_id=copy.pk, reason="I painted it.")
        appeal_decide(actor=moderator, appeal_id=appeal.pk, accept=False, answer="No.")
        copy.refresh_from_db()
        assert (copy.status, copy.picture.verdict) == (Status.REJECTED, Verdict.REFUSED)
        assert types_of(copy.seller) == [NotificationType.APPEAL_DECIDED]
        with pytest.raises(NotAppealable):
            appeal_create(actor=copy.seller, artwork_id=copy.pk, reason="Again.")
        for accept in (True, False):
            with pytest.raises(NotAppealable):
                appeal_decide(actor=moderator, appeal_id=appeal.pk, accept=accept, answer="")

    def test_of_a_refused_replacement(self, moderator):
        uploaded(ArtistFactory(), painting(3))
        bob = ArtistFactory(identity_verified=True)
        work = uploaded(bob, painting(4))
        with pytest.raises(DuplicatePicture):
            artwork_update(actor=bob, artwork_id=work.pk, changes={}, image=file_of(painting(3)))
        appeal = appeal_create(actor=bob, artwork_id=work.pk, reason="Mine.")
        appeal_decide(actor=moderator, appeal_id=appeal.pk, accept=True, answer="")
        work.refresh_from_db()
        assert (work.status, work.picture_id) == (Status.APPROVED, appeal.picture_id)

    def test_of_a_held_picture_that_is_declined_rejects_the_work(self, moderator):
        work = ArtworkFactory(status=Status.PENDING, picture__verdict=Verdict.HELD)
        appeal = appeal_create(actor=work.seller, artwork_id=work.pk, reason="Mine.")
        appeal_decide(actor=moderator, appeal_id=appeal.pk, accept=False, answer="No.")
        work.refresh_from_db()
        assert (work.status, work.picture.verdict) == (Status.REJECTED, Verdict.REFUSED)

    def test_of_a_picture_that_was_replaced_meanwhile_puts_nothing_on_sale(self, moderator, settings):
        copy, _ = refused_copy()
        appeal = appeal_create(actor=copy.seller, artwork_id=copy.pk, reason="Mine.")
        artwork_update(actor=copy.seller, artwork_id=copy.pk, changes={}, image=file_of(painting(4)))
        shown = Artwork.objects.get(pk=copy.pk).picture_id
        done = appeal_decide(actor=moderator, appeal_id=appeal.pk, accept=True, answer="")
        assert (done.pk, done.state) == (appeal.pk, AppealState.ACCEPTED)
        work = Artwork.objects.get(pk=copy.pk)
        assert (work.status, work.picture_id) == (Status.PENDING, shown)
        assert Picture.objects.get(pk=copy.picture_id).verdict == Verdict.CLEARED

    def test_an_approval_answers_the_appeal(self, moderator):
        copy, _ = refused_copy()
        appeal = appeal_create(actor=copy.seller, artwork_id=copy.pk, reason="Mine.")
        artwork_approve(actor=moderator, artwork_id=copy.pk)
        appeal.refresh_from_db()
        assert (appeal.state, appeal.decided_by) == (AppealState.ACCEPTED, moderator)

    def test_refusals(self):
        copy, original = refused_copy()
        with pytest.raises(Missing):
            appeal_create(actor=ArtistFactory(), artwork_id=copy.pk, reason="Let me.")
        with pytest.raises(NotAppealable):
            appeal_create(actor=original.seller, artwork_id=original.pk, reason="Nothing happened.")
        with pytest.raises(NotYours):
            appeal_create(actor=copy.seller, artwork_id=ArtworkFactory().pk, reason="Let me.")
        appeal = appeal_create(actor=copy.seller, artwork_id=copy.pk, reason="Mine.")
        with pytest.raises(NotAppealable):
            appeal_create(actor=copy.seller, artwork_id=copy.pk, reason="Mine.")
        for person in (copy.seller, original.seller, BuyerFactory()):
            with pytest.raises(Denied):
                appeal_decide(actor=person, appeal_id=appeal.pk, accept=True, answer="")
        with pytest.raises(Missing):
            appeal_decide(actor=ModeratorFactory(), appeal_id=2**62, accept=True, answer="")
        assert Appeal.objects.get().state == AppealState.OPEN


class TestCategories:
    def test_made_opened_and_closed(self, moderator):
        made = category_create(actor=moderator, name=" 3D Modeling ", description="Services")
        assert (made.name, made.description, made.is_active) == ("3D Modeling", "Services", True)
        assert category_set_active(actor=moderator, category_id=made.pk, is_active=False).is_active is False
        assert Category.objects.get().is_active is False

    def test_refusals(self, moderator):
        CategoryFactory(name="Digital Art")
        with pytest.raises(CategoryTaken) as refusal:
            category_create(actor=moderator, name="digital art")
        assert refusal.value.field == "name"
        with pytest.raises(Invalid):
            category_create(actor=moderator, name="  ")
        with pytest.raises(Denied):
            category_create(actor=ArtistFactory(), name="Mine")
        with pytest.raises(Denied):
            category_set_active(actor=ArtistFactory(), category_id=1, is_active=False)
        with pytest.raises(Missing):
            category_set_active(actor=moderator, category_id=2**62, is_active=False)
        assert Category.objects.count() == 1


class TestReads:
    def test_the_queue(self, moderator, django_assert_num_queries):
        pending = ArtworkFactory(status=Status.PENDING)
        work, _ = held_replacement()
        live = ArtworkFactory()
        ArtworkFactory(status=Status.ARCHIVED)
        with django_assert_num_queries(1):
            rows = {
                row.pk: (row.waits, row.seller.username, row.category.name, row.picture.similarity_score)
                for row in artworks_for_moderation(actor=moderator)
            }
        assert {pk: row[0] for pk, row in rows.items()} == {pending.pk: True, work.pk: True, live.pk: False}

    def test_the_figures(self, moderator):
        ArtworkFactory(price="100", views_count=3, likes_count=2, is_featured=True)
        ArtworkFactory(price="200", status=Status.PENDING, views_count=1)
        held_replacement(price="300")
        ArtworkFactory(price="900", status=Status.ARCHIVED)
        assert artwork_stats(actor=moderator) == {
            "total_artworks": 3,
            "available_artworks": 2,
            "featured_artworks": 1,
            "pending_review": 2,
            "total_views": 4,
            "total_likes": 2,
            "average_price": 200,
            "recent_uploads": 3,
        }

    def test_the_average_price_is_of_one_currency(self, moderator):
        ArtworkFactory(price="100", currency="PKR")
        ArtworkFactory(price="3", currency="USD")  # made when that was the art market's currency
        assert artwork_stats(actor=moderator)["average_price"] == 100
        assert artwork_stats(actor=moderator)["total_artworks"] == 2

    def test_an_empty_catalogue_has_figures_too(self, moderator):
        assert set(artwork_stats(actor=moderator).values()) == {0}

    def test_appeals(self, moderator, django_assert_num_queries):
        copy, original = refused_copy()
        appeal_create(actor=copy.seller, artwork_id=copy.pk, reason="Mine.")
        with django_assert_num_queries(1):
            (row,) = appeals_for_moderation(actor=moderator)
            assert (row.author, row.picture.artwork.pk) == (copy.seller, copy.pk)
            assert row.picture.matched.seller == original.seller

    def test_not_for_others(self):
        for read in (artworks_for_moderation, appeals_for_moderation, artwork_stats):
            with pytest.raises(Denied):
                read(actor=ArtistFactory())


def test_a_late_check_of_a_work_that_was_rejected_meanwhile_puts_nothing_on_sale(moderator, settings):
    settings.DUPLICATE_CHECK_WAIT = 0
    work = uploaded(ArtistFactory(identity_verified=True), painting(3))
    artwork_reject(actor=moderator, artwork_id=work.pk, reason="Off topic.")
    tasks.picture_check(work.picture_id)
    work.refresh_from_db()
    assert (work.status, work.picture.verdict) == (Status.REJECTED, Verdict.PASSED)
