//go:build stopchannels && leasehelpers

package oracle

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/clock"
	"k8s.io/client-go/kubernetes"
	"k8s.io/component-helpers/apimachinery/lease"
)

func keepLease(ctx context.Context, client kubernetes.Interface, name string, durationSeconds int32, every time.Duration) {
	lease.NewController(clock.RealClock{}, client, name, durationSeconds, nil, every, v1.NamespaceNodeLease, nil).Run(ctx.Done())
}
