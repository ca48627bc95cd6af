// Runs the node-lifecycle and taint-eviction controllers of one Kubernetes version, unchanged, on a virtual clock against
// an API of ours in memory: reads a trace (JSON) from standard input, writes what the controllers did as JSON lines.
// Compiled by `go test -c` in a module whose go.mod requires k8s.io/kubernetes; see ../oracle.ts.
package oracle

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime/debug"
	"sort"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes/fake"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/nodelifecycle"
	"k8s.io/kubernetes/pkg/controller/tainteviction"
)

// Times are whole microseconds; zero is when virtual time begins, 2000-01-01T00:00:00Z.
type trace struct {
	StartUs  int64 `json:"startUs"`
	EndUs    int64 `json:"endUs"`
	PeriodUs int64 `json:"periodUs"`
	GraceUs  int64 `json:"graceUs"`
	// How long a pass takes for reading its caches, and requests until they take effect and after it,
	// and until a watch brings it.
	PassUs   int64       `json:"passUs"`
	WriteUs  int64       `json:"writeUs"`
	ReadUs   int64       `json:"readUs"`
	AnswerUs int64       `json:"answerUs"`
	WatchUs  int64       `json:"watchUs"`
	Nodes    []traceNode `json:"nodes"`
	Events   []traceStep `json:"events"`
}

type traceNode struct {
	Name         string     `json:"name"`
	Zone         string     `json:"zone"`
	HeartbeatUs  int64      `json:"heartbeatUs"`
	TransitionUs int64      `json:"transitionUs"`
	RenewUs      int64      `json:"renewUs"`
	Pods         []tracePod `json:"pods"`
}

type tracePod struct {
	Name string `json:"name"`
	// null: tolerates both taints for ever, as DaemonSet pods do.
	TolerationSeconds *int64 `json:"tolerationSeconds"`
}

// What the kubelets wrote, at the moment when a watch shows it.
type traceStep struct {
	AtUs int64  `json:"atUs"`
	Kind string `json:"kind"` // lease, heartbeat, condition, pod, gone
	// Of a node, or of a pod where Kind says so.
	Name         string `json:"name"`
	RenewUs      int64  `json:"renewUs"`
	HeartbeatUs  int64  `json:"heartbeatUs"`
	TransitionUs int64  `json:"transitionUs"`
	Ready        string `json:"ready"`
}

// Lists nodes by name instead of by chance, and tells of the pass that begins so.
type orderedNodes struct {
	coreinformers.NodeInformer
	listed func()
}

type orderedLister struct {
	corelisters.NodeLister
	listed func()
}

func (o orderedNodes) Lister() corelisters.NodeLister {
	return orderedLister{o.NodeInformer.Lister(), o.listed}
}

func (o orderedLister) List(selector labels.Selector) ([]*v1.Node, error) {
	nodes, err := o.NodeLister.List(selector)
	sort.Slice(nodes, func(a, b int) bool { return nodes[a].Name < nodes[b].Name })
	o.listed()
	return nodes, err
}

// The clock of the queue of nodes that wait for their taint. Nodes queued at one moment leave it in an order that only its
// heap knows; a nanosecond apart they leave it as they came.
//
//go:linkname queueNow k8s.io/kubernetes/pkg/controller/nodelifecycle/scheduler.now
var queueNow func() time.Time

func orderQueue() {
	calls := 0
	queueNow = func() time.Time {
		calls++
		return time.Now().Add(time.Duration(calls))
	}
}

// Comes between the part of a pass that looks at nodes and the one that looks at zones, where the time that reading
// takes is spent. Besides, a pass that changes a rate waits for the lock that the tainting loop holds while it writes. On
// a virtual clock a goroutine that waits for a lock stops the time, so it has to wait for the loop's request instead.
func aroundZoneState(lifecycle *nodelifecycle.Controller, before, changed func()) {
	field := reflect.ValueOf(lifecycle).Elem().FieldByName("computeZoneStateFunc")
	function := reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem()
	compute := function.Interface().(func([]*v1.NodeCondition) (int, nodelifecycle.ZoneState))
	var last nodelifecycle.ZoneState
	function.Set(reflect.ValueOf(func(conditions []*v1.NodeCondition) (int, nodelifecycle.ZoneState) {
		before()
		notReady, state := compute(conditions)
		if state != last {
			changed()
		}
		last = state
		return notReady, state
	}))
}

func us(value int64) time.Duration { return time.Duration(value) * time.Microsecond }

func TestOracle(t *testing.T) {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	// With one processor and nothing that interrupts, goroutines take turns in the same order each time.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(1 << 30)
	var given trace
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		t.Fatalf("standard input is no trace: %v", err)
	}
	synctest.Test(t, func(t *testing.T) { run(t, given) })
}

func run(t *testing.T, given trace) {
	zero := time.Now()
	ctx := context.Background()
	out := bufio.NewWriter(os.Stdout)
	tell := func(fields map[string]any) {
		fields["atUs"] = time.Since(zero).Microseconds()
		line, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(out, string(line))
	}

	set := fake.NewSimpleClientset()
	delayWatches(set, us(given.WatchUs))
	api := newAPI(set, given, zero, tell)
	for _, node := range given.Nodes {
		api.create(node)
	}
	// As the controller manager has it. Without any, informers wait on a channel from outside of the virtual time.
	factory := informers.NewSharedInformerFactory(set, 12*time.Hour)
	core := factory.Core().V1()
	reading := us(given.PassUs)
	nodes := orderedNodes{core.Nodes(), func() {
		tell(map[string]any{"kind": "pass", "name": "", "what": ""})
		reading = us(given.PassUs)
	}}
	lifecycle, err := nodelifecycle.NewNodeLifecycleController(ctx, factory.Coordination().V1().Leases(), core.Pods(), nodes,
		factory.Apps().V1().DaemonSets(), api.client(), us(given.PeriodUs), time.Minute, us(given.GraceUs), 0.1, 0.01, 50, 0.55)
	if err != nil {
		t.Fatal(err)
	}
	aroundZoneState(lifecycle, func() {
		time.Sleep(reading)
		reading = 0
	}, func() {
		for api.isTainting() {
			time.Sleep(50 * time.Microsecond)
		}
	})
	orderQueue()
	// Chance is left out on both sides: a PATCH that met a conflict waits the longest of 100 to 200 ms.
	controller.UpdateTaintBackoff.Duration = 200 * time.Millisecond
	controller.UpdateTaintBackoff.Jitter = 0
	eviction, err := tainteviction.New(ctx, api.client(), core.Pods(), core.Nodes(), "taint-eviction-controller")
	if err != nil {
		t.Fatal(err)
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	synctest.Wait()

	go func() {
		time.Sleep(us(given.StartUs) - time.Since(zero))
		go eviction.Run(ctx)
		go lifecycle.Run(ctx)
	}()
	for _, step := range given.Events {
		time.Sleep(us(step.AtUs-given.WatchUs) - time.Since(zero))
		api.apply(step)
	}
	time.Sleep(us(given.EndUs) - time.Since(zero))
	tell(map[string]any{"kind": "end"})
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	// The controllers have no end: their process does.
	os.Exit(0)
}

func stamp(zero time.Time, at int64) metav1.Time {
	return metav1.NewTime(zero.Add(us(at)).Truncate(time.Second))
}
