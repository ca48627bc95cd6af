//go:build !stopchannels

package oracle

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/component-helpers/apimachinery/lease"
	"k8s.io/utils/clock"
)

func keepLease(ctx context.Context, client kubernetes.Interface, name string, durationSeconds int32, every time.Duration) {
	lease.NewController(clock.RealClock{}, client, name, durationSeconds, nil, every, name, v1.NamespaceNodeLease, nil).Run(ctx)
}
