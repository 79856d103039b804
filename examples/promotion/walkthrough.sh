#!/usr/bin/env bash
# The way of a model version from a change to production, step by step, on a scratch git repository.
#   examples/promotion/walkthrough.sh DIR      DIR must not exist; nothing outside of it is touched, no cluster is asked
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: $(basename "$0") DIR" >&2; exit 2; }
scratch=$1
here=$(cd "$(dirname "$0")" && pwd)
[ ! -e "$scratch" ] || { echo "error: $scratch exists" >&2; exit 1; }
export SOPS_AGE_KEY_FILE=${SOPS_AGE_KEY_FILE:-$here/../keys/public-test-key.agekey}
staging=k8s/overlays/staging production=k8s/overlays/production
umask 077

step() { printf '\n== %s\n' "$*"; }
run() { printf '$ %s\n' "$*"; "$@"; }
git() { command git -c user.name="$who" -c user.email="$who@example.com" -c commit.gpgsign=false -c tag.gpgsign=false "$@"; }
checked() { # an overlay renders, and schemas and rules find nothing
  cmp-generate "$1" > /dev/null
  run cmpctl validate --quiet "$1"
}

step "A repository, as it was released"
who=release-manager
cp -R "$here/../fraud-detection" "$scratch"
scratch=$(cd "$scratch" && pwd)
cd "$scratch"
git init --quiet --initial-branch=main .
git add .
git commit --quiet --message "Fraud detection as released"
git tag --annotate --message "Release" v2.3.1

step "1. A data scientist brings a new candidate to staging"
who=data-scientist
git switch --quiet --create new-candidate
run cmpctl models set $staging candidate --uri s3://mlflow-artifacts-staging/14/5d0c6f8a4b9e4c3f8a1d7e2b6c905f38/artifacts/model
checked $staging
git commit --quiet --all --message "Try candidate 14 in staging"

step "2. Reviewed and merged: Argo CD deploys staging by itself, and production does not change"
who=ml-reviewer
git switch --quiet main
git merge --quiet --no-ff --message "Merge new-candidate" new-candidate
run cmpctl diff --exit-code $production@v2.3.1 $production@main

step "3. Its numbers in staging are good: it is promoted, as it was tested, on a branch"
who=data-scientist
git switch --quiet --create promote-candidate
run cmpctl models promote --from $staging@main --to $production --model candidate
checked $production

step "4. What the reviewer reads"
run cmpctl diff $production@main $production
cmpctl diff --output html --title "Promote candidate 14" $production@main $production > promotion.html
echo "and the same as a page: $scratch/promotion.html"
git add k8s
git commit --quiet --message "Promote candidate 14 to production"

step "5. Reviewed and merged: still nothing happens to production, whose Application follows tags"
who=ml-reviewer
git switch --quiet main
git merge --quiet --no-ff --message "Merge promote-candidate" promote-candidate

step "6. The release manager, and nobody else, may make the tag"
who=release-manager
git tag --annotate --message "Candidate 14" v2.3.2
run cmpctl diff $production@v2.3.1 $production@v2.3.2

step "7. The Application is OutOfSync now. An approver deploys it:"
cat <<'END'
argocd app diff fraud-detection-production
argocd app sync fraud-detection-production --preview-changes
argocd app wait fraud-detection-production --health --timeout 600
END
