//go:build !taintmanager

package oracle

import (
	"time"
	_ "unsafe"

	v1 "k8s.io/api/core/v1"
)

//go:linkname leastTolerated k8s.io/kubernetes/pkg/controller/tainteviction.getMinTolerationTime
func leastTolerated([]v1.Toleration) time.Duration
