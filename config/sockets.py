"""The table of sockets."""

from channels.routing import URLRouter
from django.urls import path, re_path

from accounts.consumers import NotificationConsumer
from accounts.sockets import UnknownSocket
from community.consumers.chats import ChatConsumer
from community.consumers.communities import CommunityConsumer
from community.consumers.support import SupportConsumer
from config.dialects.routing import REFERENCES
from printshop.consumers import PrinterConsumer

socket_application = URLRouter(
    [
        re_path(r"^ws/notifications/?$", NotificationConsumer.as_asgi()),
        path(f"ws/chat/<{REFERENCES['v1']}:session_id>", ChatConsumer.as_asgi()),
        path(f"ws/chat/<{REFERENCES['v1']}:session_id>/", ChatConsumer.as_asgi()),
        path("ws/support/<number:ticket_id>", SupportConsumer.as_asgi()),
        path("ws/support/<number:ticket_id>/", SupportConsumer.as_asgi()),
        path("ws/community/<number:community_id>", CommunityConsumer.as_asgi()),
        path("ws/community/<number:community_id>/", CommunityConsumer.as_asgi()),
        re_path(r"^ws/printshop/printers/?$", PrinterConsumer.as_asgi()),
        re_path(r"", UnknownSocket.as_asgi()),
    ]
)
