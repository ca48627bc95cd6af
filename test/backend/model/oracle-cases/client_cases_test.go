package oracle

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
)

// A client of the controller manager whose status updates are asked for first: an error is the answer.
type askedClient struct {
	kubernetes.Interface
	refuse func(request string) error
}

type askedCore struct {
	corev1.CoreV1Interface
	refuse func(request string) error
}

type askedNodes struct {
	corev1.NodeInterface
	refuse func(request string) error
}

type askedPods struct {
	corev1.PodInterface
	refuse func(request string) error
}

func (c askedClient) CoreV1() corev1.CoreV1Interface {
	return askedCore{c.Interface.CoreV1(), c.refuse}
}
func (c askedCore) Nodes() corev1.NodeInterface {
	return askedNodes{c.CoreV1Interface.Nodes(), c.refuse}
}
func (c askedCore) Pods(namespace string) corev1.PodInterface {
	return askedPods{c.CoreV1Interface.Pods(namespace), c.refuse}
}

func (n askedNodes) UpdateStatus(ctx context.Context, node *v1.Node, options metav1.UpdateOptions) (*v1.Node, error) {
	if err := n.refuse("update node status"); err != nil {
		return nil, err
	}
	return n.NodeInterface.UpdateStatus(ctx, node, options)
}

func (p askedPods) UpdateStatus(ctx context.Context, pod *v1.Pod, options metav1.UpdateOptions) (*v1.Pod, error) {
	if err := p.refuse("update pod status"); err != nil {
		return nil, err
	}
	return p.PodInterface.UpdateStatus(ctx, pod, options)
}

// Makes the controllers of a script with its flags, on caches that are filled; nothing of them runs yet.
func (p *player) prepare() *manager {
	m := &manager{api: p.api, tainting: map[string]int{}}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	settings := p.script.Settings
	factory := informers.NewSharedInformerFactory(p.api.set, 12*time.Hour)
	core := factory.Core().V1()
	pods := orderedPods{core.Pods()}
	nodes := orderedNodes{core.Nodes(), func([]*v1.Node) {}}
	m.lifecycle = must(newLifecycle(m.ctx, factory, pods, nodes, askedClient{m.client(), p.refuse}, flags{
		seconds(settings.PeriodS), seconds(settings.StartupGraceS), seconds(settings.GraceS),
		settings.EvictionQPS, settings.SecondaryQPS, settings.LargeCluster, settings.UnhealthyZone}))
	m.eviction = must(newEviction(m, pods, core.Nodes()))
	factory.Start(m.ctx.Done())
	factory.WaitForCacheSync(m.ctx.Done())
	return m
}
