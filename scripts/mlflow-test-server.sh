#!/usr/bin/env bash
# Installs a real MLflow into a virtual environment of its own, for the integration test of cmpctl models, and
# prints where it is. Kept between runs. 3.17.2: its successor 3.18.0 pins packages that were never published.
set -euo pipefail

version=3.17.2
home="${CMP_MLFLOW_HOME:-$HOME/.cache/mlops-cmp-mlflow}"
mlflow="$home/bin/mlflow"

if [ ! -x "$mlflow" ] || [ ! -e "$home/.version-$version" ]; then
  rm -rf "$home"
  "${PYTHON:-python3}" -m venv "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check "mlflow==$version"
  touch "$home/.version-$version"
fi
echo "$mlflow"
