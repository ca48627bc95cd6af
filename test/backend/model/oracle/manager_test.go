package oracle

import (
	"context"
	"reflect"
	"slices"
	"sort"
	"sync"
	"testing"
	"time"
	"unsafe"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	coreinformers "k8s.io/client-go/informers/core/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/pkg/controller/nodelifecycle"
)

// Lists nodes by name instead of by chance, and tells of the pass that begins so.
type orderedNodes struct {
	coreinformers.NodeInformer
	listed func([]*v1.Node)
}

type orderedLister struct {
	corelisters.NodeLister
	listed func([]*v1.Node)
}

func (o orderedNodes) Lister() corelisters.NodeLister {
	return orderedLister{o.NodeInformer.Lister(), o.listed}
}

func (o orderedLister) List(selector labels.Selector) ([]*v1.Node, error) {
	nodes, err := o.NodeLister.List(selector)
	sort.Slice(nodes, func(a, b int) bool { return nodes[a].Name < nodes[b].Name })
	o.listed(nodes)
	return nodes, err
}

// Lists the pods of a node as they were made instead of by chance, and looks a pod up in no less than a microsecond. A pod and its node are seen at one moment when a controller starts; what
// was decided for the pod by its node is overruled, not kept, where no time has gone by since.
type orderedPods struct{ coreinformers.PodInformer }

type orderedPodLister struct{ corelisters.PodLister }

type patientNamespaceLister struct{ corelisters.PodNamespaceLister }

func (s orderedPods) Informer() cache.SharedIndexInformer {
	return orderedInformer{s.PodInformer.Informer()}
}

type orderedInformer struct{ cache.SharedIndexInformer }

func (o orderedInformer) GetIndexer() cache.Indexer {
	return orderedIndexer{o.SharedIndexInformer.GetIndexer()}
}

type orderedIndexer struct{ cache.Indexer }

func (o orderedIndexer) ByIndex(name, value string) ([]any, error) {
	pods, err := o.Indexer.ByIndex(name, value)
	sort.Slice(pods, func(a, b int) bool {
		one, other := pods[a].(*v1.Pod).Name, pods[b].(*v1.Pod).Name
		return len(one) < len(other) || len(one) == len(other) && one < other
	})
	return pods, err
}

func (s orderedPods) Lister() corelisters.PodLister { return orderedPodLister{s.PodInformer.Lister()} }

func (s orderedPodLister) Pods(namespace string) corelisters.PodNamespaceLister {
	return patientNamespaceLister{s.PodLister.Pods(namespace)}
}

func (s patientNamespaceLister) Get(name string) (*v1.Pod, error) {
	time.Sleep(time.Microsecond)
	return s.PodNamespaceLister.Get(name)
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
// takes is spent. Besides, a pass that sets a zone's rate waits for the lock that the tainting loop holds while it writes
// to a node of that zone. On a virtual clock a goroutine that waits for a lock stops the time, so it has to wait for the
// loop's request instead. Where all has come to be down it waits after more requests of its own, which cannot be seen from
// here. A zone is known by the heartbeats of its nodes; where that is not one zone, all are meant.
func aroundZoneState(lifecycle *nodelifecycle.Controller, before func(), zoneOf func([]*v1.NodeCondition) string, zones int, setting func(zone string)) {
	field := reflect.ValueOf(lifecycle).Elem().FieldByName("computeZoneStateFunc")
	function := reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem()
	compute := function.Interface().(func([]*v1.NodeCondition) (int, nodelifecycle.ZoneState))
	const full = nodelifecycle.ZoneState("FullDisruption")
	isFull := func(states map[string]nodelifecycle.ZoneState) bool {
		for _, state := range states {
			if state != full {
				return false
			}
		}
		return len(states) > 0
	}
	last, found := map[string]nodelifecycle.ZoneState{}, map[string]nodelifecycle.ZoneState{}
	calls, unclear := 0, false
	function.Set(reflect.ValueOf(func(conditions []*v1.NodeCondition) (int, nodelifecycle.ZoneState) {
		before()
		notReady, state := compute(conditions)
		zone := zoneOf(conditions)
		unclear = unclear || zone == ""
		found[zone] = state
		calls++
		if calls < zones {
			return notReady, state
		}
		are, were := isFull(found), isFull(last)
		for zone, state := range found {
			if !are && (unclear || were || state != last[zone]) {
				setting(zone)
			}
		}
		last, found = found, map[string]nodelifecycle.ZoneState{}
		calls, unclear = 0, false
		return notReady, state
	}))
}

// Which zone's nodes have these conditions, by when each was last heard of; "" where it is not the only one.
func zoneByHeartbeats(nodes []*v1.Node, conditions []*v1.NodeCondition) string {
	stamps := map[string][]int64{}
	for _, node := range nodes {
		zone := node.Labels[zoneLabel]
		for _, condition := range node.Status.Conditions {
			if condition.Type == v1.NodeReady {
				stamps[zone] = append(stamps[zone], condition.LastHeartbeatTime.Unix())
			}
		}
	}
	var wanted []int64
	for _, condition := range conditions {
		wanted = append(wanted, condition.LastHeartbeatTime.Unix())
	}
	slices.Sort(wanted)
	matching := ""
	for zone, has := range stamps {
		slices.Sort(has)
		if !slices.Equal(has, wanted) {
			continue
		}
		if matching != "" {
			return ""
		}
		matching = zone
	}
	return matching
}

// One start of the controller manager, with caches, clients and a memory of its own.
type manager struct {
	api       *api
	ctx       context.Context
	cancel    context.CancelFunc
	lifecycle *nodelifecycle.Controller
	eviction  runner

	mutex sync.Mutex
	ended bool
	// Requests of the tainting loop that are going, by the zone of their node.
	tainting map[string]int
}

type runner interface{ Run(context.Context) }

// Of the node lifecycle controller.
type flags struct {
	period, startupGrace, grace time.Duration
	evictionQPS, secondaryQPS   float32
	largeCluster                int32
	unhealthyZone               float32
}

// Before a start its caches are filled, which takes until the next time that anybody looks whether they are.
const preparingUs = 500_000

// Makes everything of a start but lets nothing run that decides anything.
func prepare(t *testing.T, api *api) *manager {
	m := &manager{api: api, tainting: map[string]int{}}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	given := api.given
	// As the controller manager has it. Without any, informers wait on a channel from outside of the virtual time.
	factory := informers.NewSharedInformerFactory(api.set, 12*time.Hour)
	core := factory.Core().V1()
	pods := orderedPods{core.Pods()}
	reading := us(given.PassUs)
	// Run starts the monitor last: what it starts before has looked around by the time the first pass has read anything.
	hesitating := 100 * time.Microsecond
	var seen []*v1.Node
	zones := map[string]bool{}
	for _, node := range given.Nodes {
		zones[node.Zone] = true
	}
	nodes := orderedNodes{core.Nodes(), func(listed []*v1.Node) {
		seen = listed
		api.tell(map[string]any{"kind": "pass", "name": "", "what": ""})
		reading = us(given.PassUs)
		time.Sleep(hesitating)
		hesitating = 0
	}}
	lifecycle, err := newLifecycle(m.ctx, factory, pods, nodes, m.client(),
		flags{us(given.PeriodUs), time.Minute, us(given.GraceUs), 0.1, 0.01, 50, 0.55})
	if err != nil {
		t.Fatal(err)
	}
	m.lifecycle = lifecycle
	aroundZoneState(lifecycle, func() {
		time.Sleep(reading)
		reading = 0
	}, func(conditions []*v1.NodeCondition) string {
		return zoneByHeartbeats(seen, conditions)
	}, len(zones), func(zone string) {
		m.stopHereIfEnded()
		for m.isTainting(zone) {
			time.Sleep(50 * time.Microsecond)
			m.stopHereIfEnded()
		}
	})
	if m.eviction, err = newEviction(m, pods, core.Nodes()); err != nil {
		t.Fatal(err)
	}
	factory.Start(m.ctx.Done())
	factory.WaitForCacheSync(m.ctx.Done())
	return m
}

func (m *manager) start() {
	if m.eviction != nil {
		go m.eviction.Run(m.ctx)
	}
	go runLifecycle(m.ctx, m.lifecycle)
}

// As when its process is killed: requests that have left still come to the API server, and nobody hears their answers.
func (m *manager) end() {
	m.mutex.Lock()
	m.ended = true
	m.mutex.Unlock()
	m.cancel()
}

func (m *manager) stopHereIfEnded() {
	m.mutex.Lock()
	ended := m.ended
	m.mutex.Unlock()
	if ended {
		select {}
	}
}

// Whether the loop is at a node of this zone; of any where the zone is "".
func (m *manager) isTainting(zone string) bool {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if zone != "" {
		return m.tainting[zone] > 0
	}
	for _, going := range m.tainting {
		if going > 0 {
			return true
		}
	}
	return false
}

func (m *manager) countTainting(zone string, by int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.tainting[zone] += by
}
