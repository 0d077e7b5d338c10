#include "clinuxio.h"
typedef int clinuxio_placeholder;
