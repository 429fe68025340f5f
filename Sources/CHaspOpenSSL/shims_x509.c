//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

#include "CHaspOpenSSL.h"

#include <time.h>

int CHasp_sk_X509_num(const STACK_OF(X509) *stack) { return stack == NULL ? 0 : sk_X509_num(stack); }

X509 *CHasp_sk_X509_value(const STACK_OF(X509) *stack, int index) { return sk_X509_value(stack, index); }

int CHasp_sk_GENERAL_NAME_num(const GENERAL_NAMES *names) { return names == NULL ? 0 : sk_GENERAL_NAME_num(names); }

const GENERAL_NAME *CHasp_sk_GENERAL_NAME_value(const GENERAL_NAMES *names, int index) {
    return sk_GENERAL_NAME_value(names, index);
}

int CHasp_sk_ASN1_OBJECT_num(const STACK_OF(ASN1_OBJECT) *stack) {
    return stack == NULL ? 0 : sk_ASN1_OBJECT_num(stack);
}

const ASN1_OBJECT *CHasp_sk_ASN1_OBJECT_value(const STACK_OF(ASN1_OBJECT) *stack, int index) {
    return sk_ASN1_OBJECT_value(stack, index);
}

void CHasp_sk_ASN1_OBJECT_free(STACK_OF(ASN1_OBJECT) *stack) { sk_ASN1_OBJECT_pop_free(stack, ASN1_OBJECT_free); }

void CHasp_OPENSSL_free(void *memory) { OPENSSL_free(memory); }

int CHasp_GENERAL_NAME_kind(const GENERAL_NAME *name) { return name->type; }

const ASN1_STRING *CHasp_GENERAL_NAME_string(const GENERAL_NAME *name) {
    switch (name->type) {
    case GEN_DNS:
    case GEN_EMAIL:
    case GEN_URI:
        return name->d.ia5;
    case GEN_IPADD:
        return name->d.iPAddress;
    default:
        return NULL;
    }
}

const X509_NAME *CHasp_GENERAL_NAME_directory(const GENERAL_NAME *name) {
    return name->type == GEN_DIRNAME ? name->d.directoryName : NULL;
}

const ASN1_OBJECT *CHasp_GENERAL_NAME_registered_id(const GENERAL_NAME *name) {
    return name->type == GEN_RID ? name->d.registeredID : NULL;
}

EVP_PKEY *CHasp_generate_key(const char *type, int bits, const char *curve) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (context == NULL) return NULL;
    if (EVP_PKEY_keygen_init(context) <= 0) goto done;
    if (bits > 0 && EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) <= 0) goto done;
    if (curve != NULL && EVP_PKEY_CTX_set_group_name(context, curve) <= 0) goto done;
    if (EVP_PKEY_generate(context, &key) <= 0) key = NULL;
done:
    EVP_PKEY_CTX_free(context);
    return key;
}

int CHasp_add_extension(X509 *certificate, X509 *issuer, const char *name, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *extension = X509V3_EXT_conf(NULL, &context, name, value);
    if (extension == NULL) return 0;
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

int CHasp_set_certificate_version3(X509 *certificate) { return X509_set_version(certificate, X509_VERSION_3); }

int64_t CHasp_time_to_epoch(const ASN1_TIME *time, int *ok) {
    struct tm parts;
    *ok = 0;
    if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1) return 0;
    *ok = 1;
    return (int64_t)timegm(&parts);
}

int CHasp_set_time(ASN1_TIME *time, int64_t epoch) { return ASN1_TIME_set(time, (time_t)epoch) != NULL; }

int CHasp_info_access_num(const AUTHORITY_INFO_ACCESS *accesses) {
    return accesses == NULL ? 0 : sk_ACCESS_DESCRIPTION_num(accesses);
}

const ASN1_OBJECT *CHasp_info_access_method(const AUTHORITY_INFO_ACCESS *accesses, int index) {
    const ACCESS_DESCRIPTION *access = sk_ACCESS_DESCRIPTION_value(accesses, index);
    return access == NULL ? NULL : access->method;
}

const GENERAL_NAME *CHasp_info_access_location(const AUTHORITY_INFO_ACCESS *accesses, int index) {
    const ACCESS_DESCRIPTION *access = sk_ACCESS_DESCRIPTION_value(accesses, index);
    return access == NULL ? NULL : access->location;
}

const ASN1_OBJECT *CHasp_GENERAL_NAME_other_type(const GENERAL_NAME *name) {
    return name->type == GEN_OTHERNAME ? name->d.otherName->type_id : NULL;
}

const ASN1_STRING *CHasp_GENERAL_NAME_other_string(const GENERAL_NAME *name) {
    if (name->type != GEN_OTHERNAME || name->d.otherName->value == NULL) return NULL;
    const ASN1_TYPE *value = name->d.otherName->value;
    switch (value->type) {
    case V_ASN1_UTF8STRING:
        return value->value.utf8string;
    case V_ASN1_IA5STRING:
        return value->value.ia5string;
    default:
        return NULL;
    }
}

/// Takes over the name, whether or not it could be added.
static int add_general_name(GENERAL_NAMES *names, GENERAL_NAME *name) {
    if (sk_GENERAL_NAME_push(names, name) > 0) return 1;
    GENERAL_NAME_free(name);
    return 0;
}

int CHasp_GENERAL_NAMES_add_bytes(GENERAL_NAMES *names, int kind, const uint8_t *bytes, int count) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *text = ASN1_STRING_type_new(kind == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    if (name == NULL || text == NULL || ASN1_STRING_set(text, bytes, count) != 1) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(text);
        return 0;
    }
    GENERAL_NAME_set0_value(name, kind, text);
    return add_general_name(names, name);
}

int CHasp_GENERAL_NAMES_add_registered_id(GENERAL_NAMES *names, const char *dotted) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_OBJECT *object = OBJ_txt2obj(dotted, 1);
    if (name == NULL || object == NULL) {
        GENERAL_NAME_free(name);
        ASN1_OBJECT_free(object);
        return 0;
    }
    GENERAL_NAME_set0_value(name, GEN_RID, object);
    return add_general_name(names, name);
}

int CHasp_GENERAL_NAMES_add_directory(GENERAL_NAMES *names, const X509_NAME *directory) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    X509_NAME *copy = X509_NAME_dup(directory);
    if (name == NULL || copy == NULL) {
        GENERAL_NAME_free(name);
        X509_NAME_free(copy);
        return 0;
    }
    GENERAL_NAME_set0_value(name, GEN_DIRNAME, copy);
    return add_general_name(names, name);
}

void CHasp_OPENSSL_clear_free(void *memory, size_t count) { OPENSSL_clear_free(memory, count); }
