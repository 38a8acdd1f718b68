/* ranvier/embed.h: run a Plan on a device from C. For programs that ship a compiled network: no Python, no JSON, no HDF5.
 *
 * Conventions
 *   Language    C11; includes <stdint.h> and <stddef.h> only. Link libranvier_embed (CMake: ranvier::embed).
 *   Answers     Every call that can fail answers an rv_code, RV_OK or why not. Where it takes an rv_error, the caller's struct
 *               gets the code and a sentence; NULL is allowed. On RV_OK it is left as it was. Out-parameters are written only
 *               on RV_OK. No call throws, prints, exits or keeps global state, but for the drivers, which stay loaded.
 *   Ownership   A session belongs to who opened it, until rv_close. Text and arrays handed in are borrowed for the call, but
 *               for those of rv_input_dense (see there). Pointers handed out belong to the session; each call says how long
 *               they last.
 *   Threads     One session is used by one thread at a time, except rv_cancel, which any thread may call. Different sessions
 *               may be used at the same time. Opening is safe from several threads.
 *   Shapes      Arrays are row-major: [steps][lanes][neurons], ids are row-major over a node's shape. Lanes are independent
 *               copies of the network, run together.
 *   Errors      A run that fails leaves the session of no use until rv_reset: RV_FAILED_PRECONDITION tells the first fault.
 *               After RV_CANCELLED it goes on from where it stands, unless its message asks for rv_reset.
 */
#ifndef RANVIER_EMBED_H
#define RANVIER_EMBED_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define RV_API
#else
#define RV_API __attribute__((visibility("default")))
#endif

/* ---------------------------------------------------------------- codes: those of <ranvier/error.h> */

typedef uint32_t rv_code;
#define RV_OK 0u
#define RV_INVALID_ARGUMENT 1u
#define RV_NOT_FOUND 2u
#define RV_UNSUPPORTED 3u /* the message lists everything that the device refuses */
#define RV_NOT_IMPLEMENTED 4u
#define RV_INCOMPATIBLE 5u
#define RV_OUT_OF_MEMORY 6u
#define RV_FAILED_PRECONDITION 7u
#define RV_TIMEOUT 8u
#define RV_CANCELLED 9u
#define RV_DEVICE_LOST 10u
#define RV_INTERNAL 11u
#define RV_DATA_LOSS 12u
#define RV_UNKNOWN_NAME 32u
#define RV_BAD_SHAPE 33u
#define RV_BAD_TYPE 34u
#define RV_BAD_VALUE 35u
#define RV_OUT_OF_RANGE 36u
#define RV_BAD_FILE 39u
#define RV_BAD_DRIVER 40u

typedef struct rv_error {
  rv_code code;
  char message[2044]; /* UTF-8, ends with a NUL; cut where it is longer */
} rv_error;

/* ---------------------------------------------------------------- element types: those of <ranvier/tensor.h> */

#define RV_F32 1u
#define RV_F64 2u
#define RV_I32 3u
#define RV_I64 4u
#define RV_I16 5u
#define RV_I8 6u
#define RV_U8 7u
#define RV_BOOL 8u

#define RV_MAX_RANK 10u /* steps, lanes, and up to 8 of a node */

/* ---------------------------------------------------------------- opening and closing */

typedef struct rv_session rv_session;

typedef struct rv_options {
  uint64_t lanes;      /* 1 .. 2^24 */
  uint64_t first_lane; /* sample number of lane 0, for random numbers */
} rv_options;

/* Opens a session of a Plan on a device: "cpu", "cpu?precision=f64", or the path of a driver. Drivers are looked for in the
 * folders of RANVIER_DRIVER_PATH, then in ranvier/drivers beside libranvier_embed. `options` may be NULL: one lane, number 0.
 * RV_BAD_FILE, RV_INCOMPATIBLE for the plan; RV_NOT_FOUND, RV_BAD_DRIVER, RV_UNSUPPORTED for the device. */
RV_API rv_code rv_open_file(const char* plan_path, const char* device, const rv_options* options, rv_session** session,
                            rv_error* error);
/* The same for a plan in memory, at any address; it is copied. */
RV_API rv_code rv_open_bytes(const void* plan, uint64_t length, const char* device, const rv_options* options,
                             rv_session** session, rv_error* error);
/* Frees everything of the session. NULL is allowed. No other thread may be in a call with it. */
RV_API void rv_close(rv_session* session);

/* ---------------------------------------------------------------- what the network is */

typedef struct rv_node {
  const char* name; /* until rv_close */
  uint32_t type;    /* of its events: RV_F32, RV_F64, RV_I32, RV_I64 */
  uint32_t rank;
  uint64_t shape[RV_MAX_RANK];
  uint64_t neurons; /* the product of shape */
} rv_node;

RV_API uint64_t rv_input_count(const rv_session* session);
RV_API uint64_t rv_output_count(const rv_session* session);
/* RV_OUT_OF_RANGE for an index past the count. */
RV_API rv_code rv_input_node(const rv_session* session, uint64_t index, rv_node* node);
RV_API rv_code rv_output_node(const rv_session* session, uint64_t index, rv_node* node);
RV_API uint64_t rv_lanes(const rv_session* session);
RV_API uint64_t rv_clock(const rv_session* session); /* number of the next step */
RV_API double rv_dt_ms(const rv_session* session);

/* ---------------------------------------------------------------- running */

/* Names what later runs record: "node.spikes", "node.v"; states every `every` steps (>= 1) of a run. Replaces what was named
 * before; count 0 records nothing. Outputs are always kept. A wrong name is told by rv_run. */
RV_API rv_code rv_record(rv_session* session, const char* const* names, uint64_t count, uint64_t every, rv_error* error);

/* Input of the next run for one node: `data` is [steps][lanes][neurons] of `type`, and is borrowed until that run returns.
 * Replaces what the node was given before. Converted to the node's type; what does not fit is told by rv_run. */
RV_API rv_code rv_input_dense(rv_session* session, const char* node, uint32_t type, const void* data, uint64_t steps,
                              rv_error* error);

/* The same as events, in any order: `count` of each array; step counts from 0 at the next run's first. `lane` may be NULL: lane
 * 0. `value` may be NULL: 1 each. Several events of one neuron in one step add up. Copied; takes memory for the dense block. */
RV_API rv_code rv_input_events(rv_session* session, const char* node, uint64_t steps, uint64_t count, const uint64_t* step,
                               const uint32_t* lane, const uint32_t* id, const double* value, rv_error* error);

/* Goes on for `steps` steps. Inputs that were given must have as many, and are used up, whatever the answer; nodes that were
 * given none are silent. Blocks until done. */
RV_API rv_code rv_run(rv_session* session, uint64_t steps, rv_error* error);
/* Any thread: a run that goes on answers RV_CANCELLED within 0.1 s. Without one it has no effect. */
RV_API void rv_cancel(rv_session* session);
/* Back to the first step and the initial state. */
RV_API rv_code rv_reset(rv_session* session, rv_error* error);
/* The same with another number of lanes. */
RV_API rv_code rv_reset_lanes(rv_session* session, uint64_t lanes, rv_error* error);

/* ---------------------------------------------------------------- what the last run gave
 * All pointers last until the next rv_run, rv_reset, rv_reset_lanes or rv_close of the session.
 */

typedef struct rv_events { /* sorted by (step, lane, id) */
  uint64_t count;
  const uint64_t* step; /* counted from the last reset */
  const uint32_t* lane;
  const uint32_t* id;
  const double* value;
} rv_events;

typedef struct rv_array {
  const void* data;
  uint32_t type;
  uint32_t rank;
  uint64_t shape[RV_MAX_RANK]; /* steps (or rows), lanes, then the node's */
} rv_array;

/* RV_UNKNOWN_NAME for what was not recorded, with what was. */
RV_API rv_code rv_spikes(const rv_session* session, const char* node, rv_events* events, rv_error* error);
RV_API rv_code rv_state(const rv_session* session, const char* node, const char* variable, rv_array* array, rv_error* error);
RV_API rv_code rv_output(const rv_session* session, const char* node, rv_array* array, rv_error* error);

/* The spike hash of all lanes since the last reset, which is the same on every exact device. RV_NOT_FOUND where the device has
 * none. */
RV_API rv_code rv_hash(const rv_session* session, uint64_t* hash, rv_error* error);
/* "spikes", "steps" ...: since the last reset, added up over lanes. RV_NOT_FOUND where the device does not count it. */
RV_API rv_code rv_counter(const rv_session* session, const char* name, uint64_t* value, rv_error* error);

#ifdef __cplusplus
}
#endif
#endif
