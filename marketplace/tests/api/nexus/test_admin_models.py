"""Moderation of 3-D models over HTTP."""

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Delivery, Notification
from accounts.tests.factories import AdminFactory, ArtistFactory, ModeratorFactory
from config.core.models import AuditEntry
from marketplace.choices import MeshState, Status, Verdict
from marketplace.models import Listing
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db


def client_of(user=None):
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


def titles(body):
    return [row["title"] for row in body]


@pytest.fixture
def models():
    for status in (Status.PENDING, Status.APPROVED, Status.REJECTED, Status.ARCHIVED, Status.PENDING):
        Model3DFactory(title=f"{status} {Listing.objects.count()}", status=status)


@pytest.mark.operation("nexus.admin.models.list")
@pytest.mark.operation("nexus.admin.models.pending")
def test_what_there_is_to_decide(models):
    client = client_of(AdminFactory())
    body = client.get("/api/admin/models").json()
    assert titles(body) == ["pending 4", "rejected 2", "approved 1", "pending 0"]
    assert all(row["file_url"] for row in body)
    assert titles(client.get("/api/admin/models?status=pending").json()) == ["pending 0", "pending 4"]
    with time_machine.travel(timezone.now(), tick=False):  # the same signature in both of the files' addresses
        waiting = client.get("/api/admin/models/pending").json()
        assert waiting == client.get("/api/admin/models?status=pending").json()
    assert titles(client.get("/api/admin/models?status=rejected&page=1").json()["items"]) == ["rejected 2"]
    assert titles(client.get("/api/admin/models?search=approved").json()) == ["approved 1"]
    assert client.get("/api/admin/models?status=archived").status_code == 422
    for path in ("models", "models/pending"):
        assert client_of(ArtistFactory()).get(f"/api/admin/{path}").json() == {"detail": "Not enough permissions"}
        assert client_of().get(f"/api/admin/{path}").status_code == 401


@pytest.mark.operation("nexus.admin.models.approve")
def test_approve():
    model = Model3DFactory(status=Status.REJECTED)
    client = client_of(ModeratorFactory())
    answer = client.post(f"/api/admin/models/{model.pk}/approve")
    assert (answer.status_code, answer.json()) == (200, {"message": "Model approved successfully"})
    assert Listing.objects.get().status == Status.APPROVED
    assert Delivery.objects.get(template="model_approved").user == model.seller
    assert Notification.objects.get().notification_type == "model_approved"
    assert AuditEntry.objects.get().action == "model.approve"
    assert client.post("/api/admin/models/0/approve").json() == {"detail": "Model not found"}
    assert client_of(model.seller).post(f"/api/admin/models/{model.pk}/approve").status_code == 403


@pytest.mark.operation("nexus.admin.models.approve")
def test_not_before_the_analysis_has_ended():
    model = Model3DFactory(
        status=Status.PENDING, mesh__state=MeshState.WAITING, mesh__verdict=Verdict.UNCHECKED, mesh__analysed_at=None
    )
    answer = client_of(AdminFactory()).post(f"/api/admin/models/{model.pk}/approve")
    assert answer.status_code == 409
    assert Listing.objects.get().status == Status.PENDING
    assert not Delivery.objects.filter(template="model_approved").exists()


@pytest.mark.operation("nexus.admin.models.reject")
def test_reject():
    one, two = Model3DFactory(), Model3DFactory(status=Status.PENDING)
    client = client_of(AdminFactory())
    answer = client.post(f"/api/admin/models/{one.pk}/reject?reason=Textures are missing")
    assert (answer.status_code, answer.json()) == (200, {"message": "Model rejected"})
    client.post(f"/api/admin/models/{two.pk}/reject", {"reason": "Open"}, format="json")
    assert set(Listing.objects.values_list("status", flat=True)) == {"rejected"}
    mails = Delivery.objects.filter(template="model_rejected").order_by("pk")
    assert [mail.context["reason"] for mail in mails] == ["Textures are missing", "Open"]
    answer = client.post(f"/api/admin/models/{one.pk}/reject")
    assert (answer.status_code, answer.json()) == (
        422,
        {"detail": [{"loc": ["query", "reason"], "msg": "Field required", "type": "missing"}]},
    )
    assert client_of(ArtistFactory()).post(f"/api/admin/models/{one.pk}/reject").status_code == 403
    assert client.post("/api/admin/models/0/reject?reason=x").json() == {"detail": "Model not found"}
