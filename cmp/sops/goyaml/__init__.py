"""YAML with its comments, exactly as go.yaml.in/yaml/v3 attaches, resolves and prints them.

SOPS keeps comments through a round trip and its output enters hashes, so both directions follow that
library to the byte: `reader.compose` gives nodes with head, line and foot comments, `printer` prints them.
"""
