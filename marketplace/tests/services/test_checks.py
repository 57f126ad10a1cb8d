"""The duplicate check: in the request, after it, when the detector is away, and settled once whatever happens."""

import uuid
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from accounts.choices import NotificationType
from accounts.models import Delivery, Notification
from accounts.tests.factories import ArtistFactory
from bench.copies import laid_on
from bench.pictures import EDITS
from marketplace import tasks
from marketplace.choices import CheckState, Status, Verdict
from marketplace.duplicates.detector import FINGERPRINT
from marketplace.errors import DuplicatePicture
from marketplace.models import Artwork, ComparedPicture, Picture, StatusChange
from marketplace.services.artworks import artwork_delete
from marketplace.services.pictures import checks, descriptions
from marketplace.services.pictures.detection import detector, detector_forget
from marketplace.services.pictures.uploads import image_of
from marketplace.tests.uploads import file_with, painting, uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_time(settings):
    """The request has no time for the check."""
    settings.DUPLICATE_CHECK_WAIT = 0
    return settings


def notices_of(person):
    return list(Notification.objects.filter(user=person).values_list("notification_type", flat=True))


def claimed_by_the_dead(picture: Picture, *, until) -> uuid.UUID:
    """As a worker leaves it that was killed in the middle."""
    claim = uuid.uuid4()
    Picture.objects.filter(pk=picture.pk).update(
        check_state=CheckState.RUNNING, check_claim=claim, check_claimed_until=until
    )
    return claim


class TestLate:
    def test_the_work_is_kept_pending_and_unchecked(self, no_time):
        alice = ArtistFactory(identity_verified=True)
        work = uploaded(alice)
        assert work.status == Status.PENDING
        assert (work.picture.check_state, work.picture.verdict) == (CheckState.WAITING, Verdict.UNCHECKED)
        assert work.picture.check_claim is None
        assert work.picture.check_error.startswith("DetectorUnavailable")
        assert not ComparedPicture.objects.exists()

    def test_a_task_settles_it_and_tells_the_artist(self, no_time, django_capture_on_commit_callbacks, settings):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        alice = ArtistFactory(identity_verified=True)
        work = uploaded(alice, title="Dunes")
        tasks.picture_check(work.picture_id)
        work.refresh_from_db()
        assert work.status == Status.APPROVED
        assert work.picture.check_state == CheckState.DONE
        assert notices_of(alice) == [NotificationType.ARTWORK_APPROVED]
        email = Delivery.objects.get(channel="email")
        assert (email.template, email.context) == (
            "artwork_approved",
            {"artwork_id": work.pk, "title": "Dunes", "reason": ""},
        )

    def test_a_copy_found_late_is_rejected_and_its_artist_told(self, settings):
        alice, bob = ArtistFactory(), ArtistFactory(identity_verified=True)
        original = uploaded(alice, painting(3))
        settings.DUPLICATE_CHECK_WAIT = 0
        copy = uploaded(bob, painting(3))
        assert copy.status == Status.PENDING
        tasks.picture_check(copy.picture_id)
        copy.refresh_from_db()
        assert copy.status == Status.REJECTED
        assert (copy.picture.verdict, copy.picture.matched_id) == (Verdict.REFUSED, original.pk)
        assert notices_of(bob) == [NotificationType.ARTWORK_REJECTED]
        assert Delivery.objects.get(channel="email").template == "artwork_rejected"
        assert notices_of(alice) == []

    def test_an_unverified_artist_is_not_told_before_a_moderator_has_looked(self, no_time):
        alice = ArtistFactory()
        work = uploaded(alice)
        tasks.picture_check(work.picture_id)
        work.refresh_from_db()
        assert (work.status, work.picture.verdict) == (Status.PENDING, Verdict.PASSED)
        assert notices_of(alice) == []


class TestOrder:
    def test_the_same_file_that_came_first_counts_before_it_was_checked(self, no_time, settings):
        alice, bob = ArtistFactory(identity_verified=True), ArtistFactory(identity_verified=True)
        first = uploaded(alice, painting(3))
        settings.DUPLICATE_CHECK_WAIT = 10
        with pytest.raises(DuplicatePicture) as refusal:
            uploaded(bob, painting(3))
        assert refusal.value.data["matched_artwork"]["id"] == first.pk
        tasks.picture_check(first.picture_id)
        first.refresh_from_db()
        assert first.status == Status.APPROVED

    def test_who_came_first_is_never_refused_for_what_came_later_but_people_look(self, no_time, settings):
        alice, bob = ArtistFactory(identity_verified=True), ArtistFactory(identity_verified=True)
        first = uploaded(alice, painting(1_000_003, 640))
        settings.DUPLICATE_CHECK_WAIT = 10
        later = uploaded(bob, EDITS["mirror"](painting(1_000_003, 640)))
        assert later.status == Status.APPROVED
        tasks.picture_check(first.picture_id)
        first.refresh_from_db()
        assert (first.status, first.picture.verdict) == (Status.PENDING, Verdict.HELD)
        assert first.picture.matched_id == later.pk
        assert first.picture.origin == alice
        assert notices_of(alice) == [NotificationType.ARTWORK_HELD]

    def test_a_late_picture_is_found_by_every_process_that_was_there_before(self, no_time, settings):
        """Its row is older than those that passed the gate before it; the order of the comparison is another one."""
        late = uploaded(ArtistFactory(), painting(3))
        settings.DUPLICATE_CHECK_WAIT = 10
        uploaded(ArtistFactory(), painting(4))
        tasks.picture_check(late.picture_id)
        with pytest.raises(DuplicatePicture) as refusal:
            uploaded(ArtistFactory(), painting(3))
        assert refusal.value.data["matched_artwork"]["id"] == late.pk

    def test_what_comes_meanwhile_is_compared_before_the_gate_is_held(self, no_time, settings, monkeypatch):
        first = uploaded(ArtistFactory(), painting(1_000_003, 640))
        copy = uploaded(ArtistFactory(), EDITS["mirror"](painting(1_000_003, 640)))
        judge, comparisons = detector(), []
        compare = judge.compare

        def compared(fingerprint, *, after=0, **options):
            found = compare(fingerprint, after=after, **options)
            comparisons.append((after > 0, found.compared, len(connection.savepoint_ids)))
            if len(comparisons) == 1:  # another passes the gate now
                tasks.picture_check(first.picture_id)
            return found

        uploaded(ArtistFactory(), painting(4))
        tasks.picture_check(Picture.objects.latest("pk").pk)
        monkeypatch.setattr(judge, "compare", compared)
        tasks.picture_check(copy.picture_id)
        copy.refresh_from_db()
        assert (copy.picture.verdict, copy.picture.matched_id) == (Verdict.HELD, first.pk)
        outside = comparisons[0][2]
        assert comparisons == [(False, 1, outside), (False, 1, outside), (True, 1, outside)]


class TestOwnEarlierCopy:
    """Bob's copy of alice's work was refused, and is among what later pictures are compared with."""

    @pytest.fixture
    def works(self, settings):
        original = uploaded(ArtistFactory(), painting(5, 640))
        settings.DUPLICATE_CHECK_WAIT = 0
        copy = uploaded(ArtistFactory(identity_verified=True), EDITS["mirror"](painting(5, 640)))
        tasks.picture_check(copy.picture_id)
        settings.DUPLICATE_CHECK_WAIT = 10
        return original, copy

    def test_a_refusal_names_the_work_of_another(self, works):
        original, copy = works
        with pytest.raises(DuplicatePicture) as refusal:
            uploaded(copy.seller, EDITS["mirror"](painting(5, 640)))
        assert refusal.value.data["matched_artwork"]["id"] == original.pk

    def test_also_where_that_is_compared_no_longer_else_none(self, works):
        original, copy = works
        ComparedPicture.objects.filter(picture=original.picture).delete()
        with pytest.raises(DuplicatePicture) as refusal:
            uploaded(copy.seller, EDITS["mirror"](painting(5, 640)))
        assert refusal.value.data["matched_artwork"]["id"] == original.pk
        assert refusal.value.data["evidence"]["explanation"].endswith(checks.BEFORE)
        Picture.objects.update(matched=None)
        with pytest.raises(DuplicatePicture) as refusal:
            uploaded(copy.seller, EDITS["mirror"](painting(5, 640)))
        assert refusal.value.data["matched_artwork"] is None
        assert Picture.objects.get(artwork=refusal.value.data["artwork_id"]).origin == original.seller


class TestPoints:
    """A work is found again inside another picture by its points, which older pictures are given later."""

    @pytest.fixture
    def older(self):
        """Checked before points were kept."""
        work = uploaded(ArtistFactory(), painting(5, 640))
        assert work.picture.fingerprint_version == FINGERPRINT
        assert 0 < len(work.picture.codes) + len(work.picture.points) <= 2_600
        Picture.objects.update(codes=b"", points=b"", tones=0, fingerprint_version=0)
        detector_forget()
        return work

    def ground_with_it(self, seed=1):
        page = laid_on(painting(5, 640), painting(4, 640), np.random.default_rng(seed))
        return uploaded(ArtistFactory(identity_verified=True), page).picture

    def test_an_older_picture_is_described_and_then_found_by_processes_that_were_there_before(self, older):
        assert self.ground_with_it().verdict == Verdict.PASSED
        tasks.pictures_describe()
        older.picture.refresh_from_db()
        assert (older.picture.fingerprint_version, older.picture.check_claim) == (FINGERPRINT, None)
        found = self.ground_with_it(2)
        assert (found.verdict, found.matched_id) == (Verdict.HELD, older.pk)
        assert found.evidence["explanation"].startswith("It shows that work within a larger picture (turned 35")

    def test_what_is_claimed_by_another_is_left_to_them(self, older):
        Picture.objects.filter(pk=older.picture_id).update(check_claimed_until=timezone.now() + timedelta(minutes=1))
        tasks.pictures_describe()
        older.picture.refresh_from_db()
        assert (older.picture.fingerprint_version, older.picture.codes) == (0, b"")

    def test_a_file_that_is_gone_is_tried_again_later_and_not_for_ever(self, older):
        older.picture.original.storage.delete(older.picture.original.name)
        for _ in range(2):  # the second time it is not due yet
            tasks.pictures_describe()
            older.picture.refresh_from_db()
            assert (older.picture.describe_attempts, older.picture.fingerprint_version) == (1, 0)
        most = descriptions.MOST_ATTEMPTS
        Picture.objects.update(check_claimed_until=None, describe_attempts=most)
        tasks.pictures_describe()
        older.picture.refresh_from_db()
        assert (older.picture.describe_attempts, older.picture.check_claimed_until) == (most, None)

    def test_a_damaged_file_is_not_tried_again(self, older):
        older.picture.original.storage.delete(older.picture.original.name)
        older.picture.original.storage.save(older.picture.original.name, file_with(b"damaged on the disk"))
        tasks.pictures_describe()
        older.picture.refresh_from_db()
        assert (older.picture.fingerprint_version, older.picture.codes) == (FINGERPRINT, b"")
        assert ComparedPicture.objects.filter(picture=older.picture).exists()


class TestDetectorAway:
    @pytest.fixture(autouse=True)
    def _unreachable(self, settings):
        settings.DUPLICATE_DETECTOR = "rekognition"
        settings.AWS_REKOGNITION_ENDPOINT_URL = "http://127.0.0.1:9"
        settings.AWS_ACCESS_KEY_ID, settings.AWS_SECRET_ACCESS_KEY = "key", "secret"
        settings.DUPLICATE_CHECK_WAIT = 3
        detector_forget()

    def test_the_upload_is_kept_and_checked_once_it_is_back(self, settings):
        alice = ArtistFactory(identity_verified=True)
        work = uploaded(alice)
        assert (work.status, work.picture.check_state) == (Status.PENDING, CheckState.WAITING)
        settings.DUPLICATE_DETECTOR = "local"
        detector_forget()
        tasks.picture_check(work.picture_id)
        work.refresh_from_db()
        assert work.status == Status.APPROVED

    def test_the_next_try_waits_longer_each_time(self):
        picture = uploaded(ArtistFactory()).picture
        delays = []
        for _ in range(3):
            Picture.objects.filter(pk=picture.pk).update(check_claimed_until=timezone.now())
            tasks.picture_check(picture.pk)
            picture.refresh_from_db()
            assert picture.check_state == CheckState.WAITING
            delays.append((picture.check_claimed_until - timezone.now()).total_seconds())
        assert 15 < delays[0] < 21 < delays[1] < 41 < delays[2] < 81
        assert picture.check_attempts == 4

    def test_a_try_before_its_time_does_nothing(self):
        picture = uploaded(ArtistFactory()).picture
        Picture.objects.filter(pk=picture.pk).update(check_claimed_until=timezone.now() + timedelta(seconds=30))
        tasks.picture_check(picture.pk)
        picture.refresh_from_db()
        assert picture.check_attempts == 1


class TestClaims:
    def test_a_claim_of_another_is_respected(self, no_time):
        picture = uploaded(ArtistFactory()).picture
        claimed_by_the_dead(picture, until=timezone.now() + timedelta(minutes=1))
        tasks.picture_check(picture.pk)
        picture.refresh_from_db()
        assert picture.check_state == CheckState.RUNNING

    def test_a_claim_left_behind_is_taken_up_by_the_sweep(self, no_time, settings, django_capture_on_commit_callbacks):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        work = uploaded(ArtistFactory(identity_verified=True))
        claimed_by_the_dead(work.picture, until=timezone.now() - timedelta(seconds=1))
        with django_capture_on_commit_callbacks(execute=True):
            tasks.picture_checks_sweep()
        work.refresh_from_db()
        assert (work.status, work.picture.check_state) == (Status.APPROVED, CheckState.DONE)

    def test_the_sweep_leaves_alone_what_is_being_checked(self, no_time, django_capture_on_commit_callbacks):
        picture = uploaded(ArtistFactory()).picture
        claimed_by_the_dead(picture, until=timezone.now() + timedelta(minutes=1))
        with django_capture_on_commit_callbacks() as callbacks:
            checks.picture_checks_sweep()
        assert callbacks == []

    def test_who_lost_the_claim_settles_nothing(self, no_time):
        """A worker that hung comes back after another has taken over."""
        picture = uploaded(ArtistFactory(identity_verified=True)).picture
        late = claimed_by_the_dead(picture, until=timezone.now() - timedelta(seconds=1))
        current = claimed_by_the_dead(picture, until=timezone.now() + timedelta(minutes=1))
        checks._judge(picture, late, None, None, tell=True)
        picture.refresh_from_db()
        assert (picture.check_claim, picture.verdict) == (current, Verdict.UNCHECKED)
        assert not Notification.objects.exists()

    def test_again_after_it_was_settled_nothing_happens(self, no_time):
        work = uploaded(ArtistFactory(identity_verified=True))
        for _ in range(3):
            tasks.picture_check(work.picture_id)
        assert Notification.objects.count() == 1
        assert StatusChange.objects.filter(listing=work, after=Status.APPROVED).count() == 1
        assert ComparedPicture.objects.count() == 1

    def test_a_picture_deleted_meanwhile_is_no_error(self, no_time):
        tasks.picture_check(2**40)
        work = uploaded(ArtistFactory())
        claim = claimed_by_the_dead(work.picture, until=timezone.now() + timedelta(minutes=1))
        picture, image = work.picture, image_of(work.picture)
        artwork_delete(actor=work.seller, artwork_id=work.pk)
        checks._judge(picture, claim, image, None, tell=True)
        assert not ComparedPicture.objects.exists()


def test_what_the_detector_cannot_read_goes_to_a_moderator(no_time, settings):
    """Whatever happened to the stored file, its digest still counts, and nothing waits for ever."""
    work = uploaded(ArtistFactory(identity_verified=True))
    work.picture.original.storage.delete(work.picture.original.name)
    work.picture.original.storage.save(work.picture.original.name, file_with(b"damaged on the disk"))
    tasks.picture_check(work.picture_id)
    work.refresh_from_db()
    assert (work.status, work.picture.verdict) == (Status.PENDING, Verdict.HELD)
    assert work.picture.evidence == {"explanation": "The check could not read this picture."}


def test_a_missing_original_is_tried_again(no_time):
    picture = uploaded(ArtistFactory()).picture
    picture.original.storage.delete(picture.original.name)
    tasks.picture_check(picture.pk)
    picture.refresh_from_db()
    assert picture.check_state == CheckState.WAITING
    assert picture.check_error.startswith("Upstream")
    assert Artwork.objects.get().status == Status.PENDING
