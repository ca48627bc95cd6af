#!/bin/sh
# docker exec [-i] NODE COMMAND…, where NODE is a network namespace.
[ "$1" = exec ] || { echo "only exec is known here, not $1" >&2; exit 125; }
shift
[ "$1" = -i ] && shift
node=$1
shift
exec ip netns exec "$node" "$@"
