"""What the staff's desk refuses."""

from config.core.errors import Conflict


class BackupRefused(Conflict):
    """A backup that cannot be made here, is not whole, or may not be put here. Nothing was changed."""

    code = "backup_refused"
