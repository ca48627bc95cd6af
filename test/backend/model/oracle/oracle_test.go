// Runs the node-lifecycle and taint-eviction controllers of one Kubernetes version, unchanged, on a virtual clock against
// an API of ours in memory: reads a trace (JSON) from standard input, writes what the controllers did as JSON lines.
// Compiled by `go test -c` in a module whose go.mod requires k8s.io/kubernetes; see ../oracle.ts.
package oracle

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/kubernetes/pkg/controller"
)

// Times are whole microseconds; zero is when virtual time begins, 2000-01-01T00:00:00Z.
type trace struct {
	StartUs  int64     `json:"startUs"`
	Restarts []restart `json:"restarts"`
	EndUs    int64     `json:"endUs"`
	PeriodUs int64     `json:"periodUs"`
	GraceUs  int64     `json:"graceUs"`
	// How long a pass takes for reading its caches, and requests until they take effect and after it,
	// and until a watch brings it.
	PassUs   int64 `json:"passUs"`
	WriteUs  int64 `json:"writeUs"`
	ReadUs   int64 `json:"readUs"`
	AnswerUs int64 `json:"answerUs"`
	WatchUs  int64 `json:"watchUs"`
	// What a watch of nodes takes besides, and from when on one of leases brings nothing; zero where neither is so.
	NodeWatchUs      int64 `json:"nodeWatchUs"`
	LeaseWatchEndsUs int64 `json:"leaseWatchEndsUs"`
	// A request takes up to so much longer on its way, by a draw of its own.
	JitterUs   int64       `json:"jitterUs"`
	JitterSeed int64       `json:"jitterSeed"`
	Nodes      []traceNode `json:"nodes"`
	Events     []traceStep `json:"events"`
}

// The controller manager ends at one moment and another one's controllers start at a later one.
type restart struct {
	EndsUs   int64 `json:"endsUs"`
	StartsUs int64 `json:"startsUs"`
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
	// By "not-ready" and "unreachable": seconds, "forever", or null where the pod does not tolerate that taint.
	Tolerations map[string]any `json:"tolerations"`
}

// What the kubelets wrote, at the moment when a watch shows it; and what people did.
type traceStep struct {
	AtUs int64  `json:"atUs"`
	Kind string `json:"kind"` // lease, heartbeat, condition, pod, gone; untainted, placed, denied, joined
	// Of a node, or of a pod where Kind says so.
	Name         string `json:"name"`
	RenewUs      int64  `json:"renewUs"`
	HeartbeatUs  int64  `json:"heartbeatUs"`
	TransitionUs int64  `json:"transitionUs"`
	Ready        string `json:"ready"` // "" takes the condition away
	// Of a pod that is placed, and how many of its deletions are denied from then on.
	Node        string         `json:"node"`
	Tolerations map[string]any `json:"tolerations"`
	Times       int            `json:"times"`
}

func us(value int64) time.Duration { return time.Duration(value) * time.Microsecond }

func TestOracle(t *testing.T) {
	silence()
	// With one processor and nothing that interrupts, goroutines take turns in the same order each time.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(1 << 30)
	var given trace
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		t.Fatalf("standard input is no trace: %v", err)
	}
	// What else is done with errors is a pause since the last one, counted from the start of the real process.
	utilruntime.ErrorHandlers = utilruntime.ErrorHandlers[:1]
	synctest.Test(t, func(t *testing.T) { run(t, given) })
}

func run(t *testing.T, given trace) {
	zero := time.Now()
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
	how := watches{delay: us(given.WatchUs), nodesLater: us(given.NodeWatchUs)}
	if given.LeaseWatchEndsUs > 0 {
		how.leasesEnd = zero.Add(us(given.LeaseWatchEndsUs))
	}
	delayWatches(set, how)
	api := newAPI(set, given, zero, tell)
	for _, node := range given.Nodes {
		api.create(node)
	}
	orderQueue()
	// Chance is left out on both sides: a PATCH that met a conflict waits the longest of 100 to 200 ms.
	controller.UpdateTaintBackoff.Duration = 200 * time.Millisecond
	controller.UpdateTaintBackoff.Jitter = 0
	until := func(atUs int64) { time.Sleep(us(atUs) - time.Since(zero)) }
	first := prepare(t, api)
	synctest.Wait()

	go func() {
		until(given.StartUs)
		running := first
		running.start()
		for _, restart := range given.Restarts {
			until(restart.EndsUs)
			running.end()
			until(restart.StartsUs - preparingUs)
			running = prepare(t, api)
			until(restart.StartsUs)
			running.start()
		}
	}()
	for _, step := range given.Events {
		until(step.AtUs - given.WatchUs)
		api.apply(step)
	}
	until(given.EndUs)
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
