//go:build !stopchannels || leasehelpers

package oracle

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	coordination "k8s.io/api/coordination/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

// A kubelet that starts with one lease duration and finds a lease that was written with another.
type leaseTrace struct {
	DurationSeconds int32 `json:"durationSeconds"`
	FoundSeconds    int32 `json:"foundSeconds"`
	RenewUs         int64 `json:"renewUs"`
	EndUs           int64 `json:"endUs"`
}

// Runs the kubelet's lease controller, unchanged, and writes each renewal as a JSON line.
func TestLease(t *testing.T) {
	silence()
	var given leaseTrace
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		t.Fatalf("standard input is no trace: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		zero, name := time.Now(), "node-0"
		set := fake.NewSimpleClientset()
		renewed := metav1.NewMicroTime(zero)
		must(set.CoordinationV1().Leases(v1.NamespaceNodeLease).Create(context.Background(), &coordination.Lease{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: v1.NamespaceNodeLease, OwnerReferences: []metav1.OwnerReference{{Name: name}}},
			Spec:       coordination.LeaseSpec{HolderIdentity: &name, RenewTime: &renewed, LeaseDurationSeconds: &given.FoundSeconds},
		}, metav1.CreateOptions{}))
		set.PrependReactor("update", "leases", func(action clienttesting.Action) (bool, kruntime.Object, error) {
			lease := action.(clienttesting.UpdateAction).GetObject().(*coordination.Lease)
			line := must(json.Marshal(map[string]any{"atUs": time.Since(zero).Microseconds(), "durationSeconds": lease.Spec.LeaseDurationSeconds}))
			fmt.Println(string(line))
			return false, nil, nil
		})
		ctx, cancel := context.WithTimeout(context.Background(), us(given.EndUs))
		defer cancel()
		keepLease(ctx, set, name, given.DurationSeconds, us(given.RenewUs))
	})
}
