"""NexusView endpoints."""

from config.dialects.nexus.edge import NexusView


class Categories(NexusView):
    pass
