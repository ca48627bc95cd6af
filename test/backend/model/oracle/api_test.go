package oracle

import (
	"context"
	"fmt"
	"math/rand"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	coordination "k8s.io/api/coordination/v1"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
)

const namespace = "skipbeat"

// Objects in memory, behind requests that take their time and a budget of 20 a second, 30 at once, as the controller
// manager's clients have it. client-go's fake keeps the objects and serves the watches; the writes are ours, because it
// knows neither revisions nor what a status update leaves alone.
type api struct {
	set      *fake.Clientset
	given    trace
	zero     time.Time
	tell     func(map[string]any)
	revision int
	chance   *rand.Rand
	// How many more deletions of a pod are denied, by its name.
	denials map[string]int

	mutex sync.Mutex
}

func newAPI(set *fake.Clientset, given trace, zero time.Time, tell func(map[string]any)) *api {
	return &api{set: set, given: given, zero: zero, tell: tell, chance: rand.New(rand.NewSource(given.JitterSeed)), denials: map[string]int{}}
}

// Whether the caller is the loop that gives nodes their NoExecute taint.
func inTaintingLoop() bool { return isCalledBy("(*RateLimitedTimedQueue).Try") }

func isCalledBy(functions ...string) bool {
	callers := make([]uintptr, 40)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		frame, more := frames.Next()
		for _, function := range functions {
			if strings.HasSuffix(frame.Function, function) {
				return true
			}
		}
		if !more {
			return false
		}
	}
}

// How much longer than others one request takes.
func (a *api) jitterUs() int64 {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.chance.Int63n(a.given.JitterUs + 1)
}

// The zone of a node, by its name.
func (a *api) zoneOf(name string) string {
	for _, node := range a.given.Nodes {
		if node.Name == name {
			return node.Zone
		}
	}
	return ""
}

func (a *api) nextRevision() string {
	a.revision++
	return strconv.Itoa(a.revision)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func condition(kind v1.NodeConditionType, status v1.ConditionStatus, heartbeat, transition metav1.Time) v1.NodeCondition {
	return v1.NodeCondition{Type: kind, Status: status, LastHeartbeatTime: heartbeat, LastTransitionTime: transition, Reason: "Kubelet"}
}

func conditions(ready v1.ConditionStatus, heartbeat, transition metav1.Time) []v1.NodeCondition {
	return []v1.NodeCondition{
		condition(v1.NodeMemoryPressure, v1.ConditionFalse, heartbeat, transition),
		condition(v1.NodeDiskPressure, v1.ConditionFalse, heartbeat, transition),
		condition(v1.NodePIDPressure, v1.ConditionFalse, heartbeat, transition),
		condition(v1.NodeReady, ready, heartbeat, transition),
	}
}

// By the names that 1.18 has, too; from 1.19 on they are deprecated.
const (
	zoneLabel   = v1.LabelZoneFailureDomainStable
	regionLabel = v1.LabelZoneRegionStable
)

func (a *api) create(node traceNode) {
	ctx := context.Background()
	heartbeat, transition := stamp(a.zero, node.HeartbeatUs), stamp(a.zero, node.TransitionUs)
	must(a.set.CoreV1().Nodes().Create(ctx, &v1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: node.Name, UID: types.UID(node.Name), ResourceVersion: a.nextRevision(), CreationTimestamp: stamp(a.zero, -3_600_000_000),
			Labels: map[string]string{zoneLabel: node.Zone, regionLabel: "region"},
		},
		Status: v1.NodeStatus{Conditions: conditions(v1.ConditionTrue, heartbeat, transition)},
	}, metav1.CreateOptions{}))
	renewed := metav1.NewMicroTime(a.zero.Add(us(node.RenewUs)))
	must(a.set.CoordinationV1().Leases(v1.NamespaceNodeLease).Create(ctx, &coordination.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: node.Name, Namespace: v1.NamespaceNodeLease, ResourceVersion: a.nextRevision()},
		Spec:       coordination.LeaseSpec{HolderIdentity: &node.Name, RenewTime: &renewed},
	}, metav1.CreateOptions{}))
	for _, pod := range node.Pods {
		a.place(pod, node.Name, pod.Name)
	}
}

func (a *api) place(pod tracePod, node, uid string) {
	must(a.set.CoreV1().Pods(namespace).Create(context.Background(), &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: namespace, UID: types.UID(uid), ResourceVersion: a.nextRevision()},
		Spec:       v1.PodSpec{NodeName: node, Tolerations: tolerationsOf(pod)},
		Status:     v1.PodStatus{Phase: v1.PodRunning, Conditions: []v1.PodCondition{{Type: v1.PodReady, Status: v1.ConditionTrue}}},
	}, metav1.CreateOptions{}))
}

// Whether an admission denies the deletion of a pod.
func (a *api) denies(pod string) bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	denied := a.denials[pod] > 0
	if denied {
		a.denials[pod]--
	}
	return denied
}

func (a *api) deny(pod string, times int) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.denials[pod] = times
}

func tolerationsOf(pod tracePod) (tolerations []v1.Toleration) {
	for _, key := range []string{v1.TaintNodeNotReady, v1.TaintNodeUnreachable} {
		stay := pod.Tolerations[strings.TrimPrefix(key, "node.kubernetes.io/")]
		if stay == nil {
			continue
		}
		toleration := v1.Toleration{Key: key, Operator: v1.TolerationOpExists, Effect: v1.TaintEffectNoExecute}
		if stay != "forever" {
			seconds := int64(stay.(float64))
			toleration.TolerationSeconds = &seconds
		}
		tolerations = append(tolerations, toleration)
	}
	return tolerations
}

// Does what a kubelet did.
func (a *api) apply(step traceStep) {
	ctx := context.Background()
	switch step.Kind {
	case "lease":
		leases := a.set.CoordinationV1().Leases(v1.NamespaceNodeLease)
		lease := must(leases.Get(ctx, step.Name, metav1.GetOptions{}))
		renewed := metav1.NewMicroTime(a.zero.Add(us(step.RenewUs)))
		lease.Spec.RenewTime = &renewed
		lease.ResourceVersion = a.nextRevision()
		must(leases.Update(ctx, lease, metav1.UpdateOptions{}))
	case "heartbeat", "condition":
		must(a.writeNode(step.Name, "", func(node *v1.Node) error {
			heartbeat := stamp(a.zero, step.HeartbeatUs)
			if step.Kind == "condition" {
				node.Status.Conditions = conditions(v1.ConditionStatus(step.Ready), heartbeat, stamp(a.zero, step.TransitionUs))
				if step.Ready == "" {
					node.Status.Conditions = node.Status.Conditions[:len(node.Status.Conditions)-1]
				}
				return nil
			}
			for index := range node.Status.Conditions {
				node.Status.Conditions[index].LastHeartbeatTime = heartbeat
			}
			return nil
		}))
	case "pod":
		must(a.writePod(step.Name, "", func(pod *v1.Pod) error {
			pod.Status.Conditions[0].Status = v1.ConditionStatus(step.Ready)
			return nil
		}))
	case "gone":
		if err := a.set.Tracker().Delete(v1.SchemeGroupVersion.WithResource("pods"), namespace, step.Name); err != nil {
			panic(err)
		}
	case "untainted":
		must(a.writeNode(step.Name, "", func(node *v1.Node) error {
			node.Spec.Taints = slices.DeleteFunc(node.Spec.Taints, func(taint v1.Taint) bool {
				return taint.Effect == v1.TaintEffectNoExecute
			})
			return nil
		}))
	case "placed":
		a.place(tracePod{step.Name, step.Tolerations}, step.Node, fmt.Sprint(step.Name, step.AtUs))
	case "denied":
		a.deny(step.Name, step.Times)
	case "joined":
		a.create(traceNode{Name: step.Name, Zone: "0", HeartbeatUs: step.HeartbeatUs, TransitionUs: step.HeartbeatUs, RenewUs: step.RenewUs})
	default:
		panic("a step of no known kind: " + step.Kind)
	}
}

func readyOf(node *v1.Node) v1.ConditionStatus {
	for _, condition := range node.Status.Conditions {
		if condition.Type == v1.NodeReady {
			return condition.Status
		}
	}
	return ""
}

func taintsOf(node *v1.Node) map[string]bool {
	found := map[string]bool{}
	for _, taint := range node.Spec.Taints {
		found[fmt.Sprintf("%s %s", taint.Effect, strings.TrimPrefix(taint.Key, "node.kubernetes.io/"))] = true
	}
	return found
}

// Changes a node and tells what changed; revision "" for whatever is there.
func (a *api) writeNode(name, revision string, change func(*v1.Node) error) (*v1.Node, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	ctx := context.Background()
	before, err := a.set.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	if revision != "" && revision != before.ResourceVersion {
		return nil, errors.NewConflict(v1.Resource("nodes"), name, fmt.Errorf("the object has been modified"))
	}
	after := before.DeepCopy()
	if err := change(after); err != nil {
		return nil, err
	}
	after.ResourceVersion = a.nextRevision()
	if readyOf(before) != readyOf(after) {
		a.tell(map[string]any{"kind": "condition", "name": name, "what": readyOf(after)})
	}
	had, has := taintsOf(before), taintsOf(after)
	for taint := range has {
		if !had[taint] {
			a.tell(map[string]any{"kind": "taint", "name": name, "what": taint})
		}
	}
	for taint := range had {
		if !has[taint] {
			a.tell(map[string]any{"kind": "untaint", "name": name, "what": taint})
		}
	}
	return a.set.CoreV1().Nodes().Update(ctx, after, metav1.UpdateOptions{})
}

func (a *api) writePod(name, revision string, change func(*v1.Pod) error) (*v1.Pod, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	ctx := context.Background()
	before, err := a.set.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	if revision != "" && revision != before.ResourceVersion {
		return nil, errors.NewConflict(v1.Resource("pods"), name, fmt.Errorf("the object has been modified"))
	}
	after := before.DeepCopy()
	if err := change(after); err != nil {
		return nil, err
	}
	after.ResourceVersion = a.nextRevision()
	if had, has := before.Status.Conditions[0].Status, after.Status.Conditions[0].Status; had != has {
		a.tell(map[string]any{"kind": "pod", "name": name, "what": has})
	}
	if before.DeletionTimestamp == nil && after.DeletionTimestamp != nil {
		a.tell(map[string]any{"kind": "delete", "name": name, "what": ""})
	}
	return a.set.CoreV1().Pods(namespace).Update(ctx, after, metav1.UpdateOptions{})
}
