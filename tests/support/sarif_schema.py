"""What SARIF 2.1.0 says of the parts of a log that we write, as a closed JSON schema.

Restated from the specification (OASIS, Static Analysis Results Interchange Format Version 2.1.0), its
sections stand beside. The official schema comes with scripts/oracles.py tools.
"""

from __future__ import annotations

from typing import Any


def closed(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


TEXT = {"type": "string", "minLength": 1}
POSITIVE = {"type": "integer", "minimum": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}  # 3.27.10
MESSAGE = closed(("text",), text={"type": "string"})  # 3.11.8, and 3.12.3 for multiformat messages
REGION = closed(("startLine",), startLine=POSITIVE, startColumn=POSITIVE)  # 3.30.5, 3.30.6
ARTIFACT = closed(("uri",), uri={"type": "string", "format": "uri-reference"}, uriBaseId=TEXT)  # 3.4.3, 3.4.4
PHYSICAL = closed(("artifactLocation",), artifactLocation=ARTIFACT, region=REGION)  # 3.29.3, 3.29.4
LOGICAL = closed((), fullyQualifiedName={"type": "string"})  # 3.33.5
LOCATION = closed((), physicalLocation=PHYSICAL, logicalLocations={"type": "array", "items": LOGICAL})  # 3.28
SUPPRESSION = closed(("kind",), kind={"enum": ["inSource", "external"]}, justification=TEXT)  # 3.35.2
RESULT = closed(
    ("message",),  # 3.27.11
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations={"type": "array", "items": LOCATION},
    partialFingerprints={"type": "object", "additionalProperties": TEXT},  # 3.27.17
    suppressions={"type": "array", "items": SUPPRESSION},
)
RULE = closed(
    ("id",),  # 3.49.3
    id=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=closed((), level=LEVEL),
)
DRIVER = closed(("name",), name=TEXT, version=TEXT, rules={"type": "array", "items": RULE})  # 3.19.8
NOTIFICATION = closed(("message",), level=LEVEL, message=MESSAGE)  # 3.58
INVOCATION = closed(
    ("executionSuccessful",),  # 3.20.14
    executionSuccessful={"type": "boolean"},
    toolExecutionNotifications={"type": "array", "items": NOTIFICATION},
)
RUN = closed(
    ("tool",),  # 3.14.6
    tool=closed(("driver",), driver=DRIVER),  # 3.18.2
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},  # 3.14.17
    invocations={"type": "array", "items": INVOCATION},
    results={"type": "array", "items": RESULT},
)
LOG = closed(  # 3.13
    ("version", "runs"),
    **{"$schema": {"type": "string"}},
    version={"const": "2.1.0"},
    runs={"type": "array", "items": RUN},
)
