//go:build !stopchannels

package oracle

import (
	"context"
	"net/http"

	"k8s.io/client-go/informers"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/kubernetes/pkg/controller/nodelifecycle"
)

func newLifecycle(ctx context.Context, factory informers.SharedInformerFactory, pods coreinformers.PodInformer, nodes coreinformers.NodeInformer, client kubernetes.Interface, of flags) (*nodelifecycle.Controller, error) {
	return nodelifecycle.NewNodeLifecycleController(ctx, factory.Coordination().V1().Leases(), pods, nodes,
		factory.Apps().V1().DaemonSets(), client, of.period, of.startupGrace, of.grace,
		of.evictionQPS, of.secondaryQPS, of.largeCluster, of.unhealthyZone)
}

func runLifecycle(ctx context.Context, controller *nodelifecycle.Controller) { controller.Run(ctx) }

func restClient(config *rest.Config, transport http.RoundTripper) (*rest.RESTClient, error) {
	return rest.RESTClientForConfigAndClient(config, &http.Client{Transport: transport})
}

// No request is made under it.
func holdsEvictorLock() bool { return false }
