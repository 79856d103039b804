#!/usr/bin/env bash
# Is this environment's deployment sound? Offline: it renders, and schemas and rules find nothing. In a cluster: it is what runs.
set -euo pipefail
. "$(dirname "$0")/common.sh"

check "renders" render
if [ -s "$rendered" ]; then
  check "schemas and rules" cmpctl validate "$overlay"
  if command -v kubeconform > /dev/null && [ -n "${KUBECONFORM_SCHEMAS:-}" ]; then
    check "kubeconform" kubeconform -strict -ignore-missing-schemas -schema-location "$KUBECONFORM_SCHEMAS" "$rendered"
  else
    skip "kubeconform" "not installed, or KUBECONFORM_SCHEMAS is not set"
  fi
fi

if reason=$(cluster); then
  check "accepted by the API server" kubectl apply --dry-run=server --namespace="$namespace" --filename="$rendered"
  check "no drift" kubectl diff --namespace="$namespace" --filename="$rendered"
  check "classifier is available" kubectl wait seldondeployments.machinelearning.seldon.io/iris-classifier \
    --namespace="$namespace" --for=jsonpath='{.status.state}'=Available --timeout=120s
else
  skip "cluster checks" "$reason"
fi
finish
