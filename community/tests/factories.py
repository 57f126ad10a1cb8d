"""Notifications and deliveries for tests."""

import factory

from accounts.tests.factories import UserFactory
from community.choices import DeliveryChannel, NotificationType
from community.models import Delivery, Notification


class NotificationFactory(factory.django.DjangoModelFactory[Notification]):
    """An unread notification about artwork 1."""

    class Meta:
        model = Notification

    user = factory.SubFactory(UserFactory)
    notification_type = NotificationType.ARTWORK_APPROVED
    title = "Artwork Approved"
    message = 'Your artwork "Dawn" is now on sale'
    data = factory.LazyFunction(lambda: {"artwork_id": 1})


class EmailFactory(factory.django.DjangoModelFactory[Delivery]):
    """An e-mail that waits; nothing is queued."""

    class Meta:
        model = Delivery

    channel = DeliveryChannel.EMAIL
    user = factory.SubFactory(UserFactory)
    template = "artwork_approved"
    context = factory.LazyFunction(lambda: {"artwork_id": 1, "title": "Dawn", "reason": ""})


class SocketDeliveryFactory(factory.django.DjangoModelFactory[Delivery]):
    """A socket message that waits; nothing is queued."""

    class Meta:
        model = Delivery

    channel = DeliveryChannel.SOCKET
    notification = factory.SubFactory(NotificationFactory)
    user = factory.SelfAttribute("notification.user")
