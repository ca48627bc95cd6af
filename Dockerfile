# skipbeat for the model, `sweep`, `report`, `compare` and `review`: no engine is in it, so no real cluster is run from it.
# The context is a folder in which the package is installed, which `npm run image` makes.
# The default is a tag, not a digest: whoever publishes the image pins the one that was pulled and tried.
ARG BASE=docker.io/library/node:24-bookworm-slim
FROM ${BASE}
COPY node_modules/ /opt/skipbeat/node_modules/
# A number, so that Kubernetes can check `runAsNonRoot` without reading /etc/passwd.
USER 65532:65532
ENV HOME=/tmp SKIPBEAT_CACHE_DIR=/tmp/skipbeat/cache SKIPBEAT_STATE_DIR=/tmp/skipbeat/state
# Runs go to `runs/` of the working folder: mount a folder that this user may write to, or take --out.
WORKDIR /tmp
ENTRYPOINT ["node", "/opt/skipbeat/node_modules/skipbeat/dist/main.js"]
