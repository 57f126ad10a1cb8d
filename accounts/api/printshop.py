"""PrintshopView endpoints."""

from config.dialects.printshop.edge import PrintshopView


class Auth(PrintshopView):
    pass
