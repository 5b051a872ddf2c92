#!/usr/bin/env bash
# Prints the mark by which the comment on a project is found again: one for each
# folder that review.sh was run in.
set -euo pipefail
project=$(cat "$OUT/project" 2>/dev/null || true)
printf '%s' "<!-- aks-egress${project:+ ${project//[^A-Za-z0-9_.\/-]/-}} -->"
