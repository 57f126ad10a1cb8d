"""What is kept for a time, and goes then: settings.KEEP."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import tasks
from accounts.models import Notification, ProfileView, SignInFailure, SignInPlace
from commerce.services.figures import listing_days_roll_up
from config.core import keeping
from config.core.errors import Invalid
from config.launcher.environment import BadSetting
from config.launcher.logs import days_kept, logs_put_aside
from marketplace.models import View
from marketplace.services.views import views_forget
from marketplace.tests.factories import ArtworkFactory


@pytest.mark.django_db
def test_what_people_were_told_and_who_visited_goes_in_batches(alice, monkeypatch, settings):
    monkeypatch.setattr(keeping, "BATCH", 2)
    settings.KEEP = settings.KEEP | {"notifications": timedelta(days=90), "visitors": timedelta(days=70)}
    now = timezone.now()
    for days in (200, 100, 91, 89, 0):
        told = {"notification_type": "new_like", "title": "Liked", "message": "Somebody likes it."}
        Notification.objects.create(user=alice, created_at=now - timedelta(days=days), is_read=days == 0, **told)
    artwork, today = ArtworkFactory.create(seller=alice), now.date()
    for days in (100, 71, 70, 1):
        View.objects.create(listing_id=artwork.pk, visitor="a", day=today - timedelta(days=days))
        ProfileView.objects.create(user=alice, visitor="a", day=today - timedelta(days=days))
    tasks.deliveries_forget()
    views_forget()
    assert [(now - row.created_at).days for row in Notification.objects.order_by("pk")] == [89, 0]
    for rows in (View, ProfileView):
        assert [(today - row.day).days for row in rows.objects.order_by("pk")] == [70, 1]
    with pytest.raises(Invalid):  # it would count none
        listing_days_roll_up(today - timedelta(days=71))


@pytest.mark.django_db
def test_traces_of_signing_in_go(alice):
    now = timezone.now()
    for hours in (25, 23):
        SignInFailure.objects.create(account="1", address="192.0.2.1", failed_at=now - timedelta(hours=hours))
        Session.objects.create(session_key=str(hours), session_data="", expire_date=now + timedelta(hours=24 - hours))
    SignInPlace.objects.create(user=alice, network="192.0.2.1")
    SignInPlace.objects.update(used_at=now - timedelta(days=181))
    tasks.sign_in_forget()
    assert SignInFailure.objects.count() == 1 and Session.objects.get().session_key == "23"
    assert not SignInPlace.objects.exists()


def test_logs_of_earlier_days(tmp_path):
    now = timezone.now()
    for name, days in {"web": 0, "worker": 2}.items():
        file = tmp_path / f"{name}.log"
        file.write_text(name)
        os.utime(file, ((now - timedelta(days=days)).timestamp(),) * 2)
    two_days_ago = (now - timedelta(days=2)).date()
    logs_put_aside(tmp_path, days=5)
    logs_put_aside(tmp_path, days=5)
    assert {file.name for file in tmp_path.iterdir()} == {"web.log", f"worker.{two_days_ago}.log"}
    logs_put_aside(tmp_path, days=1)
    assert {file.name for file in tmp_path.iterdir()} == {"web.log"}
    assert days_kept({}) == 30
    with pytest.raises(BadSetting, match="KEEP_LOGS_DAYS"):
        days_kept({"KEEP_LOGS_DAYS": "soon"})


def test_the_table_for_operators_has_each_with_its_default():
    text = Path(settings.BASE_DIR, "docs/how-to/operate.md").read_text()
    told = {name: int(days) for name, days in re.findall(r"`(KEEP_\w+_DAYS)` \| (\d+) \|", text)}
    kept = {f"KEEP_{name.upper()}_DAYS": period.days for name, period in settings.KEEP.items()}
    assert told == kept | {"KEEP_LOGS_DAYS": 30}


def test_what_is_removed_by_a_timetable_that_begins_anew_every_day():
    """Beat counts seconds from where it has lost its file: a longer pause would never be over."""
    pauses = {name: each["schedule"] for name, each in settings.CELERY_BEAT_SCHEDULE.items()}
    assert [name for name, pause in pauses.items() if isinstance(pause, float) and pause > 3600] == []
