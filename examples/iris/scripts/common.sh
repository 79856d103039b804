# Shared by the two scripts: which overlay an environment is, and how a check is counted.
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
passed=0 failed=0 skipped=0

usage() {
  echo "usage: $(basename "$0") iris-dev|iris-staging|iris-prod" >&2
  exit 2
}

[ $# -eq 1 ] || usage
case $1 in
  iris-dev) overlay=$root/k8s/overlays/development ;;
  iris-staging) overlay=$root/k8s/overlays/staging ;;
  iris-prod) overlay=$root/k8s/overlays/production ;;
  *) usage ;;
esac
namespace=$1

# check TITLE COMMAND...: runs it, shows its output only when it fails
check() {
  title=$1; shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1)); echo "ok       $title"
  else
    failed=$((failed + 1)); echo "FAILED   $title"; printf '%s\n' "$output" | sed 's/^/         /'
  fi
}

skip() {
  skipped=$((skipped + 1)); echo "skipped  $1: $2"
}

# The render goes to a file: in a pipe its exit code would be lost.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 077
rendered=$work/rendered.yaml

render() {
  cmp-generate "$overlay" > "$rendered"
}

# A context that answers, for this namespace; says why not otherwise.
cluster() {
  command -v kubectl > /dev/null || { echo 'kubectl is not installed'; return 1; }
  [ -n "$(kubectl config current-context 2> /dev/null)" ] || { echo 'no current context'; return 1; }
  kubectl get namespace "$namespace" --request-timeout=5s > /dev/null 2>&1 \
    || { echo "no cluster answers, or it has no namespace $namespace"; return 1; }
}

finish() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
}
