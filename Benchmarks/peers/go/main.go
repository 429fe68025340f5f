//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

// Go's crypto/tls as a peer of the comparison, on tls.Conn itself rather than net/http.
// usage: go-peer --port N --cert FILE --key FILE
package main

import (
	"bytes"
	"crypto/tls"
	"flag"
	"fmt"
	"log"
	"net"
)

const maximumHeadLength = 16384

func head(status string, length int) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nServer: bench\r\nNote: Thu, 01 Jan 1970 00:00:00 GMT\r\n"+
		"Content-Type: text/plain\r\nContent-Length: %d\r\nConnection: keep-alive\r\n\r\n", status, length)
}

type workload struct {
	head, chunk []byte
	writes      int
}

func newWorkload(size, writes int) workload {
	return workload{[]byte(head("200 OK", size*writes)), bytes.Repeat([]byte("x"), size), writes}
}

var (
	hello    = []byte(head("200 OK", 6) + "hello\n")
	notFound = []byte(head("404 Not Found", 10) + "not found\n")
	big      = newWorkload(65536, 16384)
	small    = newWorkload(1024, 262144)
	blank    = []byte("\r\n\r\n")
)

func main() {
	port := flag.Int("port", 0, "TCP port on 127.0.0.1")
	certFile := flag.String("cert", "", "certificate, PEM")
	keyFile := flag.String("key", "", "private key, PEM")
	flag.Parse()

	pair, err := tls.LoadX509KeyPair(*certFile, *keyFile)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := tls.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port), &tls.Config{
		Certificates:     []tls.Certificate{pair},
		MinVersion:       tls.VersionTLS12,
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256},
	})
	if err != nil {
		log.Fatal(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(connection)
	}
}

// serve ends silently on every error: load generators drop connections without a goodbye.
func serve(connection net.Conn) {
	defer connection.Close()
	pending := make([]byte, 0, 4096)
	for {
		if len(pending) == cap(pending) {
			if cap(pending) >= maximumHeadLength {
				return
			}
			pending = append(make([]byte, 0, 2*cap(pending)), pending...)
		}
		count, err := connection.Read(pending[len(pending):cap(pending)])
		if err != nil {
			return
		}
		pending = pending[:len(pending)+count]
		for {
			end := bytes.Index(pending, blank)
			if end < 0 {
				break
			}
			if err := answer(connection, pending[:end]); err != nil {
				return
			}
			rest := copy(pending, pending[end+len(blank):])
			pending = pending[:rest]
		}
	}
}

func answer(connection net.Conn, request []byte) error {
	switch {
	case bytes.HasPrefix(request, []byte("GET / ")):
		_, err := connection.Write(hello)
		return err
	case bytes.HasPrefix(request, []byte("GET /big ")):
		return stream(connection, &big)
	case bytes.HasPrefix(request, []byte("GET /small ")):
		return stream(connection, &small)
	}
	_, err := connection.Write(notFound)
	return err
}

func stream(connection net.Conn, work *workload) error {
	if _, err := connection.Write(work.head); err != nil {
		return err
	}
	for left := work.writes; left > 0; left-- {
		if _, err := connection.Write(work.chunk); err != nil {
			return err
		}
	}
	return nil
}
