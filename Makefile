# Two commands set everything up: make preview and make test. Go, git and make
# are all they need.

STACK ?= dev
VERSION ?= v0.1.0
RUN   := go run ./cmd/aks-egress

# Pulumi's Go language host builds programs with -trimpath (since 2026-06,
# pulumi/pulumi#23495). What is compiled here then counts for a real pulumi up.
export GOFLAGS := $(GOFLAGS) -trimpath

# The compiler collects its garbage less often: see internal/gobuild.
BUILD := GOGC=$${GOGC:-1000} GOMEMLIMIT=$${GOMEMLIMIT:-6GiB} go build

# The Azure SDK's packages take gigabytes to compile: one at a time, before
# anything else is built beside them.
HEAVY := \
	github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501 \
	github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20250101
HEAVY_IN_TESTS := \
	github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7 \
	github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v6

.PHONY: help preview test test-tools languages clients plugin release breaks lint bench bench-cold golden picture faults compile cli

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

preview: compile ## plan a stack through the real Pulumi engine, no account needed (STACK=dev)
	@$(RUN) sandbox preview --stack $(STACK)

test: compile cli ## run every test
	@$(BUILD) -p 1 $(HEAVY_IN_TESTS)
	@echo "Running the tests."
	@go test -timeout 60m ./...
	@cd provider && go test ./...

test-tools: ## run the checks that need more than Go: queries by Microsoft's Kusto parser, reports in headless Chromium (with node, npm, chromium)
	@cd tools/kusto && npm ci --silent
	@mkdir -p .bin/kql && go build -o .bin/ ./cmd/aks-egress
	@for stack in dev prod china usgov; do .bin/aks-egress explain $$stack --kql 2>/dev/null >.bin/kql/$$stack.kql; done
	@.bin/aks-egress explain docs/classic-firewall.json --kql 2>/dev/null >.bin/kql/policy.kql
	@node tools/kusto/check.js .bin/kql/*.kql
	@cd tools/browser && npm ci --silent
	@mkdir -p .bin/report && for stack in dev prod; do .bin/aks-egress report $$stack -o .bin/report/$$stack.html >/dev/null 2>&1 || exit 1; done
	@node tools/browser/report.js .bin/report .bin/report/dev.html .bin/report/prod.html

languages: compile cli ## bring the component plugin up from YAML, TypeScript and Go; compile what is generated for Python (with node, npm, python3)
	@cd tools/typescript && npm ci --silent
	@cd provider && go test ./...
	@go test -tags languages -timeout 30m ./e2e -run 'Languages|SameFaults|GoExample|Lockdown|OtherVersions|Component|Parts|PolicyPack|PackageAdd'

clients: compile cli ## build OpenTofu and the azapi provider, and bring the dev stack's resources up with them, over HTTPS
	@go test -tags clients -count 1 -timeout 30m -v ./e2e -run 'TestOpenTofu$$'

plugin: ## build the component plugin's release archive, for this machine or GOOS and GOARCH (VERSION=v0.1.0)
	@go run ./internal/release -trial -version $(VERSION) -parts plugin -platforms $$(go env GOOS)/$$(go env GOARCH)

release: ## build a release of the commit that is checked out: six platforms, one after another (VERSION=v0.1.0)
	@go run ./internal/release -version $(VERSION)

breaks: ## say what programs written against the plugin of an earlier commit could not do any more (SINCE=v0.1.0)
	@mkdir -p .bin
	@git show $(SINCE):provider/schema.json >.bin/schema-before.json
	@cd provider && go run ./cmd/breaks ../.bin/schema-before.json schema.json && echo "Nothing."

lint: ## check format, go vet, golangci-lint and actionlint
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "run gofmt -w on:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	@go vet ./...
	@go vet -tags languages,clients ./e2e
	@cd provider && go vet ./...
	@cd tools && go vet ./sdkgen
	@cd tools/lint && go build -o ../../.bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@.bin/golangci-lint run --build-tags languages,clients ./...
	@cd provider && ../.bin/golangci-lint run ./...
	@cd tools/lint && go build -o ../../.bin/actionlint github.com/rhysd/actionlint/cmd/actionlint
	@.bin/actionlint .github/workflows/*.yml ci-templates/github-actions.yml

bench: cli ## measure everything that docs/benchmarks.tsv lists, as ratios taken side by side, and write it (ONLY=decide,explain for some)
	@go run ./internal/bench -only "$(ONLY)"
	@echo "Checking one flow."
	@go build -o .bin/ ./cmd/aks-egress
	@bash -c 'time .bin/aks-egress check dev https://mcr.microsoft.com'
	@echo "Holding the index against the plain scan, and verdicts and differences against made-up worlds."
	@go test -run 'Agrees|World' -v ./policy -policy.flows 200000

bench-cold: ## measure the first builds and a first make preview alone, on empty caches; Pulumi's CLI counts where none is on PATH (a quarter of an hour)
	@go run ./internal/bench -only build
	@cache=$$(mktemp -d) && bash -c "time env GOCACHE=$$cache/go XDG_CACHE_HOME=$$cache $(MAKE) --no-print-directory preview" && rm -rf "$$cache"

faults: compile cli ## befall every operation of dev and prod with every fault
	@$(BUILD) -p 1 $(HEAVY_IN_TESTS)
	@go test -timeout 90m -count 1 -v ./e2e -run 'TestFaults$$' -faults

golden: compile picture ## write the golden files anew; read the diff before you commit it
	@go test ./rules ./policy/... ./infra ./stack/settings ./tests ./cmd/aks-egress ./sandbox/serve ./sandbox/model/armgo -update
	@cd provider && go test . -update
	@go test ./e2e -run TestFeatureWalk/public -update
	@git --no-pager diff --stat

picture: ## draw docs/pull-request.svg from what diff prints; look at it before you commit it
	@go test ./docs/picture -run Picture -update

compile:
	@echo "Compiling. The first time this takes a few minutes: the Azure SDK is large."
	@$(BUILD) -p 1 $(HEAVY)
	@mkdir -p .bin
	@$(BUILD) -o .bin/ ./cmd/aks-egress ./cmd/aks-egress-sandbox

cli:
	@$(RUN) sandbox exec -- pulumi version
