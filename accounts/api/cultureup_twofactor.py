"""CultureupView endpoints."""

from config.dialects.cultureup.edge import CultureupView


class TwoFactor(CultureupView):
    pass
