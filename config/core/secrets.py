"""Texts that must not be seen."""


class Secret:
    """A text that no repr shows, and so no log line, traceback or error page. `reveal` is for who needs it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret()"
