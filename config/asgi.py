"""ASGI entry point: sockets, and everything else too where one server does both (`make run`)."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

from django.conf import settings  # noqa: E402 (as above)

from config.bounded import BoundedBodies  # noqa: E402 (as above)
from config.sockets import socket_application  # noqa: E402 (needs the app registry)

http_application = BoundedBodies(django_application, most=settings.BODY_MAX_BYTES)
application = ProtocolTypeRouter({"http": http_application, "websocket": socket_application})
get_resolver().url_patterns  # noqa: B018 (read now: the first caller must not wait for it)
