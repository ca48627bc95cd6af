#!/bin/bash
# Builds Kubernetes from Debian's source package, inside a root file system of builder.txt with no network.
# Usage: build.sh KUBERNETES_VERSION TARGET_FOLDER; expects the source package's files and the patches beside itself.
set -euo pipefail
readonly version=$1 target=$2
readonly here=$(cd "$(dirname "$0")" && pwd)
cd "$here"

sources=(kubernetes_*.dsc)
case ${sources[0]} in
  *really"${version#v}"-*) ;;
  *) echo "Debian's source package should hold Kubernetes $version; it is ${sources[0]}" >&2; exit 1 ;;
esac
dpkg-source --no-check --extract "${sources[0]}" source >&2
cd source
for patch in "$here"/*.patch; do patch --strip=1 < "$patch" >&2; done
# The vendored reflect2 reads fields of Go's runtime that no longer exist in this Go.
rm vendor/github.com/modern-go/reflect2/*.go
cp /usr/share/gocode/src/github.com/modern-go/reflect2/*.{go,s} vendor/github.com/modern-go/reflect2/

# What upstream's release sets; there is no git history here to read it from. @see kubernetes hack/lib/version.sh
cat > version.sh <<VERSION
KUBE_GIT_VERSION=$version
KUBE_GIT_MAJOR=1
KUBE_GIT_MINOR=$(cut -d. -f2 <<<"$version")
KUBE_GIT_TREE_STATE=clean
KUBE_GIT_COMMIT=debian
VERSION
export KUBE_GIT_VERSION_FILE=$PWD/version.sh CGO_ENABLED=0 HOME=/root
commands=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubeadm kubectl)
make WHAT="${commands[*]/#/cmd/} test/images/agnhost" GOLDFLAGS='-s -w' >&2
mkdir -p "$target"
cp "${commands[@]/#/_output/bin/}" _output/bin/agnhost test/images/agnhost/VERSION "$target/"
