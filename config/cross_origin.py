"""Which other sites' scripts may read answers (CORS), and open sockets."""

import re

from corsheaders import middleware
from corsheaders.conf import conf
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


def is_front_end(origin: str) -> bool:
    """Whether this is FRONTEND_URL, one of CORS_ALLOWED_ORIGINS, or, in development, a local address."""
    return origin in settings.CORS_ALLOWED_ORIGINS or any(
        re.match(pattern, origin) for pattern in settings.CORS_ALLOWED_ORIGIN_REGEXES
    )


class CorsMiddleware(middleware.CorsMiddleware):
    """Front-ends are answered with credentials; in development everybody else without."""

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        super().add_response_headers(request, response)
        stranger = "origin" in request.headers and middleware.ACCESS_CONTROL_ALLOW_ORIGIN not in response
        if settings.CORS_ANYBODY and stranger and self.is_enabled(request):
            response[middleware.ACCESS_CONTROL_ALLOW_ORIGIN] = "*"
            response[middleware.ACCESS_CONTROL_EXPOSE_HEADERS] = ", ".join(conf.CORS_EXPOSE_HEADERS)
            if request.method == "OPTIONS":
                response[middleware.ACCESS_CONTROL_ALLOW_HEADERS] = ", ".join(conf.CORS_ALLOW_HEADERS)
                response[middleware.ACCESS_CONTROL_ALLOW_METHODS] = ", ".join(conf.CORS_ALLOW_METHODS)
                response[middleware.ACCESS_CONTROL_MAX_AGE] = str(conf.CORS_PREFLIGHT_MAX_AGE)
        return response
