//go:build klog1

package oracle

import (
	"flag"
	"io"

	"k8s.io/klog"
)

func silence() {
	flags := flag.NewFlagSet("klog", flag.PanicOnError)
	klog.InitFlags(flags)
	if err := flags.Set("logtostderr", "false"); err != nil {
		panic(err)
	}
	klog.SetOutput(io.Discard)
}
