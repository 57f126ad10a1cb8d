"""v1: `POST /commerce/designs/{design_id}/appeal`."""

import pytest
from rest_framework.test import APIClient

from accounts.services.sessions import token_issue
from marketplace.models import Appeal
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db


def signed_in(user) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Token {token_issue(user)}")


@pytest.mark.operation("v1.designs.appeal")
@pytest.mark.parametrize("by", ["pk", "uuid"])
def test_the_maker_of_a_refused_design_appeals(alice, by):
    design = Model3DFactory(seller=alice, status="rejected", mesh__verdict="refused")
    answer = signed_in(alice).post(
        f"/api/v1/commerce/designs/{getattr(design, by)}/appeal", {"reason": "I modelled it."}, format="json"
    )
    appeal = Appeal.objects.get()
    body = answer.json()
    assert answer.status_code == 201
    assert set(body) == {"id", "status", "reason", "created_at"}
    assert (body["id"], body["status"], body["reason"]) == (appeal.pk, "open", "I modelled it.")
    assert (appeal.mesh, appeal.author) == (design.mesh, alice)


@pytest.mark.parametrize(
    ("reason", "field"), [("", "reason"), (None, "reason"), ("x" * 2001, "reason"), ("a\0b", "reason"), ([1], "reason")]
)
def test_a_reason_is_needed(alice, reason, field):
    design = Model3DFactory(seller=alice, status="rejected", mesh__verdict="refused")
    answer = signed_in(alice).post(f"/api/v1/commerce/designs/{design.pk}/appeal", {"reason": reason}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert Appeal.objects.count() == 0


def test_what_was_not_refused_is_not_appealed(alice, bob):
    fine = Model3DFactory(seller=alice)
    refused = Model3DFactory(seller=alice, status="rejected", mesh__verdict="refused")
    for person, design, status in ((alice, fine, 400), (bob, fine, 403), (bob, refused, 404)):
        answer = signed_in(person).post(
            f"/api/v1/commerce/designs/{design.pk}/appeal", {"reason": "Mine"}, format="json"
        )
        assert answer.status_code == status
    assert Appeal.objects.count() == 0
