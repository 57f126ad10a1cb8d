"""V1View endpoints."""

from config.dialects.v1.edge import V1View


class Auth(V1View):
    pass
