//go:build !klog1

package oracle

import (
	"io"

	"k8s.io/klog/v2"
)

func silence() {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
}
