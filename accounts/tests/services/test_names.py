"""Names and addresses: however they are written, they are one account's; and names that are nobody's."""

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from accounts.errors import EmailTaken, UsernameReserved, UsernameTaken
from accounts.models import User
from accounts.selectors.people import account_named, name_is_taken
from accounts.services.registration import account_register
from accounts.services.sign_in import sign_in
from accounts.tests.factories import PASSWORD, UserFactory, password_hash
from adminpanel.services.first_accounts import superuser_create
from config.core.errors import Conflict, Invalid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    password_hash()  # which the factories keep for all tests, as usual
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


# Each line is one name, in ways in which it is typed: full width, Turkish, the Kelvin sign, ß, composed or not.
SPELLINGS = [
    ("alice", "ALICE", "\uff41lice", "al\u0131ce"),
    ("kate", "\u212aate", "\uff2bATE"),
    ("straße", "STRASSE", "stra\u1e9ee", "\u017ftraße"),
    ("Jos\u00e9", "JOS\u00c9", "Jose\u0301"),
    ("ΟΔΟΣ", "οδος", "οδοσ"),
]


def register(username, email="somebody@example.com"):
    return account_register(username=username, email=email, password=PASSWORD, user_type="buyer")


@pytest.mark.parametrize(("registered", "typed"), [(line[0], other) for line in SPELLINGS for other in line])
def test_one_name_however_it_is_typed(registered, typed):
    alice = register(registered, "alice@example.com")

    assert account_named(typed) == alice
    assert sign_in(name=typed, password=PASSWORD, address="").user == alice
    assert authenticate(username=typed, password=PASSWORD) == alice
    assert User.objects.get_by_natural_key(typed) == alice
    assert name_is_taken(typed)
    with pytest.raises(Invalid):
        register(typed)
    with pytest.raises(Conflict):
        superuser_create(username=typed, email="root@example.com", password=PASSWORD)


@pytest.mark.parametrize("typed", ["Al\u0131ce\u212a@Example.com", "\uff21licek@example.com", "ALICEK@EXAMPLE.COM"])
def test_one_address_however_it_is_typed(typed):
    alice = register("somebody", "alicek@example.com")

    assert account_named(typed) == alice
    with pytest.raises(Invalid):
        register("other", typed)
    with pytest.raises((UsernameTaken, Invalid)):
        register(typed)
    assert User.objects.count() == 1


def test_what_is_registered_can_be_typed_again():
    """Names are kept in NFKC; people sign in with what they typed, and with what is shown."""
    alice = register("\uff21lice\u2460", "\uff41lice@example.com")

    assert (alice.username, alice.email) == ("Alice1", "alice@example.com")
    for typed in ("\uff21lice\u2460", "Alice1", "\uff41lice@example.com", "alice@example.com"):
        assert sign_in(name=typed, password=PASSWORD, address="").user == alice


def test_an_address_that_only_looks_like_another_is_kept_as_it_is_and_compared_alike():
    alice = register("alice", "al\u0131ce@example.com")

    assert alice.email == "al\u0131ce@example.com"
    with pytest.raises(EmailTaken):
        register("bob", "alice@example.com")


@pytest.mark.parametrize("column", ["username", "email"])
def test_the_database_keeps_names_apart(column):
    UserFactory(username="mike")
    twin = {"username": "m\u0131ke", "email": "m\u0131ke@example.com"}[column]

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(**({"username": "bob", "email": "bob@example.com"} | {column: twin}))])


def test_the_keys_follow_what_is_saved():
    alice = UserFactory(username="alice")
    alice.username, alice.email = "Bob", "Bob@example.com"
    alice.save(update_fields=["username", "email"])
    alice.refresh_from_db()

    assert (alice.username_key, alice.email_key) == ("bob", "bob@example.com")
    assert account_named("alice") is None


# ---------------------------------------------------------------- names that nobody registers
@pytest.mark.parametrize(
    ("username", "error"),
    [
        ("Atelier", UsernameTaken),
        ("atel\u0131er19", UsernameReserved),
        ("Admin_7", UsernameReserved),
        ("ME", UsernameTaken),
        ("\u0430dmin19", Invalid),
        ("\u0430lice", Invalid),
        ("admin\u3164", Invalid),
        ("admin\u200b", Invalid),
        ("\u202enimda", Invalid),
        ("a\u0323dmin", UsernameReserved),  # composed: a letter
        ("x\u0323\u0323dmin", Invalid),  # cannot be
    ],
)
def test_names_that_are_refused(username, error):
    with pytest.raises(error) as refusal:
        register(username)

    assert refusal.value.field == "username"
    assert not User.objects.exists()


@pytest.mark.parametrize("username", ["山田taro", "ヤマダ2", "김철수kim", "Юрий", "José-María", "me2", "supporter"])
def test_names_that_people_have(username):
    assert register(username).username == username


def test_which_words_are_reserved_is_a_setting(settings):
    settings.RESERVED_NAMES = ["captain"]

    with pytest.raises(UsernameReserved):
        register("capta1n12")
    assert register("support").username == "support"


@pytest.mark.parametrize(
    ("path", "status", "sent"),
    [
        ("/api/auth/register/", 400, {"first_name": "A", "last_name": "B", "user_type": "buyer"}),
        ("/api/v1/register", 422, {"full_name": "A B"}),
        ("/api/auth/register", 422, {"full_name": "A B"}),
    ],
)
def test_every_dialect_names_the_field(path, status, sent):
    body = {"email": "a@example.com", "password": PASSWORD, "password_confirm": PASSWORD} | sent
    mixed = APIClient().post(path, body | {"username": "\u0430lice"}, format="json")
    reserved = APIClient().post(path, body | {"username": "Admin_7"}, format="json")

    assert (mixed.status_code, reserved.status_code) == (status, 409 if path == "/api/auth/register" else status)
    assert "username" in str(mixed.json())
    assert "username" in str(reserved.json()).lower()
    assert not User.objects.exists()


# ---------------------------------------------------------------- the platform's own
def test_the_platforms_own_accounts_may_have_reserved_names():
    for name in ("admin", "content_moderator"):
        assert superuser_create(username=name, email=f"{name}@example.com", password=PASSWORD).is_new


def test_createsuperuser_looks_for_names_and_addresses_as_everybody(monkeypatch):
    UserFactory(username="mike")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)

    with pytest.raises(CommandError, match="username is already taken"):
        call_command("createsuperuser", interactive=False, username="M\u0131ke", email="root@example.com")
    with pytest.raises(CommandError, match="address is already taken"):
        call_command("createsuperuser", interactive=False, username="chief", email="M\u0131ke@example.com")
    call_command("createsuperuser", interactive=False, username="\uff41dmin", email="root@example.com", verbosity=0)
    assert User.objects.get(is_superuser=True).username == "admin"


def test_emails_in_errors():
    UserFactory(username="bob")

    with pytest.raises(EmailTaken):
        register("alice", "BOB@example.com")
