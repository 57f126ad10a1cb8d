"""Pages of Django's admin site that belong to no model: its dashboard and its menu."""
