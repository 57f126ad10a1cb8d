"""Notifications, deliveries, messages, blocks and communities for tests."""

import uuid
from datetime import timedelta

import factory
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from accounts.choices import DeliveryChannel, NotificationType
from accounts.models import Delivery, Notification, User
from accounts.tests.factories import UserFactory
from community.choices import RANKS, CommunityRole, CommunityStatus
from community.models import Block, Community, CommunityMember, Conversation, Message
from marketplace.models.uploads import UploadedFile


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


class MessageFactory(factory.django.DjangoModelFactory[Message]):
    """From one person to another, an hour ago, unread. `attached` is the content of a file to attach."""

    class Meta:
        model = Message

    class Params:
        attached = b""

    sender = factory.SubFactory(UserFactory)
    receiver = factory.SubFactory(UserFactory)
    conversation = factory.LazyAttribute(lambda message: conversation_of(message.sender, message.receiver))
    content = "Can we discuss the requirements?"
    created_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
    attachment = factory.LazyAttribute(lambda message: _stored(message.attached) if message.attached else "")
    attachment_name = factory.LazyAttribute(lambda message: "brief.txt" if message.attached else "")
    attachment_type = factory.LazyAttribute(lambda message: "text/plain" if message.attached else "")


class UploadFactory(factory.django.DjangoModelFactory[UploadedFile]):
    """An image that its owner uploaded, nothing behind it; `storage="private"` for a document."""

    class Meta:
        model = UploadedFile

    owner = factory.SubFactory(UserFactory)
    kind = "image"
    storage = "default"
    stored = factory.Sequence(lambda number: f"uploads/{number}.png")
    file_name = "wip.png"
    content_type = "image/png"
    format = "png"
    byte_size = 1
    sha256 = "0" * 64


class BlockFactory(factory.django.DjangoModelFactory[Block]):
    class Meta:
        model = Block

    blocker = factory.SubFactory(UserFactory)
    blocked = factory.SubFactory(UserFactory)


def conversation_of(one: User, other: User) -> Conversation:
    first, second = sorted((one, other), key=lambda person: person.pk)
    written = {"last_message_at": timezone.now()}
    return Conversation.objects.get_or_create(first=first, second=second, defaults=written)[0]


def _stored(data: bytes) -> str:
    return storages["private"].save(f"attachments/{uuid.uuid4()}.txt", ContentFile(data))


class CommunityFactory(factory.django.DjangoModelFactory[Community]):
    """An active one, with its creator as its only member."""

    class Meta:
        model = Community
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"Community {number}")
    description = "All things low poly"
    icon = "\N{ICE CUBE}"
    banner_gradient = "from-purple-600 to-blue-500"
    category = "Art"
    creator = factory.SubFactory(UserFactory)
    status = CommunityStatus.ACTIVE
    member_count = 1

    @factory.post_generation
    def membership(self: Community, create: bool, extracted: object, **kwargs: object) -> None:  # type: ignore[misc]
        if create:
            CommunityMember.objects.create(
                community=self, user=self.creator, role=CommunityRole.ADMIN, rank=RANKS[CommunityRole.ADMIN]
            )
