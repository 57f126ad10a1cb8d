"""Both kinds of credentials, in every dialect."""

import orjson
import pytest

from accounts.authentication import access_token, users_of
from accounts.models import User
from accounts.services.sessions import token_issue
from accounts.tests.factories import UserFactory
from config.dialects.tests.edges import VIEWS, ask

UNKNOWN = {
    "cultureup": {"detail": "Authentication credentials were not provided."},
    "nexus": {"detail": "Not authenticated"},
    "v1": {"detail": "Authentication credentials were not provided.", "status_code": 401},
    "printshop": {"error": "Invalid or missing JWT token", "status": 401},
}


def private(dialect, header=None):
    options = {"HTTP_AUTHORIZATION": header} if header else {}
    response = ask(VIEWS[dialect], "private", **options)
    return response.status_code, orjson.loads(response.content)


@pytest.mark.django_db
@pytest.mark.parametrize("dialect", VIEWS)
def test_both_credentials_are_understood(dialect):
    alice = UserFactory(username="alice")

    for header in (f"Token {token_issue(alice)}", f"Bearer {access_token(alice)}", f"bearer {access_token(alice)}"):
        assert private(dialect, header) == (200, {"username": "alice"})


@pytest.mark.parametrize("dialect", VIEWS)
def test_without_one_it_is_401_in_the_dialects_words(dialect):
    assert private(dialect) == (401, UNKNOWN[dialect])
    assert ask(VIEWS[dialect], "private")["WWW-Authenticate"] == ("Token" if dialect == "cultureup" else "Bearer")


@pytest.mark.django_db
@pytest.mark.parametrize("dialect", VIEWS)
@pytest.mark.parametrize("scheme", ["Token", "Bearer"])
def test_ended_credentials_are_401(dialect, scheme):
    alice = UserFactory()
    header = f"{scheme} {token_issue(alice) if scheme == 'Token' else access_token(alice)}"
    User.objects.filter(pk=alice.pk).update(is_active=False)

    status, body = private(dialect, header)

    assert status == 401
    assert set(body) == set(UNKNOWN[dialect])


@pytest.mark.django_db
def test_a_token_of_another_key_or_without_its_claims_is_nobodys(settings):
    import jwt

    alice = UserFactory()
    claims = jwt.decode(access_token(alice), options={"verify_signature": False})
    assert claims["sub"] == str(alice.pk)
    for wrong in (
        jwt.encode(claims, "another key that is long enough for it", algorithm="HS256"),
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode(claims | {"ver": 99}, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode(claims | {"sub": "x"}, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode({k: v for k, v in claims.items() if k != "ver"}, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode({k: v for k, v in claims.items() if k != "sub"}, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode({k: v for k, v in claims.items() if k != "jti"}, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode(claims | {"token_type": "refresh"}, settings.SECRET_KEY, algorithm="HS256"),
    ):
        assert private("v1", f"Bearer {wrong}")[0] == 401
    right = jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256")
    assert private("v1", f"Bearer {right}")[0] == 200


@pytest.mark.django_db
def test_many_at_once_are_as_one_by_one(django_assert_num_queries):
    people = [UserFactory() for _ in range(3)]
    gone = UserFactory()
    ended, closed = f"Bearer {access_token(people[0])}", f"Token {token_issue(gone)}"
    closed_bearer = f"Bearer {access_token(gone)}"
    shown = [
        *(f"Bearer {access_token(person)}" for person in people[1:]),
        *(f"Token {token_issue(person)}" for person in people),
        *(ended, closed, closed_bearer, "", "Bearer", "Bearer x", "Token x", "Basic x", "bearer \u00e9"),
    ]
    User.objects.filter(pk=people[0].pk).update(credentials_version=2)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert users_of(shown) == [users_of([text])[0] for text in shown] == [*people[1:], *people, *[None] * 9]
    with django_assert_num_queries(3):
        users_of([text for text in shown if text != ended])
    assert users_of([]) == []
