"""CultureupView endpoints."""

from config.dialects.cultureup.edge import CultureupView


class Auth(CultureupView):
    pass


class ArtistProfiles(CultureupView):
    pass


class BuyerProfiles(CultureupView):
    pass
