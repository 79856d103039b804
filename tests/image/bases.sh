#!/bin/sh
# Makes the image's two bases from Debian's own packages, for machines without a container registry: bases.sh FOLDER PYTHON
#
#   FOLDER/build.tar     stands for python:3.13-slim-trixie: Python with pip, and apt
#   FOLDER/runtime.tar   stands for gcr.io/distroless/python3-debian13: Python, its libraries, certificates; no shell
#
# runtime.tar is not distroless: it has the same Debian packages, but not the same files to the last one. What only the
# true base can show (its own shell or user, its size, its labels) stays unproven here. Needs root and mmdebstrap.
# A file that is there already is kept: delete it to take newer packages.
set -eu
folder=$1
python=$2
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
mkdir -p "$folder"

if [ ! -e "$folder/build.tar" ]; then
  mmdebstrap --quiet --variant=apt --include="python$python,python3-pip,ca-certificates" \
    trixie "$folder/build.part.tar" "$mirror"
  mv "$folder/build.part.tar" "$folder/build.tar"
fi

if [ ! -e "$folder/runtime.tar" ]; then
  # "extract" runs no maintainer script, so what ca-certificates' script writes is written here. Distroless takes single
  # packages; here their dependencies come along: awk, openssl and debconf, which the Dockerfile has to remove.
  mmdebstrap --quiet --variant=extract \
    --include="base-files,ca-certificates,libgcc-s1,libpython$python-stdlib,libstdc++6,media-types,netbase,python$python-minimal,tzdata" \
    --customize-hook='cat "$1"/usr/share/ca-certificates/mozilla/*.crt > "$1/etc/ssl/certs/ca-certificates.crt"' \
    --customize-hook='rm -rf "$1/etc/apt" "$1/var/cache" "$1/var/lib/apt" "$1/usr/share/perl5"' \
    trixie "$folder/runtime.part.tar" "$mirror"
  mv "$folder/runtime.part.tar" "$folder/runtime.tar"
fi
