"""The print shop in Django's admin site: looked at by staff, who may call off what is to be printed."""

from printshop.admin import filaments, notifications, orders, printers, prints, shops

__all__ = ["filaments", "notifications", "orders", "printers", "prints", "shops"]
