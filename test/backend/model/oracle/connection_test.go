package oracle

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// Hands out the server's ends of connections in memory.
type pipes struct{ ends chan net.Conn }

func (p pipes) Accept() (net.Conn, error) {
	end, open := <-p.ends
	if !open {
		return nil, io.EOF
	}
	return end, nil
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// A connection whose server's words are lost from some moment on, as when the way back is cut.
type cutConn struct {
	net.Conn
	cut *atomic.Bool
}

func (c cutConn) Write(words []byte) (int, error) {
	if c.cut.Load() {
		return len(words), nil
	}
	return c.Conn.Write(words)
}

func certificate() tls.Certificate {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now(), NotAfter: time.Now().Add(24 * time.Hour), DNSNames: []string{"oracle"}}
	return tls.Certificate{Certificate: [][]byte{must(x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key))}, PrivateKey: key}
}

// How long a request waits on an HTTP/2 connection that died, by the transport that client-go makes; at most 900 s.
func TestConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener, cut := pipes{make(chan net.Conn)}, &atomic.Bool{}
		server := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
			fmt.Fprint(answer, request.Proto)
		})}
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate()}}
		go server.ServeTLS(listener, "", "")
		transport := utilnet.SetTransportDefaults(&http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				listener.ends <- cutConn{theirs, cut}
				return ours, nil
			},
		})
		ctx, cancel := context.WithTimeout(context.Background(), 900*time.Second)
		get := func() (string, error) {
			request := must(http.NewRequestWithContext(ctx, http.MethodGet, "https://oracle/", nil))
			response, err := transport.RoundTrip(request)
			if err != nil {
				return "", err
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			return string(body), err
		}
		proto := must(get())
		cut.Store(true)
		since := time.Now()
		_, err := get()
		line := must(json.Marshal(map[string]any{"proto": proto, "waitedUs": time.Since(since).Microseconds(), "error": fmt.Sprint(err)}))
		fmt.Println(string(line))
		cancel()
		transport.CloseIdleConnections()
		close(listener.ends)
		server.Close()
	})
}
