"""Messages to other programs: written with their cause, signed, brought in order, tried again, given up and said."""

import json
import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.choices import DeliveryState
from accounts.models import Notification, WebhookMessage, WebhookTarget
from accounts.services import webhook_sending
from accounts.services.webhook_sending import PAUSES, webhooks_forget, webhooks_send, webhooks_sweep
from accounts.services.webhooks import SLOW_FOR, webhook_queue, webhook_target_create, webhook_target_end
from accounts.tests.factories import UserFactory
from config.core.errors import Invalid
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with receiving() as found:
        yield found


@pytest.fixture
def target(receiver) -> WebhookTarget:
    return webhook_target_create(owner=UserFactory.create(username="alice"), name="Main Printer", url=receiver.url)


def queue(target: WebhookTarget, number: int = 1, about: str = "") -> WebhookMessage:
    return webhook_queue(target_id=target.pk, event_type="print.completed", data={"number": number}, about=about)


def make_due() -> None:
    WebhookMessage.objects.update(next_try_at=timezone.now())
    WebhookTarget.objects.update(paused_until=None)


def numbers(receiver: Receiver) -> list[int]:
    return [json.loads(body)["data"]["number"] for _path, _headers, body in receiver.took]


def test_a_target_has_a_secret_that_nobody_sees_again(target):
    assert target.secret.startswith("whsec_")
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_webhooktarget")
        assert target.secret not in cursor.fetchone()[0]
    assert target.secret not in repr(target) + str(target)


def test_an_address_that_leads_inside_is_refused(db):
    with pytest.raises(Invalid) as refusal:
        webhook_target_create(owner=UserFactory.create(), name="x", url="https://127.1/", field="webhook_url")
    assert refusal.value.field == "webhook_url"
    assert not WebhookTarget.objects.exists()


def test_a_message_is_signed_as_its_receiver_checks_it(target, receiver):
    message = queue(target)
    webhooks_send(target.pk)

    _path, headers, body = receiver.took[0]
    assert Webhook(target.secret).verify(body, headers) == {
        "type": "print.completed",
        "timestamp": message.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "data": {"number": 1},
    }
    assert headers["webhook-id"] == f"msg_{message.uuid.hex}"
    with pytest.raises(WebhookVerificationError):
        Webhook(target.secret).verify(body.replace(b"1", b"2"), headers)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.answer_status, message.error) == ("sent", 1, 204, "")
    assert message.sent_at is not None


def test_it_is_sent_after_the_commit_and_not_after_a_rollback(target, receiver, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        with pytest.raises(RuntimeError), transaction.atomic():
            queue(target)
            raise RuntimeError
        assert not WebhookMessage.objects.exists()
        queue(target)
        assert receiver.took == []
    webhooks_sweep()
    assert numbers(receiver) == [1]


def test_a_message_arrives_once(target, receiver):
    queue(target)
    webhooks_send(target.pk)
    webhooks_send(target.pk)
    webhooks_sweep()
    assert numbers(receiver) == [1]


def test_a_failed_message_comes_again_under_the_same_id(target, receiver):
    receiver.statuses = [503, 204]
    message = queue(target)
    webhooks_send(target.pk)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.error) == ("waiting", 1, "answered 503")
    webhooks_sweep()  # too early
    assert len(receiver.took) == 1

    make_due()
    webhooks_sweep()
    message.refresh_from_db()
    assert (message.state, message.attempts, message.answer_status) == ("sent", 2, 204)
    (_, first, body), (_, second, again) = receiver.took
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    assert Webhook(target.secret).verify(again, second)


def test_tries_come_ever_more_seldom_for_three_days_then_it_is_given_up_and_said(target, receiver):
    receiver.statuses = [500]
    first, second = queue(target, 1), queue(target, 2)
    for attempt, pause in enumerate(PAUSES, start=1):
        make_due()
        WebhookMessage.objects.filter(pk=second.pk).update(next_try_at=timezone.now() + timedelta(days=9))
        before = timezone.now()
        webhooks_sweep()
        first.refresh_from_db()
        assert (first.state, first.attempts) == ("waiting", attempt)
        assert before + pause <= first.next_try_at <= timezone.now() + pause * 1.1
    assert timedelta(days=3) <= sum(PAUSES, timedelta()) <= timedelta(days=3.5)
    assert not Notification.objects.exists()

    for message in (first, second):
        WebhookMessage.objects.filter(pk=message.pk).update(next_try_at=timezone.now(), attempts=len(PAUSES))
        WebhookTarget.objects.update(paused_until=None)
        webhooks_sweep()
        message.refresh_from_db()
        assert (message.state, message.attempts, message.error) == ("given_up", len(PAUSES) + 1, "answered 500")
    told = Notification.objects.get()  # once, not for each message
    assert (told.user, told.notification_type) == (target.owner, "webhook_failed")
    assert "Main Printer" in told.message

    receiver.statuses = [204]
    queue(target, 3)
    make_due()
    webhooks_sweep()
    target.refresh_from_db()
    assert (target.failing_since, target.told_at) == (None, None)


def test_while_a_target_is_ill_it_is_left_alone(target, receiver):
    receiver.statuses = [500]
    queue(target, 1), queue(target, 2)
    webhooks_sweep()
    assert numbers(receiver) == [1]
    target.refresh_from_db()
    assert target.failing_since is not None
    assert target.paused_until > timezone.now()
    webhooks_send(target.pk)
    assert len(receiver.took) == 1

    WebhookTarget.objects.update(paused_until=None)
    receiver.statuses = [204]
    webhooks_sweep()  # the second one's time has come; the first one need not wait for its own any longer
    assert numbers(receiver) == [1, 2, 1]


def test_a_message_that_is_refused_holds_no_other_back(target, receiver):
    receiver.statuses = [400, 204]
    queue(target, 1), queue(target, 2)
    webhooks_sweep()
    assert numbers(receiver) == [1, 2]


def test_messages_about_the_same_arrive_in_their_order(target, receiver):
    receiver.statuses = [400, 204]
    for number, about in enumerate(["order-1", "order-1", "order-2", ""], start=1):
        queue(target, number, about)
    webhooks_sweep()
    assert numbers(receiver) == [1, 3, 4]
    make_due()
    webhooks_sweep()
    assert numbers(receiver) == [1, 3, 4, 1, 2]


def test_what_is_refused_twice_is_waited_for_no_longer(target, receiver):
    """It may never be taken; what comes after it about the same must not lie for three days."""
    receiver.statuses = [400, 400, 204]
    for number in (1, 2, 3):
        queue(target, number, "order-1")
    for _ in range(2):
        webhooks_sweep()
        make_due()
    webhooks_sweep()

    assert numbers(receiver) == [1, 1, 2, 3, 1]


@pytest.mark.parametrize("status", [409, 425, 429, 503])
def test_what_is_not_taken_now_is_waited_for(target, receiver, status):
    receiver.statuses = [status, status, status, 204]
    queue(target, 1, "order-1"), queue(target, 2, "order-1")
    for _ in range(4):
        make_due()
        webhooks_sweep()

    assert numbers(receiver) == [1, 1, 1, 1, 2]


def test_what_is_asked_for_is_waited_for(target, receiver):
    receiver.statuses, receiver.headers = [429], {"Retry-After": "3000"}
    message = queue(target)
    webhooks_sweep()
    message.refresh_from_db()
    assert message.next_try_at > timezone.now() + timedelta(seconds=2990)


def test_an_address_that_is_gone_gets_nothing_more(target, receiver):
    receiver.statuses = [410]
    queue(target, 1), queue(target, 2)
    webhooks_sweep()
    target.refresh_from_db()
    assert target.ended_at is not None
    assert set(WebhookMessage.objects.values_list("state", flat=True)) == {"given_up"}
    assert Notification.objects.get().notification_type == "webhook_failed"
    make_due()
    webhooks_sweep()
    assert len(receiver.took) == 1


def test_to_a_target_that_ended_nothing_is_sent(target, receiver):
    waiting = queue(target)
    webhook_target_end(target_id=target.pk)
    webhooks_sweep()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error) == ("given_up", "no longer wanted")
    assert receiver.took == []


def test_an_address_that_leads_inside_by_now_is_not_sent_to(target, receiver, settings):
    message = queue(target)
    settings.WEBHOOK_ALLOW_PRIVATE, settings.DEBUG = False, True
    webhooks_sweep()
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 1)
    assert message.error == "refused: The address leads into a private network."
    assert receiver.took == []


def test_a_worker_that_died_leaves_nothing_behind(target, receiver):
    queue(target)
    WebhookTarget.objects.update(
        claim="00000000-0000-0000-0000-000000000001", claimed_until=timezone.now() + timedelta(seconds=30)
    )
    webhooks_sweep()
    assert receiver.took == []
    WebhookTarget.objects.update(claimed_until=timezone.now())
    webhooks_sweep()
    assert numbers(receiver) == [1]


def test_one_target_that_hangs_keeps_no_other_from_its_messages(target, receiver, monkeypatch):
    ill = webhook_target_create(owner=target.owner, name="ill", url="http://127.0.0.1:9/")
    queue(ill), queue(target)
    webhooks_sweep()
    assert numbers(receiver) == [1]


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_message_once(target, receiver):
    for number in range(5):
        queue(target, number)
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        webhooks_send(target.pk)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers(receiver) == [0, 1, 2, 3, 4]


def test_of_an_owner_s_slow_targets_one_is_served_at_a_time(target, receiver):
    """alice's other one waits while one is at work; her quick one, bob's and the platform's do not."""
    alice, bob, now = target.owner, UserFactory.create(username="bob"), timezone.now()
    other, quick, of_bob, of_platform = (
        webhook_target_create(owner=owner, name="x", url=receiver.url) for owner in (alice, alice, bob, None)
    )
    WebhookTarget.objects.filter(pk=quick.pk).update(slow_until=now)
    at_work = WebhookTarget.objects.filter(pk=target.pk)
    at_work.update(claim="00000000-0000-0000-0000-000000000001", claimed_until=now + timedelta(minutes=1))
    for number, one in enumerate((other, quick, of_bob, of_platform)):
        queue(one, number)
    webhooks_send(other.pk)
    assert receiver.took == []
    webhooks_sweep()
    assert numbers(receiver) == [1, 2, 3]
    at_work.update(claimed_until=now)
    webhooks_sweep()
    assert numbers(receiver) == [1, 2, 3, 0]


def test_one_that_becomes_slow_waits_for_its_turn(target, receiver, monkeypatch):
    WebhookTarget.objects.update(slow_until=None)
    queue(target, 1), queue(target, 2), queue(target, 3)
    monkeypatch.setattr(webhook_sending, "SLOW_SECONDS", 0.0)
    before = timezone.now()
    webhooks_send(target.pk)
    target.refresh_from_db()
    assert (numbers(receiver), target.claim) == ([1], None)
    assert target.slow_until is not None
    assert target.slow_until >= before + SLOW_FOR
    webhooks_send(target.pk)
    assert numbers(receiver) == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_two_slow_targets_of_an_owner(target, receiver, monkeypatch):
    """Both have seen none at work. The first to claim is at work until the other has gone away."""
    other = webhook_target_create(owner=target.owner, name="other", url=receiver.url)
    queue(target), queue(other)
    both_have_looked, one_is_done = threading.Barrier(2), threading.Event()
    look = webhook_sending._held_back

    def look_together(now):
        seen = look(now)
        both_have_looked.wait(10)
        return seen

    def hang(handler) -> None:
        one_is_done.wait(10)
        handler.send_response(204)
        handler.end_headers()

    def work(target_id: int) -> None:
        webhooks_send(target_id)
        one_is_done.set()
        connection.close()

    receiver.answer = hang
    monkeypatch.setattr(webhook_sending, "_held_back", look_together)
    threads = [threading.Thread(target=work, args=[one.pk]) for one in (target, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers(receiver) == [1]
    assert sorted(WebhookMessage.objects.values_list("state", flat=True)) == ["sent", "waiting"]


def test_what_was_sent_long_ago_is_forgotten(target, receiver):
    old, waiting = queue(target, 1), queue(target, 2)
    long_ago = timezone.now() - settings.KEEP["webhooks"] - timedelta(days=1)
    WebhookMessage.objects.update(created_at=long_ago)
    WebhookMessage.objects.filter(pk=old.pk).update(state=DeliveryState.SENT)
    assert webhooks_forget() == 1
    assert WebhookMessage.objects.get() == waiting
    WebhookTarget.objects.update(ended_at=long_ago)
    waiting.delete()
    webhooks_forget()
    assert not WebhookTarget.objects.exists()
