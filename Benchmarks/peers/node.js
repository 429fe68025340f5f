//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

// Node as a peer of the comparison, on node:tls itself rather than https, so that TLS is compared with TLS.
// usage: node node.js --port N --cert FILE --key FILE
'use strict';

const fs = require('node:fs');
const tls = require('node:tls');
const { parseArgs } = require('node:util');

const { values } = parseArgs({
    options: { port: { type: 'string' }, cert: { type: 'string' }, key: { type: 'string' } },
});

const head = (status, length) =>
    `HTTP/1.1 ${status}\r\nServer: bench\r\nNote: Thu, 01 Jan 1970 00:00:00 GMT\r\n` +
    `Content-Type: text/plain\r\nContent-Length: ${length}\r\nConnection: keep-alive\r\n\r\n`;

const hello = Buffer.from(head('200 OK', 6) + 'hello\n');
const notFound = Buffer.from(head('404 Not Found', 10) + 'not found\n');
const workload = (size, writes) => ({
    head: Buffer.from(head('200 OK', size * writes)),
    chunk: Buffer.alloc(size, 'x'),
    writes,
});
const big = workload(65536, 16384);
const small = workload(1024, 262144);
const maximumHeadLength = 16384;

tls.createServer(
    {
        cert: fs.readFileSync(values.cert),
        key: fs.readFileSync(values.key),
        ecdhCurve: 'X25519:P-256',
        minVersion: 'TLSv1.2',
        noDelay: true,
    },
    serve,
)
    // Load generators drop connections without a goodbye; that is their right and nothing to report.
    .on('tlsClientError', () => {})
    .listen({ port: Number(values.port), host: '127.0.0.1', backlog: 4096 });

function serve(socket) {
    let pending = null;
    let isStreaming = false;

    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
        pending = pending === null ? bytes : Buffer.concat([pending, bytes]);
        answer();
    });

    function answer() {
        while (!isStreaming && pending !== null) {
            const end = pending.indexOf('\r\n\r\n');
            if (end < 0) {
                if (pending.length > maximumHeadLength) socket.destroy();
                return;
            }
            const path = pending.latin1Slice(4, pending.indexOf(' ', 4));
            pending = end + 4 === pending.length ? null : pending.subarray(end + 4);
            if (path === '/') socket.write(hello);
            else if (path === '/big') stream(big);
            else if (path === '/small') stream(small);
            else socket.write(notFound);
        }
    }

    function stream({ head, chunk, writes }) {
        let left = writes;
        isStreaming = true;
        socket.write(head);
        const pump = () => {
            while (left > 0 && !socket.destroyed) {
                left -= 1;
                if (!socket.write(chunk)) {
                    socket.once('drain', pump);
                    return;
                }
            }
            isStreaming = false;
            answer();
        };
        pump();
    }
}
