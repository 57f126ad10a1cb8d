"""Django's PostgreSQL backend with a cheaper health check. Named by settings.DATABASES."""
