"""What two people write to each other is in their messages and nowhere else."""

import logging

import pytest
from django.apps import apps
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.serializers import serialize
from rest_framework.test import APIClient

from accounts.models import Notification
from accounts.services.levels import OURS
from accounts.services.notifications import socket_message
from accounts.tests.factories import UserFactory
from community.models import Message

pytestmark = pytest.mark.django_db
SECRET = "meet me at the fountain"


def test_no_word_of_a_message_gets_elsewhere(caplog, settings, django_capture_on_commit_callbacks):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    caplog.set_level(logging.INFO)
    alice, bob = UserFactory(username="alice"), UserFactory(username="bob")
    api = APIClient()
    api.force_authenticate(alice)
    file = SimpleUploadedFile("fountain plan.txt", SECRET.encode())
    with django_capture_on_commit_callbacks(execute=True):
        sent = api.post(
            "/api/messages/", {"receiver_id": bob.pk, "content": SECRET, "attachment": file}, format="multipart"
        ).json()
        api.put(f"/api/messages/{sent['id']}/", {"content": f"{SECRET} at noon"}, format="json")
        api.post("/api/messages/", {"receiver_id": bob.pk, "content": SECRET * 200}, format="json")
        api.post("/api/messages/", {"receiver_id": 0, "content": SECRET}, format="json")
    assert Message.objects.get().content == f"{SECRET} at noon"
    told = Notification.objects.get()
    assert "fountain" not in str(socket_message(told, 1))
    assert "fountain" not in caplog.text
    assert mail.outbox == []
    for app in OURS:
        for model in apps.get_app_config(app).get_models():
            if model is not Message:
                assert "fountain" not in serialize("json", model._base_manager.all()), model
