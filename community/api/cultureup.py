"""CultureupView endpoints."""

from config.dialects.cultureup.edge import CultureupView


class Notifications(CultureupView):
    pass
