"""NexusView endpoints."""

from config.dialects.nexus.edge import NexusView


class Auth(NexusView):
    pass
