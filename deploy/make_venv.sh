#!/bin/sh
# Makes a virtual environment in $1 on a Debian or Ubuntu that may have nothing but python3.
set -eu
target=$1

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1; then sudo "$@"
    else
        echo "make_venv: Python's venv module is missing and I may not install it." >&2
        echo "make_venv: run as root: apt-get install python3-venv    (then try again)" >&2
        exit 1
    fi
}

usable() { # a Python of 3.11 or later that can make an environment with pip in it
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if command -v "$python" >/dev/null 2>&1 && usable "$python"; then
            echo "$python"
            return
        fi
    done
}

python=$(find_python)
if [ -z "$python" ] && command -v apt-get >/dev/null 2>&1; then
    version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo 0)
    case $version in
        0 | 3.[0-9] | 3.10) packages="python3.11 python3.11-venv" ;; # Ubuntu 22.04 offers it beside 3.10
        *) packages="python3-venv" ;;
    esac
    echo "make_venv: installing $packages" >&2
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >&2
    python=$(find_python)
fi
if [ -z "$python" ]; then
    echo "make_venv: found no Python of 3.11 or later with venv and ensurepip." >&2
    echo "make_venv: install one (Debian, Ubuntu: apt-get install python3-venv), then try again." >&2
    exit 1
fi
"$python" -m venv "$target"
