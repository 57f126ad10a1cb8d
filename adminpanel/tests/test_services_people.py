"""Verifying, activating and deactivating people, and who may not."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail

from accounts.actors import SYSTEM
from accounts.services.sessions import token_issue
from accounts.tests.factories import AdminFactory, ModeratorFactory, StaffFactory, SuperuserFactory
from adminpanel.errors import AboveActor, OnOneself
from adminpanel.models import AuditEntry
from adminpanel.services import people
from community.models import Notification
from config.core.errors import Denied, Missing

pytestmark = pytest.mark.django_db
SERVICES = [
    people.user_verify,
    people.user_unverify,
    people.user_activate,
    people.user_deactivate,
    people.user_make_staff,
    people.user_remove_staff,
]


def state(user) -> tuple:
    user.refresh_from_db()
    return (user.is_active, user.is_verified, user.credentials_version, user.auth_token_set.count())


def test_verify_tells_the_artist_once(admin, alice, settings, django_capture_on_commit_callbacks):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            assert people.user_verify(actor=admin, user_id=alice.pk).is_verified is True
    notification = Notification.objects.get()
    assert (notification.user, notification.notification_type) == (alice, "account_verified")
    assert [(message.to, message.subject) for message in mail.outbox] == [([alice.email], "Your account is verified")]
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "before", "after")) == [
        ("user.verify", {"is_verified": False}, {"is_verified": True}),
        ("user.verify", {"is_verified": True}, {"is_verified": True}),
    ]


def test_deactivate_ends_every_session(admin, alice):
    token_issue(alice)
    user = people.user_deactivate(actor=admin, user_id=alice.pk, address="203.0.113.7")
    assert state(user) == (False, False, 2, 0)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == (admin, "user.deactivate", str(alice.pk))
    assert (entry.before, entry.after, entry.address) == ({"is_active": True}, {"is_active": False}, "203.0.113.7")


def test_activate_again_brings_no_old_session_back(admin, alice):
    token_issue(alice)
    people.user_deactivate(actor=admin, user_id=alice.pk)
    assert state(people.user_activate(actor=admin, user_id=alice.pk)) == (True, False, 2, 0)


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_below_an_administrator(service, alice, bob):
    for actor in (alice, StaffFactory(), ModeratorFactory(), AnonymousUser(), AdminFactory(is_active=False)):
        with pytest.raises(Denied):
            service(actor=actor, user_id=bob.pk)
    assert state(bob) == (True, False, 1, 0)
    assert (AuditEntry.objects.count(), Notification.objects.count()) == (0, 0)


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_decides_about_himself(service, admin):
    for actor in (admin, SuperuserFactory()):
        before = state(actor)
        with pytest.raises(OnOneself):
            service(actor=actor, user_id=actor.pk)
        assert state(actor) == before
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_decides_about_somebody_above(service, admin):
    for above in (SuperuserFactory(), SuperuserFactory(is_active=False)):
        before = state(above)
        with pytest.raises(AboveActor):
            service(actor=admin, user_id=above.pk)
        assert state(above) == before


@pytest.mark.parametrize("service", SERVICES)
def test_equals_and_below_may_be_decided_about(service, admin, alice):
    for user in (AdminFactory(), StaffFactory(), ModeratorFactory(), alice):
        service(actor=admin, user_id=user.pk)
    boss = SuperuserFactory()
    for user in (admin, SuperuserFactory()):
        service(actor=boss, user_id=user.pk)
    SuperuserFactory()
    service(actor=SYSTEM, user_id=boss.pk)


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_of_that_id(service, admin):
    for user_id in (0, 10**30):
        with pytest.raises(Missing, match="User not found"):
            service(actor=admin, user_id=user_id)
