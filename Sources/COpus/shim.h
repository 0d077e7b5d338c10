// libopus: the codec of WebRTC (RFC 6716). Its control functions take a variable number of arguments, which Swift cannot
// call; here they have one each.
#ifndef COPUS_SHIM_H
#define COPUS_SHIM_H

#include <opus.h>

static inline int COpus_set_bitrate(OpusEncoder *encoder, opus_int32 bits_per_second) {
    return opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bits_per_second));
}

static inline int COpus_set_complexity(OpusEncoder *encoder, opus_int32 complexity) {
    return opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(complexity));
}

static inline int COpus_set_inband_fec(OpusEncoder *encoder, opus_int32 is_on) {
    return opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(is_on));
}

static inline int COpus_set_expected_loss(OpusEncoder *encoder, opus_int32 percent) {
    return opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(percent));
}

static inline int COpus_set_dtx(OpusEncoder *encoder, opus_int32 is_on) {
    return opus_encoder_ctl(encoder, OPUS_SET_DTX(is_on));
}

static inline int COpus_set_vbr(OpusEncoder *encoder, opus_int32 is_on) {
    return opus_encoder_ctl(encoder, OPUS_SET_VBR(is_on));
}

static inline int COpus_set_max_bandwidth(OpusEncoder *encoder, opus_int32 bandwidth) {
    return opus_encoder_ctl(encoder, OPUS_SET_MAX_BANDWIDTH(bandwidth));
}

#endif
