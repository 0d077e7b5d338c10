// spandsp: G.711, G.722, GSM and the concealment of lost packets. Its umbrella header wants libtiff's, which nothing here
// needs.
#ifndef CSPANDSP_SHIM_H
#define CSPANDSP_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <spandsp/telephony.h>
#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>
#include <spandsp/g722.h>
#include <spandsp/gsm0610.h>
#include <spandsp/plc.h>
#include <string.h>

// As plc_fillin. The library begins by turning its history round, with memcpy within one array, which may not overlap: here
// that is done before.
static inline int CSpanDSP_conceal(plc_state_t *state, int16_t *samples, int count) {
    int begin = state->buf_ptr;
    if (begin > 0 && begin < PLC_HISTORY_LEN) {
        int16_t older[PLC_HISTORY_LEN];
        memcpy(older, state->history, sizeof(int16_t) * begin);
        memmove(state->history, state->history + begin, sizeof(int16_t) * (PLC_HISTORY_LEN - begin));
        memcpy(state->history + PLC_HISTORY_LEN - begin, older, sizeof(int16_t) * begin);
    }
    state->buf_ptr = 0;
    return plc_fillin(state, samples, count);
}

#endif
