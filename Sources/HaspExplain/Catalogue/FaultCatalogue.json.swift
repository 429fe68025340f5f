//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// The catalogue of faults, as JSON: prose one sentence (or part of one) to a line, commands one line to a line.
///
/// Why a string constant and not a resource file: an embedded resource becomes an array literal that takes the
/// compiler minutes, and a resource bundle is lost when the built command is moved to another folder.
let faultCatalogueJSON = #"""
[
  {
    "id": "net.dns",
    "blame": "configuration",
    "title": {
      "en": "No address found for {host}",
      "ja": "{host}のIPアドレスが見つかりません"
    },
    "why": {
      "en": [
        "The name is misspelt, exists in another network only, or the resolver of this machine does not answer.",
        "curl reports it as exit code 6, Node as `ENOTFOUND`, nginx as `host not found in upstream` at its start."
      ],
      "ja": [
        "名前の綴りが誤っているか、別のネットワークにしか存在しない名前か、",
        "このマシンのDNSリゾルバーが応答していません。",
        "curlでは終了コード6、Nodeでは`ENOTFOUND`、nginxでは起動時の`host not found in upstream`として現れます。"
      ]
    },
    "fix": {
      "en": [
        "Check the spelling, then look the name up with `getent ahosts` on the machine that connects.",
        "nginx looks a literal name up once, at its start; with `resolver` and a variable it does so again later."
      ],
      "ja": [
        "綴りを確かめ、接続する側のマシンで`getent ahosts`を使って名前を引いてください。",
        "nginxは設定に直接書かれた名前を起動時に一度だけ解決します。",
        "`resolver`と変数を使うと、稼働中にも解決し直します。"
      ]
    },
    "commands": {
      "nginx": [
        "resolver 127.0.0.53 valid=30s;",
        "set $backend {host};",
        "proxy_pass https://$backend:{port};"
      ],
      "curl": ["curl -v https://{host}:{port}/"]
    }
  },
  {
    "id": "net.refused",
    "blame": "peer",
    "title": {
      "en": "Nothing listens at {address}",
      "ja": "{address}で待ち受けているプログラムがありません"
    },
    "why": {
      "en": [
        "The machine is reachable and refused the connection at once (`ECONNREFUSED`).",
        "The server is not running, uses another port, or listens on another address only, such as `127.0.0.1`."
      ],
      "ja": [
        "マシンには到達できていますが、接続が即座に拒否されました(`ECONNREFUSED`)。",
        "サーバーが起動していないか、別のポートを使っているか、",
        "`127.0.0.1`など別のアドレスだけで待ち受けています。"
      ]
    },
    "fix": {
      "en": [
        "On the server, see with `ss -ltnp` which program listens on which address and port.",
        "Start the server, or connect to the port it really uses."
      ],
      "ja": [
        "サーバー側で`ss -ltnp`を実行し、どのプログラムがどのアドレスとポートで待ち受けているかを確かめてください。",
        "そのうえでサーバーを起動するか、実際に使われているポートへ接続してください。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port}"],
      "curl": ["curl -v https://{host}:{port}/"]
    }
  },
  {
    "id": "net.connect-timeout",
    "blame": "network",
    "title": {
      "en": "{address} does not answer the connection attempt",
      "ja": "{address}が接続要求に応答しません"
    },
    "why": {
      "en": [
        "The TCP connection was neither accepted nor refused.",
        "A firewall or security group drops the packets, the address is wrong, or the server is too busy to accept."
      ],
      "ja": [
        "TCP接続が受け入れも拒否もされませんでした。",
        "ファイアウォールやセキュリティグループがパケットを破棄しているか、アドレスが誤っているか、",
        "サーバーが過負荷で接続を受け付けられていません。"
      ]
    },
    "fix": {
      "en": [
        "Try the same port from a machine next to the server: if that works, open the port in the firewalls between.",
        "If it fails there too, look at the server with `ss -ltn`: a full `Recv-Q` means that it no longer accepts."
      ],
      "ja": [
        "サーバーと同じネットワークのマシンから同じポートを試し、",
        "つながる場合は経路上のファイアウォールでポートを開けてください。",
        "そこでも失敗する場合は、サーバーで`ss -ltn`を確認してください。",
        "`Recv-Q`が埋まっていれば、接続の受け入れが止まっています。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port}"],
      "curl": ["curl -v --connect-timeout 5 https://{host}:{port}/"]
    },
    "antiFix": {
      "en": ["A longer timeout only makes the failure slower."],
      "ja": ["タイムアウトを延ばしても、失敗に気づくのが遅くなるだけです。"]
    }
  },
  {
    "id": "net.unreachable",
    "blame": "network",
    "title": {
      "en": "There is no route to {address}",
      "ja": "{address}への経路がありません"
    },
    "why": {
      "en": [
        "The system or a router reports `ENETUNREACH` or `EHOSTUNREACH`.",
        "Often the name has an IPv6 address and this machine has no IPv6 connection, or a VPN is down."
      ],
      "ja": [
        "OSまたはルーターが`ENETUNREACH`か`EHOSTUNREACH`を返しています。",
        "名前がIPv6アドレスを持つのにこのマシンにIPv6接続がない場合や、VPNが切れている場合によく起こります。"
      ]
    },
    "fix": {
      "en": [
        "Ask the system for its route with `ip route get` and the address.",
        "If only IPv6 fails, repair it, or remove the `AAAA` record of a server that has no IPv6."
      ],
      "ja": [
        "`ip route get`にアドレスを付けて実行し、経路を確かめてください。",
        "IPv6だけが失敗する場合はIPv6接続を直すか、",
        "IPv6を使わないサーバーの`AAAA`レコードを削除してください。"
      ]
    },
    "commands": {
      "curl": [
        "curl -4 -v https://{host}:{port}/",
        "curl -6 -v https://{host}:{port}/"
      ]
    }
  },
  {
    "id": "net.half-open",
    "blame": "peer",
    "title": {
      "en": "The server accepts the connection, then stays silent",
      "ja": "サーバーが接続を受け入れた後、何も応答しません"
    },
    "why": {
      "en": [
        "TCP connects, and not one byte follows the ClientHello.",
        "The process hangs, the port waits for something else first (a PROXY header, the words of another protocol),",
        "or a device on the way swallows large ClientHello messages, those with post-quantum key shares."
      ],
      "ja": [
        "TCP接続は確立しますが、ClientHelloに対して何も返ってきません。",
        "プロセスが固まっているか、ポートが先に別のもの(PROXYヘッダーや別プロトコルの命令)を待っているか、",
        "経路上の機器が、耐量子鍵共有などを含む大きなClientHelloを破棄しています。"
      ]
    },
    "fix": {
      "en": [
        "Try again with a small ClientHello (the commands below offer classical groups only):",
        "if that is answered, the path is at fault and needs a firmware update.",
        "If not, see on the server whether the process is alive, and whether its listener waits for a PROXY header."
      ],
      "ja": [
        "下のコマンドのように従来の鍵共有グループだけを提示し、小さなClientHelloで試してください。",
        "それに応答があれば原因は経路上の機器で、ファームウェアの更新が必要です。",
        "応答がなければサーバーを調べ、プロセスが動いているか、",
        "リスナーがPROXYヘッダーを待つ設定になっていないかを確かめてください。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --groups X25519:P-256"],
      "nginx": ["listen 443 ssl;"],
      "openssl": ["openssl s_client -connect {host}:{port} -groups X25519:P-256"],
      "curl": ["curl -v --max-time 5 --curves X25519:P-256 https://{host}:{port}/"]
    }
  },
  {
    "id": "plain.http",
    "blame": "configuration",
    "title": {
      "en": "{address} speaks plain HTTP, not TLS",
      "ja": "{address}はTLSではなく平文のHTTPで応答しています"
    },
    "why": {
      "en": [
        "The answer to the ClientHello begins with `HTTP/`.",
        "Either the client uses `https` with the port for plain HTTP, or the server forgot to switch TLS on.",
        "OpenSSL calls this `wrong version number`, which has nothing to do with versions."
      ],
      "ja": [
        "ClientHelloへの応答が`HTTP/`で始まっています。",
        "クライアントが平文HTTP用のポートに`https`で接続しているか、サーバーでTLSが有効になっていません。",
        "OpenSSLはこれを`wrong version number`と表示しますが、TLSのバージョンとは関係ありません。"
      ]
    },
    "fix": {
      "en": [
        "Connect to the TLS port (443 or 8443 as a rule), or use `http` for this one.",
        "If this port ought to speak TLS, add `ssl` to its `listen` line in nginx and reload.",
        "As a proxy, nginx uses port 80 for an upstream `server` without a port, even under `https`: write the port."
      ],
      "ja": [
        "TLS用のポート(通常は443または8443)へ接続するか、このポートには`http`を使ってください。",
        "このポートがTLSを話すべきなら、nginxの`listen`行に`ssl`を加えて再読み込みしてください。",
        "プロキシとしてのnginxは、upstreamの`server`にポートがないと`https`でも80番へ接続します。",
        "ポートを明記してください。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:443"],
      "nginx": [
        "listen 443 ssl;",
        "proxy_pass https://{host}:443;"
      ],
      "node": ["require('node:http').get('http://{host}:{port}/')"],
      "openssl": ["openssl s_client -connect {host}:443"],
      "curl": ["curl -v http://{host}:{port}/"]
    },
    "antiFix": {
      "en": ["Forcing a TLS version, or switching verification off, cannot help: no TLS is spoken at all."],
      "ja": ["TLSバージョンの固定や検証の無効化では解決しません。そもそもTLSが使われていないからです。"]
    }
  },
  {
    "id": "plain.starttls",
    "blame": "configuration",
    "title": {
      "en": "{address} speaks {protocol} and needs STARTTLS first",
      "ja": "{address}は{protocol}で応答しており、先にSTARTTLSが必要です"
    },
    "why": {
      "en": [
        "The server greeted in clear text before it saw a ClientHello.",
        "Such a port begins in plain text and changes to TLS on a command of its own protocol."
      ],
      "ja": [
        "サーバーがClientHelloを待たずに平文の挨拶を送ってきました。",
        "この種のポートは平文で始まり、そのプロトコルの命令によってTLSへ切り替わります。"
      ]
    },
    "fix": {
      "en": [
        "Upgrade with STARTTLS, or use the port with TLS from the start: 465 for SMTP, 993 for IMAP, 995 for POP3."
      ],
      "ja": [
        "STARTTLSで切り替えるか、最初からTLSを使うポートへ接続してください。",
        "SMTPは465、IMAPは993、POP3は995です。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --starttls smtp"],
      "nginx": ["starttls on;"],
      "node": ["tls.connect({ socket: plainSocket, servername: '{name}' })"],
      "openssl": ["openssl s_client -connect {host}:{port} -starttls smtp"],
      "curl": ["curl -v --ssl-reqd smtp://{host}:{port}"]
    }
  },
  {
    "id": "plain.ssh-or-other",
    "blame": "configuration",
    "title": {
      "en": "{address} belongs to {protocol}, not to TLS",
      "ja": "{address}はTLSではなく{protocol}のポートです"
    },
    "why": {
      "en": [
        "The first bytes of the peer are those of a protocol that is neither TLS nor HTTP, such as SSH or MySQL.",
        "The port number is wrong, or a forwarding rule leads to the wrong service."
      ],
      "ja": [
        "相手の最初のバイト列が、SSHやMySQLなど、TLSでもHTTPでもないプロトコルのものです。",
        "ポート番号が誤っているか、転送設定が別のサービスを指しています。"
      ]
    },
    "fix": {
      "en": [
        "Connect to the port of the TLS service.",
        "Behind port forwarding or a load balancer, correct the target port of the rule.",
        "MySQL and PostgreSQL change to TLS on a request of their own: use `--starttls mysql` or `--starttls postgres`."
      ],
      "ja": [
        "TLSサービスのポートへ接続してください。",
        "ポート転送やロードバランサーを使っている場合は、転送先のポートを直してください。",
        "MySQLとPostgreSQLは独自の要求でTLSへ切り替わるため、",
        "`--starttls mysql`または`--starttls postgres`を使ってください。"
      ]
    },
    "commands": {
      "hasp": [
        "hasp connect {host}:443",
        "hasp connect {host}:{port} --starttls postgres"
      ],
      "openssl": ["openssl s_client -connect {host}:{port} -starttls postgres"]
    }
  },
  {
    "id": "plain.client-speaks-http",
    "blame": "configuration",
    "title": {
      "en": "A client sent plain HTTP to the TLS port",
      "ja": "クライアントがTLSポートに平文のHTTPを送りました"
    },
    "why": {
      "en": [
        "The client used `http` where `https` is due, or a load balancer removes TLS and passes plain HTTP on.",
        "OpenSSL names it `http request` (code 0A00009C)."
      ],
      "ja": [
        "クライアントが`https`を使うべきところで`http`を使ったか、",
        "前段のロードバランサーがTLSを終端して平文のHTTPを転送しています。",
        "OpenSSLでは`http request`(コード0A00009C)と表示されます。"
      ]
    },
    "fix": {
      "en": [
        "Use an `https` address in the client.",
        "Behind a load balancer that removes TLS, let it connect with TLS again or give it a plain port.",
        "nginx can send such clients to the right address by redirecting status 497."
      ],
      "ja": [
        "クライアントで`https`のアドレスを使ってください。",
        "ロードバランサーがTLSを終端している場合は、改めてTLSで接続させるか、平文用のポートを用意してください。",
        "nginxでは、ステータス497をリダイレクトすると正しいアドレスへ誘導できます。"
      ]
    },
    "commands": {
      "nginx": ["error_page 497 =301 https://$host$request_uri;"],
      "node": ["require('node:https').get('https://{host}:{port}/')"],
      "curl": ["curl -v https://{host}:{port}/"]
    }
  },
  {
    "id": "proxyproto.unexpected",
    "blame": "configuration",
    "title": {
      "en": "A PROXY protocol header came instead of a ClientHello",
      "ja": "ClientHelloの代わりにPROXYプロトコルのヘッダーが届きました"
    },
    "why": {
      "en": [
        "The first bytes are `PROXY ` or the binary form of version 2.",
        "A load balancer announces the address of the client, and this listener does not expect it."
      ],
      "ja": [
        "最初のバイト列が`PROXY `、またはバージョン2のバイナリ形式です。",
        "ロードバランサーがクライアントのアドレスを通知していますが、このリスナーはそれを想定していません。"
      ]
    },
    "fix": {
      "en": [
        "Switch the PROXY protocol off in the load balancer, or switch it on at the listener.",
        "Both ends must agree; a listener that expects the header refuses clients that come without it."
      ],
      "ja": [
        "ロードバランサーでPROXYプロトコルを無効にするか、リスナー側で有効にしてください。",
        "両端の設定は一致していなければなりません。",
        "ヘッダーを待つリスナーは、ヘッダーのないクライアントを拒否します。"
      ]
    },
    "commands": {
      "nginx": [
        "listen 443 ssl proxy_protocol;",
        "proxy_protocol off;"
      ],
      "curl": ["curl -v --haproxy-protocol https://{host}:{port}/"]
    }
  },
  {
    "id": "garbage",
    "blame": "peer",
    "title": {
      "en": "The peer sent bytes that are not TLS",
      "ja": "相手からTLSではないバイト列が届きました"
    },
    "why": {
      "en": [
        "The bytes fit neither TLS nor any other protocol known here.",
        "The port is wrong, TLS was started twice on one side, or a port scanner is at work.",
        "OpenSSL calls it `wrong version number` or `packet length too long`."
      ],
      "ja": [
        "バイト列がTLSにも、既知のどのプロトコルにも一致しません。",
        "ポートが誤っているか、片側だけがTLSを二重に開始しているか、ポートスキャンを受けています。",
        "OpenSSLでは`wrong version number`や`packet length too long`と表示されます。"
      ]
    },
    "fix": {
      "en": [
        "As a client: check the port, and look at the first bytes with the command below.",
        "As a server: ignore it if the address is unknown; if it is a customer's, find out what that program sends."
      ],
      "ja": [
        "クライアント側では、ポートを確かめ、下のコマンドで最初のバイト列を調べてください。",
        "サーバー側では、見知らぬアドレスからであれば無視して構いません。",
        "利用者のアドレスであれば、そのプログラムが何を送っているかを調べてください。"
      ]
    },
    "commands": {
      "openssl": ["openssl s_client -connect {host}:{port} -msg"],
      "curl": ["curl -v --http0.9 --max-time 5 --output - http://{host}:{port}/"]
    },
    "antiFix": {
      "en": ["Forcing an old TLS version does not help: the bytes are no TLS of any version."],
      "ja": ["古いTLSバージョンを強制しても解決しません。どのバージョンのTLSでもないからです。"]
    }
  },
  {
    "id": "ver.server-13-only",
    "blame": "configuration",
    "title": {
      "en": "The server accepts TLS 1.3 only, the client stops at TLS 1.2",
      "ja": "サーバーはTLS 1.3のみ受け付けますが、クライアントはTLS 1.2までです"
    },
    "why": {
      "en": [
        "The server refuses with alert 70 (protocol_version).",
        "The client is old or its highest version was lowered: nginx before 1.23.4 offers upstreams TLS 1.2 at most."
      ],
      "ja": [
        "サーバーがアラート70(protocol_version)で拒否しています。",
        "クライアントが古いか、上限のバージョンが下げられています。",
        "1.23.4より前のnginxは、上流に対して既定でTLS 1.2までしか提示しません。"
      ]
    },
    "fix": {
      "en": [
        "Let the client offer TLS 1.3: remove its upper limit or update it.",
        "If the client cannot, allow TLS 1.2 on the server too."
      ],
      "ja": [
        "クライアントの上限設定を外すか、更新して、TLS 1.3を提示させてください。",
        "クライアント側で対応できなければ、サーバーでTLS 1.2も許可してください。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --max 1.3"],
      "nginx": [
        "proxy_ssl_protocols TLSv1.2 TLSv1.3;",
        "ssl_protocols TLSv1.2 TLSv1.3;"
      ],
      "node": ["tls.connect({ maxVersion: 'TLSv1.3' })"],
      "openssl": ["openssl s_client -connect {host}:{port} -tls1_3"],
      "curl": ["curl -v --tlsv1.3 https://{host}:{port}/"]
    }
  },
  {
    "id": "ver.server-12-only",
    "blame": "configuration",
    "title": {
      "en": "The server stops at TLS 1.2, the client demands TLS 1.3",
      "ja": "サーバーはTLS 1.2までですが、クライアントはTLS 1.3を要求しています"
    },
    "why": {
      "en": [
        "The server refuses with alert 70 (protocol_version), because the client's lowest version is TLS 1.3."
      ],
      "ja": [
        "クライアントの下限がTLS 1.3のため、サーバーがアラート70(protocol_version)で拒否しています。"
      ]
    },
    "fix": {
      "en": [
        "Switch TLS 1.3 on at the server (OpenSSL 1.1.1 or newer has it).",
        "If that is not possible, lower the client's minimum to TLS 1.2, which is safe with ECDHE and AEAD suites."
      ],
      "ja": [
        "サーバーでTLS 1.3を有効にしてください(OpenSSL 1.1.1以降で利用できます)。",
        "できない場合は、クライアントの下限をTLS 1.2に下げてください。",
        "TLS 1.2も、ECDHEとAEADの暗号スイートを使う限り安全です。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --min 1.2"],
      "nginx": ["ssl_protocols TLSv1.2 TLSv1.3;"],
      "node": ["tls.connect({ minVersion: 'TLSv1.2' })"],
      "openssl": ["openssl s_client -connect {host}:{port} -tls1_2"],
      "curl": ["curl -v --tlsv1.2 https://{host}:{port}/"]
    }
  },
  {
    "id": "ver.server-legacy",
    "blame": "peer",
    "title": {
      "en": "The server speaks only TLS 1.0 or 1.1",
      "ja": "サーバーがTLS 1.0または1.1しか話せません"
    },
    "why": {
      "en": [
        "Both versions were retired in 2021 (RFC 8996), and current clients do not offer them.",
        "Programs show alert 70, `unsupported protocol` or `legacy sigalg disallowed`."
      ],
      "ja": [
        "どちらのバージョンも2021年に廃止され(RFC 8996)、現在のクライアントは提示しません。",
        "アラート70、`unsupported protocol`、`legacy sigalg disallowed`などとして現れます。"
      ]
    },
    "fix": {
      "en": [
        "Update the server and allow TLS 1.2 and 1.3.",
        "If it is a device that cannot be updated, put a proxy with modern TLS in front of it."
      ],
      "ja": [
        "サーバーを更新し、TLS 1.2と1.3を有効にしてください。",
        "更新できない機器であれば、前段に新しいTLSに対応したプロキシを置いてください。"
      ]
    },
    "commands": {
      "nginx": ["ssl_protocols TLSv1.2 TLSv1.3;"],
      "openssl": ["openssl s_client -connect {host}:{port} -tls1 -cipher DEFAULT@SECLEVEL=0"],
      "curl": ["curl -v --tlsv1.0 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 https://{host}:{port}/"]
    },
    "antiFix": {
      "en": [
        "Security level 0 makes the connection work and leaves it open to attack: use it to look, not to stay."
      ],
      "ja": [
        "クライアントのセキュリティレベルを0に下げれば接続できますが、攻撃を受けやすくなります。",
        "調査のときだけ使ってください。"
      ]
    }
  },
  {
    "id": "ver.client-legacy",
    "blame": "peer",
    "title": {
      "en": "The client offers only versions that the server no longer accepts",
      "ja": "クライアントが、サーバーの受け付けない古いバージョンしか提示していません"
    },
    "why": {
      "en": [
        "The ClientHello ends at TLS 1.1 or below; OpenSSL says `unsupported protocol` or `version too low`.",
        "It is an old program, an old device, or most often a scanner."
      ],
      "ja": [
        "ClientHelloの上限がTLS 1.1以下です。",
        "OpenSSLでは`unsupported protocol`や`version too low`と表示されます。",
        "古いプログラムや古い機器のほか、多くの場合はスキャナーです。"
      ]
    },
    "fix": {
      "en": [
        "Update the client: anything built on OpenSSL 1.0.1 (2012) or Java 8 speaks TLS 1.2.",
        "From unknown addresses it is noise, and nothing needs to change on the server."
      ],
      "ja": [
        "クライアントを更新してください。OpenSSL 1.0.1(2012年)やJava 8以降であればTLS 1.2を話せます。",
        "見知らぬアドレスからであればノイズであり、サーバー側の変更は不要です。"
      ]
    },
    "commands": {
      "nginx": ["ssl_protocols TLSv1.2 TLSv1.3;"],
      "openssl": ["openssl s_client -connect {host}:{port} -tls1_2"]
    },
    "antiFix": {
      "en": ["Allowing TLS 1.0 for one old client invites downgrade attacks on it and fails security audits."],
      "ja": ["古いクライアントのためにTLS 1.0を許可すると、ダウングレード攻撃を招き、セキュリティ監査にも通りません。"]
    }
  },
  {
    "id": "cipher.none-shared",
    "blame": "configuration",
    "title": {
      "en": "Client and server have no cipher suite in common",
      "ja": "クライアントとサーバーに共通の暗号スイートがありません"
    },
    "why": {
      "en": [
        "The server answers alert 40 (handshake_failure), and its log says `no shared cipher`.",
        "One of the two lists was cut too short, or an old program offers only suites that are switched off today."
      ],
      "ja": [
        "サーバーがアラート40(handshake_failure)を返し、ログには`no shared cipher`と記録されます。",
        "どちらかの一覧を絞りすぎているか、",
        "古いプログラムが現在は無効にされているスイートだけを提示しています。"
      ]
    },
    "fix": {
      "en": [
        "Add one modern suite to both lists, `ECDHE-ECDSA-AES128-GCM-SHA256` and `ECDHE-RSA-AES128-GCM-SHA256`,",
        "or allow TLS 1.3 at both ends: its suites are a list of their own and nearly always overlap."
      ],
      "ja": [
        "両方の一覧に`ECDHE-ECDSA-AES128-GCM-SHA256`と`ECDHE-RSA-AES128-GCM-SHA256`を加えるか、",
        "両端でTLS 1.3を許可してください。TLS 1.3のスイートは別の一覧で管理され、ほぼ必ず共通のものがあります。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --ciphers ECDHE+AESGCM"],
      "nginx": ["ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256;"],
      "node": ["tls.connect({ ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256' })"],
      "openssl": ["openssl s_client -connect {host}:{port} -tls1_2 -cipher ECDHE+AESGCM"],
      "curl": ["curl -v --tls-max 1.2 --ciphers ECDHE+AESGCM https://{host}:{port}/"]
    },
    "antiFix": {
      "en": ["Lowering `@SECLEVEL` does not add a common suite."],
      "ja": ["`@SECLEVEL`を下げても、共通のスイートは増えません。"]
    }
  },
  {
    "id": "cipher.cert-type",
    "blame": "configuration",
    "title": {
      "en": "The allowed cipher suites do not fit the key of the certificate",
      "ja": "許可された暗号スイートと証明書の鍵種別が合っていません"
    },
    "why": {
      "en": [
        "Up to TLS 1.2 a suite names the key type: `ECDHE-ECDSA` needs an EC certificate, `ECDHE-RSA` an RSA one.",
        "With only the other type at hand the server sends alert 40, while TLS 1.3 works."
      ],
      "ja": [
        "TLS 1.2まではスイートが鍵種別を指定します。",
        "`ECDHE-ECDSA`にはECの証明書、`ECDHE-RSA`にはRSAの証明書が必要です。",
        "サーバーに別の種別しかなければアラート40になりますが、TLS 1.3では成功します。"
      ]
    },
    "fix": {
      "en": [
        "On the server, allow the suites of its key type, or give it a second certificate of the other type."
      ],
      "ja": [
        "サーバーで証明書の鍵種別に合うスイートを許可するか、もう一方の種別の証明書も設定してください。"
      ]
    },
    "commands": {
      "nginx": [
        "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256;",
        "ssl_certificate rsa.pem;",
        "ssl_certificate_key rsa.key;",
        "ssl_certificate ecdsa.pem;",
        "ssl_certificate_key ecdsa.key;"
      ],
      "openssl": [
        "openssl s_client -connect {host}:{port} -tls1_2 -cipher ECDHE+aRSA",
        "openssl s_client -connect {host}:{port} -tls1_2 -cipher ECDHE+aECDSA"
      ]
    }
  },
  {
    "id": "cipher.seclevel",
    "blame": "peer",
    "title": {
      "en": "OpenSSL's security level forbids a key or hash of the peer",
      "ja": "相手の鍵またはハッシュがOpenSSLのセキュリティレベルで禁止されています"
    },
    "why": {
      "en": [
        "Debian and others raise the level to 2, which demands RSA and DH keys of 2048 bits and forbids SHA-1.",
        "Node starts with level 1, so the same server works there and fails in curl, Python and nginx.",
        "Typical messages: `ee key too small`, `dh key too small`, `ca md too weak`."
      ],
      "ja": [
        "Debianなどはレベルを2に上げており、RSAとDHの鍵に2048ビットを要求し、SHA-1を禁止します。",
        "Nodeの初期値はレベル1のため、同じサーバーにNodeでは接続でき、curl、Python、nginxでは失敗します。",
        "代表的なメッセージは`ee key too small`、`dh key too small`、`ca md too weak`です。"
      ]
    },
    "fix": {
      "en": [
        "On the peer: install a certificate with RSA 2048 or P-256, signed with SHA-256,",
        "and drop DHE suites or give them parameters of 2048 bits.",
        "Until then, lower the level to 1 for this one connection only."
      ],
      "ja": [
        "相手側で、RSA 2048またはP-256の鍵とSHA-256署名の証明書に替え、",
        "DHEスイートを外すか2048ビットのパラメーターを使ってください。",
        "それまでの間は、この接続に限ってレベルを1に下げてください。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --ciphers DEFAULT@SECLEVEL=1"],
      "nginx": ["proxy_ssl_ciphers \"DEFAULT@SECLEVEL=1\";"],
      "node": ["tls.connect({ ciphers: 'DEFAULT@SECLEVEL=0' })"],
      "openssl": ["openssl s_client -connect {host}:{port} -cipher DEFAULT@SECLEVEL=1"],
      "curl": ["curl -v --ciphers DEFAULT@SECLEVEL=1 https://{host}:{port}/"]
    },
    "antiFix": {
      "en": ["Do not lower the level in the system-wide `openssl.cnf`: that weakens every program."],
      "ja": ["システム全体の`openssl.cnf`でレベルを下げないでください。すべてのプログラムが弱くなります。"]
    }
  },
  {
    "id": "group.none-shared-13",
    "blame": "configuration",
    "title": {
      "en": "Client and server have no key exchange group in common",
      "ja": "クライアントとサーバーに共通の鍵交換グループがありません"
    },
    "why": {
      "en": [
        "The server answers alert 40, and its log says `no suitable key share`, or `no shared cipher` with TLS 1.2.",
        "One side was limited to rare curves such as secp521r1."
      ],
      "ja": [
        "サーバーがアラート40を返し、ログには`no suitable key share`、",
        "TLS 1.2では`no shared cipher`と記録されます。",
        "どちらかがsecp521r1などの珍しい曲線に限定されています。"
      ]
    },
    "fix": {
      "en": ["Let both sides allow X25519 and P-256, which every current TLS library has."],
      "ja": ["両側でX25519とP-256を許可してください。現在のTLSライブラリーはすべて対応しています。"]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --groups X25519:P-256"],
      "nginx": [
        "ssl_ecdh_curve X25519:prime256v1;",
        "proxy_ssl_conf_command Groups X25519:P-256;"
      ],
      "node": ["tls.connect({ ecdhCurve: 'X25519:P-256' })"],
      "openssl": ["openssl s_client -connect {host}:{port} -groups X25519:P-256"],
      "curl": ["curl -v --curves X25519:P-256 https://{host}:{port}/"]
    }
  },
  {
    "id": "sigalg.none-shared",
    "blame": "configuration",
    "title": {
      "en": "Client and server have no signature scheme in common",
      "ja": "クライアントとサーバーに共通の署名方式がありません"
    },
    "why": {
      "en": [
        "The server cannot sign in any way that the client accepts; its log says `no suitable signature algorithm`.",
        "The client takes only ECDSA and the certificate is RSA or the reverse, or a key store cannot do RSA-PSS."
      ],
      "ja": [
        "クライアントが受け付ける方式ではサーバーが署名できず、",
        "ログに`no suitable signature algorithm`と記録されます。",
        "クライアントがECDSAのみで証明書がRSA(またはその逆)であるか、鍵の保管装置がRSA-PSSに対応していません。"
      ]
    },
    "fix": {
      "en": [
        "Give the server a certificate of the key type that the client accepts, in addition to the present one,",
        "or widen the client's list of signature schemes."
      ],
      "ja": [
        "クライアントが受け付ける鍵種別の証明書をサーバーに追加するか、",
        "クライアントの署名方式の一覧を広げてください。"
      ]
    },
    "commands": {
      "nginx": ["ssl_conf_command SignatureAlgorithms ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256;"],
      "node": ["tls.connect({ sigalgs: 'ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256' })"],
      "openssl": ["openssl s_client -connect {host}:{port} -sigalgs ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256"]
    }
  },
  {
    "id": "keyshare.client-broken",
    "blame": "peer",
    "title": {
      "en": "The client's key share contradicts its own ClientHello",
      "ja": "クライアントの鍵共有が自身のClientHelloと矛盾しています"
    },
    "why": {
      "en": [
        "The hello carries a key for a group that it does not list, or a key that is not a point of its curve.",
        "The server answers alert 47 or 109 and logs `bad key share` (0A00006C) or `bad ecpoint`.",
        "No list of groups on the server causes this: a real mismatch is alert 40."
      ],
      "ja": [
        "ClientHelloに、一覧にないグループの鍵や、曲線上にない点が含まれています。",
        "サーバーはアラート47または109を返し、`bad key share`(0A00006C)や`bad ecpoint`を記録します。",
        "サーバーのグループ設定が原因ではありません。本当の不一致であればアラート40になります。"
      ]
    },
    "fix": {
      "en": [
        "From a few unknown addresses it is a scanner: ignore it.",
        "If a real client does this, update its TLS library, and try without the middlebox between."
      ],
      "ja": [
        "少数の見知らぬアドレスからであればスキャナーなので、無視してください。",
        "実際のクライアントで起こる場合は、そのTLSライブラリーを更新し、中間の機器を通さずに試してください。"
      ]
    },
    "commands": {
      "openssl": ["openssl s_client -connect {host}:{port} -groups X25519:P-256 -msg"]
    },
    "antiFix": {
      "en": ["Changing `ssl_ecdh_curve` on the server does not stop it."],
      "ja": ["サーバーの`ssl_ecdh_curve`を変更しても解消しません。"]
    }
  },
  {
    "id": "alpn.none",
    "blame": "configuration",
    "title": {
      "en": "Client and server have no application protocol in common (ALPN)",
      "ja": "クライアントとサーバーに共通のアプリケーションプロトコルがありません(ALPN)"
    },
    "why": {
      "en": [
        "The client offers a list of protocols, the server has none of them and answers alert 120.",
        "Often one side speaks only `h2` and the other only `http/1.1`."
      ],
      "ja": [
        "クライアントが提示したプロトコルの中にサーバーの対応するものがなく、アラート120が返されています。",
        "一方が`h2`だけ、他方が`http/1.1`だけという場合によく起こります。"
      ]
    },
    "fix": {
      "en": [
        "Add `http/1.1` to the client's list, or switch HTTP/2 on at the server.",
        "In nginx before 1.25.1 that is `listen 443 ssl http2;`."
      ],
      "ja": [
        "クライアントの一覧に`http/1.1`を加えるか、サーバーでHTTP/2を有効にしてください。",
        "1.25.1より前のnginxでは`listen 443 ssl http2;`と書きます。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --alpn h2,http/1.1"],
      "nginx": ["http2 on;"],
      "node": ["tls.connect({ ALPNProtocols: ['h2', 'http/1.1'] })"],
      "openssl": ["openssl s_client -connect {host}:{port} -alpn h2,http/1.1"],
      "curl": [
        "curl -v --http1.1 https://{host}:{port}/",
        "curl -v --no-alpn https://{host}:{port}/"
      ]
    }
  },
  {
    "id": "sni.missing",
    "blame": "configuration",
    "title": {
      "en": "The client sent no server name (SNI) and the server needs one",
      "ja": "クライアントがサーバー名(SNI)を送っていませんが、サーバーはそれを必要としています"
    },
    "why": {
      "en": [
        "Without a name the server refuses (alert 112), closes, or shows the certificate of another site.",
        "A client sends no name when it connects to an IP address, and nginx sends none to upstreams by default."
      ],
      "ja": [
        "名前がないため、サーバーが拒否する(アラート112)、切断する、",
        "または別サイトの証明書を返すという結果になります。",
        "IPアドレスへ接続するクライアントは名前を送りません。nginxも上流には既定で名前を送りません。"
      ]
    },
    "fix": {
      "en": [
        "Connect by name, or set the name to send.",
        "In nginx switch it on and name it: with an `upstream` block the name sent is otherwise that of the block."
      ],
      "ja": [
        "名前で接続するか、送る名前を指定してください。",
        "nginxでは送信を有効にしたうえで名前も指定してください。",
        "指定しないと、`upstream`ブロックの名前がそのまま送られます。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --servername {name}"],
      "nginx": [
        "proxy_ssl_server_name on;",
        "proxy_ssl_name {name};"
      ],
      "node": ["tls.connect({ servername: '{name}' })"],
      "openssl": ["openssl s_client -connect {host}:{port} -servername {name}"],
      "curl": ["curl -v --connect-to {name}:443:{host}:{port} https://{name}/"]
    }
  },
  {
    "id": "sni.unrecognized",
    "blame": "configuration",
    "title": {
      "en": "The server does not know {name}",
      "ja": "サーバーに{name}が登録されていません"
    },
    "why": {
      "en": [
        "The client asked for it by SNI, and the server refused with alert 112 (unrecognized_name) or closed.",
        "The name is wrong, or the server has no site and no certificate for it."
      ],
      "ja": [
        "クライアントがSNIでこの名前を要求し、サーバーがアラート112(unrecognized_name)または切断で拒否しました。",
        "名前が誤っているか、その名前のサイトと証明書がサーバーにありません。"
      ]
    },
    "fix": {
      "en": [
        "In the client, send the name under which the site is known.",
        "On the server, add the name and a certificate that covers it, then reload."
      ],
      "ja": [
        "クライアントでは、サイトが実際に登録されている名前を送ってください。",
        "サーバーでは、その名前と、それを含む証明書を追加して再読み込みしてください。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --servername {name}"],
      "nginx": [
        "server_name {name};",
        "proxy_ssl_server_name on;",
        "proxy_ssl_name {name};"
      ],
      "node": ["server.addContext('{name}', { cert, key })"],
      "openssl": [
        "openssl s_client -connect {host}:{port} -servername {name}",
        "openssl s_client -connect {host}:{port} -noservername"
      ],
      "curl": ["curl -v --connect-to {name}:443:{host}:{port} https://{name}/"]
    },
    "antiFix": {
      "en": ["`proxy_ssl_server_name on` alone sends the name of the `upstream` block, not that of the site."],
      "ja": ["`proxy_ssl_server_name on`だけでは、サイトの名前ではなく`upstream`ブロックの名前が送られます。"]
    }
  },
  {
    "id": "cert.expired",
    "blame": "peer",
    "title": {
      "en": "The server's certificate has expired",
      "ja": "サーバー証明書の有効期限が切れています"
    },
    "why": {
      "en": [
        "It was valid until {date}.",
        "It was not renewed, or it was renewed on disk and the server still runs with the old one.",
        "If many sites look expired at once, the clock of the machine that checks is wrong."
      ],
      "ja": [
        "有効期限は{date}でした。",
        "更新されていないか、ファイルは更新済みでもサーバーが古い証明書を使い続けています。",
        "多数のサイトが一斉に期限切れに見える場合は、検証する側のマシンの時計がずれています。"
      ]
    },
    "fix": {
      "en": [
        "On the server, renew the certificate and reload.",
        "Compare the file with what is served (commands below), and automate renewal together with the reload."
      ],
      "ja": [
        "サーバーで証明書を更新し、再読み込みしてください。",
        "下のコマンドでファイルと実際に配信されている証明書を比べ、更新と再読み込みを自動化してください。"
      ]
    },
    "commands": {
      "nginx": ["nginx -s reload"],
      "openssl": [
        "openssl s_client -connect {host}:{port} -servername {name} </dev/null | openssl x509 -noout -dates",
        "openssl x509 -noout -dates -in fullchain.pem"
      ],
      "curl": ["curl -v https://{host}:{port}/"]
    },
    "antiFix": {
      "en": ["`curl -k` or `rejectUnauthorized: false` hides the date and every attacker with it."],
      "ja": ["`curl -k`や`rejectUnauthorized: false`は、期限切れだけでなく攻撃者も見えなくします。"]
    }
  },
  {
    "id": "cert.not-yet-valid",
    "blame": "peer",
    "title": {
      "en": "The certificate is not valid yet",
      "ja": "証明書の有効期間がまだ始まっていません"
    },
    "why": {
      "en": [
        "It is valid from {date}.",
        "Nearly always a clock is wrong: that of the machine that checks, or that of the machine which issued it."
      ],
      "ja": [
        "有効期間の開始は{date}です。",
        "ほとんどの場合は時計のずれが原因で、検証するマシンか、証明書を発行したマシンの時刻が誤っています。"
      ]
    },
    "fix": {
      "en": [
        "Compare `date -u` on both machines with a known good clock, and switch time synchronisation on:",
        "`timedatectl set-ntp true`.",
        "If the clocks are right, install the new certificate only when its time has come."
      ],
      "ja": [
        "両方のマシンの`date -u`を正確な時計と比べ、",
        "`timedatectl set-ntp true`で時刻同期を有効にしてください。",
        "時計が正しければ、新しい証明書は有効期間が始まってから導入してください。"
      ]
    },
    "commands": {
      "openssl": [
        "openssl s_client -connect {host}:{port} -servername {name} </dev/null | openssl x509 -noout -dates"
      ],
      "curl": ["curl -sI -k https://{host}:{port}/"]
    }
  },
  {
    "id": "cert.intermediate-expired",
    "blame": "peer",
    "title": {
      "en": "A CA certificate in the server's chain has expired",
      "ja": "サーバーの証明書チェーン内のCA証明書が期限切れです"
    },
    "why": {
      "en": [
        "The server's own certificate is in date; one above it was valid until {date}.",
        "Most programs print the same words for both (error 10), so the wrong one gets renewed."
      ],
      "ja": [
        "サーバー自身の証明書は有効ですが、その上位の証明書が期限切れです(期限: {date})。",
        "多くのプログラムはどちらも同じ文言(エラー10)で表示するため、誤って別の証明書を更新しがちです。"
      ]
    },
    "fix": {
      "en": [
        "Fetch the current chain from the CA, replace the old intermediate in the bundle, and reload.",
        "If the expired one is a root, update the trust store of the machine that checks."
      ],
      "ja": [
        "CAから最新のチェーンを入手し、バンドル内の古い中間証明書を置き換えて再読み込みしてください。",
        "期限切れがルートであれば、検証する側のトラストストアを更新してください。"
      ]
    },
    "commands": {
      "nginx": [
        "ssl_certificate fullchain.pem;",
        "nginx -s reload"
      ],
      "openssl": [
        "openssl s_client -connect {host}:{port} -servername {name} -showcerts",
        "openssl storeutl -noout -text -certs fullchain.pem"
      ]
    }
  },
  {
    "id": "cert.self-signed",
    "blame": "configuration",
    "title": {
      "en": "The server's certificate is signed by itself, and not trusted here",
      "ja": "サーバーが自己署名証明書を使っており、ここでは信頼されていません"
    },
    "why": {
      "en": [
        "No CA vouches for it (error 18, in Node `DEPTH_ZERO_SELF_SIGNED_CERT`).",
        "It is usual for test servers and appliances; at a public site it means a wrong set-up or an interception."
      ],
      "ja": [
        "どのCAの署名もありません(エラー18、Nodeでは`DEPTH_ZERO_SELF_SIGNED_CERT`)。",
        "テスト用サーバーや機器では一般的ですが、公開サイトであれば設定の誤りか通信の傍受を意味します。"
      ]
    },
    "fix": {
      "en": [
        "For a public site, get a certificate from a CA.",
        "For an internal one, give the certificate file to the client as a trust anchor."
      ],
      "ja": [
        "公開サイトであれば、CAから証明書の発行を受けてください。",
        "内部用であれば、その証明書ファイルをクライアントのトラストアンカーに指定してください。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --ca server.pem"],
      "nginx": [
        "proxy_ssl_verify on;",
        "proxy_ssl_trusted_certificate server.pem;"
      ],
      "node": ["tls.connect({ ca: fs.readFileSync('server.pem') })"],
      "openssl": ["openssl s_client -connect {host}:{port} -CAfile server.pem -verify_return_error"],
      "curl": ["curl --cacert server.pem https://{host}:{port}/"]
    },
    "antiFix": {
      "en": ["Switching verification off accepts every certificate, that of an attacker included."],
      "ja": ["検証を無効にすると、攻撃者のものも含めてあらゆる証明書を受け入れてしまいます。"]
    }
  },
  {
    "id": "cert.private-ca",
    "blame": "configuration",
    "title": {
      "en": "The CA that issued the certificate is not in the trust store",
      "ja": "証明書を発行したCAがトラストストアにありません"
    },
    "why": {
      "en": [
        "The chain ends at {issuer}, which this machine does not trust (error 19, 20 or 21).",
        "It is a company's own CA, a development CA, or a device that inspects traffic.",
        "Look at the chain first: a missing intermediate gives the same errors and has another remedy."
      ],
      "ja": [
        "チェーンの終端は{issuer}で、このマシンでは信頼されていません(エラー19、20、21)。",
        "社内CA、開発用CA、または通信を検査する機器のCAです。",
        "中間証明書の欠落でも同じエラーになりますが対処は異なるため、先にチェーンを確かめてください。"
      ]
    },
    "fix": {
      "en": [
        "Give the root certificate of that CA to the client, after checking its fingerprint through another channel.",
        "For the whole machine: copy it to `/usr/local/share/ca-certificates/` as `.crt`",
        "and run `update-ca-certificates`.",
        "Node does not read that store by default: set `NODE_EXTRA_CA_CERTS` or use `--use-system-ca`."
      ],
      "ja": [
        "別の経路でフィンガープリントを確かめたうえで、そのCAのルート証明書をクライアントに指定してください。",
        "マシン全体で信頼するには、`.crt`として`/usr/local/share/ca-certificates/`に置き、",
        "`update-ca-certificates`を実行します。",
        "Nodeは既定ではこのストアを読みません。",
        "`NODE_EXTRA_CA_CERTS`を設定するか、`--use-system-ca`を付けてください。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --ca ca.pem"],
      "nginx": [
        "proxy_ssl_verify on;",
        "proxy_ssl_trusted_certificate ca.pem;"
      ],
      "node": [
        "tls.connect({ ca: fs.readFileSync('ca.pem') })",
        "NODE_EXTRA_CA_CERTS=ca.pem node app.js"
      ],
      "openssl": ["openssl s_client -connect {host}:{port} -servername {name} -CAfile ca.pem -verify_return_error"],
      "curl": ["curl --cacert ca.pem https://{host}:{port}/"]
    },
    "antiFix": {
      "en": ["`curl -k`, `proxy_ssl_verify off` and `rejectUnauthorized: false` leave the connection open to anybody."],
      "ja": [
        "`curl -k`、`proxy_ssl_verify off`、`rejectUnauthorized: false`では、",
        "誰でも通信に割り込めるようになります。"
      ]
    }
  },
  {
    "id": "cert.missing-intermediate",
    "blame": "peer",
    "title": {
      "en": "The server does not send its intermediate certificate",
      "ja": "サーバーが中間証明書を送っていません"
    },
    "why": {
      "en": [
        "The certificate comes alone, so no chain to a trusted root can be built (error 20 or 21,",
        "in Node `UNABLE_TO_VERIFY_LEAF_SIGNATURE`).",
        "Browsers hide this by fetching or remembering the missing part; other programs fail."
      ],
      "ja": [
        "証明書が単独で送られているため、信頼されたルートまでのチェーンを構築できません",
        "(エラー20または21、Nodeでは`UNABLE_TO_VERIFY_LEAF_SIGNATURE`)。",
        "ブラウザーは欠けた証明書を取得または記憶して補うため気づきにくく、ほかのプログラムでは失敗します。"
      ]
    },
    "fix": {
      "en": [
        "On the server, configure the full chain: its own certificate first, then the intermediates, without the root.",
        "ACME clients write it as `fullchain.pem`; with files from a CA, join them in that order and reload."
      ],
      "ja": [
        "サーバーに完全なチェーンを設定してください。",
        "自身の証明書を先頭に、続けて中間証明書を置き、ルートは含めません。",
        "ACMEクライアントでは`fullchain.pem`がこれに当たります。",
        "CAから受け取ったファイルであれば、この順に連結して再読み込みしてください。"
      ]
    },
    "commands": {
      "nginx": [
        "ssl_certificate fullchain.pem;",
        "nginx -s reload"
      ],
      "node": ["tls.createServer({ cert: fs.readFileSync('fullchain.pem'), key: fs.readFileSync('key.pem') })"],
      "openssl": [
        "openssl s_client -connect {host}:{port} -servername {name} -showcerts",
        "openssl verify -untrusted intermediate.pem cert.pem"
      ],
      "curl": ["curl -v https://{host}:{port}/"]
    },
    "antiFix": {
      "en": ["Adding the intermediate to one client's trust store repairs that client only."],
      "ja": ["クライアントのトラストストアに中間証明書を加えても、そのクライアントしか直りません。"]
    }
  },
  {
    "id": "cert.hostname",
    "blame": "configuration",
    "title": {
      "en": "The certificate is for {names}, not for {name}",
      "ja": "証明書の対象は{names}で、{name}ではありません"
    },
    "why": {
      "en": [
        "The name that was asked for is not among the certificate's subject alternative names (error 62,",
        "in Node `ERR_TLS_CERT_ALTNAME_INVALID`).",
        "The client uses another name than the site, the server chose its default site because SNI did not match,",
        "or a wildcard was expected to cover more than one level."
      ],
      "ja": [
        "要求した名前が、証明書のSubject Alternative Nameに含まれていません",
        "(エラー62、Nodeでは`ERR_TLS_CERT_ALTNAME_INVALID`)。",
        "クライアントがサイトと異なる名前を使っているか、SNIが一致せずサーバーが既定のサイトを選んだか、",
        "ワイルドカードが複数の階層に及ぶと誤解されています。"
      ]
    },
    "fix": {
      "en": [
        "Connect with a name from the certificate, or have it issued again with the missing name.",
        "If the certificate belongs to another site of the same server, send the right SNI or add the site there."
      ],
      "ja": [
        "証明書に含まれる名前で接続するか、足りない名前を加えて証明書を再発行してください。",
        "同じサーバーの別サイトの証明書が返っている場合は、正しいSNIを送るか、サーバーにサイトを追加してください。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --servername {name}"],
      "nginx": [
        "server_name {name};",
        "proxy_ssl_name {name};"
      ],
      "node": ["tls.connect({ servername: '{name}' })"],
      "openssl": [
        "openssl s_client -connect {host}:{port} -servername {name} -verify_hostname {name}",
        "openssl x509 -noout -ext subjectAltName -in cert.pem"
      ],
      "curl": ["curl -v --connect-to {name}:443:{host}:{port} https://{name}/"]
    },
    "antiFix": {
      "en": ["A `checkServerIdentity` that always agrees accepts the certificate of any site in the world."],
      "ja": ["常に成功する`checkServerIdentity`では、世界中のどのサイトの証明書でも受け入れてしまいます。"]
    }
  },
  {
    "id": "cert.ip-san",
    "blame": "configuration",
    "title": {
      "en": "The certificate does not cover {host} as an IP address",
      "ja": "証明書に{host}がIPアドレスとして記載されていません"
    },
    "why": {
      "en": [
        "The connection was made by IP address, and the certificate lists no such address (error 64).",
        "An address in the common name or among the DNS names does not count: it must be an entry of type IP."
      ],
      "ja": [
        "IPアドレスで接続しましたが、証明書にそのアドレスが記載されていません(エラー64)。",
        "Common NameやDNS名の欄に書かれたアドレスは無効で、IP型の項目である必要があります。"
      ]
    },
    "fix": {
      "en": [
        "Connect by name, or have the certificate issued with the address as an IP entry.",
        "To reach a fixed address and still verify the name, give both to the client."
      ],
      "ja": [
        "名前で接続するか、アドレスをIP型の項目に含めて証明書を発行してください。",
        "固定のアドレスに接続しつつ名前を検証するには、クライアントに両方を指定します。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --servername {name}"],
      "nginx": ["proxy_ssl_name {name};"],
      "node": ["tls.connect({ servername: '{name}' })"],
      "openssl": [
        "openssl s_client -connect {host}:{port} -servername {name} -verify_hostname {name}",
        "openssl x509 -noout -ext subjectAltName -in cert.pem"
      ],
      "curl": ["curl -v --connect-to {name}:443:{host}:{port} https://{name}/"]
    }
  },
  {
    "id": "cert.eku",
    "blame": "peer",
    "title": {
      "en": "The certificate was not issued for this purpose",
      "ja": "証明書の用途が合っていません"
    },
    "why": {
      "en": [
        "Its extended key usage lacks `serverAuth` for a server or `clientAuth` for a client (error 26).",
        "Public CAs have stopped putting `clientAuth` into the certificates of web sites."
      ],
      "ja": [
        "拡張鍵用途に、サーバーであれば`serverAuth`、クライアントであれば`clientAuth`がありません(エラー26)。",
        "公開CAは、Webサイト用の証明書に`clientAuth`を含めなくなっています。"
      ]
    },
    "fix": {
      "en": [
        "Have it issued again with the right purpose; client certificates come from a private CA."
      ],
      "ja": [
        "正しい用途で証明書を再発行してください。クライアント証明書はプライベートCAから発行します。"
      ]
    },
    "commands": {
      "openssl": [
        "openssl x509 -noout -ext extendedKeyUsage,keyUsage -in cert.pem",
        "openssl verify -purpose sslserver -CAfile ca.pem cert.pem"
      ]
    }
  },
  {
    "id": "cert.weak-key",
    "blame": "peer",
    "title": {
      "en": "A key in the certificate chain is too short",
      "ja": "証明書チェーン内の鍵が短すぎます"
    },
    "why": {
      "en": [
        "The security level demands 2048 bits for RSA (error 66 for the server's key, 67 for a CA's).",
        "Keys of 1024 bits can be broken by those who take the trouble."
      ],
      "ja": [
        "セキュリティレベルがRSAに2048ビットを要求しています(サーバーの鍵はエラー66、CAの鍵はエラー67)。",
        "1024ビットの鍵は、手間をかければ破られます。"
      ]
    },
    "fix": {
      "en": ["Make a new key, P-256 or RSA with 2048 bits or more, and have the certificate issued for it."],
      "ja": ["P-256、または2048ビット以上のRSAで新しい鍵を作り、証明書を発行し直してください。"]
    },
    "commands": {
      "openssl": [
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem",
        "openssl x509 -noout -text -in cert.pem"
      ]
    },
    "antiFix": {
      "en": ["`@SECLEVEL=0` does not make the key longer; it only silences the warning."],
      "ja": ["`@SECLEVEL=0`は警告を消すだけで、鍵が強くなるわけではありません。"]
    }
  },
  {
    "id": "cert.weak-sig",
    "blame": "peer",
    "title": {
      "en": "A certificate in the chain is signed with a broken hash",
      "ja": "チェーン内の証明書が危殆化したハッシュで署名されています"
    },
    "why": {
      "en": ["The signature uses SHA-1 or MD5, which can be forged (error 68; Node prints `UNSPECIFIED`)."],
      "ja": ["署名に、偽造が可能なSHA-1またはMD5が使われています(エラー68、Nodeでは`UNSPECIFIED`と表示)。"]
    },
    "fix": {
      "en": [
        "Have the certificate issued again with SHA-256.",
        "If the CA itself signs with SHA-1, its settings or its intermediate must be replaced."
      ],
      "ja": [
        "SHA-256で証明書を再発行してください。",
        "CA自体がSHA-1で署名している場合は、CAの設定か中間証明書を入れ替える必要があります。"
      ]
    },
    "commands": {
      "openssl": ["openssl x509 -noout -text -in cert.pem"]
    }
  },
  {
    "id": "cert.revoked",
    "blame": "peer",
    "title": {
      "en": "The CA has revoked the certificate",
      "ja": "証明書がCAによって失効されています"
    },
    "why": {
      "en": [
        "A revocation list or an OCSP answer names it (error 23).",
        "The key was reported stolen, the certificate was replaced, or the CA withdrew it."
      ],
      "ja": [
        "失効リストまたはOCSP応答に記載されています(エラー23)。",
        "鍵の漏えいが報告されたか、証明書が置き換えられたか、CAが取り消しました。"
      ]
    },
    "fix": {
      "en": [
        "Make a new key, have a new certificate issued, install both and reload.",
        "Find out why it was revoked before you reuse anything."
      ],
      "ja": [
        "新しい鍵を作り、新しい証明書の発行を受け、両方を導入して再読み込みしてください。",
        "何かを再利用する前に、失効の理由を確かめてください。"
      ]
    },
    "commands": {
      "openssl": [
        "openssl s_client -connect {host}:{port} -servername {name} -status",
        "openssl verify -crl_check -CRLfile crl.pem -CAfile ca.pem cert.pem"
      ],
      "curl": ["curl -v --cert-status https://{host}:{port}/"]
    },
    "antiFix": {
      "en": ["Switching the revocation check off keeps a key in use that may be in other hands."],
      "ja": ["失効確認を無効にすると、他人の手に渡ったかもしれない鍵を使い続けることになります。"]
    }
  },
  {
    "id": "cert.issuer-not-ca",
    "blame": "peer",
    "title": {
      "en": "The certificate was issued by one that is not a CA",
      "ja": "証明書がCAではない証明書によって発行されています"
    },
    "why": {
      "en": [
        "The issuer's certificate lacks `CA:TRUE` or the key usage `keyCertSign` (error 79; Node and nginx print 26).",
        "It is typical of chains made by hand with OpenSSL without extensions."
      ],
      "ja": [
        "発行元の証明書に`CA:TRUE`または鍵用途`keyCertSign`がありません",
        "(エラー79、Nodeとnginxでは26と表示)。",
        "拡張を付けずにOpenSSLで手作りしたチェーンによく見られます。"
      ]
    },
    "fix": {
      "en": ["Make the CA certificate again with both extensions, then issue the server's certificate from it anew."],
      "ja": ["両方の拡張を付けてCA証明書を作り直し、そこからサーバー証明書を発行し直してください。"]
    },
    "commands": {
      "openssl": [
        "openssl x509 -noout -ext basicConstraints,keyUsage -in ca.pem",
        "openssl req -x509 -key ca.key -subj /CN=ca -addext keyUsage=critical,keyCertSign,cRLSign -out ca.pem"
      ]
    }
  },
  {
    "id": "cert.key-mismatch",
    "blame": "local",
    "title": {
      "en": "The private key does not belong to the certificate",
      "ja": "秘密鍵と証明書が対応していません"
    },
    "why": {
      "en": [
        "OpenSSL says `key values mismatch`.",
        "The key is from an earlier order, or the bundle begins with the intermediate and not with the server's own."
      ],
      "ja": [
        "OpenSSLでは`key values mismatch`と表示されます。",
        "鍵が以前の申請のものであるか、バンドルの先頭がサーバー自身の証明書ではなく中間証明書になっています。"
      ]
    },
    "fix": {
      "en": [
        "Compare the public keys with the two commands below: their output must be the same.",
        "Put the server's own certificate first in the bundle, or use the key it was ordered with."
      ],
      "ja": [
        "下の二つのコマンドで公開鍵を比べてください。出力は一致しなければなりません。",
        "バンドルの先頭にサーバー自身の証明書を置くか、その証明書を申請したときの鍵を使ってください。"
      ]
    },
    "commands": {
      "openssl": [
        "openssl x509 -noout -pubkey -in cert.pem",
        "openssl pkey -pubout -in key.pem"
      ]
    }
  },
  {
    "id": "cert.other",
    "blame": "peer",
    "title": {
      "en": "The certificate could not be verified",
      "ja": "証明書を検証できませんでした"
    },
    "why": {
      "en": ["The check ended with {reason}."],
      "ja": ["検証の結果は次のとおりです: {reason}。"]
    },
    "fix": {
      "en": [
        "Look at the whole chain with the command below, and at what OpenSSL says of each certificate in it.",
        "Have the faulty one issued again by its CA."
      ],
      "ja": [
        "下のコマンドでチェーン全体を表示し、各証明書に対するOpenSSLの判定を確かめてください。",
        "問題のある証明書を、そのCAから再発行してもらってください。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --format json"],
      "openssl": ["openssl s_client -connect {host}:{port} -servername {name} -showcerts -verify_return_error"]
    },
    "antiFix": {
      "en": ["Do not take `Verify return code: 0 (ok)` as proof: `s_client` prints it without any certificate too."],
      "ja": ["`Verify return code: 0 (ok)`は証拠になりません。`s_client`は証明書がなくてもこれを表示します。"]
    }
  },
  {
    "id": "no-cert",
    "blame": "peer",
    "title": {
      "en": "The server has no usable certificate",
      "ja": "サーバーに使用できる証明書がありません"
    },
    "why": {
      "en": [
        "It answers every normal ClientHello with alert 40 and would only work with pre-shared keys or anonymously.",
        "The certificate was not loaded, or none is configured for this port."
      ],
      "ja": [
        "通常のClientHelloにはすべてアラート40を返し、事前共有鍵か匿名方式でしか接続できません。",
        "証明書が読み込まれていないか、このポートに設定されていません。"
      ]
    },
    "fix": {
      "en": [
        "On the server, configure a certificate with its key for this port.",
        "Read its start-up log for load errors."
      ],
      "ja": [
        "サーバーで、このポートに証明書と鍵を設定してください。",
        "起動時のログに読み込みエラーがないかも確かめてください。"
      ]
    },
    "commands": {
      "hasp": ["hasp serve --port {port} --cert fullchain.pem --key key.pem"],
      "nginx": [
        "ssl_certificate fullchain.pem;",
        "ssl_certificate_key key.pem;"
      ],
      "node": ["tls.createServer({ cert: fs.readFileSync('fullchain.pem'), key: fs.readFileSync('key.pem') })"],
      "openssl": ["openssl s_client -connect {host}:{port} -servername {name}"]
    }
  },
  {
    "id": "peer.rejected-our-certificate",
    "blame": "configuration",
    "title": {
      "en": "The peer refused the certificate it was shown",
      "ja": "提示した証明書が相手に拒否されました"
    },
    "why": {
      "en": [
        "It sent {alert}; which alert it is tells who complains and of what.",
        "48: CA unknown or intermediate missing, 45: expired, 43: wrong purpose, 42: host name or not yet valid",
        "(OpenSSL and Python).",
        "Go and GnuTLS send 42 for everything, Java and Chrome 46; Node just hangs up."
      ],
      "ja": [
        "相手から{alert}を受信しました。アラートの種類から、誰が何を拒否したかが分かります。",
        "48はCAが未知か中間証明書の欠落、45は期限切れ、43は用途の不一致、",
        "42はホスト名の不一致か有効期間前です(OpenSSLとPython)。",
        "GoとGnuTLSは常に42、JavaとChromeは46を送り、Nodeはアラートを送らずに切断します。"
      ]
    },
    "fix": {
      "en": [
        "Check the own certificate: dates, names, purpose, and that the intermediates are sent with it.",
        "If it is from a private CA, the peer must trust that CA.",
        "One single client that complains usually has an old trust store or a wrong clock."
      ],
      "ja": [
        "自分の証明書の期限、名前、用途と、中間証明書も送っているかを確かめてください。",
        "プライベートCAの証明書であれば、相手がそのCAを信頼している必要があります。",
        "拒否するクライアントが一つだけなら、そのトラストストアが古いか、時計がずれていることがほとんどです。"
      ]
    },
    "commands": {
      "nginx": ["ssl_certificate fullchain.pem;"],
      "node": [
        "tls.createServer({ cert: fs.readFileSync('fullchain.pem'), key: fs.readFileSync('key.pem') })",
        "NODE_EXTRA_CA_CERTS=ca.pem node app.js"
      ],
      "openssl": [
        "openssl x509 -noout -dates -ext subjectAltName,extendedKeyUsage -in cert.pem",
        "openssl verify -untrusted intermediate.pem cert.pem"
      ],
      "curl": ["curl -v --cacert ca.pem https://{host}:{port}/"]
    }
  },
  {
    "id": "clientcert.required-13",
    "blame": "configuration",
    "title": {
      "en": "The server demands a client certificate",
      "ja": "サーバーがクライアント証明書を要求しています"
    },
    "why": {
      "en": [
        "The client sent none, and the server refused with alert 116 (certificate_required).",
        "With TLS 1.3 this comes only after the client's side of the handshake looked complete:",
        "the first read fails, not the connect."
      ],
      "ja": [
        "クライアントが証明書を送らなかったため、サーバーがアラート116(certificate_required)で拒否しました。",
        "TLS 1.3では、クライアント側のハンドシェイクが完了したように見えた後に届くため、",
        "接続時ではなく最初の読み取りで失敗します。"
      ]
    },
    "fix": {
      "en": [
        "Give the client a certificate and key from a CA that the server accepts, with the intermediates in the file.",
        "If a certificate was configured, check that its CA is in the server's list: some clients send none otherwise."
      ],
      "ja": [
        "サーバーが受け付けるCAの証明書と鍵を、中間証明書を含むファイルでクライアントに設定してください。",
        "設定済みであれば、そのCAがサーバーの一覧にあるかを確かめてください。",
        "一覧にないと証明書を送らないクライアントがあります。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --cert client.pem --key client.key"],
      "nginx": [
        "proxy_ssl_certificate client.pem;",
        "proxy_ssl_certificate_key client.key;"
      ],
      "node": ["tls.connect({ cert: fs.readFileSync('client.pem'), key: fs.readFileSync('client.key') })"],
      "openssl": ["openssl s_client -connect {host}:{port} -cert client.pem -key client.key -cert_chain client.pem"],
      "curl": ["curl --cert client.pem --key client.key https://{host}:{port}/"]
    }
  },
  {
    "id": "clientcert.required-12",
    "blame": "configuration",
    "title": {
      "en": "The server demands a client certificate (TLS 1.2)",
      "ja": "サーバーがクライアント証明書を要求しています(TLS 1.2)"
    },
    "why": {
      "en": [
        "The server asked for a certificate, the client sent none, and the answer was alert 40.",
        "TLS 1.2 has no alert of its own for this, so it looks like a cipher problem."
      ],
      "ja": [
        "サーバーが証明書を要求し、クライアントが送らなかったため、アラート40が返されました。",
        "TLS 1.2には専用のアラートがないため、暗号スイートの問題のように見えます。"
      ]
    },
    "fix": {
      "en": [
        "Give the client a certificate and key from a CA that the server accepts,",
        "with the intermediates in the file."
      ],
      "ja": ["サーバーが受け付けるCAの証明書と鍵を、中間証明書を含むファイルでクライアントに設定してください。"]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --cert client.pem --key client.key"],
      "nginx": [
        "proxy_ssl_certificate client.pem;",
        "proxy_ssl_certificate_key client.key;"
      ],
      "node": ["tls.connect({ cert: fs.readFileSync('client.pem'), key: fs.readFileSync('client.key') })"],
      "openssl": ["openssl s_client -connect {host}:{port} -tls1_2 -cert client.pem -key client.key"],
      "curl": ["curl --cert client.pem --key client.key https://{host}:{port}/"]
    },
    "antiFix": {
      "en": ["Lowering `@SECLEVEL` or adding cipher suites changes nothing."],
      "ja": ["`@SECLEVEL`を下げたり暗号スイートを増やしたりしても、何も変わりません。"]
    }
  },
  {
    "id": "clientcert.wrong-ca",
    "blame": "configuration",
    "title": {
      "en": "The server does not accept the CA of the client certificate",
      "ja": "クライアント証明書のCAがサーバーに受け入れられていません"
    },
    "why": {
      "en": [
        "The server finds no chain from the client certificate to a CA it trusts, and sends alert 48 (unknown_ca).",
        "The certificate is from another CA, or the client did not send the intermediates."
      ],
      "ja": [
        "サーバーがクライアント証明書から信頼するCAまでのチェーンを構築できず、",
        "アラート48(unknown_ca)を送っています。",
        "別のCAの証明書であるか、クライアントが中間証明書を送っていません。"
      ]
    },
    "fix": {
      "en": [
        "See which CAs the server names (`Acceptable client certificate CA names`) and use one of them.",
        "Put the intermediates into the client's certificate file, after its own certificate.",
        "If the CA ought to be accepted, add its root to the server's list of client CAs."
      ],
      "ja": [
        "サーバーが示すCA(`Acceptable client certificate CA names`)を確かめ、",
        "そのいずれかが発行した証明書を使ってください。",
        "中間証明書は、クライアントの証明書ファイルで自身の証明書の後に置きます。",
        "受け入れるべきCAであれば、そのルートをサーバーのクライアントCA一覧に加えてください。"
      ]
    },
    "commands": {
      "hasp": ["hasp serve --client-ca ca.pem"],
      "nginx": [
        "ssl_client_certificate ca.pem;",
        "ssl_verify_depth 2;"
      ],
      "node": ["tls.createServer({ ca: fs.readFileSync('ca.pem'), requestCert: true })"],
      "openssl": [
        "openssl s_client -connect {host}:{port} -cert client.pem -key client.key -cert_chain client.pem",
        "openssl verify -purpose sslclient -CAfile ca.pem client.pem"
      ]
    }
  },
  {
    "id": "clientcert.expired",
    "blame": "configuration",
    "title": {
      "en": "The client certificate has expired",
      "ja": "クライアント証明書の有効期限が切れています"
    },
    "why": {
      "en": [
        "The server refused it with alert 45 (certificate_expired).",
        "The certificate itself or one of its CAs is out of date."
      ],
      "ja": [
        "サーバーがアラート45(certificate_expired)で拒否しました。",
        "証明書自体か、その上位のCA証明書の期限が切れています。"
      ]
    },
    "fix": {
      "en": [
        "Renew the client certificate and restart the client, or let it read the file again.",
        "If the dates are right, the clock of the server is wrong."
      ],
      "ja": [
        "クライアント証明書を更新し、クライアントを再起動するか、ファイルを読み直させてください。",
        "期限に問題がなければ、サーバーの時計がずれています。"
      ]
    },
    "commands": {
      "openssl": ["openssl x509 -noout -dates -in client.pem"]
    }
  },
  {
    "id": "handshake.timeout",
    "blame": "peer",
    "title": {
      "en": "The peer did not finish the handshake in time",
      "ja": "相手が制限時間内にハンドシェイクを完了しませんでした"
    },
    "why": {
      "en": [
        "The connection stood, but the next handshake message did not come within the limit.",
        "At a server these are mostly port checks and scanners that connect and send nothing.",
        "At a client the server is overloaded, or a device on the way swallows large messages."
      ],
      "ja": [
        "接続は確立しましたが、次のハンドシェイクメッセージが制限時間内に届きませんでした。",
        "サーバー側では、接続だけして何も送らない死活監視やスキャナーがほとんどです。",
        "クライアント側では、サーバーの過負荷か、経路上の機器が大きなメッセージを破棄していることが考えられます。"
      ]
    },
    "fix": {
      "en": [
        "At a server, leave the limit as it is, and let the health check of the load balancer speak TLS.",
        "At a client, measure from another network: if it works there, look for an MTU or inspection problem between."
      ],
      "ja": [
        "サーバー側では制限時間はそのままにし、ロードバランサーのヘルスチェックがTLSを話すように設定してください。",
        "クライアント側では別のネットワークから試し、成功するなら、",
        "経路上のMTUや通信検査の問題を調べてください。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port}"],
      "nginx": ["client_header_timeout 60s;"],
      "node": ["tls.createServer({ handshakeTimeout: 120000 })"],
      "openssl": ["openssl s_client -connect {host}:{port} -state"],
      "curl": ["curl -v --max-time 10 https://{host}:{port}/"]
    },
    "antiFix": {
      "en": ["Removing the limit lets silent peers hold connections for ever."],
      "ja": ["制限をなくすと、何も送らない相手に接続を占有され続けます。"]
    }
  },
  {
    "id": "tamper.mac",
    "blame": "network",
    "title": {
      "en": "A record was changed on its way",
      "ja": "通信の途中でレコードが改変されました"
    },
    "why": {
      "en": [
        "Decryption failed (alert 20, `decryption failed or bad record mac`).",
        "Faulty memory or network offload, a proxy that alters bytes, or a bug in one of the TLS stacks."
      ],
      "ja": [
        "復号に失敗しました(アラート20、`decryption failed or bad record mac`)。",
        "メモリーやNICオフロードの故障、バイト列を書き換えるプロキシ、TLS実装の不具合が考えられます。"
      ]
    },
    "fix": {
      "en": [
        "Repeat it on a direct path without proxy or VPN: if it is gone, that device is the cause.",
        "If not, switch network offload off for a test, then update both TLS libraries.",
        "In programs of your own, look for two threads that use one connection."
      ],
      "ja": [
        "プロキシやVPNを通さない経路で試し、起こらなくなればその機器が原因です。",
        "起こり続ける場合は、試験的にNICオフロードを無効にし、次に両側のTLSライブラリーを更新してください。",
        "自作のプログラムでは、複数のスレッドが同じ接続を使っていないかを確かめてください。"
      ]
    },
    "commands": {
      "openssl": ["openssl s_client -connect {host}:{port} -msg"]
    }
  },
  {
    "id": "tls.close-on-hello",
    "blame": "peer",
    "title": {
      "en": "The server closes the connection right after the ClientHello",
      "ja": "ClientHelloの直後にサーバーが接続を閉じます"
    },
    "why": {
      "en": [
        "No alert, no byte, just the end of the stream.",
        "A load balancer without a healthy backend, a filter on addresses or names,",
        "a listener that expects the PROXY protocol, or a server process that crashes."
      ],
      "ja": [
        "アラートもデータもなく、接続だけが閉じられます。",
        "ロードバランサーに正常なバックエンドがないか、アドレスや名前で遮断されているか、",
        "リスナーがPROXYプロトコルを待っているか、サーバープロセスが異常終了しています。"
      ]
    },
    "fix": {
      "en": [
        "Read the log of the server or load balancer at this moment: only it knows why.",
        "Meanwhile vary the hello: another name, no name, TLS 1.2 only. The variant that is answered names the cause."
      ],
      "ja": [
        "理由はサーバーやロードバランサーだけが知っているため、その時刻のログを調べてください。",
        "あわせて、別の名前、名前なし、TLS 1.2のみとClientHelloを変えて試してください。",
        "応答のあった条件が原因を示します。"
      ]
    },
    "commands": {
      "hasp": [
        "hasp connect {host}:{port} --servername {name}",
        "hasp connect {host}:{port} --max 1.2"
      ],
      "openssl": [
        "openssl s_client -connect {host}:{port} -noservername",
        "openssl s_client -connect {host}:{port} -servername {name} -tls1_2"
      ],
      "curl": ["curl -v --haproxy-protocol https://{host}:{port}/"]
    }
  },
  {
    "id": "tls.reset-on-hello",
    "blame": "network",
    "title": {
      "en": "The connection is reset right after the ClientHello",
      "ja": "ClientHelloの直後に接続がリセットされます"
    },
    "why": {
      "en": [
        "A TCP reset (`ECONNRESET`) came in answer.",
        "Mostly a firewall that reads the server name and forbids it; otherwise a server that is limited or crashing."
      ],
      "ja": [
        "応答としてTCPのリセット(`ECONNRESET`)が届きました。",
        "多くはサーバー名を読んで遮断するファイアウォールで、",
        "そのほかには接続数の制限やサーバーの異常終了が考えられます。"
      ]
    },
    "fix": {
      "en": [
        "Try the same address with another name, and the same name from another network.",
        "If only one name fails from one network, ask who runs its firewall to allow it."
      ],
      "ja": [
        "同じアドレスに別の名前で、また同じ名前に別のネットワークから接続してみてください。",
        "特定の名前だけが特定のネットワークから失敗する場合は、ファイアウォールの管理者に許可を依頼してください。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --servername {name}"],
      "openssl": [
        "openssl s_client -connect {host}:{port} -servername {name}",
        "openssl s_client -connect {host}:{port} -noservername"
      ]
    }
  },
  {
    "id": "tls.cut-mid-handshake",
    "blame": "network",
    "title": {
      "en": "The connection broke in the middle of the handshake",
      "ja": "ハンドシェイクの途中で接続が切れました"
    },
    "why": {
      "en": [
        "Some bytes of the peer came, then the stream ended without an alert.",
        "A packet size problem on the way, a device that inspects traffic, or a peer that crashed;",
        "Node also hangs up like this when it does not trust a certificate."
      ],
      "ja": [
        "相手から途中までデータが届いた後、アラートなしで接続が終わりました。",
        "経路上のパケットサイズの問題、通信を検査する機器、相手の異常終了が考えられます。",
        "Nodeは証明書を信頼できないときにも、このように切断します。"
      ]
    },
    "fix": {
      "en": [
        "Check the log of the peer first.",
        "Then test the path with `ping -M do -s 1472`: if that fails and smaller sizes pass, lower the MTU."
      ],
      "ja": [
        "まず相手側のログを確かめてください。",
        "次に`ping -M do -s 1472`で経路を試し、これが失敗して小さいサイズで成功するなら、MTUを下げてください。"
      ]
    },
    "commands": {
      "openssl": ["openssl s_client -connect {host}:{port} -servername {name} -msg -state"],
      "curl": ["curl -v https://{host}:{port}/"]
    }
  },
  {
    "id": "truncated",
    "blame": "peer",
    "title": {
      "en": "The connection ended without close_notify, data may be missing",
      "ja": "close_notifyなしで接続が終わり、データが欠けている可能性があります"
    },
    "why": {
      "en": [
        "TCP was closed, but TLS was not: an attacker on the way could have cut the stream here.",
        "Mostly it is a program that closes its socket without ending TLS, or one that was killed."
      ],
      "ja": [
        "TCPは閉じられましたが、TLSの終了手続きがありません。",
        "経路上の攻撃者がここで通信を打ち切った可能性があります。",
        "多くの場合は、TLSを終了せずにソケットを閉じたか、強制終了されたプログラムが原因です。"
      ]
    },
    "fix": {
      "en": [
        "If the protocol marks the end of its messages itself (`Content-Length`, chunks), check that and ignore this.",
        "Otherwise treat the data as incomplete, and let the peer send close_notify before it closes."
      ],
      "ja": [
        "プロトコル自体にメッセージの終端(`Content-Length`やチャンク)があれば、",
        "それが揃っているかを確かめ、揃っていれば無視して構いません。",
        "なければデータを不完全なものとして扱い、相手が閉じる前にclose_notifyを送るようにしてください。"
      ]
    },
    "commands": {
      "node": ["socket.end()"],
      "openssl": ["openssl s_client -connect {host}:{port} -ign_eof -msg"]
    },
    "antiFix": {
      "en": ["`SSL_OP_IGNORE_UNEXPECTED_EOF` makes a cut file look whole."],
      "ja": ["`SSL_OP_IGNORE_UNEXPECTED_EOF`を使うと、途中で切れたファイルが完全に見えてしまいます。"]
    }
  },
  {
    "id": "server.internal-error",
    "blame": "peer",
    "title": {
      "en": "The server failed inside (alert 80)",
      "ja": "サーバー内部でエラーが発生しました(アラート80)"
    },
    "why": {
      "en": [
        "It sent internal_error: the hello was acceptable, something of its own was not.",
        "Often a key that cannot be used (HSM, permissions), or a failing callback that picks the certificate."
      ],
      "ja": [
        "サーバーがinternal_errorを送りました。ClientHelloではなく、サーバー自身の処理に問題があります。",
        "鍵が使えない(HSM、権限)場合や、証明書を選ぶコールバックの失敗がよくある原因です。"
      ]
    },
    "fix": {
      "en": [
        "Read the server's error log at this moment; nothing in the client can repair it.",
        "Trying another name narrows it down to one site of that server."
      ],
      "ja": [
        "その時刻のサーバーのエラーログを調べてください。クライアント側では直せません。",
        "別の名前で試すと、そのサーバーの特定のサイトに限った問題かどうかが分かります。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --servername {name}"],
      "nginx": ["error_log /var/log/nginx/error.log debug;"],
      "openssl": ["openssl s_client -connect {host}:{port} -noservername"]
    }
  },
  {
    "id": "config.cipher-string",
    "blame": "local",
    "title": {
      "en": "No cipher suite matches {ciphers}",
      "ja": "{ciphers}に一致する暗号スイートがありません"
    },
    "why": {
      "en": [
        "The name is misspelt, the suite is not built into this OpenSSL, or the security level removes it.",
        "TLS 1.3 suites (`TLS_AES_128_GCM_SHA256` and the like) have a list of their own."
      ],
      "ja": [
        "名前の綴りが誤っているか、このOpenSSLに組み込まれていないか、",
        "セキュリティレベルによって除外されています。",
        "TLS 1.3のスイート(`TLS_AES_128_GCM_SHA256`など)は別の一覧で指定します。"
      ]
    },
    "fix": {
      "en": [
        "Print what a string means with `openssl ciphers -v`, and use the OpenSSL names, joined by colons.",
        "The safe choice is to leave the option out."
      ],
      "ja": [
        "`openssl ciphers -v`で指定の意味を表示し、OpenSSLの名前をコロンで区切って指定してください。",
        "何も指定しないのが最も安全です。"
      ]
    },
    "commands": {
      "hasp": ["hasp connect {host}:{port} --ciphers ECDHE+AESGCM:TLS_AES_128_GCM_SHA256"],
      "nginx": [
        "ssl_ciphers ECDHE+AESGCM;",
        "ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;"
      ],
      "node": ["tls.connect({ ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE+AESGCM' })"],
      "openssl": ["openssl ciphers -v ECDHE+AESGCM"],
      "curl": ["curl --ciphers ECDHE+AESGCM --tls13-ciphers TLS_AES_128_GCM_SHA256 https://{host}:{port}/"]
    }
  },
  {
    "id": "config.pem-unreadable",
    "blame": "local",
    "title": {
      "en": "{file} holds no readable PEM",
      "ja": "{file}から有効なPEMを読み取れません"
    },
    "why": {
      "en": [
        "A `-----BEGIN ...-----` line with its matching end was not found, or the base64 between is damaged.",
        "The file is DER or PKCS#12, key and certificate were exchanged, or the text was changed when it was copied."
      ],
      "ja": [
        "`-----BEGIN ...-----`の行と対応する終わりの行が見つからないか、その間のbase64が壊れています。",
        "ファイルがDERやPKCS#12形式であるか、鍵と証明書を取り違えたか、コピーの際に内容が変わっています。"
      ]
    },
    "fix": {
      "en": [
        "Look at the first line of the file.",
        "Convert DER or PKCS#12 with the commands below; a damaged file must be fetched again."
      ],
      "ja": [
        "ファイルの先頭行を確かめてください。",
        "DERやPKCS#12は下のコマンドで変換し、壊れたファイルは入手し直してください。"
      ]
    },
    "commands": {
      "openssl": [
        "openssl x509 -in {file} -noout -subject",
        "openssl pkey -in {file} -noout",
        "openssl x509 -inform DER -in cert.der -out cert.pem",
        "openssl pkcs12 -in bundle.p12 -out bundle.pem -noenc"
      ]
    }
  },
  {
    "id": "config.key-passphrase",
    "blame": "local",
    "title": {
      "en": "The passphrase of the private key is missing or wrong",
      "ja": "秘密鍵のパスフレーズがないか、誤っています"
    },
    "why": {
      "en": [
        "The key in {file} is encrypted, and it could not be opened.",
        "OpenSSL reports `bad decrypt`, `maybe wrong password` or `interrupted or cancelled`."
      ],
      "ja": [
        "{file}の鍵は暗号化されており、復号できませんでした。",
        "OpenSSLでは`bad decrypt`、`maybe wrong password`、`interrupted or cancelled`などと表示されます。"
      ]
    },
    "fix": {
      "en": [
        "Give the right passphrase, and mind a line break at the end of a password file.",
        "Or store the key without one, readable by the server's user alone (mode 0600)."
      ],
      "ja": [
        "正しいパスフレーズを指定してください。パスワードファイルの末尾の改行にも注意が必要です。",
        "または、パスフレーズなしの鍵を、サーバーの実行ユーザーだけが読める権限(モード0600)で保存してください。"
      ]
    },
    "commands": {
      "nginx": ["ssl_password_file /etc/nginx/key.pass;"],
      "node": ["tls.createServer({ key, cert, passphrase: process.env.KEY_PASSPHRASE })"],
      "openssl": [
        "openssl pkey -in {file} -noout",
        "openssl pkey -in {file} -out plain.key"
      ],
      "curl": ["curl --cert client.pem --key client.key --pass \"$KEY_PASSPHRASE\" https://{host}:{port}/"]
    }
  },
  {
    "id": "config.file-missing",
    "blame": "local",
    "title": {
      "en": "Cannot open {file}",
      "ja": "{file}を開けません"
    },
    "why": {
      "en": [
        "It does not exist, or the user of this process may not read it.",
        "A relative path counts from the folder where the program was started."
      ],
      "ja": [
        "ファイルが存在しないか、このプロセスのユーザーに読み取り権限がありません。",
        "相対パスは、プログラムを起動したフォルダーが基準になります。"
      ]
    },
    "fix": {
      "en": [
        "Check the path with `ls -l`, and every folder above it with `namei -l`.",
        "Write the full path, and let the server's user read the file (keys: mode 0600, owned by that user)."
      ],
      "ja": [
        "`ls -l`でパスを、`namei -l`で上位のフォルダーすべてを確かめてください。",
        "パスは絶対パスで書き、サーバーの実行ユーザーが読めるようにしてください。",
        "鍵は、そのユーザーの所有でモード0600にします。"
      ]
    },
    "commands": {
      "hasp": ["hasp serve --cert /etc/ssl/fullchain.pem --key /etc/ssl/key.pem"]
    },
    "antiFix": {
      "en": ["`chmod 777` or running as root opens the key to every other program."],
      "ja": ["`chmod 777`やrootでの実行は、鍵をほかのプログラムにもさらします。"]
    }
  },
  {
    "id": "config.port-in-use",
    "blame": "local",
    "title": {
      "en": "{address} is in use by another process",
      "ja": "{address}は別のプロセスが使用中です"
    },
    "why": {
      "en": [
        "The system refused to listen there (`EADDRINUSE`).",
        "An earlier instance of the server still runs, or another service owns the port."
      ],
      "ja": [
        "そのアドレスでの待ち受けがOSに拒否されました(`EADDRINUSE`)。",
        "以前に起動したサーバーがまだ動いているか、別のサービスがそのポートを使っています。"
      ]
    },
    "fix": {
      "en": [
        "See with `ss -ltnp` (macOS: `lsof -iTCP -sTCP:LISTEN`) who holds the port.",
        "Stop that process, or choose another port; port 0 lets the system choose."
      ],
      "ja": [
        "`ss -ltnp`(macOSでは`lsof -iTCP -sTCP:LISTEN`)で、ポートを使っているプロセスを調べてください。",
        "そのプロセスを止めるか、別のポートを選んでください。ポート0を指定するとOSが選びます。"
      ]
    },
    "commands": {
      "hasp": ["hasp serve --port 9443"],
      "nginx": ["listen 9443 ssl;"],
      "node": ["server.listen(9443)"]
    }
  }
]
"""#
