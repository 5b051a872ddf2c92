#!/usr/bin/env bash
# Ends with 1 where what review.sh found must stop a pull request, and says why:
# what cannot be read, a refuted intent, what the sandbox refuses, and with
# BLOCK_GROWTH=true a reach that grows, or may, unless one of the LABELS (a line
# each) is the one of ACCEPT_LABEL.
set -euo pipefail
outcome=${OUT:?is the folder that review.sh wrote to}/outcome
is() { grep -qx "$1=true" "$outcome"; }
code=0
stop() { echo "$1" >&2; code=1; }

if is unreadable; then stop "A stack, the intents or the baseline cannot be read."; fi
if is refuted; then stop "An intent does not hold."; fi
if is refused; then stop "Azure would refuse the change, as far as the sandbox knows."; fi
if [ "${BLOCK_GROWTH:-false}" = true ] && { is grows || is unknown; }; then
  label=${ACCEPT_LABEL:-egress-accepted}
  if grep -qxF -- "$label" <<<"${LABELS:-}"; then
    echo "The firewall lets more through, or may, which the label $label accepts."
  else
    stop "The firewall lets more through, or may: somebody who answers for that gives the label $label."
  fi
fi
exit $code
