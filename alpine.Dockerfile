# The static binary, built with Clang on Alpine, for linux/amd64 and linux/arm64 on either of them:
#   docker buildx build -f alpine.Dockerfile --platform linux/amd64 --output type=local,dest=. --target export-binary ./
#
# The sources of what is linked in are pinned by digest in scripts/sources.mjs. The base images are named
# by tag: their digests could not be verified where this was written. To pin one, take its digest from
# `docker buildx imagetools inspect alpine:3.22` and pass --build-arg ALPINE_IMAGE=alpine:3.22@sha256:...
ARG NODE_IMAGE=node:24-bookworm-slim
ARG ALPINE_IMAGE=alpine:3.22

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

# Clang compiles for every machine; its own functions for the target come from the target's packages.
FROM --platform=$BUILDPLATFORM $ALPINE_IMAGE AS compile
ARG TARGETARCH
RUN apk add --no-cache clang gcc lld make musl-dev qemu-aarch64 qemu-x86_64
RUN case "$TARGETARCH" in amd64) arch=x86_64 ;; arm64) arch=aarch64 ;; esac \
  && mkdir -p /target/etc/apk/keys \
  && cp /etc/apk/repositories /target/etc/apk/ \
  && cp -L /usr/share/apk/keys/$arch/* /target/etc/apk/keys/ \
  && apk add --no-cache --root /target --initdb --arch $arch --no-scripts compiler-rt
WORKDIR /build
COPY --from=bundle /build/.cache .cache
COPY --from=bundle /build/hosts hosts
COPY --from=bundle /build/dist dist
RUN case "$TARGETARCH" in amd64) arch=x86_64 ;; arm64) arch=aarch64 ;; esac \
  && make -s -j "$(nproc)" -f hosts/native/Makefile ARCH="$TARGETARCH" OUT=/startup-server \
    HOST_CC=gcc CC="clang --target=$arch-linux-musl" AR=ar SMALL="-Oz -mno-outline" LDFLAGS=-fuse-ld=lld \
    EMULATOR="$([ "$arch" = "$(uname -m)" ] || echo "qemu-$arch")" \
    BUILTINS="$(find /target -name "libclang_rt.builtins-$arch.a" -o -name libclang_rt.builtins.a)" \
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
