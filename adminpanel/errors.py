"""What the admin panel refuses."""

from config.core.errors import Denied


class OnOneself(Denied):
    """Nobody verifies, activates, deactivates, promotes or demotes himself."""

    code = "on_oneself"
    message = "You cannot do this to your own account."


class AboveActor(Denied):
    code = "above_actor"
    message = "You cannot do this to somebody above you."


class LastSuperuser(Denied):
    """Two superusers may try to shut out each other; one of them stays."""

    code = "last_superuser"
    message = "This is the last active superuser."
