"""CultureupView endpoints."""

from config.dialects.cultureup.edge import CultureupView


class Orders(CultureupView):
    pass


class Payments(CultureupView):
    pass


class Purchases(CultureupView):
    pass
