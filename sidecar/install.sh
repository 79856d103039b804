#!/bin/sh
# Lays the plugin out below a folder, as the image has it: install.sh BUILD_PYTHON RUNTIME_PYTHON ROOT
# The Dockerfile runs it, and so does the test that has no container engine. Nothing but the hash-locked files is downloaded.
set -eu
build_python=$1 runtime_python=$2 root=$3
here=$(cd "$(dirname "$0")" && pwd)
lib=$root/opt/mlops-cmp/lib
bin=$root/opt/mlops-cmp/bin
config=$root/home/argocd/cmp-server/config

mkdir -p "$lib" "$bin" "$config"
"$build_python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-compile --no-deps \
  --require-hashes --only-binary=:all: --target "$lib" --requirement "$here/requirements.lock"
rm -rf "$lib/bin"
cp -R "$here/../cmp" "$lib/cmp"
cp -R "$here/../docs" "$lib/cmp/pages"
find "$lib/cmp/pages" -type f ! -name '*.md' -exec rm {} +
cp "$here/cmp_bundle.py" "$lib/cmp_bundle.py"
cp "$here/../plugin.yaml" "$config/plugin.yaml"

# -I: nothing from the caller's environment, home or current directory (a rendered repository) is ever imported.
# -S: the module `site` looks for packages of the machine. The image has none, and it would take a twentieth of a small render's time.
inside=${LIB:-/opt/mlops-cmp/lib}
launcher() {
  printf '#!%s -IS\nimport sys\n\nsys.path.insert(0, "%s")\nfrom cmp_bundle import install\n\ninstall("%s")\nfrom %s import %s\n\nsys.exit(%s())\n' \
    "$runtime_python" "$inside" "$inside" "$2" "$3" "$3" > "$bin/$1"
  chmod 0755 "$bin/$1"
}
launcher cmp-generate cmp.cli.generate entry
launcher cmpctl cmp.cli.ctl main
launcher cmp-server cmp.server.main main
{ printf '#!%s -I\n' "$runtime_python"; cat "$here/probe.py"; } > "$bin/cmp-socket-probe"
chmod 0755 "$bin/cmp-socket-probe"

# Compiled now and never checked again: the root file system is read-only, and start-up time counts in every render.
find "$lib" -name __pycache__ -type d -prune -exec rm -rf {} +
"$build_python" -m compileall -q --invalidation-mode unchecked-hash -s "$root" "$lib"
# What a render imports once more, in one file, which is quicker to read than a hundred.
PYTHONPATH=$lib "$build_python" "$here/bundle.py" "$lib" "$inside"
chmod -R a+rX,go-w "$root/opt/mlops-cmp" "$root/home/argocd"
