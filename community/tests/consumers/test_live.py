"""`/ws/community/{id}` and `/ws/support/{id}`: who gets in, what they hear, and what they get who were away."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.utils import timezone

from accounts import sockets
from accounts.authentication import access_token
from accounts.models import User
from accounts.services.people import user_deactivate
from accounts.tests.factories import AdminFactory, BuyerFactory, StaffFactory, UserFactory
from accounts.tests.people import as_bearer
from accounts.tests.socket_client import SocketClient
from community.choices import CommunityStatus, MemberStatus, TicketStatus
from community.models import CommunityMember, CommunityPost, TicketMessage
from community.services.communities import (
    community_decide,
    community_join,
    community_leave,
    member_update,
)
from community.services.posts import comment_create, post_create, post_delete, post_react, post_update
from community.services.tickets import ticket_handle, ticket_write
from community.tests.factories import CommunityFactory
from community.tests.services.test_tickets import opened
from config.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice():
    return UserFactory(username="alice")


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def community(alice, bob):
    community = CommunityFactory(creator=alice)
    community_join(actor=bob, community_id=community.pk)
    return community


@pytest.fixture(autouse=True)
async def clean(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    sockets.AuthenticatedConsumer.open_sockets.clear()
    yield
    await sync_to_async(connections.close_all)()


async def entered(user, path) -> SocketClient:
    token = await sync_to_async(access_token)(user)
    headers = {"authorization": f"Bearer {token}", "host": "testserver"}
    socket = SocketClient(application, path, headers=headers)
    await socket.connect()
    return socket


async def inside(user, path) -> SocketClient:
    socket = await entered(user, path)
    assert await socket.receive_json() == {"type": "ready"}
    return socket


def live(service):
    return sync_to_async(service, thread_sensitive=True)


async def heard(socket, *kinds) -> list[dict]:
    got = [await socket.receive_json() for _kind in kinds]
    assert [message["type"] for message in got] == list(kinds)
    return got


class TestCommunity:
    async def test_what_happens_there_is_heard_as_rest_shows_it(self, alice, bob, community):
        where, number = f"/ws/community/{community.pk}", community.pk
        socket = await inside(bob, where)
        post = await live(post_create)(actor=alice, community_id=number, content="WIP \U0001f680")
        (created,) = await heard(socket, "post_created")
        rest = (await live(as_bearer(bob).get)(f"/api/communities/{number}/posts")).json()
        assert created["post"] == rest[0]
        about = {"community_id": number, "post_id": post.pk}
        await live(post_update)(actor=alice, changes={"is_pinned": True}, **about)
        assert (await heard(socket, "post_updated"))[0]["post"]["is_pinned"]
        await live(post_react)(actor=bob, reaction="fire", **about)
        assert await socket.receive_json() == {
            "type": "reaction_updated",
            "post_id": post.pk,
            "reactions": {"like": 0, "love": 0, "wow": 0, "fire": 1},
        }
        comment = await live(comment_create)(actor=alice, content="Well?", **about)
        (commented,) = await heard(socket, "comment_created")
        assert (commented["comment"]["id"], commented["post_id"], commented["comment_count"]) == (
            comment.pk,
            post.pk,
            1,
        )
        await live(post_delete)(actor=alice, **about)
        assert await socket.receive_json() == {"type": "post_deleted", "post_id": post.pk}
        charlie = await live(UserFactory.create)(username="charlie")
        await live(community_join)(actor=charlie, community_id=number)
        (joined,) = await heard(socket, "member_joined")
        assert (joined["user"]["username"], joined["member_count"]) == ("charlie", 3)
        await live(community_leave)(actor=charlie, community_id=number)
        assert await socket.receive_json() == {"type": "member_left", "user_id": charlie.pk, "member_count": 2}
        await socket.disconnect()

    async def test_who_gets_in(self, alice, bob):
        make = live(CommunityFactory.create)
        private = await make(creator=alice, is_private=True)
        waiting = await make(creator=alice, status="pending")
        for user, where, code in (
            (bob, private.pk, sockets.FORBIDDEN),
            (bob, waiting.pk, sockets.NO_SUCH_SOCKET),
            (bob, 10**30, sockets.NO_SUCH_SOCKET),
            (bob, "9" * 5000, sockets.NO_SUCH_SOCKET),
            (bob, "x", sockets.NO_SUCH_SOCKET),
        ):
            assert await (await entered(user, f"/ws/community/{where}")).closed_with() == code
        for user, where in (
            (alice, private.pk),
            (alice, waiting.pk),
            (await live(AdminFactory.create)(), private.pk),
        ):
            await (await inside(user, f"/ws/community/{where}/")).disconnect()
        nobody = SocketClient(application, f"/ws/community/{private.pk}")
        await nobody.connect()
        await nobody.send_json({"type": "auth", "token": "x"})
        assert await nobody.closed_with() == sockets.UNAUTHENTICATED

    async def test_a_ban_a_suspension_and_a_closed_account_close_it(self, alice, bob, community):
        where = f"/ws/community/{community.pk}"
        staff = await live(AdminFactory.create)()
        charlie = await live(UserFactory.create)(username="charlie")
        banned, listener, deactivated = [await inside(user, where) for user in (bob, charlie, alice)]
        await live(member_update)(actor=alice, community_id=community.pk, user_id=bob.pk, status=MemberStatus.BANNED)
        assert await banned.closed_with() == sockets.FORBIDDEN
        await heard(listener, "member_left")
        await heard(deactivated, "member_left")
        await live(user_deactivate)(actor=staff, user_id=alice.pk)
        assert await deactivated.closed_with() == sockets.UNAUTHENTICATED
        await live(community_decide)(actor=staff, community_id=community.pk, status=CommunityStatus.SUSPENDED)
        assert await listener.closed_with() == sockets.NO_SUCH_SOCKET

    async def test_who_leaves_a_private_one_hears_no_more(self, alice, bob, community):
        await live(type(community).objects.filter(pk=community.pk).update)(is_private=True)
        socket = await inside(bob, f"/ws/community/{community.pk}")
        await live(community_leave)(actor=bob, community_id=community.pk)
        assert await socket.closed_with() == sockets.FORBIDDEN

    async def test_who_was_away_gets_what_they_missed(self, alice, bob, community):
        @live
        def meanwhile():
            old, gone, new = (
                post_create(actor=alice, community_id=community.pk, content=content)
                for content in ("old", "gone", "new")
            )
            long_ago = timezone.now() - timedelta(hours=1)
            CommunityPost.objects.filter(pk__in=[old.pk, gone.pk]).update(created_at=long_ago)
            CommunityMember.objects.update(changed_at=long_ago)
            post_react(actor=bob, community_id=community.pk, post_id=old.pk, reaction="like")
            comment_create(actor=bob, community_id=community.pk, post_id=gone.pk, content="Gone with it")
            post_delete(actor=alice, community_id=community.pk, post_id=gone.pk)
            comment_create(actor=bob, community_id=community.pk, post_id=new.pk, content="Oh")
            community_join(actor=UserFactory(username="charlie"), community_id=community.pk)
            return old, gone, new

        old, gone, new = await meanwhile()
        since = (timezone.now() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        socket = await entered(bob, f"/ws/community/{community.pk}?since={since}")
        got = await heard(
            socket,
            *("member_joined", "post_updated", "post_deleted", "post_created", "comment_created", "caught_up", "ready"),
        )
        assert (got[1]["post"]["id"], got[1]["post"]["reactions"]["like"]) == (old.pk, 1)
        assert (got[2]["post_id"], got[3]["post"]["id"], got[4]["comment"]["content"]) == (gone.pk, new.pk, "Oh")
        assert got[5] == {"type": "caught_up", "complete": True}
        await socket.send_json({"type": "since", "since": (timezone.now() + timedelta(minutes=1)).isoformat()})
        await heard(socket, "caught_up")
        for wrong in (None, "yesterday", 7, [since], "9" * 400, "0001-01-01T00:00:00Z"):
            await socket.send_json({"type": "since", "since": wrong})
            await heard(socket, "error")
        await socket.disconnect()

    async def test_a_layer_that_was_away_sends_them_to_ask(self, bob, community):
        socket = await inside(bob, f"/ws/community/{community.pk}")
        await live(sockets.push_to_group)(f"community.{community.pk}", {"type": "layer.missed"})
        assert await socket.closed_with() == sockets.TRY_AGAIN_LATER


class TestSupport:
    @pytest.fixture
    def ticket(self, bob):
        return opened(bob)

    @pytest.fixture
    def anna(self):
        return StaffFactory(username="anna")

    async def test_a_chat_between_bob_and_anna(self, bob, anna, ticket):
        where = f"/ws/support/{ticket.pk}"
        bobs = await inside(bob, where)
        annas = await inside(anna, where)
        assert await bobs.receive_json() == {
            "type": "presence",
            "user_id": anna.pk,
            "username": "anna",
            "online": True,
        }
        assert (await heard(annas, "presence"))[0]["username"] == "bob"
        await bobs.send_json({"type": "typing"})
        assert await annas.receive_json() == {"type": "typing", "user_id": bob.pk, "username": "bob"}
        await bobs.send_json({"type": "message", "content": "Hello", "attachments": []})
        for socket in (bobs, annas):
            (message,) = await heard(socket, "message")
            assert set(message["message"]) == {
                *("id", "ticket_id", "sender_id", "sender_type", "sender", "content", "attachments", "created_at")
            }
            assert (message["message"]["content"], message["message"]["sender_type"]) == ("Hello", "user")
        answer = await live(as_bearer(anna).post)(
            f"/api/support/tickets/{ticket.pk}/messages", {"content": "Hi"}, format="json"
        )
        for socket in (bobs, annas):
            message, update = await heard(socket, "message", "ticket_update")
            assert message["message"] == answer.json()
            assert (update["ticket"]["status"], update["ticket"]["assigned_to"]) == ("active", "anna")
        await live(ticket_handle)(actor=anna, ticket_id=ticket.pk, status=TicketStatus.RESOLVED)
        (update,) = await heard(bobs, "ticket_update")
        assert update["ticket"]["resolved_at"]
        await annas.disconnect()
        (gone,) = await heard(bobs, "presence")
        assert (gone["username"], gone["online"]) == ("anna", False)
        await bobs.disconnect()

    async def test_who_gets_in(self, alice, ticket):
        for where in (ticket.pk, ticket.pk + 1, 10**30, "9" * 5000):
            assert await (await entered(alice, f"/ws/support/{where}")).closed_with() == sockets.NO_SUCH_SOCKET

    async def test_what_is_no_message_is_refused(self, bob, ticket):
        socket = await inside(bob, f"/ws/support/{ticket.pk}")
        for wrong in (
            {"type": "message"},
            {"type": "message", "content": 7},
            {"type": "message", "content": " "},
            {"type": "message", "content": "a\0b"},
            {"type": "message", "content": "\ud800"},
            {"type": "message", "content": "x" * 5001},
            {"type": "message", "content": "x", "attachments": "x"},
            {"type": "message", "content": "x", "attachments": ["https://evil.example/"]},
            {"type": "message", "content": "x", "attachments": [{}]},
            {"type": "post_created"},
            {"type": "since"},
            {"type": "since", "since": "\u00b2"},
            {"type": "since", "since": "9" * 5000},
            {"type": ["message"]},
        ):
            await socket.send_json(wrong)
            await heard(socket, "error")
        assert await live(TicketMessage.objects.filter(is_first=False).count)() == 0
        await socket.disconnect()

    async def test_who_was_away_gets_what_they_missed(self, bob, anna, ticket):
        first = await live(TicketMessage.objects.get)(ticket=ticket)
        for content in ("one", "two"):
            await live(ticket_write)(actor=anna, ticket_id=ticket.pk, content=content)
        socket = await entered(bob, f"/ws/support/{ticket.pk}?since={first.pk}")
        kinds = ("message", "message", "ticket_update", "caught_up", "ready")
        got = await heard(socket, *kinds)
        assert [message["message"]["content"] for message in got[:2]] == ["one", "two"]
        await socket.send_json({"type": "since", "since": got[1]["message"]["id"]})
        await heard(socket, "ticket_update", "caught_up")
        await socket.send_json({"type": "since", "since": "2020-01-01T00:00:00Z"})
        await heard(socket, "message", "message", "message", "ticket_update", "caught_up")
        await socket.disconnect()

    async def test_who_is_no_longer_staff_hears_no_more(self, anna, bob, ticket):
        socket = await inside(anna, f"/ws/support/{ticket.pk}")
        await live(User.objects.filter(pk=anna.pk).update)(is_staff=False)
        await live(ticket_write)(actor=bob, ticket_id=ticket.pk, content="Secret")
        assert await socket.closed_with() == sockets.NO_SUCH_SOCKET
