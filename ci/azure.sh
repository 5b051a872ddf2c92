#!/usr/bin/env bash
# Tells Azure DevOps what review.sh found, by its REST interface.
#
#   azure.sh comment   one thread on the pull request, updated in place: active
#                      where somebody has to look, closed where nothing changes
#   azure.sh labels    prints the pull request's labels, a line each
#
# SYSTEM_ACCESSTOKEN is $(System.AccessToken); the project's build service needs
# the right "Contribute to pull requests".
set -euo pipefail

pull=$SYSTEM_COLLECTIONURI$SYSTEM_TEAMPROJECTID/_apis/git/repositories/$BUILD_REPOSITORY_ID/pullRequests/$SYSTEM_PULLREQUEST_PULLREQUESTID
version=api-version=7.1

# ask METHOD URL, with the body on standard input where there is one
ask() {
  local method=$1 url=$2
  shift 2
  curl --fail --silent --show-error --request "$method" --header "Authorization: Bearer $SYSTEM_ACCESSTOKEN" --header 'Content-Type: application/json' "$@" "$url"
}

case ${1:-} in
  comment)
    marker=$(bash "$(dirname "$0")/marker.sh")
    quiet=false
    if grep -qx quiet=true "$OUT/outcome"; then quiet=true; fi
    ids=$(ask GET "$pull/threads?$version" |
      jq -r --arg marker "$marker" 'first(.value[] | select(.isDeleted != true and ((.comments[0].content // "") | startswith($marker))) | "\(.id) \(.comments[0].id)") // empty')
    status=active
    if [ $quiet = true ]; then status=closed; fi
    # Azure DevOps does not know GitHub's alerts, and takes 150,000 characters.
    content=$(sed -E 's/^> \[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]$/> **\L\u\1**\n>/' "$OUT/review.md" | jq -L "$(dirname "$0")" -Rs --arg marker "$marker" 'include "cut"; $marker + "\n" + . | cut(149000; "the rest is in the artifact review of the run.")')
    if [ -n "$ids" ]; then
      read -r thread comment <<<"$ids"
      jq -n --argjson content "$content" '{content: $content}' | ask PATCH "$pull/threads/$thread/comments/$comment?$version" --data @- >/dev/null
      jq -n --arg status $status '{status: $status}' | ask PATCH "$pull/threads/$thread?$version" --data @- >/dev/null
    elif [ $quiet = false ]; then
      jq -n --argjson content "$content" '{status: "active", comments: [{parentCommentId: 0, commentType: 1, content: $content}]}' | ask POST "$pull/threads?$version" --data @- >/dev/null
    fi
    ;;
  labels)
    ask GET "$pull/labels?$version" | jq -r '.value[] | select(.active != false) | .name'
    ;;
  *)
    echo "usage: azure.sh comment|labels" >&2
    exit 2
    ;;
esac
