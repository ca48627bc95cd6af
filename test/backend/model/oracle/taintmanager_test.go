//go:build taintmanager

package oracle

import coreinformers "k8s.io/client-go/informers/core/v1"

// To 1.28 the node lifecycle controller runs its own taint manager, on its own client.
func newEviction(*manager, coreinformers.PodInformer, coreinformers.NodeInformer) (runner, error) {
	return nil, nil
}
