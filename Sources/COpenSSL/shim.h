// OpenSSL 3, and static inline stand-ins for what Swift cannot import from it: macros and deprecated functions.
#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

// HMAC starts every packet from a copied SHA-1 state. Only the low-level interface has states that copy for
// free: OpenSSL 3 calls it deprecated, and keeps it.

static inline int COpenSSL_SHA1_Init(SHA_CTX *context) { return SHA1_Init(context); }

static inline int COpenSSL_SHA1_Update(SHA_CTX *context, const void *data, size_t length) {
    return SHA1_Update(context, data, length);
}

static inline int COpenSSL_SHA1_Final(unsigned char *digest, SHA_CTX *context) { return SHA1_Final(digest, context); }

#pragma clang diagnostic pop

// Keys a context of the algorithm "HMAC". In C because the parameters point at their names.
static inline int COpenSSL_HMAC_SHA1_init(EVP_MAC_CTX *context, const unsigned char *key, size_t length) {
    char digest[] = "SHA1";
    OSSL_PARAM parameters[2];
    parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
    parameters[1] = OSSL_PARAM_construct_end();
    return EVP_MAC_init(context, key, length, parameters);
}

static inline EVP_PKEY *COpenSSL_EC_gen(const char *curve) { return EVP_EC_gen(curve); }

static inline EVP_PKEY *COpenSSL_RSA_gen(unsigned int bits) { return EVP_RSA_gen(bits); }

// SSL_OP_BIT() does not import.
static const uint64_t COpenSSL_OP_NO_QUERY_MTU = SSL_OP_NO_QUERY_MTU;
static const uint64_t COpenSSL_OP_NO_TICKET = SSL_OP_NO_TICKET;
static const uint64_t COpenSSL_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t COpenSSL_OP_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t COpenSSL_OP_CIPHER_SERVER_PREFERENCE = SSL_OP_CIPHER_SERVER_PREFERENCE;

#endif
