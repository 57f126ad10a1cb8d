"""Pictures of the admin site for the documentation, taken in a real browser from a platform with a month behind it."""
