"""What every app's domain code shares: errors, money, on-commit announcements, storage, encryption, logs."""
