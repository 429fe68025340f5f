//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//
//
// The only place that includes OpenSSL's headers. Functions that OpenSSL offers as macros get a function here; what a
// newer OpenSSL adds is decided here too, so that no Swift file asks for versions.

#ifndef CHASP_OPENSSL_H
#define CHASP_OPENSSL_H

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdint.h>

#if OPENSSL_VERSION_MAJOR < 3
#error "Hasp needs OpenSSL 3.0 or newer. Debian and Ubuntu: apt-get install libssl-dev; macOS: brew install openssl@3"
#endif

// MARK: Library

const char *CHasp_version_text(void);

// MARK: Contexts and connections

int CHasp_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version);
int CHasp_SSL_CTX_set_max_proto_version(SSL_CTX *context, int version);
int CHasp_SSL_set_min_proto_version(SSL *connection, int version);
int CHasp_SSL_set_max_proto_version(SSL *connection, int version);
void CHasp_SSL_CTX_set_mode(SSL_CTX *context, long mode);
int CHasp_SSL_CTX_set1_groups_list(SSL_CTX *context, const char *list);
int CHasp_SSL_set1_groups_list(SSL *connection, const char *list);
int CHasp_SSL_CTX_set1_sigalgs_list(SSL_CTX *context, const char *list);
int CHasp_SSL_CTX_add1_chain_cert(SSL_CTX *context, X509 *certificate);
int CHasp_SSL_CTX_clear_chain_certs(SSL_CTX *context);
int CHasp_SSL_CTX_build_cert_chain(SSL_CTX *context, int flags);
void CHasp_SSL_CTX_set_session_cache_mode(SSL_CTX *context, long mode);
int CHasp_SSL_set_tlsext_host_name(SSL *connection, const char *name);
int CHasp_SSL_new_ex_index(void);
uint64_t CHasp_SSL_OP_NO_TICKET(void);
uint64_t CHasp_SSL_OP_NO_RENEGOTIATION(void);
uint64_t CHasp_SSL_OP_NO_COMPRESSION(void);
uint64_t CHasp_SSL_OP_CIPHER_SERVER_PREFERENCE(void);

// MARK: BIO

void CHasp_BIO_retry_read(BIO *bio);
void CHasp_BIO_clear_retry(BIO *bio);
BIO *CHasp_BIO_new_memory(void);
long CHasp_BIO_memory(BIO *bio, const uint8_t **bytes);

// MARK: Stacks and memory

int CHasp_sk_X509_num(const STACK_OF(X509) *stack);
X509 *CHasp_sk_X509_value(const STACK_OF(X509) *stack, int index);
int CHasp_sk_GENERAL_NAME_num(const GENERAL_NAMES *names);
const GENERAL_NAME *CHasp_sk_GENERAL_NAME_value(const GENERAL_NAMES *names, int index);
int CHasp_sk_ASN1_OBJECT_num(const STACK_OF(ASN1_OBJECT) *stack);
const ASN1_OBJECT *CHasp_sk_ASN1_OBJECT_value(const STACK_OF(ASN1_OBJECT) *stack, int index);
void CHasp_sk_ASN1_OBJECT_free(STACK_OF(ASN1_OBJECT) *stack);
void CHasp_OPENSSL_free(void *memory);

/// Kind (GEN_DNS, GEN_IPADD, …) and content of a general name.
int CHasp_GENERAL_NAME_kind(const GENERAL_NAME *name);
const ASN1_STRING *CHasp_GENERAL_NAME_string(const GENERAL_NAME *name);
const X509_NAME *CHasp_GENERAL_NAME_directory(const GENERAL_NAME *name);
const ASN1_OBJECT *CHasp_GENERAL_NAME_registered_id(const GENERAL_NAME *name);

// MARK: Keys and certificates

/// A new private key: "RSA" with bits, "EC" with a curve name, "ED25519" and the like with neither. NULL on failure.
EVP_PKEY *CHasp_generate_key(const char *type, int bits, const char *curve);
/// Adds an extension written in OpenSSL's configuration syntax, such as ("subjectAltName", "DNS:localhost").
int CHasp_add_extension(X509 *certificate, X509 *issuer, const char *name, const char *value);
int CHasp_set_certificate_version3(X509 *certificate);
/// Seconds since 1970 of an ASN.1 time; 0 and *ok = 0 when it cannot be read.
int64_t CHasp_time_to_epoch(const ASN1_TIME *time, int *ok);
/// Sets an ASN.1 time from seconds since 1970.
int CHasp_set_time(ASN1_TIME *time, int64_t epoch);
/// The accesses of an authorityInfoAccess extension: what kind (an object) and where (a general name).
int CHasp_info_access_num(const AUTHORITY_INFO_ACCESS *accesses);
const ASN1_OBJECT *CHasp_info_access_method(const AUTHORITY_INFO_ACCESS *accesses, int index);
const GENERAL_NAME *CHasp_info_access_location(const AUTHORITY_INFO_ACCESS *accesses, int index);
/// Type of a general name of kind GEN_OTHERNAME; NULL for other kinds.
const ASN1_OBJECT *CHasp_GENERAL_NAME_other_type(const GENERAL_NAME *name);
/// Content of a general name of kind GEN_OTHERNAME when it is a UTF8String or an IA5String; otherwise NULL.
const ASN1_STRING *CHasp_GENERAL_NAME_other_string(const GENERAL_NAME *name);
/// Add one name to a list under construction; 1 on success. The kind is GEN_DNS, GEN_EMAIL, GEN_URI or GEN_IPADD.
int CHasp_GENERAL_NAMES_add_bytes(GENERAL_NAMES *names, int kind, const uint8_t *bytes, int count);
int CHasp_GENERAL_NAMES_add_registered_id(GENERAL_NAMES *names, const char *dotted);
int CHasp_GENERAL_NAMES_add_directory(GENERAL_NAMES *names, const X509_NAME *directory);
/// Overwrites memory that OpenSSL allocated, then frees it.
void CHasp_OPENSSL_clear_free(void *memory, size_t count);

#endif
