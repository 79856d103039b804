"""YAML as go.yaml.in/yaml/v3 reads it: one scanner, one parser, one node type, one resolver.

`parser.Parser` turns a text into `node.Node`s; on demand it also gives each node the comments that go-yaml
gives it, which only SOPS documents need (ADR 0008). The files follow scannerc.go, parserc.go, decode.go,
yamlh.go and resolve.go of that library.
"""
