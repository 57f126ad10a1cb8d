"""Another call that comes between a look and what follows from it: it is seen, and refused in the right words."""

from functools import partial

import pytest
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.choices import SocialProvider
from accounts.errors import TwoFactorState
from accounts.models import SignInFailure, User
from accounts.services import notifications, social, twofactor
from accounts.services.notifications import notification_delete, notification_mark_read, notification_send
from accounts.services.social import Shown, social_begin, social_sign_in, social_unlink
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.people import totp_of, with_two_factor
from config.core.errors import Missing
from tests.interleaving import comes_before
from tests.stand_ins.social import SocialStandIn

pytestmark = pytest.mark.django_db(transaction=True)
HERE = "192.0.2.1"
PAGE = "http://localhost:3000/"
GOOGLE = SocialProvider.GOOGLE


@pytest.fixture
def alice():
    return UserFactory(username="alice")


def test_two_factor_that_is_turned_off_twice_at_once_is_off_the_second_time(alice, monkeypatch):
    """The second code is not wrong: there is nothing any more that it could be looked at by."""
    secret = with_two_factor(alice).secret
    off = partial(twofactor.two_factor_disable, actor=alice, password=PASSWORD, totp_code=totp_of(secret), address=HERE)
    others = comes_before(monkeypatch, twofactor, "guarded", off)

    with pytest.raises(TwoFactorState):
        off()
    assert (others, SignInFailure.objects.exists()) == ([None], False)


def test_new_backup_codes_hold_the_account_before_its_devices(alice, monkeypatch):
    with_two_factor(alice)
    free = User.objects.select_for_update(skip_locked=True, no_key=True)
    others = comes_before(monkeypatch, twofactor, "_backup_codes_replace", transaction.atomic(free.first))

    twofactor.backup_codes_regenerate(actor=alice)
    assert others == [None]


def test_a_notification_that_is_deleted_while_it_is_marked_read_is_missing(alice, monkeypatch):
    told = notification_send(user=alice, notification_type="new_follower", title="Hello", message="Somebody")
    delete = partial(notification_delete, actor=alice, notification_id=told.pk)
    others = comes_before(monkeypatch, notifications, "notifications_of", delete)

    with pytest.raises(Missing, match="Notification"):
        notification_mark_read(actor=alice, notification_id=told.pk)
    assert others == [None]


def test_who_is_unlinked_while_they_sign_in_by_it_is_signed_in(settings, monkeypatch):
    with SocialStandIn() as provider:
        settings.OAUTH_CLIENTS = {GOOGLE.value: provider.client()}

        def enter():
            begun = social_begin(provider=GOOGLE, redirect_uri=PAGE)
            code = provider.consents(begun.authorization_url, sub="42", email="jane@example.com", email_verified=True)
            shown = Shown(code, redirect_uri=PAGE, state=begun.state, code_verifier=begun.code_verifier)
            return social_sign_in(provider=GOOGLE, shown=shown, address=HERE).sign_in.user

        user = enter()
        User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD))  # not the last way in
        unlink = partial(social_unlink, actor=user, provider=GOOGLE)
        others = comes_before(monkeypatch, social, "_refuse_closed", unlink)

        assert enter() == user
        assert (others, user.social_accounts.count()) == ([None], 0)
