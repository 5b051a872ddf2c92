// Package ci has the scripts that pull requests are reviewed with, on GitHub and
// in Azure DevOps, and their tests. review.sh writes what there is to say, gate.sh
// says what must not be merged, github.sh and azure.sh tell it to either, cut to
// what they take by cut.jq and found again by marker.sh; tables.sh looks at
// Microsoft's page. The scripts are API: pipelines call them.
package ci
