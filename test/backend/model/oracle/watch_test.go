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

func delayWatches(set *fake.Clientset, by time.Duration) {
	set.PrependWatchReactor("*", func(action clienttesting.Action) (bool, watch.Interface, error) {
		inner, err := set.Tracker().Watch(action.GetResource(), action.GetNamespace())
		if err != nil {
			return false, nil, err
		}
		waiting := make(chan stampedEvent, 10_000)
		results := make(chan watch.Event)
		go func() {
			for event := range inner.ResultChan() {
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
