# The light command alone, or with the sandbox and the Pulumi CLI that it wants:
#
#   docker build --target light   -t aks-egress .
#   docker build --target sandbox -t aks-egress-sandbox .
#
# Building needs the base image and Go's module proxy, and nothing else.
FROM golang:1.26 AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOFLAGS=-trimpath
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN go build -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$VERSION" -o /out/ ./cmd/aks-egress

FROM scratch AS light
COPY --from=build /out/aks-egress /usr/local/bin/aks-egress
COPY LICENSE NOTICE /
USER 65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/aks-egress"]

FROM build AS engine
RUN go build -p 1 -buildvcs=false -ldflags "-s -w -buildid=" -o /out/ ./cmd/aks-egress-sandbox
RUN /out/aks-egress sandbox exec -- pulumi version && cp /root/.cache/aks-egress/pulumi-*/bin/pulumi /out/
RUN mkdir -p /out/root && mkdir -m 1777 /out/root/tmp

FROM light AS sandbox
COPY --from=engine /out/aks-egress-sandbox /out/pulumi /usr/local/bin/
COPY --from=engine /out/root /
ENV PATH=/usr/local/bin HOME=/tmp USER=aks-egress
