"""Character sets beyond ASCII that the printer asks for; compiled only when a text needs them."""

from __future__ import annotations

import re

# What go-yaml v2 does not print as it is.
UNPRINTABLE = re.compile(r"[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
# What double quotes escape: the same, line breaks, the quote and the backslash.
TO_ESCAPE = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
# What JSON carries raw and go-yaml's reader then refuses.
REFUSED = re.compile(r"[\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
