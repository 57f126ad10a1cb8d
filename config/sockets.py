"""The table of sockets."""

from channels.routing import URLRouter
from django.urls import re_path

from community.consumers import NotificationConsumer
from config.dialects.sockets import UnknownSocket

socket_application = URLRouter(
    [
        re_path(r"^ws/notifications/?$", NotificationConsumer.as_asgi()),
        re_path(r"", UnknownSocket.as_asgi()),
    ]
)
