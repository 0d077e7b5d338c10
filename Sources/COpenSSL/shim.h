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
#include <openssl/kdf.h>
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

#pragma clang diagnostic pop

// Keys a context of the algorithm "HMAC". In C because the parameters point at their names.
static inline int COpenSSL_HMAC_SHA1_init(EVP_MAC_CTX *context, const unsigned char *key, size_t length) {
    char digest[] = "SHA1";
    OSSL_PARAM parameters[2];
    parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
    parameters[1] = OSSL_PARAM_construct_end();
    return EVP_MAC_init(context, key, length, parameters);
}

// The PRF of TLS 1.2 (RFC 5246 section 5), with the label at the start of the seed.
static inline int COpenSSL_TLS1_PRF(const EVP_MD *digest, const unsigned char *secret, size_t secret_length,
                                    const unsigned char *seed, size_t seed_length, unsigned char *output,
                                    size_t length) {
    EVP_KDF *function = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *context = function ? EVP_KDF_CTX_new(function) : NULL;
    EVP_KDF_free(function);
    if (!context) return 0;
    OSSL_PARAM parameters[4];
    parameters[0] =
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)EVP_MD_get0_name(digest), 0);
    parameters[1] =
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, (void *)(uintptr_t)secret, secret_length);
    parameters[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)(uintptr_t)seed, seed_length);
    parameters[3] = OSSL_PARAM_construct_end();
    int result = EVP_KDF_derive(context, output, length, parameters);
    EVP_KDF_CTX_free(context);
    return result > 0;
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
