"""The shop in Django's admin site. Money moves through the admin panel's services."""

from commerce.admin import figures, money, payouts, sales

__all__ = ["figures", "money", "payouts", "sales"]
