package oracle

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	coordination "k8s.io/api/coordination/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/nodelifecycle"
)

// Scripts of cases from upstream's own tests, one after the other on one virtual clock; see ../upstream/script.ts.
// Seconds count from each script's own beginning.
type script struct {
	ID       string `json:"id"`
	Settings struct {
		PeriodS       float64 `json:"periodS"`
		GraceS        float64 `json:"graceS"`
		StartupGraceS float64 `json:"startupGraceS"`
		EvictionQPS   float32 `json:"evictionQps"`
		SecondaryQPS  float32 `json:"secondaryQps"`
		LargeCluster  int32   `json:"largeCluster"`
		UnhealthyZone float32 `json:"unhealthyZone"`
	} `json:"settings"`
	Nodes         []scriptNode `json:"nodes"`
	Pods          []scriptPod  `json:"pods"`
	Mode          string       `json:"mode"`
	ZeroS         float64      `json:"zeroS"`
	Steps         []scriptStep `json:"steps"`
	BlindToLeases bool         `json:"blindToLeases"`
	Failures      []struct {
		Request string `json:"request"`
		Nth     int    `json:"nth"`
	} `json:"failures"`
	Excluded []struct {
		Name   string   `json:"name"`
		Labels []string `json:"labels"`
	} `json:"excluded"`
	// Each a list of toleration seconds, null for ever.
	Tolerated [][]*int64 `json:"tolerated"`
}

type scriptNode struct {
	Name     string      `json:"name"`
	Region   *string     `json:"region"`
	Zone     *string     `json:"zone"`
	Labels   []string    `json:"labels"`
	CreatedS float64     `json:"createdS"`
	Status   *nodeStatus `json:"status"`
	LeaseS   *float64    `json:"leaseS"`
}

type nodeStatus struct {
	Ready       *string `json:"ready"`
	HeartbeatS  float64 `json:"heartbeatS"`
	TransitionS float64 `json:"transitionS"`
	Conditions  []struct {
		Type   string `json:"type"`
		Status string `json:"status"`
	} `json:"conditions"`
}

type scriptPod struct {
	Name        string         `json:"name"`
	Node        *string        `json:"node"`
	Ready       bool           `json:"ready"`
	Daemon      bool           `json:"daemon"`
	Later       bool           `json:"later"`
	Tolerations map[string]any `json:"tolerations"`
}

type scriptStep struct {
	Do          string         `json:"do"`
	UntilS      float64        `json:"untilS"`
	Node        *string        `json:"node"`
	Status      *nodeStatus    `json:"status"`
	RenewS      float64        `json:"renewS"`
	Keys        []string       `json:"keys"`
	Pod         string         `json:"pod"`
	Tolerations map[string]any `json:"tolerations"`
	Kind        string         `json:"kind"`
	AtS         float64        `json:"atS"`
}

// What was seen of a script; see ../upstream/observation.ts.
type observation struct {
	ID          string              `json:"id"`
	Probes      []probe             `json:"probes"`
	DeletedS    map[string]float64  `json:"deletedS"`
	TaintsSeen  map[string][]string `json:"taintsSeen"`
	LeaseReadsS []float64           `json:"leaseReadsS"`
	Tolerations any                 `json:"tolerations"`
	Excluded    []bool              `json:"excluded"`
	ToleratedS  []float64           `json:"toleratedS"`
}

type probe struct {
	AtS              float64             `json:"atS"`
	Nodes            map[string]nodeView `json:"nodes"`
	ZoneStates       map[string]string   `json:"zoneStates"`
	Writes           int                 `json:"writes"`
	Marked           []string            `json:"marked"`
	Evicted          []string            `json:"evicted"`
	PodStatusUpdates int                 `json:"podStatusUpdates"`
}

type nodeView struct {
	Taints     []string                 `json:"taints"`
	Conditions map[string]conditionView `json:"conditions"`
}

type conditionView struct {
	Status      string  `json:"status"`
	Reason      string  `json:"reason"`
	HeartbeatS  float64 `json:"heartbeatS"`
	TransitionS float64 `json:"transitionS"`
}

//go:linkname monitorNodeHealth k8s.io/kubernetes/pkg/controller/nodelifecycle.(*Controller).monitorNodeHealth
func monitorNodeHealth(*nodelifecycle.Controller, context.Context) error

//go:linkname doNoExecuteTaintingPass k8s.io/kubernetes/pkg/controller/nodelifecycle.(*Controller).doNoExecuteTaintingPass
func doNoExecuteTaintingPass(*nodelifecycle.Controller, context.Context)

//go:linkname doNoScheduleTaintingPass k8s.io/kubernetes/pkg/controller/nodelifecycle.(*Controller).doNoScheduleTaintingPass
func doNoScheduleTaintingPass(*nodelifecycle.Controller, context.Context, string) error

//go:linkname doPodProcessingWorker k8s.io/kubernetes/pkg/controller/nodelifecycle.(*Controller).doPodProcessingWorker
func doPodProcessingWorker(*nodelifecycle.Controller, context.Context)

//go:linkname isNodeExcludedFromDisruptionChecks k8s.io/kubernetes/pkg/controller/nodelifecycle.isNodeExcludedFromDisruptionChecks
func isNodeExcludedFromDisruptionChecks(*v1.Node) bool

func TestCases(t *testing.T) {
	silence()
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(1 << 30)
	utilruntime.ErrorHandlers = utilruntime.ErrorHandlers[:1]
	var scripts []script
	if err := json.NewDecoder(os.Stdin).Decode(&scripts); err != nil {
		t.Fatalf("standard input is no list of scripts: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		orderQueue()
		controller.UpdateTaintBackoff.Duration = 200 * time.Millisecond
		controller.UpdateTaintBackoff.Jitter = 0
		out := bufio.NewWriter(os.Stdout)
		for _, one := range scripts {
			line := must(json.Marshal(play(t, one)))
			fmt.Fprintln(out, string(line))
		}
		if err := out.Flush(); err != nil {
			t.Fatal(err)
		}
		// Not everything of a controller has an end: the process does.
		os.Exit(0)
	})
}

// Between writes of one moment, so that each is seen.
const between = 20 * time.Millisecond

func seconds(value float64) time.Duration { return time.Duration(value * float64(time.Second)) }

// One script under way.
type player struct {
	script  script
	api     *api
	manager *manager
	zero    time.Time
	seen    observation
	// Since the last probe.
	writes  int
	marked  []string
	evicted []string
	updates int
}

func (p *player) at(secondsOf float64) metav1.Time {
	return metav1.NewTime(p.zero.Add(seconds(secondsOf)))
}

func (p *player) sinceZero(at time.Time) float64 {
	return float64(at.Sub(p.zero).Microseconds()) / 1e6
}

func play(t *testing.T, given script) observation {
	p := &player{script: given, seen: observation{ID: given.ID, DeletedS: map[string]float64{}, TaintsSeen: map[string][]string{}}}
	for _, node := range given.Excluded {
		labels := map[string]string{}
		for _, label := range node.Labels {
			labels[label] = ""
		}
		p.seen.Excluded = append(p.seen.Excluded, isNodeExcludedFromDisruptionChecks(&v1.Node{ObjectMeta: metav1.ObjectMeta{Name: node.Name, Labels: labels}}))
	}
	for _, list := range given.Tolerated {
		var tolerations []v1.Toleration
		for _, stay := range list {
			tolerations = append(tolerations, v1.Toleration{TolerationSeconds: stay})
		}
		p.seen.ToleratedS = append(p.seen.ToleratedS, leastTolerated(tolerations).Seconds())
	}
	if len(given.Steps) == 0 {
		return p.seen
	}
	// Caches are filled before a script begins.
	p.zero = time.Now().Truncate(time.Second).Add(3 * time.Second)
	asTrace := trace{WriteUs: 2500, ReadUs: 1000, AnswerUs: 500, WatchUs: 2000}
	for _, node := range given.Nodes {
		asTrace.Nodes = append(asTrace.Nodes, traceNode{Name: node.Name, Zone: text(node.Zone)})
	}
	set := fake.NewSimpleClientset()
	delayWatches(set, watches{delay: us(asTrace.WatchUs)})
	if given.BlindToLeases {
		set.PrependWatchReactor("leases", func(clienttesting.Action) (bool, watch.Interface, error) { return true, watch.NewFake(), nil })
	}
	set.PrependReactor("get", "leases", func(clienttesting.Action) (bool, kruntime.Object, error) {
		p.seen.LeaseReadsS = append(p.seen.LeaseReadsS, p.sinceZero(time.Now()))
		return false, nil, nil
	})
	p.api = newAPI(set, asTrace, p.zero, p.hear)
	for _, node := range given.Nodes {
		if node.Status != nil {
			p.createNode(node, *node.Status)
		}
		if node.LeaseS != nil {
			p.createLease(node.Name, *node.LeaseS)
		}
	}
	for _, pod := range given.Pods {
		if !pod.Later {
			p.createPod(pod, pod.Node)
		}
	}
	p.manager = p.prepare()
	p.refuseLists()
	synctest.Wait()
	p.until(0)
	if given.Mode == "run" {
		p.manager.start()
	} else {
		go doPodProcessingWorker(p.manager.lifecycle, p.manager.ctx)
	}
	for _, step := range given.Steps {
		p.do(t, step)
	}
	p.manager.end()
	return p.seen
}

func text(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}

func (p *player) until(atS float64) { time.Sleep(time.Until(p.at(atS).Time)) }

// What the API tells of each change, while it is made.
func (p *player) hear(fields map[string]any) {
	name, what := fmt.Sprint(fields["name"]), fmt.Sprint(fields["what"])
	switch fields["kind"] {
	case "pod":
		if what == "False" {
			p.marked = append(p.marked, name)
		}
	case "delete":
		if _, before := p.seen.DeletedS[name]; !before {
			p.seen.DeletedS[name] = p.sinceZero(time.Now()) - p.script.ZeroS
			p.evicted = append(p.evicted, name)
		}
	case "taint":
		effect, key, _ := strings.Cut(what, " ")
		full := fullKey(key) + ":" + effect
		if !slices.Contains(p.seen.TaintsSeen[name], full) {
			p.seen.TaintsSeen[name] = append(p.seen.TaintsSeen[name], full)
		}
	}
}

var lifecycleKeys = []string{v1.TaintNodeNotReady, v1.TaintNodeUnreachable, v1.TaintNodeNetworkUnavailable, v1.TaintNodeMemoryPressure, v1.TaintNodeDiskPressure, v1.TaintNodePIDPressure}

// The API tells keys without the prefix of those.
func fullKey(key string) string {
	if full := "node.kubernetes.io/" + key; slices.Contains(lifecycleKeys, full) {
		return full
	}
	return key
}

func (p *player) refuse(request string) error {
	if request == "update node status" {
		p.writes++
		return nil
	}
	p.updates++
	for _, failure := range p.script.Failures {
		if failure.Request == request && failure.Nth == p.updates {
			return fmt.Errorf("refused by the script")
		}
	}
	return nil
}

// The controller's own way to the pods of a node, which reads its cache, fails where the script says so.
func (p *player) refuseLists() {
	field := reflect.ValueOf(p.manager.lifecycle).Elem().FieldByName("getPodsAssignedToNode")
	function := reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem()
	list := function.Interface().(func(string) ([]*v1.Pod, error))
	calls := 0
	function.Set(reflect.ValueOf(func(name string) ([]*v1.Pod, error) {
		calls++
		for _, failure := range p.script.Failures {
			if failure.Request == "list pods" && failure.Nth == calls {
				return nil, fmt.Errorf("refused by the script")
			}
		}
		return list(name)
	}))
}

func (p *player) statusConditions(status nodeStatus) (conditions []v1.NodeCondition) {
	heartbeat, transition := p.at(status.HeartbeatS), p.at(status.TransitionS)
	for _, other := range status.Conditions {
		conditions = append(conditions, condition(v1.NodeConditionType(other.Type), v1.ConditionStatus(other.Status), heartbeat, transition))
	}
	if status.Ready != nil {
		conditions = append(conditions, condition(v1.NodeReady, v1.ConditionStatus(*status.Ready), heartbeat, transition))
	}
	return conditions
}

func (p *player) createNode(node scriptNode, status nodeStatus) {
	labels := map[string]string{}
	for _, label := range node.Labels {
		labels[label] = ""
	}
	if node.Region != nil {
		labels[regionLabel] = *node.Region
	}
	if node.Zone != nil {
		labels[zoneLabel] = *node.Zone
	}
	must(p.api.set.CoreV1().Nodes().Create(context.Background(), &v1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: node.Name, UID: types.UID(node.Name), ResourceVersion: p.api.nextRevision(), CreationTimestamp: p.at(node.CreatedS), Labels: labels},
		Status:     v1.NodeStatus{Conditions: p.statusConditions(status)},
	}, metav1.CreateOptions{}))
}

func (p *player) lease(name string, renewS float64) *coordination.Lease {
	renewed := metav1.NewMicroTime(p.at(renewS).Time)
	return &coordination.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: v1.NamespaceNodeLease, ResourceVersion: p.api.nextRevision()},
		Spec:       coordination.LeaseSpec{HolderIdentity: &name, RenewTime: &renewed},
	}
}

func (p *player) createLease(name string, renewS float64) {
	leases := p.api.set.CoordinationV1().Leases(v1.NamespaceNodeLease)
	must(leases.Create(context.Background(), p.lease(name, renewS), metav1.CreateOptions{}))
}

func (p *player) tolerations(by map[string]any) (tolerations []v1.Toleration) {
	var keys []string
	for key := range by {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		toleration := v1.Toleration{Key: key, Operator: v1.TolerationOpExists, Effect: v1.TaintEffectNoExecute}
		if stay := by[key]; stay != "forever" {
			whole := int64(stay.(float64))
			toleration.TolerationSeconds = &whole
		}
		tolerations = append(tolerations, toleration)
	}
	return tolerations
}

func (p *player) createPod(pod scriptPod, node *string) {
	ready := v1.ConditionFalse
	if pod.Ready {
		ready = v1.ConditionTrue
	}
	must(p.api.set.CoreV1().Pods(namespace).Create(context.Background(), &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: namespace, UID: types.UID(pod.Name), ResourceVersion: p.api.nextRevision()},
		Spec:       v1.PodSpec{NodeName: text(node), Tolerations: p.tolerations(pod.Tolerations)},
		Status:     v1.PodStatus{Phase: v1.PodRunning, Conditions: []v1.PodCondition{{Type: v1.PodReady, Status: ready}}},
	}, metav1.CreateOptions{}))
}

func (p *player) do(t *testing.T, step scriptStep) {
	ctx := context.Background()
	switch step.Do {
	case "wait":
		p.until(step.UntilS)
		return
	case "probe":
		p.probe(step.AtS)
		return
	case "pass":
		p.pass(t, step.Kind)
	case "status":
		must(p.api.writeNode(*step.Node, "", func(node *v1.Node) error {
			node.Status.Conditions = p.statusConditions(*step.Status)
			return nil
		}))
	case "appear":
		for _, node := range p.script.Nodes {
			if node.Name == *step.Node {
				p.createNode(node, *step.Status)
			}
		}
	case "lease":
		leases := p.api.set.CoordinationV1().Leases(v1.NamespaceNodeLease)
		must(leases.Update(ctx, p.lease(*step.Node, step.RenewS), metav1.UpdateOptions{}))
	case "taints":
		must(p.api.writeNode(*step.Node, "", func(node *v1.Node) error {
			node.Spec.Taints = slices.DeleteFunc(node.Spec.Taints, func(taint v1.Taint) bool {
				return taint.Effect == v1.TaintEffectNoExecute && !slices.Contains(lifecycleKeys, taint.Key)
			})
			now := metav1.Now()
			for _, key := range step.Keys {
				node.Spec.Taints = append(node.Spec.Taints, v1.Taint{Key: key, Effect: v1.TaintEffectNoExecute, TimeAdded: &now})
			}
			return nil
		}))
	case "pod":
		p.place(step)
	case "tolerations":
		must(p.api.writePod(step.Pod, "", func(pod *v1.Pod) error {
			pod.Spec.Tolerations = p.tolerations(step.Tolerations)
			return nil
		}))
	default:
		t.Fatalf("a step of no known kind: %s", step.Do)
	}
	time.Sleep(between)
}

// A pod that comes, or one that was there and is bound.
func (p *player) place(step scriptStep) {
	for _, pod := range p.script.Pods {
		if pod.Name == step.Pod && pod.Later {
			p.createPod(pod, step.Node)
			return
		}
	}
	must(p.api.writePod(step.Pod, "", func(pod *v1.Pod) error {
		pod.Spec.NodeName = text(step.Node)
		return nil
	}))
}

func (p *player) pass(t *testing.T, kind string) {
	lifecycle, ctx := p.manager.lifecycle, p.manager.ctx
	switch kind {
	case "health":
		if err := monitorNodeHealth(lifecycle, ctx); err != nil {
			t.Errorf("%s: %v", p.script.ID, err)
		}
	case "noexecute":
		// The rate is as good as unlimited there; on this clock each turn has its own moment.
		for range p.script.Nodes {
			doNoExecuteTaintingPass(lifecycle, ctx)
			time.Sleep(between)
		}
	case "noschedule":
		for _, node := range p.script.Nodes {
			if err := doNoScheduleTaintingPass(lifecycle, ctx, node.Name); err != nil {
				t.Errorf("%s: %v", p.script.ID, err)
			}
		}
	default:
		t.Fatalf("%s: no pass %s on this version", p.script.ID, kind)
	}
}

func (p *player) probe(atS float64) {
	time.Sleep(between)
	found := probe{AtS: atS, Nodes: map[string]nodeView{}, ZoneStates: map[string]string{}, Writes: p.writes,
		Marked: append([]string{}, p.marked...), Evicted: append([]string{}, p.evicted...), PodStatusUpdates: p.updates}
	for _, node := range must(p.api.set.CoreV1().Nodes().List(context.Background(), metav1.ListOptions{})).Items {
		view := nodeView{Taints: []string{}, Conditions: map[string]conditionView{}}
		for _, taint := range node.Spec.Taints {
			view.Taints = append(view.Taints, taint.Key+":"+string(taint.Effect))
		}
		for _, one := range node.Status.Conditions {
			view.Conditions[string(one.Type)] = conditionView{string(one.Status), one.Reason,
				p.sinceZero(one.LastHeartbeatTime.Time), p.sinceZero(one.LastTransitionTime.Truncate(time.Second))}
		}
		found.Nodes[node.Name] = view
	}
	field := reflect.ValueOf(p.manager.lifecycle).Elem().FieldByName("zoneStates")
	states := reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Interface().(map[string]nodelifecycle.ZoneState)
	for zone, state := range states {
		found.ZoneStates[strings.Replace(zone, ":\x00:", ":", 1)] = string(state)
	}
	p.seen.Probes = append(p.seen.Probes, found)
	p.writes, p.marked, p.evicted = 0, nil, nil
}
