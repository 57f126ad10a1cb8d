"""The print shop in Django's admin site: looked at by staff; its owner decides."""

from printshop.admin import notifications, orders, printers, shops

__all__ = ["notifications", "orders", "printers", "shops"]
