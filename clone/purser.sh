#!/bin/sh
# The `purser` command of a clone: runs the TypeScript sources with the pinned Node. It becomes that
# process (exec), so that a signal, SIGKILL too, meets Purser itself and not a wrapper around it.
self=$(readlink -f "$0") || { echo "purser: cannot resolve $0" >&2; exit 1; }
root=$(dirname "$(dirname "$self")")
node="$root/node_modules/.bin/node"
if [ ! -x "$node" ]; then
  node=node
  if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 18) ? 0 : 1)'; then
    echo "purser: no pinned Node for this platform, and the sources need Node 22.18 or later. Run npm ci, or install Node 24." >&2
    exit 1
  fi
fi
# Short-lived memory of a fixed size: by default V8 lets it grow until collecting it is slow on one core.
exec "$node" --max-semi-space-size=16 "$root/src/main/purser.ts" "$@"
