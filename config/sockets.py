"""The table of sockets."""

from channels.routing import URLRouter
from django.urls import path

from community.consumers import NotificationConsumer

socket_application = URLRouter([path("ws/notifications", NotificationConsumer.as_asgi())])
