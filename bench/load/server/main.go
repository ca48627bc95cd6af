// The server side of the load bench: answers every GET with two bytes as fast as Go's server can, limits nothing, and counts.
// It says its port when it listens, answers any line with its counts, and ends when its parent lets go of it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
)

func main() {
	var requests, connections atomic.Int64
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	server := http.Server{
		Handler: http.HandlerFunc(func(response http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			response.Write([]byte("ok"))
		}),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		},
	}
	go server.Serve(listener)
	for asked := bufio.NewScanner(os.Stdin); asked.Scan(); {
		var used syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
			panic(err)
		}
		json.NewEncoder(os.Stdout).Encode(map[string]int64{
			"requests":    requests.Load(),
			"connections": connections.Load(),
			"cpuMs":       (used.Utime.Nano() + used.Stime.Nano()) / 1e6,
		})
	}
}
