"""The usage text of cmp-server, here because pages are made from it: `cli` may not import `server`."""

USAGE = """\
usage: cmp-server [--socket PATH] [--workers N]

Serve Argo CD's plugin protocol on a Unix socket, in place of argocd-cmp-server with cmp-generate.

  --socket PATH       default: /home/argocd/cmp-server/plugins/mlops-cmp.sock
  --workers N         renders at once; default: CMP_CONCURRENCY, else the number of processors
  --version, --help   print the version, or this text

The CMP_* variables of this process are its settings (cmpctl docs reference/environment). The name of the
socket's file without `.sock` is the name that Applications give in source.plugin.name. Needs the extra
`server`.

Exit codes: 0 ended by SIGTERM, 1 a failure, 2 wrong usage.
"""
