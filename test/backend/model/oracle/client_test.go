package oracle

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"
)

// One clientset of the controller manager.
type client struct {
	kubernetes.Interface
	api     *api
	manager *manager
	budget  flowcontrol.RateLimiter
}

func (m *manager) client() kubernetes.Interface {
	return &client{m.api.set, m.api, m, flowcontrol.NewTokenBucketRateLimiter(20, 30)}
}

// What is due at one moment would be done in an order of chance; node by node a microsecond apart it is by name.
func (a *api) order(name string) int64 {
	for index, node := range a.given.Nodes {
		if strings.HasPrefix(name, node.Name) {
			return int64(index)
		}
	}
	return 0
}

// Waits for the budget and for the way there; the caller then does the request, and `answer` ends it.
func (c *client) begin(waitUs int64, name string) (answer func()) {
	tainting, zone := inTaintingLoop() && !holdsEvictorLock(), c.api.zoneOf(name)
	if tainting {
		c.manager.countTainting(zone, 1)
	}
	if err := c.budget.Wait(context.Background()); err != nil {
		panic(err)
	}
	c.manager.stopHereIfEnded()
	if holdsEvictorLock() {
		return func() {}
	}
	time.Sleep(us(waitUs + c.api.order(name) + c.api.jitterUs()))
	return func() {
		time.Sleep(us(c.api.given.AnswerUs))
		c.manager.stopHereIfEnded()
		if tainting {
			c.manager.countTainting(zone, -1)
		}
	}
}

func (c *client) CoreV1() corev1.CoreV1Interface { return &core{c.Interface.CoreV1(), c} }

type core struct {
	corev1.CoreV1Interface
	client *client
}

func (c *core) Nodes() corev1.NodeInterface { return &nodes{c.CoreV1Interface.Nodes(), c.client} }
func (c *core) Pods(namespace string) corev1.PodInterface {
	return &pods{c.CoreV1Interface.Pods(namespace), c.client}
}
func (c *core) Events(namespace string) corev1.EventInterface {
	return corev1.New(c.RESTClient()).Events(namespace)
}

// For Event objects, which both controllers write through it.
func (c *core) RESTClient() rest.Interface {
	version := v1.SchemeGroupVersion
	return must(restClient(&rest.Config{
		Host: "http://oracle", APIPath: "/api", RateLimiter: flowcontrol.NewFakeAlwaysRateLimiter(),
		ContentConfig: rest.ContentConfig{GroupVersion: &version, NegotiatedSerializer: scheme.Codecs.WithoutConversion()},
	}, events{c.client}))
}

type events struct{ client *client }

func (e events) RoundTrip(request *http.Request) (*http.Response, error) {
	body := must(io.ReadAll(request.Body))
	defer e.client.begin(e.client.api.given.WriteUs, "")()
	return &http.Response{
		Status: "201 Created", StatusCode: http.StatusCreated, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), Request: request,
	}, nil
}

type nodes struct {
	corev1.NodeInterface
	client *client
}

func (n *nodes) Get(ctx context.Context, name string, options metav1.GetOptions) (*v1.Node, error) {
	defer n.client.begin(n.client.api.given.ReadUs, name)()
	return n.NodeInterface.Get(ctx, name, options)
}

func (n *nodes) UpdateStatus(_ context.Context, node *v1.Node, _ metav1.UpdateOptions) (*v1.Node, error) {
	defer n.client.begin(n.client.api.given.WriteUs, node.Name)()
	return n.client.api.writeNode(node.Name, node.ResourceVersion, func(stored *v1.Node) error {
		stored.Status = *node.Status.DeepCopy()
		return nil
	})
}

func (n *nodes) Patch(_ context.Context, name string, _ types.PatchType, patch []byte, _ metav1.PatchOptions, _ ...string) (*v1.Node, error) {
	defer n.client.begin(n.client.api.given.WriteUs, name)()
	var meant v1.Node
	if err := json.Unmarshal(patch, &meant); err != nil {
		return nil, err
	}
	return n.client.api.writeNode(name, meant.ResourceVersion, func(stored *v1.Node) error { return patched(stored, patch) })
}

func patched[T any](stored *T, patch []byte) error {
	before, err := json.Marshal(stored)
	if err != nil {
		return err
	}
	var empty T
	after, err := strategicpatch.StrategicMergePatch(before, patch, empty)
	if err != nil {
		return err
	}
	*stored = empty
	return json.Unmarshal(after, stored)
}

type pods struct {
	corev1.PodInterface
	client *client
}

func (p *pods) Get(ctx context.Context, name string, options metav1.GetOptions) (*v1.Pod, error) {
	defer p.client.begin(p.client.api.given.ReadUs, name)()
	return p.PodInterface.Get(ctx, name, options)
}

func (p *pods) UpdateStatus(_ context.Context, pod *v1.Pod, _ metav1.UpdateOptions) (*v1.Pod, error) {
	defer p.client.begin(p.client.api.given.WriteUs, pod.Name)()
	return p.client.api.writePod(pod.Name, pod.ResourceVersion, func(stored *v1.Pod) error {
		stored.Status = *pod.Status.DeepCopy()
		return nil
	})
}

func (p *pods) Patch(_ context.Context, name string, _ types.PatchType, patch []byte, _ metav1.PatchOptions, _ ...string) (*v1.Pod, error) {
	defer p.client.begin(p.client.api.given.WriteUs, name)()
	return p.client.api.writePod(name, "", func(stored *v1.Pod) error { return patched(stored, patch) })
}

func (p *pods) Delete(_ context.Context, name string, _ metav1.DeleteOptions) error {
	defer p.client.begin(p.client.api.given.WriteUs, name)()
	if p.client.api.denies(name) {
		return errors.NewForbidden(v1.Resource("pods"), name, fmt.Errorf("denied"))
	}
	_, err := p.client.api.writePod(name, "", func(stored *v1.Pod) error {
		if stored.DeletionTimestamp == nil {
			at := metav1.NewTime(time.Now().Add(30 * time.Second))
			stored.DeletionTimestamp = &at
		}
		return nil
	})
	return err
}
