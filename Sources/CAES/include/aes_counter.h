/*
 * AES in counter mode with the processor's own instructions, on round keys that lie where the caller has them.
 *
 * libcrypto's contexts cannot be laid out: what one packet needs of a key is spread over a dozen cache lines there, and of
 * a thousand keys none is in the cache when its next packet comes. Here it is the round keys and nothing else.
 */
#ifndef AES_COUNTER_H
#define AES_COUNTER_H

#include <stddef.h>
#include <stdint.h>

enum {
    /* Octets of the round keys of the longest key. */
    CAES_ROUND_KEYS = 15 * 16,
};

/* 1 when this processor has the instructions. Otherwise nothing else here may be called. */
int caes_is_available(void);

/* Expands a key of 16, 24 or 32 octets (FIPS 197 section 5.2) into at most CAES_ROUND_KEYS octets. Returns the number of
 * rounds, 10, 12 or 14; 0 for another length. */
int caes_expand(void *round_keys, const void *key, size_t count);

/* XORs `count` octets with the keystream of the blocks (first, last ^ 0), (first, last ^ 1), ..., two numbers that are
 * big-endian in the block. */
void caes_counter(const void *round_keys, int rounds, uint64_t first, uint64_t last, void *octets, size_t count);

#endif
