"""Deliveries reach people exactly once, whoever dies or is down in between."""

import socket
import threading
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from accounts.choices import DeliveryChannel, DeliveryState, NotificationType
from accounts.models import Delivery, Notification
from accounts.services import sending
from accounts.services.accounts import house_account
from accounts.services.deliveries import email_queue
from accounts.services.notifications import notification_send
from accounts.tests.factories import UserFactory
from community.tests.factories import EmailFactory, SocketDeliveryFactory
from config.celery import app
from config.core import announce
from config.launcher.environment import free_port

pytestmark = pytest.mark.django_db


def mails_in(folder) -> list:
    return [message_from_bytes(file.read_bytes(), policy=default) for file in sorted(folder.glob("*.eml"))]


def use_smtp(settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


def make_due(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=timezone.now())


@pytest.fixture
def mail_folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "config.core.mailbox.FolderBackend"
    settings.MAIL_DIR = tmp_path / "mail"
    return settings.MAIL_DIR


def test_an_email_is_sent_and_marked(mail_folder):
    delivery = EmailFactory(user__email="alice@example.com")
    sending.delivery_send(delivery.pk)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.error) == (DeliveryState.SENT, 1, "")
    assert delivery.sent_at is not None
    assert (delivery.claim, delivery.claimed_until) == (None, None)
    [message] = mails_in(mail_folder)
    assert message["To"] == "alice@example.com"
    assert message["Subject"] == '"Dawn" is now on sale'
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]


def test_sent_is_not_sent_again():
    delivery = EmailFactory()
    for _ in range(2):
        sending.delivery_send(delivery.pk)
    sending.deliveries_sweep()
    assert len(mail.outbox) == 1


def test_a_delivery_that_is_gone_is_no_error():
    sending.delivery_send(0)
    assert mail.outbox == []


def test_a_claim_of_another_worker_is_respected():
    delivery = EmailFactory(
        state=DeliveryState.SENDING, claim=uuid4(), claimed_until=timezone.now() + timedelta(seconds=5)
    )
    sending.delivery_send(delivery.pk)
    sending.deliveries_sweep()
    assert mail.outbox == []


def test_a_claim_left_behind_by_a_killed_worker_runs_out(mail_folder):
    """Killed before it could send, or after: there is one message in the end."""
    delivery = EmailFactory(
        state=DeliveryState.SENDING, claim=uuid4(), claimed_until=timezone.now() - timedelta(seconds=1), attempts=1
    )
    sending.deliveries_sweep()
    assert len(mails_in(mail_folder)) == 1

    # Sent, but killed before it was marked.
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.SENDING, claim=uuid4(), claimed_until=timezone.now() - timedelta(seconds=1), sent_at=None
    )
    sending.deliveries_sweep()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.SENT, 3)
    assert len(mails_in(mail_folder)) == 1


def test_an_outcome_after_the_claim_ran_out_changes_nothing(monkeypatch, settings):
    delivery = EmailFactory()

    def slow(*_args):
        Delivery.objects.filter(pk=delivery.pk).update(claim=uuid4())  # another worker took it up

    settings.SOCKET_PUSH = "unused"
    monkeypatch.setattr(sending, "email_compose", lambda _delivery: slow() or mail.EmailMessage(to=["a@example.com"]))
    sending.delivery_send(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENDING
    assert delivery.claim is not None


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_message():
    deliveries = [EmailFactory() for _ in range(5)]
    barrier = threading.Barrier(2)
    failures = []

    def work():
        try:
            for delivery in deliveries:
                barrier.wait(10)
                sending.delivery_send(delivery.pk)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert len(mail.outbox) == 5
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.SENT, 1)}


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_share_the_work():
    for _ in range(20):
        EmailFactory()

    def sweep():
        try:
            sending.deliveries_sweep()
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(mail.outbox) == 20
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.SENT, 1)}


def test_the_mail_server_goes_and_comes_back(settings, smtp_server):
    use_smtp(settings, free_port())
    first, second = EmailFactory(user__email="alice@example.com"), EmailFactory(user__email="bob@example.com")
    sending.delivery_send(first.pk)
    sending.deliveries_sweep()  # the second one
    first.refresh_from_db()
    second.refresh_from_db()
    assert [(d.state, d.attempts, d.error) for d in (first, second)] == [
        (DeliveryState.WAITING, 1, "ConnectionRefusedError")
    ] * 2
    assert timedelta(seconds=8) < first.next_try_at - timezone.now() <= timedelta(seconds=10)

    use_smtp(settings, smtp_server.port)
    sending.deliveries_sweep()
    assert smtp_server.messages == []  # not due yet
    make_due(first)
    make_due(second)
    sending.deliveries_sweep()
    messages = smtp_server.wait_for(2)
    assert [message["X-Envelope-To"] for message in messages] == ["alice@example.com", "bob@example.com"]
    assert messages[0]["Message-ID"] == f"<{first.message_id}@localhost>"
    sending.deliveries_sweep()
    assert len(smtp_server.messages) == 2


def test_with_the_mail_server_down_one_try_a_sweep_is_enough(settings):
    use_smtp(settings, free_port())
    for _ in range(3):
        EmailFactory()
    sending.deliveries_sweep()
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def test_a_silent_mail_server_costs_its_time_out(settings):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        use_smtp(settings, deaf.getsockname()[1])
        settings.EMAIL_TIMEOUT = 0.3
        delivery = EmailFactory()
        sending.delivery_send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == (DeliveryState.WAITING, "SMTPServerDisconnected")


class Refusing:
    """A mail server that knows only bob, and is busy for carol."""

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 No such user"
        if address.startswith("carol"):
            return "451 Greylisted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.got = [*getattr(self, "got", []), *envelope.rcpt_tos]
        return "250 OK"


def test_a_refused_recipient_is_given_up_and_stops_nobody(settings):
    handler = Refusing()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        use_smtp(settings, controller.port)
        nobody = EmailFactory(user__email="nobody@example.com")
        bob = EmailFactory(user__email="bob@example.com")
        for _ in range(sending.MOST_REFUSALS):
            make_due(nobody)
            sending.deliveries_sweep()
        nobody.refresh_from_db()
        bob.refresh_from_db()
        assert (nobody.state, nobody.attempts, nobody.error) == (DeliveryState.GIVEN_UP, 3, "SMTPRecipientsRefused")
        assert (bob.state, bob.attempts) == (DeliveryState.SENT, 1)
        assert handler.got == ["bob@example.com"]

        carol = EmailFactory(user__email="carol@example.com", attempts=5)
        sending.delivery_send(carol.pk)
        carol.refresh_from_db()
        assert (carol.state, carol.error) == (DeliveryState.WAITING, "SMTPRecipientsRefused")
        assert timedelta(minutes=59) < carol.next_try_at - timezone.now() <= timedelta(hours=1)
    finally:
        controller.stop()


def test_the_house_account_gets_no_emails():
    delivery = EmailFactory(user=house_account())
    sending.delivery_send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error, mail.outbox) == (DeliveryState.GIVEN_UP, "no mailbox", [])


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 10), (2, 30), (3, 120), (4, 600), (5, 3600), (40, 3600)])
def test_pauses_grow(settings, attempt, seconds):
    use_smtp(settings, free_port())
    delivery = EmailFactory(attempts=attempt - 1)
    sending.delivery_send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, attempt)
    assert timedelta(seconds=seconds - 3) < delivery.next_try_at - timezone.now() <= timedelta(seconds=seconds)


def test_given_up_after_two_days(settings):
    use_smtp(settings, free_port())
    delivery = EmailFactory(attempts=50)
    Delivery.objects.filter(pk=delivery.pk).update(created_at=timezone.now() - timedelta(days=2, seconds=1))
    sending.delivery_send(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.GIVEN_UP
    sending.deliveries_sweep()
    delivery.refresh_from_db()
    assert delivery.attempts == 51


def test_a_broken_template_is_kept_and_tried_again():
    delivery = EmailFactory(template="no_such_template")
    sending.delivery_send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == (DeliveryState.WAITING, "TemplateDoesNotExist")


def test_the_channel_layer_is_gone_and_comes_back(settings):
    delivery = SocketDeliveryFactory()
    working = settings.CHANNEL_LAYERS
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [f"redis://127.0.0.1:{free_port()}/0"]},
        }
    }
    sending.delivery_send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.error) == (DeliveryState.WAITING, 1, "ConnectionError")

    settings.CHANNEL_LAYERS = working
    make_due(delivery)
    sending.deliveries_sweep()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.SENT, 2)


def test_a_broker_that_is_gone_loses_nothing(monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(announce, "_broker_away_until", 0.0)  # put back afterwards: other tests' broker is there
    alice = UserFactory()
    before = app.conf.broker_url
    app.conf.broker_url = f"redis://127.0.0.1:{free_port()}/0"
    app.amqp._producer_pool = None
    try:
        with django_capture_on_commit_callbacks(execute=True):
            delivery = email_queue(user=alice, template="welcome")
    finally:
        app.conf.broker_url = before
        app.amqp._producer_pool = None
    assert announce._broker_away_until > 0
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 0)
    sending.deliveries_sweep()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENT


def test_a_notification_brings_list_socket_and_email(settings, django_capture_on_commit_callbacks):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    alice = UserFactory()
    with django_capture_on_commit_callbacks(execute=True):
        notification = notification_send(
            user=alice,
            notification_type=NotificationType.ARTWORK_REJECTED,
            title="Artwork Rejected",
            message="No",
            data={"artwork_id": 7},
            email="artwork_rejected",
            email_context={"artwork_id": 7, "title": "Dawn", "reason": "Too dark"},
        )
        assert mail.outbox == []  # nothing leaves before the commit
    assert list(Notification.objects.values_list("pk", "user", "is_read")) == [(notification.pk, alice.pk, False)]
    assert sorted(Delivery.objects.values_list("channel", "state")) == [
        (DeliveryChannel.EMAIL, DeliveryState.SENT),
        (DeliveryChannel.SOCKET, DeliveryState.SENT),
    ]
    assert [(message.to, message.subject) for message in mail.outbox] == [([alice.email], '"Dawn" was not approved')]


def test_a_rolled_back_notification_leaves_nothing(django_capture_on_commit_callbacks):
    alice = UserFactory()
    with django_capture_on_commit_callbacks(execute=True) as callbacks, pytest.raises(ZeroDivisionError):
        with transaction.atomic():
            notification_send(
                user=alice, notification_type="artwork_held", title="Held", message="Held", email="welcome"
            )
            raise ZeroDivisionError
    assert callbacks == []
    assert (Notification.objects.count(), Delivery.objects.count(), mail.outbox) == (0, 0, [])


def test_what_was_delivered_long_ago_is_forgotten_and_the_notification_stays(time_machine):
    old, open_one = SocketDeliveryFactory(state=DeliveryState.SENT), SocketDeliveryFactory()
    assert sending.deliveries_forget() == 0
    time_machine.move_to(timezone.now() + timedelta(days=31), tick=False)
    assert sending.deliveries_forget() == 1
    assert list(Delivery.objects.all()) == [open_one]
    assert Notification.objects.filter(pk=old.notification_id).exists()
