"""The print shop in Django's admin site: looked at by staff; its owner decides."""

from printshop.admin import notifications, printers

__all__ = ["notifications", "printers"]
