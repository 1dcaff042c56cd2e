# The static binary, built with GCC on Ubuntu, for linux/amd64 and linux/arm64 on either of them:
#   docker buildx build -f ubuntu.Dockerfile --platform linux/amd64 --output type=local,dest=. --target export-binary ./
#
# The sources of what is linked in are pinned by digest in scripts/sources.mjs. The base images are named
# by tag: their digests could not be verified where this was written. To pin one, take its digest from
# `docker buildx imagetools inspect ubuntu:24.04` and pass --build-arg UBUNTU_IMAGE=ubuntu:24.04@sha256:...
ARG NODE_IMAGE=node:24-bookworm-slim
ARG UBUNTU_IMAGE=ubuntu:24.04

# What is the same for every machine is made once, on the one that builds. This is Debian, whose mirrors have the pinned
# sources too, so that a build takes no network but the registries.
FROM --platform=$BUILDPLATFORM $NODE_IMAGE AS bundle
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates xz-utils \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/build.mjs --prepare

FROM --platform=$BUILDPLATFORM $UBUNTU_IMAGE AS compile
ARG TARGETARCH
RUN case "$TARGETARCH-$(dpkg --print-architecture)" in \
    arm64-amd64) cross="gcc-aarch64-linux-gnu qemu-user-static" ;; \
    amd64-arm64) cross="gcc-x86-64-linux-gnu qemu-user-static" ;; \
    *) cross= ;; \
  esac \
  && apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends gcc libc6-dev make $cross \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY --from=bundle /build/.cache .cache
COPY --from=bundle /build/hosts hosts
COPY --from=bundle /build/dist dist
RUN make -s -j "$(nproc)" -f hosts/native/Makefile ARCH="$TARGETARCH" OUT=/startup-server \
  && mkdir /env

FROM scratch AS export-binary
COPY --from=compile /startup-server /startup-server

# Nothing but the binary, and a directory for the env file that its user may write to.
FROM scratch AS runtime
COPY --from=compile /startup-server /startup-server
COPY --from=compile --chown=65532:65532 /env /env
USER 65532:65532
WORKDIR /env
VOLUME ["/env"]
EXPOSE 8081
HEALTHCHECK --interval=5s --timeout=3s --start-period=1s --retries=3 CMD ["/startup-server", "health"]
ENTRYPOINT ["/startup-server"]
