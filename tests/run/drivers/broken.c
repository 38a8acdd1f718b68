/* A driver with one thing wrong with it, chosen by a macro; without one it is whole, and does nothing. */

#define _POSIX_C_SOURCE 200809L

#include <ranvier/driver.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int thing; /* handles point here */

#if defined(BROKEN_CONSTRUCTOR_HANGS)
__attribute__((constructor)) static void at_start(void) {
  for (;;) pause();
}
#elif defined(BROKEN_CONSTRUCTOR_CRASHES)
__attribute__((constructor)) static void at_start(void) {
  fputs("about to fall\n", stderr);
  signal(SIGSEGV, SIG_DFL); /* a sanitizer would take it and exit */
  raise(SIGSEGV);
}
#elif defined(BROKEN_CONSTRUCTOR_EXITS)
__attribute__((constructor)) static void at_start(void) { exit(0); }
#elif defined(BROKEN_CONSTRUCTOR_PRINTS)
__attribute__((constructor)) static void at_start(void) { puts("Welcome to the SDK!"); }
#elif defined(BROKEN_CONSTRUCTOR_FLOODS)
__attribute__((constructor)) static void at_start(void) {
  for (;;) puts("Welcome to the SDK!");
}
#elif defined(BROKEN_CONSTRUCTOR_FORKS)
__attribute__((constructor)) static void at_start(void) {
  if (fork() == 0) {
    for (;;) pause(); /* keeps every pipe open */
  }
}
#elif defined(BROKEN_UNDEFINED_SYMBOL)
extern int nobody_defines_this(void);
#elif defined(BROKEN_MISSING_DEPENDENCY)
extern int helper_of_a_driver(void);
#endif

static rvd_status open_driver(const rvd_host* host, rvd_driver_t** driver) {
  (void)host;
#if defined(BROKEN_OPEN_CRASHES)
  abort();
#elif defined(BROKEN_OPEN_FAILS)
  return RVD_DEVICE_LOST;
#elif defined(BROKEN_OPEN_GIVES_NULL)
  (void)driver;
  return RVD_OK;
#elif defined(BROKEN_UNDEFINED_SYMBOL)
  return (rvd_status)nobody_defines_this();
#elif defined(BROKEN_MISSING_DEPENDENCY)
  return (rvd_status)helper_of_a_driver();
#endif
  *driver = (rvd_driver_t*)&thing;
  return RVD_OK;
}

static rvd_status enumerate(rvd_driver_t* driver, const rvd_facts* facts) {
  (void)driver;
  (void)facts;
#if defined(BROKEN_ENUMERATE_HANGS)
  for (;;) pause();
#endif
  return RVD_OK;
}

static rvd_status device_open(rvd_driver_t* driver, uint64_t index, const rvd_settings* settings, const rvd_report* report,
                              rvd_device_t** device) {
  (void)driver;
  (void)index;
  (void)settings;
  (void)report;
#if !defined(BROKEN_DEVICE_IS_NULL)
  *device = (rvd_device_t*)&thing;
#else
  (void)device;
#endif
  return RVD_OK;
}

static rvd_status check(rvd_driver_t* driver, const void* plan, uint64_t length, const rvd_settings* settings,
                        const rvd_block* samples, uint64_t sample_count, const rvd_report* report) {
  (void)samples;
  (void)sample_count;
  (void)driver;
  (void)plan;
  (void)length;
  (void)settings;
  (void)report;
  return RVD_OK;
}

static rvd_status compile(rvd_driver_t* driver, const void* plan, uint64_t length, const rvd_settings* settings,
                          const rvd_block* samples, uint64_t sample_count, const rvd_report* report, rvd_exec_t** exec) {
  (void)driver;
  (void)plan;
  (void)length;
  (void)settings;
  (void)samples;
  (void)sample_count;
  (void)report;
#if !defined(BROKEN_EXECUTABLE_IS_NULL)
  *exec = (rvd_exec_t*)&thing;
#else
  (void)exec;
#endif
  return RVD_OK;
}

static rvd_status session_open(rvd_device_t* device, rvd_exec_t* exec, const rvd_session_args* args, rvd_session_t** session) {
  (void)device;
  (void)exec;
  (void)args;
#if !defined(BROKEN_SESSION_IS_NULL)
  *session = (rvd_session_t*)&thing;
#else
  (void)session;
#endif
  return RVD_OK;
}

/* Everything that is not named here is NULL. */
static rvd_api table = {
    .struct_size = sizeof(rvd_api),
    .abi_version = RVD_ABI_VERSION,
    .name = BROKEN_NAME,
    .version = "0",
    .vendor = "Tests",
    .open = open_driver,
    .enumerate = enumerate,
    .device_open = device_open,
    .check = check,
    .compile = compile,
    .session_open = session_open,
};

#if defined(BROKEN_NO_SYMBOL)
#define rvd_driver rvd_other
RVD_EXPORT const rvd_api* rvd_other(uint32_t abi_version);
#endif

const rvd_api* rvd_driver(uint32_t abi_version) {
#if defined(BROKEN_VERSION)
  table.abi_version = 7;
#elif defined(BROKEN_SIZE)
  table.struct_size = 3;
#elif defined(BROKEN_NO_NAME)
  table.name = NULL;
#elif defined(BROKEN_BAD_NAME)
  table.name = "Not A Name";
#elif defined(BROKEN_NO_VENDOR)
  table.vendor = NULL;
#elif defined(BROKEN_NO_TABLE)
  return NULL;
#endif
  return abi_version == RVD_ABI_VERSION ? &table : NULL;
}
