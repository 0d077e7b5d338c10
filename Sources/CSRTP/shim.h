// libsrtp2: the independent referee of the SRTP tests and benchmarks. Nothing in the relay uses it.
#ifndef CSRTP_SHIM_H
#define CSRTP_SHIM_H

#include <srtp2/auth.h>
#include <srtp2/srtp.h>

#endif
