"""Verifying, activating and deactivating people, and who may not."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.core import mail

from accounts.actors import SYSTEM
from accounts.choices import ADMINS_GROUP, STAFF_GROUP, PeopleAction, UserType
from accounts.errors import AboveActor, LastSuperuser, OnOneself
from accounts.models import Notification, User
from accounts.policies import ADMINISTRATOR, STAFF, level, rank
from accounts.services import people
from accounts.services.sessions import token_issue
from accounts.tests.factories import AdminFactory, BuyerFactory, ModeratorFactory, StaffFactory, SuperuserFactory
from commerce.tests.steps import at_once
from config.core.callers import called_from
from config.core.errors import Denied, Missing
from config.core.models import AuditEntry

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
    flags = (user.is_active, user.identity_verified, user.credentials_version, user.auth_token_set.count())
    return (*flags, user.is_staff, rank(user))


def test_verify_tells_the_artist_once(admin, alice, settings, django_capture_on_commit_callbacks):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            assert people.user_verify(actor=admin, user_id=alice.pk).identity_verified is True
    notification = Notification.objects.get()
    assert (notification.user, notification.notification_type) == (alice, "account_verified")
    assert [(message.to, message.subject) for message in mail.outbox] == [([alice.email], "Your account is verified")]
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "before", "after")) == [
        ("user.verify", {"identity_verified": False}, {"identity_verified": True}),
        ("user.verify", {"identity_verified": True}, {"identity_verified": True}),
    ]


def test_deactivate_ends_every_session(admin, alice):
    token_issue(alice)
    with called_from("203.0.113.7"):
        user = people.user_deactivate(actor=admin, user_id=alice.pk)
    assert state(user) == (False, False, 2, 0, False, 0)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == (admin, "user.deactivate", str(alice.pk))
    assert (entry.before, entry.after, entry.address) == ({"is_active": True}, {"is_active": False}, "203.0.113.7")


def test_activate_again_brings_no_old_session_back(admin, alice):
    token_issue(alice)
    people.user_deactivate(actor=admin, user_id=alice.pk)
    assert state(people.user_activate(actor=admin, user_id=alice.pk)) == (True, False, 2, 0, False, 0)


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_below_an_administrator(service, alice, bob):
    for actor in (alice, StaffFactory(), ModeratorFactory(), AnonymousUser(), AdminFactory(is_active=False)):
        with pytest.raises(Denied):
            service(actor=actor, user_id=bob.pk)
    assert state(bob) == (True, False, 1, 0, False, 0)
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


# ---------------------------------------------------------------- staff
def fresh(user) -> User:
    """Levels are read from groups once an instance."""
    return User.objects.get(pk=user.pk)


def groups_of(user) -> list[str]:
    return sorted(user.groups.values_list("name", flat=True))


def test_making_somebody_staff(admin, bob):
    with called_from("203.0.113.7"):
        user = people.user_make_staff(actor=admin, user_id=bob.pk)
    assert (user.is_staff, groups_of(bob), level(fresh(bob))) == (True, [STAFF_GROUP], STAFF)
    assert user.has_perm("commerce.view_order")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == (admin, "user.make_staff", str(bob.pk))
    assert entry.before == {"is_staff": False, "groups": []}
    assert (entry.after, entry.address) == ({"is_staff": True, "groups": [STAFF_GROUP]}, "203.0.113.7")


def test_a_moderator_becomes_staff(admin, moderator):
    people.user_make_staff(actor=admin, user_id=moderator.pk)
    assert level(fresh(moderator)) == STAFF


def test_making_staff_makes_no_administrator(admin, bob):
    """Not even of somebody who was one and still lies in the group."""
    bob.groups.add(Group.objects.get_or_create(name=ADMINS_GROUP)[0])
    people.user_make_staff(actor=admin, user_id=bob.pk)
    assert (groups_of(bob), level(fresh(bob))) == ([STAFF_GROUP], STAFF)


def test_an_administrator_stays_one(admin):
    other = AdminFactory(is_staff=False)
    people.user_make_staff(actor=admin, user_id=other.pk)
    assert (groups_of(other), level(fresh(other))) == ([ADMINS_GROUP], ADMINISTRATOR)


@pytest.mark.parametrize("factory", [StaffFactory, ModeratorFactory])
def test_taking_somebody_off_the_staff(admin, factory):
    user = factory()
    before = groups_of(user)
    with called_from("203.0.113.7"):
        people.user_remove_staff(actor=admin, user_id=user.pk)
    assert (fresh(user).is_staff, groups_of(user), level(fresh(user))) == (False, [], 0)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before) == ("user.remove_staff", {"is_staff": True, "groups": before})
    assert (entry.after, entry.address) == ({"is_staff": False, "groups": []}, "203.0.113.7")


def test_an_administrator_by_group_alone_is_one_no_more(admin):
    other = AdminFactory(user_type=UserType.BUYER)
    people.user_remove_staff(actor=admin, user_id=other.pk)
    people.user_make_staff(actor=admin, user_id=other.pk)
    assert level(fresh(other)) == STAFF


# ---------------------------------------------------------------- the last superuser
@pytest.mark.parametrize("service", [people.user_deactivate, people.user_remove_staff])
def test_the_last_active_superuser_stays(service):
    boss = SuperuserFactory()
    SuperuserFactory(is_active=False)
    before = state(boss)
    with pytest.raises(LastSuperuser):
        service(actor=SYSTEM, user_id=boss.pk)
    assert (state(boss), AuditEntry.objects.count()) == (before, 0)
    SuperuserFactory()
    service(actor=SYSTEM, user_id=boss.pk)


@pytest.mark.django_db(transaction=True)
def test_of_two_superusers_who_shut_out_each_other_one_stays():
    one, two = SuperuserFactory(), SuperuserFactory()
    results = at_once(
        lambda: people.user_deactivate(actor=one, user_id=two.pk),
        lambda: people.user_deactivate(actor=two, user_id=one.pk),
    )
    assert sorted(type(result).__name__ for result in results) == ["AboveActor", "User"]
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1
    assert AuditEntry.objects.count() == 1


def level_of(user: User, **changes) -> dict:
    now = {"user_type": user.user_type, "is_staff": user.is_staff, "is_superuser": user.is_superuser, "groups": []}
    return {"user_id": user.pk} | now | changes


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("others", [0, 1])
def test_of_two_superusers_who_strip_each_other_one_stays(others):
    SuperuserFactory.create_batch(others)
    one, two = SuperuserFactory(), SuperuserFactory()
    results = at_once(
        lambda: people.user_set_level(actor=one, **level_of(two, is_superuser=False)),
        lambda: people.user_set_level(actor=two, **level_of(one, is_superuser=False)),
    )
    assert sorted(type(result).__name__ for result in results) == ["AboveActor", "User"]
    assert User.objects.filter(is_superuser=True).count() == 1 + others
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_is_stripped_at_this_moment_makes_nobody_a_superuser():
    """Whichever comes first: what was given by one who still was a superuser stays given."""
    one, two, alice = SuperuserFactory(), SuperuserFactory(), BuyerFactory()
    results = at_once(
        lambda: people.user_set_level(actor=one, **level_of(two, is_superuser=False)),
        lambda: people.user_set_level(actor=two, **level_of(alice, is_superuser=True)),
    )
    assert type(results[0]).__name__ == "User"
    alice.refresh_from_db()
    assert alice.is_superuser is (type(results[1]).__name__ == "User")
    stale = User.objects.get(pk=two.pk)
    stale.is_superuser = True  # as his request still believes
    with pytest.raises(AboveActor):
        people.user_set_level(actor=stale, **level_of(BuyerFactory(), is_superuser=True))


def test_a_level_is_set_with_its_groups_and_ends_every_session(alice):
    boss, staff = SuperuserFactory(), Group.objects.create(name=STAFF_GROUP)
    token_issue(alice)
    wanted = level_of(alice, is_staff=True, groups=[staff])
    with called_from("203.0.113.7"):
        user = people.user_set_level(actor=boss, **wanted)
    assert state(user) == (True, False, 2, 0, True, STAFF)
    people.user_set_level(actor=boss, **wanted)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == (boss, "user.set_level", str(alice.pk))
    assert (entry.before, entry.after) == ({"is_staff": False, "groups": []}, {"is_staff": True, "groups": ["Staff"]})
    assert entry.address == "203.0.113.7"
    assert state(user)[2] == 2


def test_who_sets_no_levels(admin, alice):
    boss = SuperuserFactory()
    for actor, user, refusal in (
        (admin, alice, Denied),
        (StaffFactory(), alice, Denied),
        (AnonymousUser(), alice, Denied),
        (boss, boss, OnOneself),
        (SYSTEM, boss, LastSuperuser),
        (boss, User(pk=10**15), Missing),
    ):
        before = User.objects.filter(pk=user.pk).values().first()
        with pytest.raises(refusal):
            people.user_set_level(actor=actor, **level_of(user, is_superuser=False, is_staff=True))
        assert User.objects.filter(pk=user.pk).values().first() == before
    assert AuditEntry.objects.count() == 0


# ---------------------------------------------------------------- many at once
def test_bulk_counts_what_changed_and_says_what_did_not(admin, alice, bob):
    boss, verified = SuperuserFactory(), BuyerFactory(identity_verified=True)
    ids = [alice.pk, bob.pk, alice.pk, verified.pk, boss.pk, admin.pk, 10**15]
    with called_from("203.0.113.7"):
        outcome = people.users_bulk(actor=admin, user_ids=ids, action=PeopleAction.VERIFY)
    assert (outcome.changed, outcome.not_found) == ([alice.pk, bob.pk], [10**15])
    assert outcome.refused == {boss.pk: AboveActor.message, admin.pk: OnOneself.message}
    assert sorted(User.objects.filter(identity_verified=True).values_list("pk", flat=True)) == sorted(
        [alice.pk, bob.pk, verified.pk]
    )
    entries = AuditEntry.objects.order_by("pk")
    assert [entry.target_id for entry in entries] == [str(user.pk) for user in (alice, bob, verified)]
    assert {(entry.actor, entry.action, entry.address) for entry in entries} == {(admin, "user.verify", "203.0.113.7")}
    assert [(entry.before, entry.after) for entry in entries][0] == (
        {"identity_verified": False},
        {"identity_verified": True},
    )


def test_bulk_deactivation_ends_sessions(admin, alice, bob):
    for user in (alice, bob):
        token_issue(user)
    people.users_bulk(actor=admin, user_ids=[alice.pk, bob.pk], action=PeopleAction.DEACTIVATE)
    assert state(alice) == state(bob) == (False, False, 2, 0, False, 0)


@pytest.mark.parametrize(
    ("action", "flag", "before", "after"),
    [
        (PeopleAction.UNVERIFY, "identity_verified", True, False),
        (PeopleAction.ACTIVATE, "is_active", False, True),
        (PeopleAction.MAKE_STAFF, "is_staff", False, True),
        (PeopleAction.REMOVE_STAFF, "is_staff", True, False),
    ],
)
def test_each_bulk_action_sets_its_flag(admin, bob, action, flag, before, after):
    User.objects.filter(pk=bob.pk).update(**{flag: before})
    assert people.users_bulk(actor=admin, user_ids=[bob.pk], action=action).changed == [bob.pk]
    assert getattr(fresh(bob), flag) is after
    assert people.users_bulk(actor=admin, user_ids=[bob.pk], action=action).changed == []
    assert AuditEntry.objects.filter(action=f"user.{action}").count() == 2


def test_bulk_is_for_administrators(staff, moderator, bob):
    for actor in (staff, moderator, bob, AnonymousUser()):
        with pytest.raises(Denied):
            people.users_bulk(actor=actor, user_ids=[bob.pk], action=PeopleAction.VERIFY)
    assert (state(bob), AuditEntry.objects.count()) == ((True, False, 1, 0, False, 0), 0)
