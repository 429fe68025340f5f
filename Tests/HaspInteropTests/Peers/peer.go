//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

// A client or server on Go's crypto/tls. Takes its orders as one JSON argument and says what happens as lines of JSON.
// It ends when its standard input does.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
)

type order struct {
	Role, CA, Certificate, Key, Version, ServerName, Mode, Message, Upload, Download string
	Port                                                                             int
	ALPN                                                                             []string
	IsClientCertificateRequired                                                      bool
}

type facts map[string]any

var output sync.Mutex

func say(event string, more facts) {
	line := facts{"event": event}
	for key, value := range more {
		line[key] = value
	}
	text, _ := json.Marshal(line)
	output.Lock()
	defer output.Unlock()
	fmt.Println(string(text))
}

func sayError(err error) {
	say("error", facts{"code": fmt.Sprintf("%T", err), "message": err.Error()})
}

func fatal(err error) {
	if err != nil {
		sayError(err)
		os.Exit(1)
	}
}

func main() {
	var o order
	fatal(json.Unmarshal([]byte(os.Args[1]), &o))
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	if o.Role == "client" {
		runClient(o)
	} else {
		runServer(o)
	}
}

func config(o order) *tls.Config {
	versions := map[string]uint16{"TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}
	c := &tls.Config{
		MinVersion: versions[o.Version], MaxVersion: versions[o.Version], ServerName: o.ServerName, NextProtos: o.ALPN,
	}
	if o.CA != "" {
		pem, err := os.ReadFile(o.CA)
		fatal(err)
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		c.RootCAs, c.ClientCAs = pool, pool
	}
	if o.Certificate != "" {
		certificate, err := tls.LoadX509KeyPair(o.Certificate, o.Key)
		fatal(err)
		c.Certificates = []tls.Certificate{certificate}
		// Unlike Certificates alone, this is sent also to a server that names other authorities.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil }
	}
	if o.IsClientCertificateRequired {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c
}

func saySecure(c *tls.Conn) {
	state := c.ConnectionState()
	versions := map[uint16]string{tls.VersionTLS12: "TLSv1.2", tls.VersionTLS13: "TLSv1.3"}
	more := facts{
		"version": versions[state.Version], "cipher": tls.CipherSuiteName(state.CipherSuite),
		"alpn": state.NegotiatedProtocol, "serverName": state.ServerName, "isReused": state.DidResume,
	}
	if len(state.PeerCertificates) > 0 {
		more["subject"] = state.PeerCertificates[0].Subject.CommonName
	}
	say("secure", more)
}

func runClient(o order) {
	c, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", o.Port), config(o))
	fatal(err)
	saySecure(c)
	message := []byte(o.Message)
	if o.Upload != "" {
		message, err = os.ReadFile(o.Upload)
		fatal(err)
	}
	go func() {
		c.Write(message)
		if o.Mode == "halfClose" {
			c.CloseWrite()
		}
	}()
	var received []byte
	if o.Mode == "halfClose" {
		received, err = io.ReadAll(c)
	} else {
		received = make([]byte, len(message))
		_, err = io.ReadFull(c, received)
	}
	fatal(err)
	if o.Download != "" {
		fatal(os.WriteFile(o.Download, received, 0o600))
		say("received", nil)
	} else {
		say("received", facts{"text": string(received)})
	}
	if o.Mode != "halfClose" {
		fatal(c.CloseWrite())
		_, err = c.Read(make([]byte, 1))
		if !errors.Is(err, io.EOF) {
			fatal(fmt.Errorf("no orderly end: %v", err))
		}
	}
	say("end", nil)
}

func runServer(o order) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(err)
	say("listening", facts{"port": listener.Addr().(*net.TCPAddr).Port})
	c := config(o)
	for {
		plain, err := listener.Accept()
		fatal(err)
		go serve(tls.Server(plain, c))
	}
}

func serve(c *tls.Conn) {
	defer c.Close()
	if err := c.Handshake(); err != nil {
		sayError(err)
		return
	}
	saySecure(c)
	// A missing close_notify comes as an error, an orderly end as none.
	if _, err := io.Copy(c, c); err != nil {
		sayError(err)
		return
	}
	say("end", nil)
}
