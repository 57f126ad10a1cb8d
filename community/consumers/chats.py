"""Sockets of the marketplace app."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.db import connections

from accounts.sockets import NO_SUCH_SOCKET, AuthenticatedConsumer
from community.assistant.streaming import Piece, Restart
from community.errors import StillAnswering
from community.models import ChatMessage
from community.selectors import chats as chat_selectors
from community.services import chats
from config.core.errors import DomainError, Limited, Missing
from config.core.references import Reference

# Answers wait for a language model, so they have threads of their own: they must not hold up the other sockets.
ANSWERS_AT_ONCE: Final = 16
_threads = ThreadPoolExecutor(ANSWERS_AT_ONCE, thread_name_prefix="chat")


class ChatConsumer(AuthenticatedConsumer):
    """`/ws/chat/{session_id}`: `{"type": "message", "message": "…"}` in; out, in this order:

    - `received` with the stored message;
    - `token` with the next words of the answer, many times, and `restart` where those before it do not count;
    - `answer` with `user_message` and `ai_response` as REST gives them.

    Or `error` with `code` and `message` instead; `still_answering` when one is asked for while another is being made.
    An answer goes on, and is stored, when the socket is closed meanwhile. It needs no channel layer.
    """

    channel_layer_alias = "none of them"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.answering: asyncio.Task[None] | None = None

    @property
    def session(self) -> Reference:
        return self.scope["url_route"]["kwargs"]["session_id"]  # type: ignore[no-any-return]

    async def joined(self) -> None:
        try:
            await database_sync_to_async(chat_selectors.chat_visible)(actor=self.user, reference=self.session)
        except Missing:
            await self.leave(NO_SUCH_SOCKET)

    async def received(self, content: dict[str, Any]) -> None:
        text = content.get("message")
        if content.get("type") != "message" or not isinstance(text, str):
            await self.send_json({"type": "error", "code": "unknown_message", "message": "Send a message as text."})
        elif self.answering is not None and not self.answering.done():
            await self.send_json({"type": "error"} | refusal_of(StillAnswering()))
        elif await self._still_welcome():
            self.answering = asyncio.create_task(self._answer(text))

    async def _answer(self, text: str) -> None:
        steps: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def tell(step: dict[str, Any] | None) -> None:
            loop.call_soon_threadsafe(steps.put_nowait, step)

        work = sync_to_async(self._work, thread_sensitive=False, executor=_threads)
        working = asyncio.create_task(work(text, tell))
        last: dict[str, Any] | None = None
        while (step := await steps.get()) is not None:
            if step["type"] in {"answer", "error"}:
                last = step
            elif self.is_open:
                await self.send_json(step)
        try:
            await working
        finally:
            self.answering = None  # before the last word goes out: who hears it may ask again at once
            if last is not None and last["type"] == "answer":
                await self.forward(last)
            elif last is not None and self.is_open:
                await self.send_json(last)

    def _work(self, text: str, tell: Callable[[dict[str, Any] | None], None]) -> None:
        """In a thread: goes through the whole answer, whether or not somebody still listens."""
        assert self.user is not None  # noqa: S101
        try:
            for step in chats.chat_stream(actor=self.user, session=self.session, text=text):
                match step:
                    case ChatMessage():
                        tell({"type": "received", "user_message": shown(step)})
                    case Piece():
                        tell({"type": "token", "text": step.text})
                    case Restart():
                        tell({"type": "restart"})
                    case chats.Exchange():
                        tell(
                            {
                                "type": "answer",
                                "session_id": str(step.session.uuid),
                                "user_message": shown(step.message),
                                "ai_response": shown(step.answer),
                            }
                        )
        except DomainError as refusal:
            tell({"type": "error"} | refusal_of(refusal))
        except Exception:
            tell({"type": "error", "code": "failed", "message": "Something went wrong. Please ask again."})
            raise
        finally:
            connections.close_all()
            tell(None)


def shown(message: ChatMessage) -> dict[str, Any]:
    """A message as v1 gives it."""
    return {
        "id": str(message.uuid),
        "session_id": str(message.session.uuid),
        "message_type": message.author,
        "content": message.content,
        "timestamp": message.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "answered_by": message.answered_by or None,
    }


def refusal_of(refusal: DomainError) -> dict[str, Any]:
    wait = {"retry_after": refusal.wait} if isinstance(refusal, Limited) else {}
    return {"code": refusal.code, "message": refusal.message, **wait}
