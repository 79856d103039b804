"""JSON bytes as Go's encoding/json writes them: keys sorted by bytes, HTML characters escaped."""

from __future__ import annotations

from cmp.yaml.value import Value


def dumps(value: Value) -> bytes:
    """Return the compact JSON text of `value` as `json.Marshal` prints the same data."""
    import json

    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text.encode()
