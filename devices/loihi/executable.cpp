#include "devices/loihi/executable.h"
