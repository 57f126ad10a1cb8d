"""The admin site's login: the second factor of those who have one, and the lock on guessing."""

import pytest
from django.utils import timezone
from django_otp.oath import TOTP

from accounts.models import AuthenticatorDevice
from accounts.tests.factories import PASSWORD, StaffFactory

pytestmark = pytest.mark.django_db
URL = "/admin/login/"
SECRET = b"12345678901234567890"


@pytest.fixture
def staff():
    return StaffFactory(username="staff")


@pytest.fixture
def with_second_factor(staff):
    AuthenticatorDevice.objects.create(
        user=staff,
        secret="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        confirmed=True,
        confirmed_at=timezone.now(),
    )
    return staff


def code() -> str:
    totp = TOTP(SECRET)
    totp.time = timezone.now().timestamp()
    return f"{totp.token():06d}"


def sign_in(client, **changes: str):
    return client.post(URL, {"username": "staff", "password": PASSWORD} | changes)


def is_in(client) -> bool:
    return client.get("/admin/").status_code == 200


def test_the_page_asks_for_all_three(client):
    text = client.get(URL).content.decode()
    for name in ("username", "password", "code"):
        assert f'name="{name}"' in text


def test_without_a_second_factor_the_password_is_enough(client, staff):
    assert sign_in(client).status_code == 302
    assert is_in(client)


def test_with_one_the_password_alone_is_not(client, with_second_factor):
    for sent in ({}, {"code": ""}, {"code": "000000"}, {"code": "ABCDEFGH"}, {"code": "\u0661" * 6}):
        assert sign_in(client, **sent).status_code == 200
        assert not is_in(client)


def test_a_code_lets_in_once(client, with_second_factor):
    now = code()
    assert sign_in(client, code=now).status_code == 302
    assert is_in(client)
    client.logout()
    assert sign_in(client, code=now).status_code == 200
    assert not is_in(client)


def test_five_wrong_codes_lock_even_the_right_one(client, with_second_factor):
    for _ in range(5):
        sign_in(client, code="000000")
    answer = sign_in(client, code=code())
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 890
    assert "Too many failed attempts. Try again in 15 minutes." in answer.content.decode()
    assert not is_in(client)


def test_who_signed_in_with_a_code_is_verified_for_django_otp(client, with_second_factor):
    sign_in(client, code=code())
    user = client.get("/admin/").wsgi_request.user
    assert user.is_verified()
    assert user.otp_device == with_second_factor.authenticator


def test_a_wrong_password_says_nothing_about_the_second_factor(client, with_second_factor):
    both_wrong = sign_in(client, password="wrong", code="000000").context["form"].errors
    password_wrong = sign_in(client, password="wrong", code=code()).context["form"].errors
    assert both_wrong == password_wrong
    assert list(both_wrong) == ["__all__"]
    assert not is_in(client)
