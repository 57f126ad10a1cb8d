"""Social login against a provider on this machine: which account it is, and what is refused."""

import logging
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection

from accounts.choices import SocialProvider
from accounts.errors import (
    AccountDisabled,
    LastWayIn,
    SocialLinked,
    SocialLinkFirst,
    SocialNotConfigured,
    SocialRefused,
    SocialWithoutAddress,
)
from accounts.models import SocialAccount, User
from accounts.services import social
from accounts.services.passwords import password_forgotten
from accounts.services.social import Shown, social_begin, social_link, social_sign_in, social_unlink
from accounts.tests.factories import BuyerFactory, UserFactory
from accounts.tests.people import with_two_factor
from config.core.errors import Limited, Missing, Upstream
from tests.interleaving import comes_before
from tests.stand_ins.gateway_server import Answer
from tests.stand_ins.social import SocialStandIn

pytestmark = pytest.mark.django_db
GOOGLE, GITHUB, DISCORD = SocialProvider
PAGE = "http://localhost:3000/auth/callback/google"
JANE = {"sub": "42", "email": "jane@example.com", "email_verified": True, "name": "Jane van Doe"}


@pytest.fixture(scope="module")
def server():
    with SocialStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def provider(server, settings):
    server.emails, server.says = None, None
    server.requests.clear()
    settings.OAUTH_CLIENTS = {name.value: server.client() for name in SocialProvider}
    return server


def sign_in(provider, at=GOOGLE, **person):
    begun = social_begin(provider=at, redirect_uri=PAGE)
    code = provider.consents(begun.authorization_url, **(person or JANE))
    shown = Shown(code=code, redirect_uri=PAGE, state=begun.state, code_verifier=begun.code_verifier)
    return social_sign_in(provider=at, shown=shown, address="192.0.2.1")


class TestWhoItIs:
    def test_a_new_account_with_a_confirmed_address(self, provider):
        found = sign_in(provider)

        user = User.objects.get()
        assert (found.sign_in.user, found.is_new_user, found.sign_in.needs_second_factor) == (user, True, False)
        assert (user.username, user.email, user.email_verified, user.get_full_name()) == (
            "jane",
            "jane@example.com",
            True,
            "Jane van Doe",
        )
        assert (user.user_type, user.has_usable_password()) == ("buyer", False)
        assert [mail.template for mail in user.deliveries.all()] == ["welcome"]
        linked = SocialAccount.objects.get()
        assert (linked.user, linked.provider, linked.uid, linked.email) == (user, "google", "42", "jane@example.com")

    def test_the_same_one_again_whatever_their_address_is_now(self, provider):
        first = sign_in(provider)
        again = sign_in(provider, **JANE | {"email": "other@example.com", "email_verified": False})

        assert (again.sign_in.user, again.is_new_user) == (first.sign_in.user, False)
        assert User.objects.get().email == "jane@example.com"

    def test_an_account_with_that_address_is_joined_and_told(self, provider):
        jane = UserFactory.create(username="polymaster", email="Jane@Example.com")

        found = sign_in(provider)

        assert (found.sign_in.user, found.is_new_user) == (jane, False)
        assert [mail.template for mail in jane.deliveries.all()] == ["social_linked"]
        assert jane.last_login is None and found.sign_in.user.last_login is not None

    @pytest.mark.parametrize(
        ("ours", "theirs", "address"),
        [(False, True, "jane@example.com"), (True, False, "jane@example.com"), (True, True, "JANE@EXAMPLE.COM")],
    )
    def test_unless_one_side_has_not_confirmed_it(self, provider, ours, theirs, address):
        jane = UserFactory.create(email="jane@example.com")
        if not ours:
            User.objects.filter(pk=jane.pk).update(email_verified_at=None)
        if ours and theirs:
            assert sign_in(provider, **JANE | {"email": address}).sign_in.user == jane
            return
        with pytest.raises(SocialLinkFirst):
            sign_in(provider, **JANE | {"email": address, "email_verified": theirs})
        assert not SocialAccount.objects.exists()
        assert User.objects.count() == 1

    def test_nor_while_another_address_waits(self, provider):
        UserFactory.create(email="jane@example.com", pending_email="new@example.com")
        with pytest.raises(SocialLinkFirst):
            sign_in(provider)

    def test_nor_for_an_address_that_only_looks_alike(self, provider):
        UserFactory.create(email="jill@example.com")
        with pytest.raises(SocialLinkFirst):
            sign_in(provider, **JANE | {"email": "j\u0131ll@example.com"})

    def test_an_address_that_the_provider_does_not_vouch_for_opens_no_account(self, provider):
        """Whoever opened it would still sign in to it when its owner has confirmed the address."""
        with pytest.raises(SocialWithoutAddress):
            sign_in(provider, **JANE | {"email_verified": False})
        assert not User.objects.exists()

    def test_a_password_that_its_holder_did_not_change_ends_it(self, provider):
        user = sign_in(provider).sign_in.user
        user.set_password("another long passphrase 2")
        user.save(update_fields=["password"])
        assert not SocialAccount.objects.exists()
        assert sign_in(provider).sign_in.user == user  # the address is confirmed on both sides

    def test_without_an_address_there_is_no_account(self, provider):
        for email in ("", None, "no address", ["a@example.com"]):
            with pytest.raises(SocialWithoutAddress):
                sign_in(provider, **JANE | {"email": email})
        assert not User.objects.exists()

    @pytest.mark.parametrize("closed", [{"is_banned": True, "is_active": False}, {"is_active": False}])
    def test_who_is_shut_out_stays_out(self, provider, closed):
        user = sign_in(provider).sign_in.user
        stranger = UserFactory.create(email="closed@example.com")
        User.objects.filter(pk__in=[user.pk, stranger.pk]).update(**closed)

        for person in (JANE, JANE | {"sub": "43", "email": "closed@example.com"}):
            with pytest.raises(AccountDisabled):
                sign_in(provider, **person)
        assert SocialAccount.objects.count() == 1

    def test_a_second_factor_is_still_owed(self, provider):
        with_two_factor(sign_in(provider).sign_in.user)

        found = sign_in(provider)

        assert found.sign_in.needs_second_factor
        assert found.sign_in.user.pending_sign_ins.count() == 1

    @pytest.mark.parametrize(
        ("names", "username"),
        [
            ({"email": "jane@example.com"}, "jane"),
            ({"email": "bob@example.org", "name": "Bj\u00f6rn \U0001f3a8"}, "Bjorn"),
            ({"email": "a@example.org", "name": "\u5f35\u4e09"}, None),
            ({"email": "admin@example.org", "name": ""}, None),
        ],
    )
    def test_a_name_that_is_free_and_a_name_here(self, provider, names, username):
        BuyerFactory.create(username="bob")
        user = sign_in(provider, **JANE | {"name": ""} | names).sign_in.user
        assert user.username == username if username else user.username.startswith(("user-", "admin-"))

    def test_github_says_apart_what_is_confirmed(self, provider):
        person = {"id": 7, "login": "octo", "email": "shown@example.com", "name": None}
        provider.emails = [
            {"email": "old@example.com", "verified": True, "primary": False},
            {"email": "octo@example.com", "verified": True, "primary": True},
        ]
        user = sign_in(provider, GITHUB, **person).sign_in.user
        assert (user.username, user.email, user.email_verified) == ("octo", "octo@example.com", True)

        provider.emails = None
        with pytest.raises(SocialWithoutAddress):  # of the address that is shown nobody says that it is confirmed
            sign_in(provider, GITHUB, **person | {"id": 8})

    @pytest.mark.parametrize("word", ["email_verified", "verified_email"])
    @pytest.mark.parametrize(("said", "confirmed"), [(True, True), ("true", True), (1.5, False), ("no", False)])
    def test_words_for_confirmed(self, provider, word, said, confirmed):
        person = {"id": "42", "email": "jane@example.com", word: said}
        if confirmed:
            assert sign_in(provider, **person).sign_in.user.email_verified
        else:
            with pytest.raises(SocialWithoutAddress):
                sign_in(provider, **person)

    def test_discord(self, provider):
        person = {"id": "9", "username": "gamer", "global_name": "The Gamer", "email": "g@example.com"}
        user = sign_in(provider, DISCORD, **person, verified=True).sign_in.user
        assert (user.username, user.get_full_name(), user.email_verified) == ("gamer", "The Gamer", True)


class TestTheFlow:
    def test_where_people_are_sent_to(self, provider):
        begun = social_begin(provider=GOOGLE, redirect_uri=PAGE)
        asked = {name: value for name, (value,) in parse_qs(urlsplit(begun.authorization_url).query).items()}
        assert begun.authorization_url.startswith(f"{provider.url}/authorize?")
        assert asked.pop("code_challenge")
        assert asked == {
            "response_type": "code",
            "client_id": "our-client",
            "redirect_uri": PAGE,
            "scope": "openid email profile",
            "state": begun.state,
            "code_challenge_method": "S256",
        }
        assert begun.code_verifier not in begun.authorization_url + begun.state

    @pytest.mark.parametrize(
        "changes",
        [
            {"state": "nonsense"},
            {"code_verifier": "another"},
            {"code_verifier": "\u00e9"},
            {"redirect_uri": "http://localhost:3000/other"},
            {"code": "never given"},
        ],
    )
    def test_what_does_not_belong_to_it(self, provider, changes):
        begun = social_begin(provider=GOOGLE, redirect_uri=PAGE)
        code = provider.consents(begun.authorization_url, **JANE)
        sent = {"code": code, "state": begun.state, "code_verifier": begun.code_verifier, "redirect_uri": PAGE}
        with pytest.raises(SocialRefused):
            social_sign_in(provider=GOOGLE, shown=Shown(**sent | changes), address="192.0.2.1")
        assert not User.objects.exists()

    def test_a_flow_is_for_one_provider_and_for_signing_in_or_linking(self, provider, alice, bob):
        for begun in (
            social_begin(provider=GITHUB, redirect_uri=PAGE),
            social_begin(provider=GOOGLE, redirect_uri=PAGE, linking=alice),
        ):
            shown = Shown("code", "", PAGE, begun.state, begun.code_verifier)
            with pytest.raises(SocialRefused):
                social_sign_in(provider=GOOGLE, shown=shown, address="192.0.2.1")
            with pytest.raises(SocialRefused):
                social_link(actor=bob, provider=GOOGLE, shown=shown)
        assert provider.requests == []

    def test_it_lapses(self, provider, monkeypatch):
        begun = social_begin(provider=GOOGLE, redirect_uri=PAGE)
        monkeypatch.setattr("accounts.services.social.STATE_LIFE", -1)
        shown = Shown("code", "", PAGE, begun.state, begun.code_verifier)
        with pytest.raises(SocialRefused):
            social_sign_in(provider=GOOGLE, shown=shown, address="192.0.2.1")

    def test_a_client_that_ran_the_flow_itself(self, provider):
        code = provider.consents(redirect_uri=PAGE, **JANE)
        shown = Shown(code=code, redirect_uri=PAGE)
        assert social_sign_in(provider=GOOGLE, shown=shown, address="192.0.2.1").is_new_user
        with pytest.raises(SocialRefused):
            social_sign_in(provider=GOOGLE, shown=shown, address="192.0.2.1")

    @pytest.mark.parametrize("at", list(SocialProvider))
    def test_an_access_token_of_ours_but_of_no_other_app(self, provider, at, settings):
        person = JANE | {"id": "42", "verified": True}
        token = provider.token_for("our-client", **person)
        assert social_sign_in(provider=at, shown=Shown(access_token=token), address="192.0.2.1").is_new_user
        foreign = provider.token_for("somebody-else", **person)
        for wrong in (foreign, "nonsense", "b\u00e9", "a\nb"):
            with pytest.raises(SocialRefused):
                social_sign_in(provider=at, shown=Shown(access_token=wrong), address="192.0.2.1")
        settings.OAUTH_CLIENTS[at]["tokeninfo_url"] = ""
        with pytest.raises(SocialRefused):
            social_sign_in(provider=at, shown=Shown(access_token=token), address="192.0.2.1")

    def test_without_a_client_id(self, settings, alice):
        settings.OAUTH_CLIENTS = {name.value: {"client_id": "", "client_secret": ""} for name in SocialProvider}
        for call in (
            lambda: social_begin(provider=GOOGLE, redirect_uri=PAGE),
            lambda: social_sign_in(provider=GOOGLE, shown=Shown(code="c"), address="192.0.2.1"),
        ):
            with pytest.raises(SocialNotConfigured, match="Google sign-in is not configured"):
                call()

    @pytest.mark.parametrize(
        ("trouble", "refusal"),
        [
            (lambda provider: provider.fail(500), Upstream),
            (lambda provider: provider.fail(302), SocialRefused),
            (lambda provider: provider.drop(), Upstream),
            (lambda provider: setattr(provider, "says", answer(b"<html>")), SocialRefused),
            (lambda provider: setattr(provider, "says", answer(b"[]")), SocialRefused),
            (lambda provider: setattr(provider, "says", answer(b'{"access_token": null}')), SocialRefused),
            (lambda provider: setattr(provider, "says", answer(b"{}")), SocialRefused),
        ],
    )
    def test_a_provider_in_trouble(self, provider, trouble, refusal):
        begun = social_begin(provider=GOOGLE, redirect_uri=PAGE)
        code = provider.consents(begun.authorization_url, **JANE)
        trouble(provider)
        shown = Shown(code=code, redirect_uri=PAGE, state=begun.state, code_verifier=begun.code_verifier)
        with pytest.raises(refusal):
            social_sign_in(provider=GOOGLE, shown=shown, address="192.0.2.1")
        assert not User.objects.exists()

    @pytest.mark.parametrize("person", [{"sub": ""}, {"sub": None}, {"sub": {}}, {"sub": "x" * 256}, {"sub": True}])
    def test_a_person_without_an_id(self, provider, person):
        with pytest.raises(SocialRefused):
            sign_in(provider, **JANE | person)

    def test_nothing_of_it_is_logged(self, provider, caplog):
        caplog.set_level(logging.DEBUG)
        begun = social_begin(provider=GOOGLE, redirect_uri=PAGE)
        code = provider.consents(begun.authorization_url, **JANE)
        shown = Shown(code=code, redirect_uri=PAGE, state=begun.state, code_verifier=begun.code_verifier)
        social_sign_in(provider=GOOGLE, shown=shown, address="192.0.2.1")
        (token,) = list(provider.tokens)[-1:]
        for secret in (provider.client_secret, code, begun.code_verifier, token):
            assert secret not in caplog.text

    def test_too_many_from_one_network(self, provider, settings):
        settings.RATE_LIMITS, settings.SIGN_INS_PER_MINUTE = "on", 1
        begun = social_begin(provider=GOOGLE, redirect_uri=PAGE)
        shown = Shown("code", "", PAGE, begun.state, begun.code_verifier)
        with pytest.raises(SocialRefused):
            social_sign_in(provider=GOOGLE, shown=shown, address="198.51.100.77")
        with pytest.raises(Limited):
            social_sign_in(provider=GOOGLE, shown=shown, address="198.51.100.77")


def answer(body):
    return Answer(200, body)


def link(provider, actor, at=GOOGLE, **person):
    begun = social_begin(provider=at, redirect_uri=PAGE, linking=actor)
    code = provider.consents(begun.authorization_url, **(person or JANE))
    shown = Shown(code=code, redirect_uri=PAGE, state=begun.state, code_verifier=begun.code_verifier)
    return social_link(actor=actor, provider=at, shown=shown)


class TestLinking:
    def test_by_who_is_signed_in_whatever_the_addresses(self, provider, alice):
        linked = link(provider, alice)
        assert link(provider, alice) == linked
        assert sign_in(provider).sign_in.user == alice
        assert [mail.template for mail in alice.deliveries.all()] == ["social_linked"]

    def test_one_account_there_is_one_person_s_here(self, provider, alice, bob):
        link(provider, alice)
        with pytest.raises(SocialLinked, match="belongs to another account"):
            link(provider, bob)
        with pytest.raises(SocialLinked, match="Unlink it first"):
            link(provider, alice, **JANE | {"sub": "43"})
        assert SocialAccount.objects.count() == 1

    def test_unlinking(self, provider, alice):
        link(provider, alice)
        social_unlink(actor=alice, provider=GOOGLE)
        with pytest.raises(Missing):
            social_unlink(actor=alice, provider=GOOGLE)
        assert [mail.template for mail in alice.deliveries.order_by("pk")] == ["social_linked", "social_unlinked"]

    def test_the_last_way_in_stays(self, provider):
        user = sign_in(provider).sign_in.user
        with pytest.raises(LastWayIn):
            social_unlink(actor=user, provider=GOOGLE)
        link(provider, user, DISCORD, id="9")
        social_unlink(actor=user, provider=GOOGLE)
        with pytest.raises(LastWayIn):
            social_unlink(actor=user, provider=DISCORD)
        password_forgotten(email=user.email)  # who wants a password gets a link
        user.set_password("a long enough passphrase 3")
        user.save()
        assert not user.social_accounts.exists()  # a password by link ends what somebody else may have linked
        assert sign_in(provider, **JANE | {"email": user.email}).sign_in.user == user
        social_unlink(actor=user, provider=GOOGLE)


@pytest.mark.django_db(transaction=True)
def test_two_first_sign_ins_at_once_make_one_account(provider):
    begun = [social_begin(provider=GOOGLE, redirect_uri=PAGE) for _ in range(4)]
    codes = [provider.consents(each.authorization_url, **JANE) for each in begun]
    found, start = [], threading.Barrier(4)

    def enter(each, code):
        shown = Shown(code=code, redirect_uri=PAGE, state=each.state, code_verifier=each.code_verifier)
        start.wait()
        try:
            found.append(social_sign_in(provider=GOOGLE, shown=shown, address="192.0.2.1"))
        finally:
            connection.close()

    threads = [threading.Thread(target=enter, args=pair) for pair in zip(begun, codes, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    user = User.objects.get()
    assert [each.sign_in.user for each in found] == [user] * 4
    assert sum(each.is_new_user for each in found) == 1
    assert SocialAccount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("look", ["account_addressed", "email_check"])
def test_a_first_sign_in_that_ends_while_another_looks_is_not_taken_for_somebody_elses(provider, monkeypatch, look):
    """A double click: the second finds no link yet, then an account that the first has made meanwhile."""
    others = comes_before(monkeypatch, social, look, lambda: sign_in(provider, **JANE))
    late = sign_in(provider, **JANE)
    assert [other.is_new_user for other in others] == [True] and not late.is_new_user
    assert late.sign_in.user == others[0].sign_in.user == User.objects.get()
    assert SocialAccount.objects.count() == 1
