"""How each dialect words what it refuses."""

import gzip
import logging

import orjson
import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient, APIRequestFactory

from accounts.models import Follow
from accounts.tests.factories import UserFactory
from accounts.tests.people import as_token
from config.dialects.tests.edges import REFUSALS, VIEWS, ask

BUSY = "A service this needs does not answer. Please try again later."
NO = "You do not have permission to perform this action."


def asked(dialect, *arguments, **options):
    response = ask(VIEWS[dialect], *arguments, **options)
    return response.status_code, orjson.loads(response.content)


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("invalid", 400, {"error": "Not like this.", "code": "invalid"}),
        ("field", 400, {"amount": ["Too small."]}),
        ("denied", 403, {"detail": NO}),
        ("missing", 404, {"detail": "Artwork not found"}),
        ("conflict", 409, {"error": "Changed meanwhile.", "code": "conflict", "version": 3}),
        ("limited", 429, {"detail": "Try again in 2 minutes.", "wait": 120}),
        ("upstream", 503, {"detail": BUSY}),
    ],
)
def test_cultureup(kind, status, body):
    assert asked("cultureup", "refuse", arguments={"kind": kind}) == (status, body)


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("invalid", 400, {"detail": "Not like this."}),
        ("field", 422, {"detail": [{"loc": ["query", "amount"], "msg": "Too small.", "type": "value_error"}]}),
        ("denied", 403, {"detail": "Not enough permissions"}),
        ("missing", 404, {"detail": "Artwork not found"}),
        ("conflict", 409, {"detail": "Changed meanwhile.", "version": 3}),
        ("limited", 429, {"detail": "Try again in 2 minutes.", "wait": 120}),
        ("upstream", 503, {"detail": BUSY}),
    ],
)
def test_nexus(kind, status, body):
    assert asked("nexus", "refuse", arguments={"kind": kind}) == (status, body)


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("invalid", 400, {"detail": "Not like this.", "status_code": 400}),
        (
            "field",
            422,
            {
                "detail": "Validation failed",
                "errors": [{"field": "amount", "message": "Too small."}],
                "status_code": 422,
            },
        ),
        ("denied", 403, {"detail": NO, "status_code": 403}),
        ("missing", 404, {"detail": "Artwork not found", "status_code": 404}),
        ("conflict", 409, {"detail": "Changed meanwhile.", "status_code": 409, "version": 3}),
        ("limited", 429, {"detail": "Try again in 2 minutes.", "status_code": 429, "wait": 120}),
        ("upstream", 503, {"detail": BUSY, "status_code": 503}),
    ],
)
def test_v1(kind, status, body):
    assert asked("v1", "refuse", arguments={"kind": kind}) == (status, body)


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("invalid", 400, {"error": "Not like this.", "status": 400}),
        ("field", 400, {"error": "Too small.", "status": 400, "field": "amount"}),
        ("denied", 403, {"error": "User doesn't have access", "status": 403}),
        ("missing", 404, {"error": "Resource doesn't exist", "status": 404}),
        ("conflict", 409, {"error": "Changed meanwhile.", "status": 409, "version": 3}),
        ("limited", 429, {"error": "Try again in 2 minutes.", "status": 429, "wait": 120}),
        ("upstream", 503, {"error": BUSY, "status": 503}),
    ],
)
def test_the_print_shop(kind, status, body):
    assert asked("printshop", "refuse", arguments={"kind": kind}) == (status, body)


@pytest.mark.parametrize("dialect", VIEWS)
def test_a_limit_says_when_to_come_back(dialect):
    assert ask(VIEWS[dialect], "refuse", arguments={"kind": "limited"})["Retry-After"] == "120"


# ---------------------------------------------------------------- what others do meanwhile
def follow_of(user):
    return Follow(follower=user, followed=UserFactory())


def twice(user):
    for follow in [first := follow_of(user), Follow(follower=user, followed=first.followed)]:
        follow.save()


def refer_to_what_is_gone(user):
    with transaction.atomic():
        follow = follow_of(user)
        type(user).objects.filter(pk=follow.followed_id).delete()
        follow.save()


def save_what_is_gone(user):
    type(user).objects.filter(pk=user.pk).delete()
    user.save(update_fields=["first_name"])


def look_again(user):
    type(user).objects.filter(pk=user.pk).delete()
    user.refresh_from_db()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("dialect", VIEWS)
@pytest.mark.parametrize(
    ("meanwhile", "status"), [(twice, 409), (refer_to_what_is_gone, 409), (save_what_is_gone, 404), (look_again, 404)]
)
def test_what_another_call_has_changed_meanwhile_is_no_fault(dialect, meanwhile, status, monkeypatch, caplog):
    """Each is worth a look all the same: a lock, or a refusal in better words, may be missing."""
    user = UserFactory()
    monkeypatch.setitem(REFUSALS, "overtaken", lambda: meanwhile(user))

    with caplog.at_level(logging.ERROR):
        answered, _body = asked(dialect, "refuse", arguments={"kind": "overtaken"})

    assert answered == status
    assert [record.exc_info is not None for record in caplog.records] == [True]


@pytest.mark.django_db
@pytest.mark.parametrize("dialect", VIEWS)
def test_a_broken_rule_of_a_table_and_a_row_that_was_never_there_are_faults(dialect, monkeypatch):
    user = UserFactory()

    def broken():
        with transaction.atomic():
            Follow.objects.create(follower=user, followed=user)

    for fault, kind in ((broken, IntegrityError), (lambda: user.artist_profile, ObjectDoesNotExist)):
        monkeypatch.setitem(REFUSALS, "fault", fault)
        with pytest.raises(kind):
            asked(dialect, "refuse", arguments={"kind": "fault"})


# ---------------------------------------------------------------- validation
WRONG = {"name": "too long", "parts": [{"size": 1}, {"size": 0}]}
LONG = "Ensure this field has no more than 5 characters."
SMALL = "Ensure this value is greater than or equal to 1."


def test_cultureups_validation():
    assert asked("cultureup", "create", "post", body=WRONG) == (
        400,
        {"name": [LONG], "parts": {"1": {"size": [SMALL]}}},
    )


def test_nexus_validation():
    assert asked("nexus", "create", "post", body=WRONG) == (
        422,
        {
            "detail": [
                {"loc": ["body", "name"], "msg": LONG, "type": "max_length"},
                {"loc": ["body", "parts", 1, "size"], "msg": SMALL, "type": "min_value"},
            ]
        },
    )
    assert asked("nexus", "create", "post", body={})[1] == {
        "detail": [{"loc": ["body", "name"], "msg": "Field required", "type": "missing"}]
    }


def test_v1s_validation():
    assert asked("v1", "create", "post", body=WRONG) == (
        422,
        {
            "detail": "Validation failed",
            "errors": [{"field": "name", "message": LONG}, {"field": "parts.1.size", "message": SMALL}],
            "status_code": 422,
        },
    )


def test_the_print_shops_validation():
    assert asked("printshop", "create", "post", body={"name": "too long"}) == (
        400,
        {"error": f"name: {LONG}", "status": 400},
    )


@pytest.mark.parametrize("dialect", VIEWS)
@pytest.mark.parametrize(
    "body", [[], [1], "text", 5, {"name": None}, {"name": ["x"]}, {"name": "\x00"}, {"name": "x", "parts": {"a": 1}}]
)
def test_odd_bodies_are_validation_errors(dialect, body):
    status, answer = asked(dialect, "create", "post", body=body)

    assert status == (422 if dialect in {"nexus", "v1"} else 400)
    assert isinstance(answer, dict)


@pytest.mark.parametrize("dialect", VIEWS)
def test_unknown_fields_are_ignored(dialect):
    assert asked(dialect, "create", "post", body={"name": "x", "id": 7, "role": "admin"}) == (200, {"name": "x"})


@pytest.mark.parametrize(("dialect", "status"), [("cultureup", 400), ("nexus", 422), ("v1", 400), ("printshop", 400)])
@pytest.mark.parametrize("raw", [b"{", b'{"name": "\xff"}', b'{"name": NaN}', b'{"name": "\\ud800"}', b"[" * 2000])
def test_malformed_json(dialect, status, raw):
    request = APIRequestFactory().post("/things/", raw, content_type="application/json")

    response = VIEWS[dialect].as_view({"post": "create"})(request)

    assert response.status_code == status


@pytest.mark.parametrize("dialect", VIEWS)
def test_a_body_of_another_kind_is_415_and_one_that_is_too_large_413(dialect, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    view = VIEWS[dialect].as_view({"post": "create"})

    other = view(APIRequestFactory().post("/things/", b"<a/>", content_type="application/xml"))
    large = view(APIRequestFactory().post("/things/", {"name": "x" * 200}, format="json"))

    assert (other.status_code, large.status_code) == (415, 413)
    words = "The request is too large: at most 100 bytes are taken here."
    assert words in large.data.values()


@pytest.mark.parametrize("dialect", VIEWS)
def test_a_packed_body_is_415_in_clear_words(dialect):
    view = VIEWS[dialect].as_view({"post": "create"})
    said = {}
    for encoding, body in (
        ("gzip", gzip.compress(b'{"name": "x"}')),
        ("br", b'{"name": "x"}'),
        ("identity", b'{"name": "x"}'),
    ):
        headers = {"HTTP_CONTENT_ENCODING": encoding}
        said[encoding] = view(APIRequestFactory().post("/things/", body, content_type="application/json", **headers))

    assert {encoding: answer.status_code for encoding, answer in said.items()} == {
        "gzip": 415,
        "br": 415,
        "identity": 200,
    }
    assert 'Unsupported encoding "gzip" of the body: send it as it is.' in said["gzip"].data.values()


@pytest.mark.parametrize("dialect", VIEWS)
def test_an_empty_body_of_type_json_is_accepted(dialect):
    request = APIRequestFactory().post("/things/", b"", content_type="application/json")

    response = VIEWS[dialect].as_view({"post": "create"})(request)

    assert response.status_code in {400, 422}  # the name is missing; what counts is that it could be read


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/auth/login/", {"detail": 'Method "DELETE" not allowed.'}),
        ("/api/auth/login", {"detail": 'Method "DELETE" not allowed.'}),
        ("/api/v1/login", {"detail": 'Method "DELETE" not allowed.', "status_code": 405}),
        ("/api/printshop/auth/user", {"error": 'Method "DELETE" not allowed.', "status": 405}),
    ],
)
def test_a_method_that_a_path_does_not_have(path, body):
    response = APIClient().delete(path)

    assert (response.status_code, response.json()) == (405, body)
    assert response["Allow"]


# ---------------------------------------------------------------- faults of ours
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/auth/profile/", {"error": "Internal server error.", "code": "server_error"}),
        ("/api/users/me", {"detail": "Internal server error."}),
        ("/api/v1/login", {"detail": "Internal server error.", "status_code": 500}),
        ("/api/printshop/auth/user", {"error": "Internal server error.", "status": 500}),
    ],
)
def test_a_fault_tells_nothing_but_that_it_is_one(path, body, monkeypatch, caplog):
    def fault(*_arguments):
        raise RuntimeError("the secret")

    client = as_token(UserFactory())
    client.raise_request_exception = False
    monkeypatch.setattr("rest_framework.views.APIView.check_throttles", fault)

    with caplog.at_level(logging.ERROR):
        response = client.post(path) if path.endswith("login") else client.get(path)

    assert (response.status_code, response.json()) == (500, body)


def test_a_form_larger_than_any_upload_is_refused_unread(client, settings, db):
    settings.UPLOAD_MAX_BYTES = 1000
    answer = client.post("/api/auth/register/", {"username": "x" * 2000})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    words = answer.json()["error"]
    assert words.startswith("The request is too large: it has 2")
    assert words.endswith(" bytes, and at most 1000 bytes are taken here.")
