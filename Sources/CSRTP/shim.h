// libsrtp2: the SRTP of the load generator, independent of the relay's, and the referee of its tests.
#ifndef CSRTP_SHIM_H
#define CSRTP_SHIM_H

#include <srtp2/auth.h>
#include <srtp2/srtp.h>

#endif
