// libsrtp2: the SRTP of the load generator, independent of the relay's, and the referee of its tests.
#ifndef CSRTP_SHIM_H
#define CSRTP_SHIM_H

#include <pthread.h>
#include <srtp2/auth.h>
#include <srtp2/srtp.h>

// srtp_init() fails when it is called again, and several modules of one process use the library: weak, so that they share
// one record of it.
__attribute__((weak)) pthread_once_t CSRTP_once = PTHREAD_ONCE_INIT;
__attribute__((weak)) srtp_err_status_t CSRTP_status = srtp_err_status_init_fail;

static inline void CSRTP_init_once(void) { CSRTP_status = srtp_init(); }

// Starts the library unless that was done; from any thread, any number of times.
static inline srtp_err_status_t CSRTP_init(void) {
    pthread_once(&CSRTP_once, CSRTP_init_once);
    return CSRTP_status;
}

#endif
