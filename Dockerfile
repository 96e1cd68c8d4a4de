# Two images in one file. The last stage, hence the default, is the gateway:
#
#   docker build -t callback-gateway .
#   docker build -t callback-gateway-simulator --target simulator .
#
# The default base moves with its security fixes. A build that is to be repeated byte by byte names
# it with its digest (BASE_IMAGE=python:3.14-slim@sha256:...); all else is pinned by hash, and the
# files' times are SOURCE_DATE_EPOCH.
ARG BASE_IMAGE=python:3.14-slim


# Nothing of the stages before `runtime` is shipped but the folders that are copied from them.
FROM ${BASE_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONHASHSEED=0
WORKDIR /src
COPY requirements/build.txt ./
RUN python3 -m venv /build \
    && /build/bin/pip install --require-hashes --only-binary :all: -r build.txt


# Each of the two programs is laid in two folders, so that an upgrade pulls only the small one:
# /opt/NAME with what it depends on, and over it /wheel/opt/NAME with the program itself.
#
# Bytecode is compiled here, since a read-only root can never keep it, and it is never checked
# against its source: that makes it independent of the files' times.
FROM build AS gateway-dependencies
# requirements/otel.txt: with the extra [otel], traces.
ARG LOCK=requirements/runtime.txt
ARG SOURCE_DATE_EPOCH=1767225600
COPY ${LOCK} lock.txt
RUN python3 -m venv --without-pip /opt/callback-gateway \
    && /build/bin/pip --python /opt/callback-gateway/bin/python3 install --no-compile \
        --require-hashes --only-binary :all: -r lock.txt \
    && find /opt/callback-gateway/bin -type f -delete \
    && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/callback-gateway/lib \
    && find /opt/callback-gateway -exec touch -hd "@${SOURCE_DATE_EPOCH}" {} +

FROM gateway-dependencies AS gateway-wheel
ARG SOURCE_DATE_EPOCH=1767225600
COPY pyproject.toml README.md LICENSE openapi.yaml ./
COPY widget/ widget/
COPY service/ service/
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /build/bin/pip --python /opt/callback-gateway/bin/python3 install --no-compile \
        --no-deps --no-index --find-links /wheels --root /wheel callback-gateway \
    && python3 -m compileall -q --invalidation-mode unchecked-hash -s /wheel -p / /wheel/opt \
    && find /wheel -exec touch -hd "@${SOURCE_DATE_EPOCH}" {} +


FROM build AS simulator-dependencies
ARG SOURCE_DATE_EPOCH=1767225600
COPY requirements/simulator.txt ./
RUN python3 -m venv --without-pip /opt/fonolo-simulator \
    && /build/bin/pip --python /opt/fonolo-simulator/bin/python3 install --no-compile \
        --require-hashes --only-binary :all: -r simulator.txt \
    && find /opt/fonolo-simulator/bin -type f -delete \
    && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/fonolo-simulator/lib \
    && find /opt/fonolo-simulator -exec touch -hd "@${SOURCE_DATE_EPOCH}" {} +

FROM simulator-dependencies AS simulator-wheel
ARG SOURCE_DATE_EPOCH=1767225600
COPY simulator/ simulator/
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels ./simulator \
    && /build/bin/pip --python /opt/fonolo-simulator/bin/python3 install --no-compile \
        --no-deps --no-index --find-links /wheels --root /wheel fonolo-simulator \
    && python3 -m compileall -q --invalidation-mode unchecked-hash -s /wheel -p / /wheel/opt \
    && find /wheel -exec touch -hd "@${SOURCE_DATE_EPOCH}" {} +


# What both images share: the base without the means to install anything into it.
FROM ${BASE_IMAGE} AS runtime
RUN find /usr -depth \( -path '*-packages/pip*' -o -path '*-packages/setuptools*' \
        -o -path '*-packages/pkg_resources*' -o -path '*-packages/_distutils_hack*' \
        -o -path '*-packages/wheel*' -o -path '*/ensurepip*' -o -path '*/python-wheels*' \
        -o -path '*/bin/pip' -o -path '*/bin/pip[0-9]*' \) -delete
STOPSIGNAL SIGTERM
USER 10001:10001


FROM runtime AS simulator
COPY --from=simulator-dependencies /opt/fonolo-simulator /opt/fonolo-simulator
COPY --from=simulator-wheel /wheel/opt/fonolo-simulator /opt/fonolo-simulator
# It needs a place for its heartbeat; /tmp of a read-only root is none.
ENV PATH=/opt/fonolo-simulator/bin:${PATH} \
    TMPDIR=/dev/shm
EXPOSE 9000
HEALTHCHECK --interval=10s --timeout=4s --start-period=10s --retries=3 \
    CMD ["python3", "-ISc", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 9000, timeout=3); c.request('GET', '/'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["fonolo-simulator", "--host", "::"]
ARG VERSION=0.2.0
ARG REVISION=unknown
ARG CREATED=2026-01-01T00:00:00Z
LABEL org.opencontainers.image.title="fonolo-simulator" \
      org.opencontainers.image.description="Fonolo API 3.0 in a box: no account needed, no phone rings." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"


FROM runtime AS gateway
COPY --from=gateway-dependencies /opt/callback-gateway /opt/callback-gateway
COPY --from=gateway-wheel /wheel/opt/callback-gateway /opt/callback-gateway
ENV PATH=/opt/callback-gateway/bin:${PATH}
EXPOSE 8000 9090
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python3", "-ISc", "import http.client as h, os; c = h.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or 8000), timeout=3); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["callback-gateway"]
CMD ["serve"]
ARG VERSION=0.2.0
ARG REVISION=unknown
ARG CREATED=2026-01-01T00:00:00Z
LABEL org.opencontainers.image.title="callback-gateway" \
      org.opencontainers.image.description="A public call-back API in front of Fonolo: server-held credentials, checked input, no phone rung twice." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
