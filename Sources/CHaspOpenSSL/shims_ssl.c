//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

#include "CHaspOpenSSL.h"

const char *CHasp_version_text(void) { return OpenSSL_version(OPENSSL_VERSION); }

int CHasp_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

int CHasp_SSL_CTX_set_max_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_max_proto_version(context, version);
}

int CHasp_SSL_set_min_proto_version(SSL *connection, int version) {
    return (int)SSL_set_min_proto_version(connection, version);
}

int CHasp_SSL_set_max_proto_version(SSL *connection, int version) {
    return (int)SSL_set_max_proto_version(connection, version);
}

void CHasp_SSL_CTX_set_mode(SSL_CTX *context, long mode) { SSL_CTX_set_mode(context, mode); }

int CHasp_SSL_CTX_set1_groups_list(SSL_CTX *context, const char *list) {
    return (int)SSL_CTX_set1_groups_list(context, (char *)list);
}

int CHasp_SSL_set1_groups_list(SSL *connection, const char *list) {
    return (int)SSL_set1_groups_list(connection, (char *)list);
}

int CHasp_SSL_CTX_set1_sigalgs_list(SSL_CTX *context, const char *list) {
    return (int)SSL_CTX_set1_sigalgs_list(context, (char *)list);
}

int CHasp_SSL_CTX_add1_chain_cert(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

int CHasp_SSL_CTX_clear_chain_certs(SSL_CTX *context) { return (int)SSL_CTX_clear_chain_certs(context); }

int CHasp_SSL_CTX_build_cert_chain(SSL_CTX *context, int flags) {
    return (int)SSL_CTX_build_cert_chain(context, flags);
}

void CHasp_SSL_CTX_set_session_cache_mode(SSL_CTX *context, long mode) {
    SSL_CTX_set_session_cache_mode(context, mode);
}

int CHasp_SSL_set_tlsext_host_name(SSL *connection, const char *name) {
    return (int)SSL_set_tlsext_host_name(connection, name);
}

int CHasp_SSL_new_ex_index(void) { return SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL); }

uint64_t CHasp_SSL_OP_NO_TICKET(void) { return SSL_OP_NO_TICKET; }

uint64_t CHasp_SSL_OP_NO_RENEGOTIATION(void) { return SSL_OP_NO_RENEGOTIATION; }

uint64_t CHasp_SSL_OP_NO_COMPRESSION(void) { return SSL_OP_NO_COMPRESSION; }

uint64_t CHasp_SSL_OP_CIPHER_SERVER_PREFERENCE(void) { return SSL_OP_CIPHER_SERVER_PREFERENCE; }

void CHasp_BIO_retry_read(BIO *bio) { BIO_set_retry_read(bio); }

void CHasp_BIO_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

BIO *CHasp_BIO_new_memory(void) { return BIO_new(BIO_s_mem()); }

long CHasp_BIO_memory(BIO *bio, const uint8_t **bytes) { return BIO_get_mem_data(bio, (char **)bytes); }
