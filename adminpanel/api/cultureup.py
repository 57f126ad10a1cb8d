"""CultureupAdminView endpoints."""

from config.dialects.cultureup.edge import CultureupAdminView


class Users(CultureupAdminView):
    pass


class Artworks(CultureupAdminView):
    pass


class Appeals(CultureupAdminView):
    pass


class Payments(CultureupAdminView):
    pass


class Categories(CultureupAdminView):
    pass
