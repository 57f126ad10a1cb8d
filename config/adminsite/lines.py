"""Names and titles in forms."""

from typing import Any

from django import forms

from config.core.names import one_line


class LineField(forms.CharField):
    """Text of one line, as every dialect takes it: what shows nothing is nothing."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return (one_line(text) or self.empty_value) if isinstance(text, str) else text
