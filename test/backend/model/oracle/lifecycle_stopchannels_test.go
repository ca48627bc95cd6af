//go:build stopchannels

package oracle

import (
	"context"
	"net/http"
	"time"

	"k8s.io/client-go/informers"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/kubernetes/pkg/controller/nodelifecycle"
)

// Pods go by their tolerations, whatever their timeout of 30 s says: the taint manager runs.
func newLifecycle(_ context.Context, factory informers.SharedInformerFactory, pods coreinformers.PodInformer, nodes coreinformers.NodeInformer, client kubernetes.Interface, of flags) (*nodelifecycle.Controller, error) {
	return nodelifecycle.NewNodeLifecycleController(factory.Coordination().V1().Leases(), pods, nodes,
		factory.Apps().V1().DaemonSets(), client, of.period, of.startupGrace, of.grace, 30*time.Second,
		of.evictionQPS, of.secondaryQPS, of.largeCluster, of.unhealthyZone, true)
}

// To 1.21 a channel that is closed ends it.
func runLifecycle(ctx context.Context, controller *nodelifecycle.Controller) {
	controller.Run(ctx.Done())
}

func restClient(config *rest.Config, transport http.RoundTripper) (*rest.RESTClient, error) {
	config.Transport = transport
	return rest.RESTClientFor(config)
}

// Who waits for a lock stops a virtual clock, so what is asked for while one is held takes no time.
func holdsEvictorLock() bool {
	return isCalledBy("(*Controller).doNoExecuteTaintingPass", "(*Controller).markNodeAsReachable")
}
