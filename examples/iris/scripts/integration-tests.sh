#!/usr/bin/env bash
# Do the parts of this environment fit together? Offline: every reference has its object. In a cluster: a prediction comes back.
set -euo pipefail
. "$(dirname "$0")/common.sh"

# Every ConfigMap, Secret, claim and service account that a workload names is in the render.
references() {
  python3 - "$rendered" <<'PY'
import re
import sys

text = open(sys.argv[1], encoding="utf-8").read()
have = set()
for document in re.split(r"^---\n", text, flags=re.M):
    kind = re.search(r"^kind: (\S+)", document, re.M)
    name = re.search(r"^metadata:\n(?:  .*\n)*?  name: (\S+)", document, re.M)
    if kind and name:
        have.add((kind[1], name[1]))
wanted = {("PersistentVolumeClaim", name) for name in re.findall(r"claimName: (\S+)", text)}
wanted |= {("ServiceAccount", name) for name in re.findall(r"serviceAccountName: (\S+)", text)}
for field, kind in (("configMap", "ConfigMap"), ("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
    for block in re.findall(rf"^( *){field}:\n((?:\1 +.*\n)+)", text, re.M):
        wanted |= {(kind, name) for name in re.findall(r"^ *name: (\S+)", block[1], re.M)}
missing = sorted(wanted - have)
for kind, name in missing:
    print(f"{kind}/{name} is referred to and not rendered")
if not wanted:
    print("nothing refers to anything: is this the right file?")
sys.exit(bool(missing) or not wanted)
PY
}

namespaces() {
  ! grep -E '^  namespace: ' "$rendered" | grep -v "^  namespace: $namespace\$"
}

check "renders" render
if [ -s "$rendered" ]; then
  check "every reference has its object" references
  check "everything is in $namespace" namespaces
  check "renders the same twice" sh -c 'cmp-generate "$1" | cmp - "$2"' sh "$overlay" "$rendered"
fi

if reason=$(cluster); then
  check "a prediction comes back" kubectl run "iris-integration-$$" --namespace="$namespace" --rm --attach --quiet --restart=Never \
    --image=docker.io/curlimages/curl:8.10.1 -- --fail --silent --max-time 10 --header 'Content-Type: application/json' \
    --data '{"data":{"ndarray":[[5.1,3.5,1.4,0.2]]}}' "http://iris-classifier-default:8000/api/v1.0/predictions"
  check "a training run is scheduled" kubectl get cronworkflows.argoproj.io/iris-train-nightly --namespace="$namespace"
else
  skip "cluster checks" "$reason"
fi
finish
