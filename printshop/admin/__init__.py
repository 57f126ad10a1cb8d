"""The print shop in Django's admin site: looked at by staff; its owner decides."""

from printshop.admin import printers

__all__ = ["printers"]
