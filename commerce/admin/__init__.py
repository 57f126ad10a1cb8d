"""The shop in Django's admin site. Money moves through the admin panel's services."""

__all__ = ["figures", "money", "payouts", "sales"]
