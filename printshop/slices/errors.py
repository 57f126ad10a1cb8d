class BrokenSlice(Exception):
    """A file that is no sound sliced 3MF; the words say why."""
