#!/usr/bin/env bash
# Tells GitHub what review.sh found, by its command gh.
#
#   github.sh comment   one comment on the pull request, updated in place
#   github.sh summary   the same text in the summary of the run
#   github.sh sarif     the audit, as an analysis of the code
#   github.sh labels    prints the pull request's labels, a line each
#   github.sh issue TITLE FILE   one open issue with a title, updated in place
#
# GH_TOKEN needs pull-requests: write, security-events: write, pull-requests:
# read or issues: write.
set -euo pipefail

here=$(dirname "$0")
number() { jq -er .pull_request.number "$GITHUB_EVENT_PATH"; }

case ${1:-} in
  comment)
    marker=$(bash "$here/marker.sh")
    comments=repos/$GITHUB_REPOSITORY/issues/$(number)/comments
    id=$(gh api --paginate "$comments" --jq ".[] | select(.user.type == \"Bot\" and (.body | startswith($(jq -n --arg m "$marker" '$m')))) | .id" | head -n 1)
    # GitHub takes 65,536 characters.
    jq -L "$here" -Rs --arg marker "$marker" 'include "cut"; {body: ($marker + "\n" + . | cut(65000; "the rest is in the summary of the run."))}' "$OUT/review.md" >"$OUT/comment.json"
    if [ -n "$id" ]; then
      gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --input "$OUT/comment.json"
    elif ! grep -qx quiet=true "$OUT/outcome"; then
      gh api --silent --method POST "$comments" --input "$OUT/comment.json"
    fi
    ;;
  summary)
    # GitHub takes 1 MiB of a step, and nothing of what is longer.
    jq -L "$here" -Rjs 'include "cut"; cut(900000; "aks-egress diff says the rest, stack by stack.")' "$OUT/review.md" >>"$GITHUB_STEP_SUMMARY"
    ;;
  sarif)
    [ -s "$OUT/audit.sarif" ] || exit 0
    gzip -c "$OUT/audit.sarif" | base64 -w 0 |
      jq -R --arg sha "$GITHUB_SHA" --arg ref "$GITHUB_REF" '{commit_sha: $sha, ref: $ref, sarif: ., tool_name: "aks-egress audit"}' >"$OUT/sarif.json"
    gh api --silent --method POST "repos/$GITHUB_REPOSITORY/code-scanning/sarifs" --input "$OUT/sarif.json"
    ;;
  labels)
    # Asked for now: the event has those of the time it happened.
    gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$(number)/labels" --jq '.[].name'
    ;;
  issue)
    title=$2
    id=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues?state=open" --jq ".[] | select(.title == $(jq -n --arg t "$title" '$t')) | .number" | head -n 1)
    request=$(jq -Rs --arg title "$title" '{title: $title, body: .[0:65000]}' "$3")
    if [ -n "$id" ]; then
      gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/$id" --input - <<<"$request"
    else
      gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues" --input - <<<"$request"
    fi
    ;;
  *)
    echo "usage: github.sh comment|summary|sarif|labels|issue TITLE FILE" >&2
    exit 2
    ;;
esac
