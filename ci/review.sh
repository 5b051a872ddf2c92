#!/usr/bin/env bash
# Says in $OUT/review.md what a pull request does to the stacks of the project in
# this folder, in $OUT/audit.sarif what is wrong with their policies, and in
# $OUT/outcome what it comes to, for gate.sh. It posts nothing.
#
#   BASE      the revision to compare with (HEAD^1: the base of a merge commit)
#   OUT       the folder to write to
#   STACKS    the stacks' files, as one pattern (Pulumi.*.yaml)
#   SANDBOX   true: bring each stack up in the sandbox, before and after
#   EXISTING  a file of resources that exist and that no stack owns, for that
#   SOURCE    a folder of aks-egress itself, for a project without a Go module
#   AKS_EGRESS, AKS_EGRESS_OLD  the commands, where they are built already
set -euo pipefail
shopt -s nullglob

module=github.com/aks-egress/aks-egress
base=${BASE:-HEAD^1}
out=${OUT:?is the folder to write to}
stacks=${STACKS:-Pulumi.*.yaml} stacks=${stacks#./}
mkdir -p "$out"
out=$(cd "$out" && pwd)

# Of a pull request the default is the base only where the merge is checked out:
# of the pull request's own branch, HEAD^1 is its commit of before.
merge=${GITHUB_SHA:-${BUILD_SOURCEVERSION:-}}
if [ "$base" = 'HEAD^1' ] && [ -n "$merge" ] && { [ "${GITHUB_EVENT_NAME:-}" = pull_request ] || [ "${BUILD_REASON:-}" = PullRequest ]; } && [ "$(git rev-parse HEAD)" != "$merge" ]; then
  echo "What is checked out is not the merge of the pull request ($merge), so HEAD^1 is not its base: check out without ref, or say what to compare with (base)." >&2
  exit 2
fi
if ! commit=$(git rev-parse --verify --quiet "$base^{commit}"); then
  if [ "$base" != 'HEAD^1' ] || [ "$(git rev-parse --is-shallow-repository)" = true ]; then
    echo "The base revision $base is not in this clone: check out with fetch-depth: 2 (fetchDepth in Azure DevOps)." >&2
    exit 2
  fi
  # The first commit of all is compared with an empty one.
  commit=$(git -c user.name=nobody -c user.email=nobody@localhost commit-tree -m nothing "$(git hash-object -w -t tree /dev/null)")
fi
base=$commit

IFS=
files=($stacks)
unset IFS
files=("${files[@]/#-/./-}") # which no command takes for a flag
mapfile -d '' -t gone < <(git diff -z --relative --find-renames --diff-filter=D --name-only "$base" HEAD -- ":(glob)$stacks")
if [ $((${#files[@]} + ${#gone[@]})) = 0 ]; then
  echo "No file here is named like $stacks, and none was: nothing can be compared. Say where the stacks are (working-directory, stacks)." >&2
  exit 2
fi

# which TREE says which aks-egress a revision has: its module's, or the one that
# its pipelines name.
pipelines() {
  git grep -hoE 'aks-egress/aks-egress(/cmd/[a-z.-]+)?@[A-Za-z0-9._/-]+' "$1" -- ':(top)*.yml' ':(top)*.yaml' | sed 's/.*@//' | sort -u || true
}
# The Go module that the project is in, from here.
up=.
while [ ! -e "$up/go.mod" ] && [ -n "$(git -C "$up" rev-parse --show-cdup)" ]; do up=$up/..; done
has() { git grep -qE "$2" "$1" -- "$up/go.mod"; } # REVISION PATTERN
which_tool() {
  if has "$1" "^module $module\$"; then
    git ls-tree -r "$1" | grep -vE '\.md$|_test\.go$|	Pulumi\.' || true
  elif has "$1" "$module"; then
    git ls-tree "$1" -- "$up/go.mod" "$up/go.sum"
  else
    pipelines "$1"
  fi
}

# build FOLDER COMMANDS… builds from the Go module of a folder, if that has them.
build() {
  local folder=$1 to=$2
  shift 2
  (cd "$folder" && go build -trimpath -o "$to/" "${@/#/$module/cmd/}")
}

commands=(aks-egress)
if [ "${SANDBOX:-false}" = true ]; then
  commands+=(aks-egress-sandbox)
fi
new=${AKS_EGRESS:-}
if [ -z "$new" ]; then
  mkdir -p "$out/bin"
  from=.
  if ! grep -qs "$module" "$up/go.mod"; then
    from=${SOURCE:?is the folder of aks-egress, as there is no Go module here that has it}
  fi
  build "$from" "$out/bin" "${commands[@]}"
  new=$out/bin/aks-egress
fi

# The old side is read by its own tool, so that a change of tables shows.
old=${AKS_EGRESS_OLD:-}
notes=()
if [ -z "$old" ] && [ "$(which_tool "$base")" != "$(which_tool HEAD)" ]; then
  mkdir -p "$out/old"
  said=$out/old/said
  if has "$base" "$module"; then
    git worktree add --quiet --detach "$out/old/tree" "$base"
    build "$out/old/tree/$(git rev-parse --show-prefix)" "$out/old" aks-egress >"$said" 2>&1 && old=$out/old/aks-egress
    git worktree remove --force "$out/old/tree"
  else
    version=$(pipelines "$base" | head -n 1)
    if [ -n "$version" ]; then
      GOBIN=$out/old go install -trimpath "$module/cmd/aks-egress@$version" >"$said" 2>&1 && old=$out/old/aks-egress
    else
      old=$new # the base has no aks-egress yet
    fi
  fi
  if [ -z "$old" ]; then
    cat "$said" >&2
    notes+=("The base has another aks-egress, which could not be built: both sides are read by the new one, so a change of Microsoft's tables does not show.")
  elif [ "$old" != "$new" ]; then
    notes+=("The base is read by its own aks-egress, $("$old" version | sed -n '1s/^aks-egress //p;2s/^tables *\([0-9-]*\).*/tables of \1/p' | paste -sd, | sed 's/,/, /'), and the change by $("$new" version | sed -n '1s/^aks-egress //p;2s/^tables *\([0-9-]*\).*/tables of \1/p' | paste -sd, | sed 's/,/, /').")
  fi
fi
old=${old:-$new}

alert() { # KIND, and lines on standard input, as text without mark-up
  printf '> [!%s]\n' "$1"
  tr '\r' ' ' | sed -e 's/`/'"'"'/g' -e 's/^/> `/' -e 's/$/`  /'
  echo
}

# A name as code in a table: without what would end either.
shown() { printf '%s' "$1" | LC_ALL=C tr -c ' -_a-{}~' '?'; }

declare -A renamed
while IFS= read -r -d '' _ && IFS= read -r -d '' was && IFS= read -r -d '' is; do
  renamed[$is]=$was
done < <(git diff -z --relative --find-renames --diff-filter=R --name-status "$base" HEAD -- ":(glob)$stacks")

table='' details='' readable=() quiet=true
grows=false unknown=false unreadable=false refuted=false refused=false

# What intents and audit are held against is of the pull request, too.
for file in intents.yaml audit-baseline.yaml; do
  git cat-file -e "$base:./$file" 2>/dev/null || continue
  if [ ! -e "$file" ]; then
    notes+=("$file is deleted by this change: nothing is held against it any more.")
    quiet=false
  elif ! git diff --quiet "$base" -- "$file"; then
    notes+=("$file is changed, too: what follows is held against the new one.")
    quiet=false
  fi
done

for file in "${files[@]}"; do
  stack=${file##*/} stack=${stack#Pulumi.} stack=${stack%.*}
  at=$file kind='' name=$(shown "$file")
  if [ -n "${renamed[$file]:-}" ]; then
    at=${renamed[$file]} kind=" (renamed from \`$(shown "${renamed[$file]}")\`)"
    notes+=("$(shown "$at") is renamed to $(shown "$file"): to Pulumi that is another stack. Rename the deployed one, too: pulumi stack rename.")
  elif ! git cat-file -e "$base:./$file" 2>/dev/null; then
    kind=' (new)'
  fi
  [ -z "$kind" ] || quiet=false
  older=$base:./$at
  if [ "$old" != "$new" ] && [ "$kind" != ' (new)' ]; then
    if "$old" compile "$older" >"$out/old/stack.json" 2>"$out/old/stack.err"; then
      older=$out/old/stack.json
    else
      notes+=("$(shown "$at") of the base cannot be read by its own aks-egress, so the new one reads it.")
    fi
  fi

  code=0
  "$new" diff "$older" "$file" --format markdown >"$out/diff.md" 2>"$out/diff.err" || code=$?
  reach='' intents='none' sandbox='not run'
  details+=$(printf '\n## `%s`%s' "$name" "$kind")$'\n\n'
  case $code in
    0) reach='the same'; [ ! -s "$out/diff.md" ] || { reach='less, or other settings'; quiet=false; } ;;
    1) reach='**more**' grows=true quiet=false ;;
    3) reach='**cannot be told**' unknown=true quiet=false ;;
    *)
      unreadable=true quiet=false
      table+="| \`$name\`$kind | **cannot be read** | | |"$'\n'
      details+=$(alert CAUTION <"$out/diff.err")$'\n'
      continue
      ;;
  esac
  readable+=("$file")
  # How many warnings are below stands in the table, which no limit cuts.
  warned=$(sed -nE 's/^> ([0-9]+ (openings? (is|are) wide|settings? (is|are) looser))\.$/\1/p' "$out/diff.md" | paste -sd, | sed 's/,/, /')
  reach+=${warned:+: $warned}
  if grep -v -e '^read ' ${kind:+-e 'which is compared as nothing$'} "$out/diff.err" >"$out/diff.notes"; then
    details+=$(alert NOTE <"$out/diff.notes")$'\n\n'
  fi
  if [ -s "$out/diff.md" ]; then
    details+=$(cat "$out/diff.md")$'\n\n'
  else
    details+="The firewall lets through what it did before."$'\n\n'
  fi

  if [ -e intents.yaml ]; then
    code=0
    "$new" prove "$file" --intents intents.yaml --format markdown >"$out/prove.md" 2>"$out/prove.err" || code=$?
    intents=$(sed -n '1s/^### .*: //p' "$out/prove.md")
    case $code in
      0) ;;
      1) intents="**$intents**" refuted=true quiet=false ;;
      3) intents="**$intents**" quiet=false ;;
      *)
        intents='**cannot be read**' unreadable=true quiet=false
        alert CAUTION <"$out/prove.err" >"$out/prove.md"
        ;;
    esac
    details+=$(cat "$out/prove.md")$'\n\n'
  fi

  if [ "${SANDBOX:-false}" = true ]; then
    code=0
    "$new" sandbox plan "$base:./$at" "$file" --stack "$stack" --format markdown ${EXISTING:+--existing "$EXISTING"} >"$out/plan.md" 2>"$out/plan.err" || code=$?
    sandbox=$(sed -n '1s/^### [^:]*: //p' "$out/plan.md")
    case $code in
      0) case $sandbox in 'nothing changes'*) ;; *) quiet=false ;; esac ;;
      1) sandbox="**$sandbox**" refused=true quiet=false ;;
      *)
        [ $code = 3 ] && [ -n "$sandbox" ] || alert CAUTION <"$out/plan.err" >"$out/plan.md"
        sandbox='**cannot be known**' quiet=false
        ;;
    esac
    details+=$(cat "$out/plan.md")$'\n\n'
  fi
  table+="| \`$name\`$kind | $reach | ${intents:-none} | $sandbox |"$'\n'
done

for file in "${gone[@]}"; do
  quiet=false
  table+="| \`$(shown "$file")\` (deleted) | nothing any more | | |"$'\n'
  notes+=("$(shown "$file") is deleted. What is deployed of it stays until somebody destroys it.")
done

if [ ${#readable[@]} -gt 0 ]; then
  audit=(audit "${readable[@]}")
  [ ! -e audit-baseline.yaml ] || audit+=(--baseline audit-baseline.yaml)
  for format in sarif markdown; do
    code=0
    "$new" "${audit[@]}" --format "$format" >"$out/audit.$format" 2>"$out/audit.err" || code=$?
    if [ $code = 2 ]; then
      unreadable=true quiet=false
      details+=$(printf '\n## Audit')$'\n\n'$(alert CAUTION <"$out/audit.err")$'\n\n'
      : >"$out/audit.sarif" >"$out/audit.markdown"
      break
    fi
  done
  mv "$out/audit.markdown" "$out/audit.md"
fi
# The folder of the project, by which its comment and its audit are told from those
# of others in the repository, and from where its files are named.
project=$(git rev-parse --show-prefix)
printf '%s' "$project" >"$out/project"
if [ -n "$project" ] && [ -s "$out/audit.sarif" ]; then
  jq --arg project "$project" '.runs[] |= (.automationDetails = {id: ("aks-egress/" + $project)} |
    .results[].locations[]?.physicalLocation.artifactLocation.uri |= ($project | split("/") | map(@uri) | join("/")) + .)' "$out/audit.sarif" >"$out/audit.json"
  mv "$out/audit.json" "$out/audit.sarif"
fi

{
  echo "## What this change does to the firewall${project:+ of \`$(shown "${project%/}")\`}"
  echo
  [ "$quiet" = false ] || printf 'Nothing: it lets through what it did before.\n\n'
  printf '| Stack | Lets through | Intents | In the sandbox |\n|---|---|---|---|\n%s\n' "$table"
  [ ${#notes[@]} = 0 ] || printf '%s\n' "${notes[@]}" | alert NOTE
  printf '%s\n' "$details"
  if [ -s "$out/audit.md" ]; then
    printf '<details><summary>Audit</summary>\n\n'
    cat "$out/audit.md"
    printf '</details>\n'
  fi
} >"$out/review.md"

printf '%s\n' "quiet=$quiet" "grows=$grows" "unknown=$unknown" "unreadable=$unreadable" "refuted=$refuted" "refused=$refused" >"$out/outcome"
