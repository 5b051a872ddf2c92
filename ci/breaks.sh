#!/usr/bin/env bash
# Holds the plugin's schema against that of the last tag, where there is one: what
# breaks is said, and fails unless the changelog has a new line that says Breaking.
set -euo pipefail
tag=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || true)
if [ -z "$tag" ] || ! git cat-file -e "$tag:provider/schema.json" 2>/dev/null; then
  echo "There is no release to compare with yet."
  exit 0
fi
if make --silent breaks SINCE="$tag"; then
  exit 0
fi
if git diff "$tag" -- CHANGELOG.md | grep -q '^+.*Breaking'; then
  echo "The changelog says so."
  exit 0
fi
echo "Programs written against $tag break, and CHANGELOG.md has no line that says Breaking." >&2
exit 1
