//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

// A client or server on Node's tls module. Takes its orders as one JSON argument and says what happens as lines of
// JSON. It ends when its standard input does.
'use strict';

const fs = require('node:fs');
const tls = require('node:tls');

const order = JSON.parse(process.argv[2]);

function say(event, facts) {
  process.stdout.write(JSON.stringify({ event, ...facts }) + '\n');
}

function sayError(error) {
  say('error', { code: error.code, message: error.message });
}

function commonOptions() {
  const read = (path) => (path ? fs.readFileSync(path) : undefined);
  return {
    ca: read(order.ca),
    cert: read(order.certificate),
    key: read(order.key),
    minVersion: order.version,
    maxVersion: order.version,
    ALPNProtocols: order.alpn,
    // Which end closes when is decided below.
    allowHalfOpen: true,
  };
}

function saySecure(socket) {
  const group = socket.getEphemeralKeyInfo();
  say('secure', {
    version: socket.getProtocol(),
    cipher: socket.getCipher().standardName,
    group: group && group.name,
    alpn: socket.alpnProtocol || undefined,
    subject: (socket.getPeerCertificate().subject || {}).CN,
    serverName: socket.servername || undefined,
    isAuthorized: socket.authorized,
    isReused: socket.isSessionReused(),
  });
}

function runClient() {
  const socket = tls.connect({
    ...commonOptions(), host: '127.0.0.1', port: order.port, servername: order.serverName,
  });
  const received = [];
  let length = 0;
  const expected = order.upload ? fs.statSync(order.upload).size : Buffer.byteLength(order.message || '');
  socket.on('error', sayError);
  socket.on('secureConnect', () => {
    saySecure(socket);
    if (order.upload) fs.createReadStream(order.upload).pipe(socket, { end: false });
    else if (order.mode === 'halfClose') socket.end(order.message);
    else socket.write(order.message);
  });
  socket.on('data', (bytes) => {
    received.push(bytes);
    length += bytes.length;
    if (order.mode !== 'halfClose' && length === expected) {
      finish();
      socket.end();
    }
  });
  socket.on('end', () => {
    if (order.mode === 'halfClose') finish();
    say('end');
    socket.end();
  });
  function finish() {
    if (order.download) fs.writeFileSync(order.download, Buffer.concat(received));
    say('received', order.download ? {} : { text: Buffer.concat(received).toString() });
  }
}

function runServer() {
  const server = tls.createServer({
    ...commonOptions(),
    requestCert: order.isClientCertificateRequired,
    rejectUnauthorized: order.isClientCertificateRequired,
  }, (socket) => {
    saySecure(socket);
    socket.on('error', sayError);
    socket.on('end', () => say('end'));
    socket.pipe(socket);
  });
  server.on('tlsClientError', sayError);
  server.listen(0, '127.0.0.1', () => say('listening', { port: server.address().port }));
}

process.stdin.on('end', () => process.exit()).resume();
if (order.role === 'client') runClient();
else runServer();
