"""CultureUp's messages between two people, and blocks."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from community.models import Block, Message
from community.selectors.messages import MESSAGE_ORDERINGS, NEWEST, blocks_of, conversations_of, message_of, messages_of
from community.services import blocks, messages
from community.services.attachments import attachment_link
from config.core.storage import Right
from config.dialects.base import operation
from config.dialects.cultureup import CultureupView

LARGEST_ID = 2**63 - 1
LONGEST = 2000


# ---------------------------------------------------------------- input
class DirectMessageIn(serializers.Serializer[Any]):
    receiver_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    job = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, allow_null=True)
    content = serializers.CharField(max_length=LONGEST)
    attachment = serializers.FileField(required=False, allow_null=True)


class DirectMessageChangeIn(serializers.Serializer[Any]):
    receiver_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    content = serializers.CharField(max_length=LONGEST)


class MessageQuery(serializers.Serializer[Any]):
    is_read = serializers.BooleanField(required=False, allow_null=True, default=None)
    job = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, required=False)
    ordering = serializers.ChoiceField(choices=list(MESSAGE_ORDERINGS), default=NEWEST)


# ---------------------------------------------------------------- output
class CorrespondentOut(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields: ClassVar = ["id", "username", "first_name", "last_name"]


class DirectMessageOut(serializers.ModelSerializer[Message]):
    sender = CorrespondentOut()
    receiver = CorrespondentOut()
    job = serializers.IntegerField(source="job_id", allow_null=True)
    attachment = serializers.SerializerMethodField(help_text="A link that saves the file, and expires.")
    attachment_name = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields: ClassVar = [
            *("id", "sender", "receiver", "job", "content", "attachment", "attachment_name"),
            *("is_read", "edited_at", "created_at"),
        ]

    def get_attachment(self, message: Message) -> str | None:
        right = Right("message", (message.pk, self.context["request"].user.pk))
        link = attachment_link(str(message.attachment.name), message.attachment_name, right=right)
        return self.context["request"].build_absolute_uri(link) if link else None

    def get_attachment_name(self, message: Message) -> str | None:
        return message.attachment_name or None


class MessageMarkedReadOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    message_id = serializers.IntegerField()
    is_read = serializers.BooleanField()


class ConversationPartnerOut(serializers.ModelSerializer[User]):
    profile_image = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields: ClassVar = ["id", "username", "first_name", "profile_image"]

    def get_profile_image(self, user: User) -> str | None:
        return self.context["request"].build_absolute_uri(user.profile_image.url) if user.profile_image else None


class LastMessageOut(serializers.ModelSerializer[Message]):
    class Meta:
        model = Message
        fields: ClassVar = ["id", "content", "created_at", "is_read"]


class ConversationOut(serializers.Serializer[Any]):
    user = ConversationPartnerOut(source="other")
    last_message = LastMessageOut()
    unread_count = serializers.IntegerField()


class ConversationsOut(serializers.Serializer[Any]):
    conversations = ConversationOut(many=True)


class BlockOut(serializers.ModelSerializer[Block]):
    user = CorrespondentOut(source="blocked")

    class Meta:
        model = Block
        fields: ClassVar = ["user", "created_at"]


class Messages(CultureupView):
    @operation(query=MessageQuery, answer=DirectMessageOut, rows="page")
    def list(self, request: Request) -> Response:
        return self.page(messages_of(actor=self.caller, **self.query()))

    @operation(body=DirectMessageIn, answer=DirectMessageOut, status=201, multipart=True, idempotent=True)
    def create(self, request: Request) -> Response:
        sent = self.body()
        job_id = sent.pop("job", None)
        return self.answer(messages.message_send(actor=self.caller, job_id=job_id, once=self.once, **sent))

    @operation(answer=ConversationsOut)
    def conversations(self, request: Request) -> Response:
        found = conversations_of(actor=self.caller)
        shown = ConversationOut(found, many=True, context=self.serializer_context()).data
        return self.answer({"conversations": shown})

    @operation(answer=DirectMessageOut)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(message_of(actor=self.caller, message_id=id))

    @operation(body=DirectMessageChangeIn, answer=DirectMessageOut)
    def update(self, request: Request, id: int) -> Response:
        return self.answer(messages.message_change(actor=self.caller, message_id=id, **self.body()))

    @operation(body=DirectMessageChangeIn, answer=DirectMessageOut)
    def partial_update(self, request: Request, id: int) -> Response:
        return self.answer(messages.message_change(actor=self.caller, message_id=id, **self.body(partial=True)))

    @operation(status=204)
    def delete(self, request: Request, id: int) -> Response:
        messages.message_delete(actor=self.caller, message_id=id)
        return self.answer()

    @operation(answer=MessageMarkedReadOut)
    def mark_read(self, request: Request, id: int) -> Response:
        marked = messages.message_mark_read(actor=self.caller, message_id=id)
        return self.answer({"message": "Message marked as read", "message_id": marked.pk, "is_read": marked.is_read})


class Blocks(CultureupView):
    """Two people of whom one blocks the other write each other no messages. Nobody is told who blocks them."""

    @operation(answer=BlockOut, rows="page")
    def list(self, request: Request) -> Response:
        return self.page(blocks_of(actor=self.caller))

    @operation(answer=BlockOut)
    def add(self, request: Request, id: int) -> Response:
        return self.answer(blocks.block_add(actor=self.caller, user_id=id))

    @operation(status=204)
    def remove(self, request: Request, id: int) -> Response:
        blocks.block_remove(actor=self.caller, user_id=id)
        return self.answer()
