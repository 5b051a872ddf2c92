#!/usr/bin/env bash
# Says in $OUT/tables.md how Microsoft's page differs from our newest table, and
# ends with 1 if it does, with 2 if the page cannot be read. What it holds against
# our rows is the page's date and the hosts in the first column of its tables: a
# reader has to look at the rest.
#
#   PAGE        the page's source in Markdown; without it, fetched from SOURCE_URL
#   AKS_EGRESS  the command
set -euo pipefail
export LC_ALL=C
url=${SOURCE_URL:-https://raw.githubusercontent.com/MicrosoftDocs/azure-aks-docs/main/articles/aks/outbound-rules-control-egress.md}
page=${PAGE:-}
mkdir -p "${OUT:?is the folder to write to}"
if [ -z "$page" ]; then
  page=$OUT/page.md
  curl --fail --silent --show-error --location --output "$page" "$url" || exit 2
fi

newest=$("$AKS_EGRESS" version --format json | jq -r .tables)
date=$(sed -nE 's|^ms\.date: *([0-9]{2})/([0-9]{2})/([0-9]{4}).*|\3-\1-\2|p' "$page" | head -n 1)
# A host is a code span with a dot in it in the first cell of a row.
grep -E '^\|' "$page" | sed 's/^|//' | cut -d'|' -f1 | grep -oE '`[^`]+`' | tr -d '`' | grep -E '^[*A-Za-z0-9<][^ /:]*\.[A-Za-z<>-]+$' | sort -u >"$OUT/theirs" || true
if [ -z "$date" ] || [ ! -s "$OUT/theirs" ]; then
  echo "$url has no date (ms.date) or no hosts where they used to be: its form has changed, so look at the page." >&2
  exit 2
fi
"$AKS_EGRESS" rules list --printed --format tsv 2>/dev/null | cut -f4 | grep -F . | sort -u >"$OUT/ours"
"$AKS_EGRESS" rules list --format tsv 2>/dev/null | cut -f5 | sort -u >"$OUT/deployed"
comm -23 "$OUT/theirs" <(sort -u "$OUT/ours" "$OUT/deployed") >"$OUT/added"

if [ ! "$date" \> "$newest" ] && [ ! -s "$OUT/added" ]; then
  exit 0
fi
{
  echo "The page is of $date; the newest table is of $newest."
  echo "Source: $url"
  if [ -s "$OUT/added" ]; then
    printf '\nHosts that no row prints:\n\n'
    sed 's/.*/- `&`/' "$OUT/added"
  fi
  printf '\nWhat to do: docs/tables.md, "Add a row".\n'
} >"$OUT/tables.md"
cat "$OUT/tables.md"
exit 1
