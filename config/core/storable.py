"""What text a database takes."""

import re
from typing import Final

UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
"""PostgreSQL takes no zero byte, and no database half of a character, which JSON can spell."""
