package oracle

import (
	"time"

	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

// A watch that brings what happened some time later.
type delayedWatch struct {
	watch.Interface
	results chan watch.Event
}

func (d delayedWatch) ResultChan() <-chan watch.Event { return d.results }

type stampedEvent struct {
	watch.Event
	due time.Time
}

// How watches bring what happened, by resource.
type watches struct {
	delay time.Duration
	// Those of nodes take so much longer.
	nodesLater time.Duration
	// From here on those of leases bring nothing, and nobody is told; zero where they go on.
	leasesEnd time.Time
}

func delayWatches(set *fake.Clientset, of watches) {
	set.PrependWatchReactor("*", func(action clienttesting.Action) (bool, watch.Interface, error) {
		resource := action.GetResource()
		by := of.delay
		if resource.Resource == "nodes" {
			by += of.nodesLater
		}
		isLost := func() bool {
			return resource.Resource == "leases" && !of.leasesEnd.IsZero() && !time.Now().Before(of.leasesEnd)
		}
		inner, err := set.Tracker().Watch(resource, action.GetNamespace())
		if err != nil {
			return false, nil, err
		}
		waiting := make(chan stampedEvent, 10_000)
		results := make(chan watch.Event)
		go func() {
			for event := range inner.ResultChan() {
				if isLost() {
					continue
				}
				waiting <- stampedEvent{event, time.Now().Add(by)}
			}
		}()
		go func() {
			for event := range waiting {
				time.Sleep(time.Until(event.due))
				results <- event.Event
			}
		}()
		return true, delayedWatch{inner, results}, nil
	})
}
