"""One set of cases for every search and every list with a search, on PostgreSQL and on SQLite."""
