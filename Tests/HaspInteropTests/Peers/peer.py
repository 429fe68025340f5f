#===----------------------------------------------------------------------===#
# This source file is part of the Hasp project.
# SPDX-License-Identifier: Apache-2.0
#===----------------------------------------------------------------------===#

"""A client or server on Python's ssl module.

Takes its orders as one JSON argument and says what happens as lines of JSON. It ends when its standard input does.
"""

import json
import os
import select
import socket
import ssl
import sys
import threading

order = json.loads(sys.argv[1])
VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
CHUNK = 1 << 16


def say(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


def say_error(error):
    say("error", code=getattr(error, "reason", None) or type(error).__name__, message=str(error))


def make_context(purpose):
    context = ssl.create_default_context(purpose, cafile=order.get("ca"))
    context.minimum_version = context.maximum_version = VERSIONS[order["version"]]
    if order.get("certificate"):
        context.load_cert_chain(order["certificate"], order["key"])
    if order.get("alpn"):
        context.set_alpn_protocols(order["alpn"])
    if purpose == ssl.Purpose.CLIENT_AUTH and order.get("isClientCertificateRequired"):
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def say_secure(connection, server_name=None):
    subject = dict(pair[0] for pair in (connection.getpeercert() or {}).get("subject", ()))
    say("secure", version=connection.version(), cipher=connection.cipher()[0],
        alpn=connection.selected_alpn_protocol(), subject=subject.get("commonName"), serverName=server_name)


def run_client():
    plain = socket.create_connection(("127.0.0.1", order["port"]))
    try:
        connection = make_context(ssl.Purpose.SERVER_AUTH).wrap_socket(
            plain, server_hostname=order["serverName"], suppress_ragged_eofs=False)
        say_secure(connection)
        if order.get("upload"):
            with open(order["upload"], "rb") as file:
                received = exchange(connection, file.read())
            with open(order["download"], "wb") as file:
                file.write(received)
            say("received")
        else:
            say("received", text=exchange(connection, order["message"].encode()).decode())
        # Sends close_notify and waits for the peer's.
        connection.unwrap()
        say("end")
    except (OSError, ssl.SSLError) as error:
        say_error(error)


def exchange(connection, data):
    """Sends everything and reads as much, both at once, so that neither side waits for the other's window."""
    connection.setblocking(False)
    received = bytearray()
    rest = memoryview(data)
    while len(received) < len(data):
        writable = [connection] if rest else []
        if not connection.pending():
            select.select([connection], writable, [], 20)
        try:
            if rest:
                rest = rest[connection.send(rest[:CHUNK]):]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        try:
            part = connection.recv(CHUNK)
            if not part:
                break
            received += part
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
    connection.setblocking(True)
    return bytes(received)


def run_server():
    context = make_context(ssl.Purpose.CLIENT_AUTH)
    listener = socket.create_server(("127.0.0.1", 0))
    say("listening", port=listener.getsockname()[1])
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=serve, args=(context, plain), daemon=True).start()


def serve(context, plain):
    names = []
    context.sni_callback = lambda _connection, name, _context: names.append(name)
    try:
        connection = context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False)
        say_secure(connection, names[-1] if names else None)
        while part := connection.recv(CHUNK):
            connection.sendall(part)
        say("end")
        connection.unwrap()
    except (OSError, ssl.SSLError) as error:
        say_error(error)
    finally:
        plain.close()


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
if order["role"] == "client":
    run_client()
else:
    run_server()
