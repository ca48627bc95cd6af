//go:build !taintmanager

package oracle

import (
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/kubernetes/pkg/controller/tainteviction"
)

// From 1.29 on pods are evicted by a controller of its own, with a client of its own.
func newEviction(m *manager, pods coreinformers.PodInformer, nodes coreinformers.NodeInformer) (runner, error) {
	return tainteviction.New(m.ctx, m.client(), pods, nodes, "taint-eviction-controller")
}
