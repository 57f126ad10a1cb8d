"""Hiring in Django's admin site. Bounties stand in commerce, above: closing one gives its money back."""

from jobs.admin import contracts, jobs, reviews

__all__ = ["contracts", "jobs", "reviews"]
