/// Marks what the shared libraries export; everything else is hidden.
#pragma once

#if defined(_WIN32)
#define RANVIER_API
#else
#define RANVIER_API __attribute__((visibility("default")))
#endif
