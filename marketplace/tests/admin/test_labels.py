"""What moderators take away in Django's admin site of what people wrote on models."""

import pytest
from django.urls import reverse

from accounts.services.levels import groups_prepare
from accounts.tests.factories import BuyerFactory, ModeratorFactory
from config.core.errors import Denied
from config.core.models import AuditEntry
from marketplace.models import ModelLabel
from marketplace.services.labels.labels import label_remove
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def model():
    return Model3DFactory()


@pytest.fixture
def label(model):
    return ModelLabel.objects.create(
        model=model, author=model.seller, position_x=0, position_y=0, position_z=0, text="Buy elsewhere"
    )


def remove(client, row) -> str:
    groups_prepare()
    client.force_login(ModeratorFactory())
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist")
    return client.post(
        address, {"action": "remove", "_selected_action": [row.pk], "confirmed": "yes"}, follow=True
    ).content.decode()


def test_a_label_is_removed_with_an_entry_in_the_trail(client, label):
    assert "1 done" in remove(client, label)
    entry = AuditEntry.objects.get()
    assert not ModelLabel.objects.exists()
    assert (entry.action, entry.before["text"]) == ("label.remove", "Buy elsewhere")


def test_others_remove_nothing(label):
    for actor in (BuyerFactory(), label.author):
        with pytest.raises(Denied):
            label_remove(actor=actor, label_id=label.pk)
    assert ModelLabel.objects.exists()
    assert not AuditEntry.objects.exists()
