"""Etsy is played by a server on this machine."""

from printshop.tests.etsy_shops import etsy, shop, there

__all__ = ["etsy", "shop", "there"]
