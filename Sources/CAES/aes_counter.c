#include "aes_counter.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define WITH_AES __attribute__((target("aes,sse4.1")))

enum { BLOCK = 16, LANES = 8 };

int caes_is_available(void) { return __builtin_cpu_supports("aes") && __builtin_cpu_supports("sse4.1"); }

/* SubWord of FIPS 197 section 5.2, without a table that a cache could tell of. */
WITH_AES static uint32_t substitute(uint32_t word) {
    __m128i lanes = _mm_set1_epi32((int)word);
    return (uint32_t)_mm_extract_epi32(_mm_aeskeygenassist_si128(lanes, 0), 0);
}

WITH_AES int caes_expand(void *round_keys, const void *key, size_t count) {
    if (count != 16 && count != 24 && count != 32) {
        return 0;
    }
    uint32_t words[CAES_ROUND_KEYS / 4];
    const size_t length = count / 4;
    const size_t rounds = length + 6;
    const size_t end = 4 * (rounds + 1);
    memcpy(words, key, count);
    /* Words are little-endian here: RotWord turns to the right, and the constant is in the lowest octet. */
    uint32_t constant = 1;
    for (size_t index = length; index < end; index += 1) {
        uint32_t word = words[index - 1];
        if (index % length == 0) {
            word = substitute(word);
            word = (word >> 8 | word << 24) ^ constant;
            constant = constant << 1 ^ (constant & 0x80 ? 0x11B : 0);
        } else if (length > 6 && index % length == 4) {
            word = substitute(word);
        }
        words[index] = words[index - length] ^ word;
    }
    memcpy(round_keys, words, end * 4);
    /* Through a volatile pointer, so that it is not left out. */
    volatile uint32_t *wiped = words;
    for (size_t index = 0; index < CAES_ROUND_KEYS / 4; index += 1) {
        wiped[index] = 0;
    }
    return (int)rounds;
}

/* Encrypts `lanes` blocks with counters from `counter` on; a constant number, so that the loops over them unroll. */
WITH_AES static inline __attribute__((always_inline)) void keystream(__m128i *blocks, const int lanes,
                                                                     const __m128i *keys, int rounds, uint64_t first,
                                                                     uint64_t last, uint64_t counter) {
    const __m128i key = _mm_loadu_si128(keys);
    const long long head = (long long)__builtin_bswap64(first);
    for (int lane = 0; lane < lanes; lane += 1) {
        const long long tail = (long long)__builtin_bswap64(last ^ (counter + (uint64_t)lane));
        blocks[lane] = _mm_xor_si128(_mm_set_epi64x(tail, head), key);
    }
    for (int round = 1; round < rounds; round += 1) {
        const __m128i next = _mm_loadu_si128(keys + round);
        for (int lane = 0; lane < lanes; lane += 1) {
            blocks[lane] = _mm_aesenc_si128(blocks[lane], next);
        }
    }
    const __m128i end = _mm_loadu_si128(keys + rounds);
    for (int lane = 0; lane < lanes; lane += 1) {
        blocks[lane] = _mm_aesenclast_si128(blocks[lane], end);
    }
}

WITH_AES static inline __attribute__((always_inline)) void combine(uint8_t *octets, const __m128i *blocks, int count) {
    for (int lane = 0; lane < count; lane += 1) {
        __m128i *place = (__m128i *)(void *)(octets + lane * BLOCK);
        _mm_storeu_si128(place, _mm_xor_si128(_mm_loadu_si128(place), blocks[lane]));
    }
}

WITH_AES void caes_counter(const void *round_keys, int rounds, uint64_t first, uint64_t last, void *octets,
                           size_t count) {
    const __m128i *keys = round_keys;
    uint8_t *place = octets;
    uint64_t counter = 0;
    __m128i blocks[LANES];
    while (count >= LANES * BLOCK) {
        keystream(blocks, LANES, keys, rounds, first, last, counter);
        combine(place, blocks, LANES);
        place += LANES * BLOCK;
        count -= LANES * BLOCK;
        counter += LANES;
    }
    while (count > 0) {
        const int lanes = 2;
        const size_t length = count < (size_t)lanes * BLOCK ? count : (size_t)lanes * BLOCK;
        keystream(blocks, lanes, keys, rounds, first, last, counter);
        if (length == (size_t)lanes * BLOCK) {
            combine(place, blocks, lanes);
        } else {
            const uint8_t *key = (const uint8_t *)blocks;
            for (size_t index = 0; index < length; index += 1) {
                place[index] ^= key[index];
            }
        }
        place += length;
        count -= length;
        counter += (uint64_t)lanes;
    }
}

#else

int caes_is_available(void) { return 0; }

int caes_expand(void *round_keys, const void *key, size_t count) {
    (void)round_keys, (void)key, (void)count;
    return 0;
}

void caes_counter(const void *round_keys, int rounds, uint64_t first, uint64_t last, void *octets, size_t count) {
    (void)round_keys, (void)rounds, (void)first, (void)last, (void)octets, (void)count;
}

#endif
