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

#endif
