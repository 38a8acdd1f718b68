/* ranvier/driver.h: the contract between Ranvier (the host) and a device driver.
 *
 * A driver is a shared library with one exported symbol, `rvd_driver`, that returns a table of functions.
 * Our own devices (cpu, reference, null) go through this table too; there is no other way in.
 *
 * Conventions
 *   Language   C11; includes <stdint.h> and <stddef.h> only; fixed-width types, little-endian, no bit fields, no enums in structs.
 *   Version    0: host and driver must have been built with the same RVD_ABI_VERSION, and sizeof(rvd_api) must be equal.
 *              A NULL entry of the table is replaced by the host with one that answers RVD_NOT_IMPLEMENTED.
 *   Sizes      A struct that crosses the border carries its size in `struct_size`; version 0 demands equality.
 *              Plan records carry `size` and may be longer than the struct of the same name (they grow only at the end):
 *              walk a section by its `record_size`, never by sizeof.
 *   Ownership  Pointers handed in are borrowed for the call. Handles are freed by the call that names them. Nothing is ever
 *              freed by the other side: texts, report entries and bytes go out through the host's callbacks, which copy.
 *   Threads    Handles of different sessions may be used at the same time. One session is used by one thread at a time,
 *              except `cancel`, which any thread may call while `run` is going on. The host calls `open`, `close`,
 *              `device_open`, `check`, `compile`, `exec_load` one at a time per driver; one call at a time names an executable.
 *   Manners    No exception leaves an entry. No printing, exiting, aborting, signal handlers or changes of locale.
 *              <ranvier/driver.hpp> is a header-only C++ layer that keeps these rules for you.
 */
#ifndef RANVIER_DRIVER_H
#define RANVIER_DRIVER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RVD_ABI_VERSION 0u

#if defined(_WIN32)
#define RVD_EXPORT __declspec(dllexport)
#else
#define RVD_EXPORT __attribute__((visibility("default")))
#endif

/* ---------------------------------------------------------------- statuses */

typedef uint32_t rvd_status;
#define RVD_OK 0u
#define RVD_INVALID_ARGUMENT 1u /* the host broke a rule of this page, or a setting has a bad value */
#define RVD_NOT_FOUND 2u        /* no such device, population, variable, setting */
#define RVD_UNSUPPORTED 3u      /* the device cannot do what the plan asks; the report says why */
#define RVD_NOT_IMPLEMENTED 4u  /* the driver leaves this entry out */
#define RVD_INCOMPATIBLE 5u     /* plan, executable or struct of another version */
#define RVD_OUT_OF_MEMORY 6u
#define RVD_FAILED_PRECONDITION 7u /* right call, wrong moment: open children, session already failed */
#define RVD_TIMEOUT 8u
#define RVD_CANCELLED 9u
#define RVD_DEVICE_LOST 10u
#define RVD_INTERNAL 11u  /* a fault of the driver */
#define RVD_DATA_LOSS 12u /* events were lost or late; the counters say how many */

/* ---------------------------------------------------------------- element types */

#define RVD_F32 1u
#define RVD_F64 2u
#define RVD_I32 3u
#define RVD_I64 4u
#define RVD_I16 5u
#define RVD_I8 6u
#define RVD_U8 7u
#define RVD_BOOL 8u

/* ---------------------------------------------------------------- the Plan
 * Position-independent bytes; base address and every section and array are aligned to 64 bytes. All offsets count from the
 * first byte of the header. core/plan/FORMAT.md describes the file; the host has checked it, a driver need not check again.
 */

#define RVD_PLAN_MAGIC "RVPLAN\r\n"
#define RVD_PLAN_MAJOR 0u
#define RVD_PLAN_MINOR 3u
#define RVD_PLAN_ALIGN 64u
#define RVD_MAX_RANK 8u

typedef struct rvd_plan_header {
  char magic[8];          /* RVD_PLAN_MAGIC without its NUL */
  uint32_t major, minor;  /* another major is refused; a newer minor has records that are longer or unknown sections */
  uint64_t length;        /* of the whole plan, in bytes */
  uint32_t crc32c;        /* CRC-32C (Castagnoli) of the whole plan with this field as zero */
  uint32_t section_count; /* rvd_section records that follow the header directly */
} rvd_plan_header;

typedef struct rvd_section {
  uint32_t kind;        /* RVD_SECTION_* */
  uint32_t record_size; /* bytes from one record to the next */
  uint64_t offset;      /* of the first record */
  uint64_t count;       /* of records */
} rvd_section;

#define RVD_SECTION_NETWORK 1u     /* one rvd_network */
#define RVD_SECTION_POPULATION 2u  /* rvd_population, in the order of update */
#define RVD_SECTION_PROJECTION 3u  /* rvd_projection, by (source, target, receptor, order of connecting) */
#define RVD_SECTION_PARAMETER 4u   /* rvd_value: what the user gave, with units */
#define RVD_SECTION_COEFFICIENT 5u /* rvd_value: what the programs read */
#define RVD_SECTION_STATE 6u       /* rvd_state */
#define RVD_SECTION_VARIABLE 7u    /* rvd_variable: what can be probed */
#define RVD_SECTION_RECEPTOR 8u    /* rvd_receptor */
#define RVD_SECTION_OPTION 9u      /* rvd_option: the explicit options of a population's model */
#define RVD_SECTION_OP 10u         /* rvd_op: the programs */
#define RVD_SECTION_NOTE 11u       /* rvd_note: what lowering assumed, rounded or changed */
#define RVD_SECTION_TEXT 12u       /* bytes of all strings, record_size 1 */
#define RVD_SECTION_BLOB 13u       /* bytes of all arrays, record_size 1 */

typedef struct rvd_str { /* UTF-8, not NUL-terminated, inside RVD_SECTION_TEXT */
  uint64_t offset;
  uint64_t length;
} rvd_str;

typedef struct rvd_array { /* inside RVD_SECTION_BLOB; count 0 means absent */
  uint64_t offset;
  uint64_t count; /* of elements */
  uint32_t type;  /* RVD_F32 ... */
  uint32_t zero;
} rvd_array;

typedef struct rvd_range { /* records first .. first+count-1 of a section */
  uint32_t first;
  uint32_t count;
} rvd_range;

typedef struct rvd_network {
  uint32_t size;
  uint32_t zero;
  double dt; /* seconds, > 0 */
  uint64_t seed;
  uint64_t shared_bytes; /* estimate: weights and coefficients, once */
  uint64_t lane_bytes;   /* estimate: state and accumulators of one lane */
  rvd_str name;
} rvd_network;

#define RVD_POPULATION_INPUT 1u     /* emits what the host writes; no program */
#define RVD_POPULATION_OUTPUT 2u    /* an output of the network */
#define RVD_POPULATION_SPIKING 4u   /* has a threshold: counted by the spike hash */
#define RVD_POPULATION_STATELESS 8u /* its event is a function of this step's input alone */

typedef struct rvd_population {
  uint32_t size;
  uint32_t flags;               /* RVD_POPULATION_* */
  rvd_str name;                 /* unique */
  rvd_str model;                /* "lif@1": name and semantic version */
  uint64_t count;               /* neurons, 1 .. 2^31-1; the product of shape */
  uint64_t shape[RVD_MAX_RANK]; /* ids are row-major over it */
  uint32_t rank;
  uint32_t value_type; /* of the events it emits: RVD_F32, RVD_F64, RVD_I32, RVD_I64 */
  rvd_range options, parameters, coefficients, states, variables, receptors, ops;
  uint32_t registers; /* of the program */
  uint32_t zero;
} rvd_population;

typedef struct rvd_value {
  uint32_t size;
  uint32_t zero;
  rvd_str name;
  rvd_str unit;     /* empty: none */
  rvd_array values; /* 1 element for all neurons, or one per neuron; parameters of projections-to-be (weights) any number */
} rvd_value;

typedef struct rvd_state {
  uint32_t size;
  uint32_t type; /* RVD_F32, RVD_F64, RVD_I32, RVD_I64 */
  rvd_str name;
  rvd_array initial; /* 1 element or one per neuron; absent: zero */
} rvd_state;

typedef struct rvd_variable { /* probing `name` reads the state after the step's program has run */
  uint32_t size;
  uint32_t state; /* index among this population's states */
  rvd_str name;
} rvd_variable;

typedef struct rvd_receptor { /* one accumulator per neuron, +0 at the start of each step */
  uint32_t size;
  uint32_t type;
  rvd_str name;
} rvd_receptor;

typedef struct rvd_option {
  uint32_t size;
  uint32_t zero;
  rvd_str key;
  rvd_str value;
} rvd_option;

typedef struct rvd_note {
  uint32_t size;
  uint32_t zero;
  rvd_str where; /* node or "source -> target" */
  rvd_str text;
} rvd_note;

#define RVD_PROJECTION_DENSE 1u      /* weights [source][target], row-major: one row per source neuron */
#define RVD_PROJECTION_ONE_TO_ONE 2u /* neuron i to neuron i; weights absent (the value itself), 1, or one per neuron */

#define RVD_PROJECTION_CONVOLUTION 3u /* by `window`; weights [channels_out][channels_in / groups][kernel 0][kernel 1] */
#define RVD_PROJECTION_POOL 4u        /* by `window`: each channel's sum over the kernel; no weights (the value itself) */
#define RVD_PROJECTION_SPARSE 5u /* source i to targets[rows[i]] .. ; weights absent (the value itself), 1, or one per target */

#define RVD_PROJECTION_FEEDBACK 1u /* flag: its delay came from the feedback rule */

/* Where the kernel of a convolution or pool lies. A source's id is row-major over [channels_in][in 0][in 1], a target's over
 * [channels_out][out 0][out 1]; what has one axis has 1 on the second. Position k of the kernel joins, on each axis, target o to
 * source o * stride - padding + k * dilation where there is one: a cross-correlation, and outside there are zeros. Channels
 * c_in and c_out are joined where both are of one group: c_in / (channels_in / groups) = c_out / (channels_out / groups). */
typedef struct rvd_window {
  uint32_t channels_in, channels_out;
  uint32_t groups; /* a divisor of both; of a pool, equal to both */
  uint32_t zero;
  uint32_t in[2], out[2];
  uint32_t kernel[2], stride[2];
  uint32_t padding[2]; /* at the begin of the axis; what it is at the end follows from `out` */
  uint32_t dilation[2];
} rvd_window;

/* Terms enter a sum in ascending order of sources; those of one source and target in the order of its row. */
typedef struct rvd_projection {
  uint32_t size;
  uint32_t kind;
  uint32_t source, target; /* populations */
  uint32_t receptor;       /* index among the target's receptors */
  uint32_t delay;          /* steps; 0 only from a lower- to a higher-numbered population */
  uint32_t flags;
  uint32_t zero;
  rvd_array weights; /* of the receptor's type; finite */
  rvd_array prior;   /* one value per source neuron, or absent: the events of steps -delay .. -1, delivered like any other */
  rvd_window
      window;     /* convolution and pool, else zero; this and what follows may be cut off (`size`) for the first two kinds */
  rvd_array rows; /* sparse: i64 [sources + 1]; begins at 0, never falls, ends at the number of targets */
  rvd_array targets; /* sparse: i32, target neurons, row by row */
} rvd_projection;

/* ---------------------------------------------------------------- programs
 * A straight-line list of typed operations over one neuron, run once a step. Registers are written once, before they are
 * read. Every float operation is one IEEE operation of its type, never fused; integers wrap; >> is arithmetic.
 * Order of a step: the accumulators hold the step's sums; the program runs; STORE and EMIT take effect.
 * STORE of a float smaller in magnitude than 2^-100 stores +0 (a NaN stays). EMIT of what equals zero, -0 too, emits nothing.
 */

#define RVD_OP_CONST 1u    /* dst = imm, the bits of a value of `type` */
#define RVD_OP_COEFF 2u    /* dst = coefficient a of this population */
#define RVD_OP_STATE 3u    /* dst = state a, as stored by the previous step */
#define RVD_OP_RECEPTOR 4u /* dst = accumulator of receptor a */
#define RVD_OP_STORE 5u    /* state imm = register a */
#define RVD_OP_EMIT 6u     /* emit register a; once per program */
#define RVD_OP_RANDOM \
  7u                   /* dst, an i32, = 32 random bits: draw imm (below 256) of this neuron in this step and lane, see below */
#define RVD_OP_ADD 16u /* dst = a + b */
#define RVD_OP_SUB 17u
#define RVD_OP_MUL 18u
#define RVD_OP_DIV 19u   /* floats only */
#define RVD_OP_MIN 20u   /* a < b ? a : b */
#define RVD_OP_MAX 21u   /* a > b ? a : b */
#define RVD_OP_NEG 22u   /* -a */
#define RVD_OP_ABS 23u   /* |a| */
#define RVD_OP_SQRT 24u  /* floats only, as are the next three */
#define RVD_OP_EXP 25u   /* kernels/math */
#define RVD_OP_EXPM1 26u /* kernels/math */
#define RVD_OP_FLOOR 27u
#define RVD_OP_LOG 28u   /* floats only, as is the next; kernels/math */
#define RVD_OP_LOG1P 29u /* kernels/math */
#define RVD_OP_SHL 32u   /* integers only, as are the next four; a << imm, imm below the width */
#define RVD_OP_SHR 33u
#define RVD_OP_AND 34u
#define RVD_OP_OR 35u
#define RVD_OP_XOR 36u
#define RVD_OP_EQ 48u /* dst, an i32, = a == b ? 1 : 0; `type` is that of a and b */
#define RVD_OP_NE 49u
#define RVD_OP_LT 50u
#define RVD_OP_LE 51u
#define RVD_OP_GT 52u
#define RVD_OP_GE 53u
#define RVD_OP_SELECT 56u  /* dst = a (an i32) != 0 ? b : c */
#define RVD_OP_CONVERT 57u /* dst = a, of type `from`, as `type`; float to integer truncates, saturates, NaN gives 0 */

typedef struct rvd_op {
  uint32_t size;
  uint16_t code;
  uint8_t type; /* RVD_F32, RVD_F64, RVD_I32, RVD_I64 */
  uint8_t from; /* CONVERT only, else 0 */
  uint16_t dst, a, b, c;
  uint64_t imm;
} rvd_op;

/* Random bits are counter-based, so the same for any order of computing: Philox4x32-10 (Salmon and others 2011) with the key
 * f(seed + 0x9E3779B97F4A7C15 * (population + 1)), low word first, f being splitmix64's finaliser, and the counter
 * (neuron / 4, step's low word, step's high word, lane << 8 | imm); of the block's four words that of neuron % 4. seed and lane
 * are those of rvd_session_args: the lane is first_lane + the session's. */

/* ---------------------------------------------------------------- what crosses a call */

typedef struct rvd_driver_t rvd_driver_t;
typedef struct rvd_device_t rvd_device_t;
typedef struct rvd_exec_t rvd_exec_t;
typedef struct rvd_session_t rvd_session_t;

typedef struct rvd_text { /* UTF-8, not NUL-terminated, borrowed for the call */
  const char* data;
  uint64_t length;
} rvd_text;

typedef struct rvd_setting { /* one option of the user's: "precision" = "f64" */
  rvd_text key;
  rvd_text value;
} rvd_setting;

typedef struct rvd_settings { /* an unknown key is an error that names it. The host adds "lanes" to those of `check` */
  uint32_t struct_size;
  uint32_t zero;
  uint64_t count;
  const rvd_setting* items;
} rvd_settings;

#define RVD_VERDICT_EXACT 0u
#define RVD_VERDICT_APPROXIMATE 1u
#define RVD_VERDICT_UNSUPPORTED 2u

typedef struct rvd_figure { /* a number behind a line: "max_error" = 0.0039, "used" = 38; finite */
  rvd_text name;            /* [a-z][a-z0-9_]* */
  double value;
} rvd_figure;

typedef struct rvd_entry { /* one line of a report; texts may be empty */
  uint32_t struct_size;
  uint32_t verdict;  /* RVD_VERDICT_EXACT, _APPROXIMATE, RVD_VERDICT_UNSUPPORTED */
  rvd_text where;    /* population, or "source -> target" */
  rvd_text quantity; /* "neuron model", "weight", "decay", "neuron count" ... */
  rvd_text asked, limit, unit;
  rvd_text remedy;
  const rvd_figure* figures; /* names differ; NULL where figure_count is 0 */
  uint64_t figure_count;
} rvd_entry;

typedef struct rvd_report { /* the host's; `add` copies. A failing entry adds at least one line that says why */
  uint32_t struct_size;
  uint32_t zero;
  void* context;
  void (*add)(void* context, const rvd_entry* entry);
} rvd_report;

typedef struct rvd_sink { /* takes bytes; anything but RVD_OK: stop and pass it on */
  uint32_t struct_size;
  uint32_t zero;
  void* context;
  rvd_status (*write)(void* context, const void* bytes, uint64_t length);
} rvd_sink;

typedef struct rvd_facts { /* takes named facts: of a device, of a session */
  uint32_t struct_size;
  uint32_t zero;
  void* context;
  void (*text)(void* context, rvd_text name, rvd_text value);
  void (*number)(void* context, rvd_text name, uint64_t lane, uint64_t value);
} rvd_facts;

#define RVD_LOG_DEBUG 0u
#define RVD_LOG_INFO 1u
#define RVD_LOG_WARNING 2u
#define RVD_LOG_ERROR 3u

typedef struct rvd_host { /* lives until `close`; its functions may be called from any thread */
  uint32_t struct_size;
  uint32_t abi_version;
  void* context;
  void (*log)(void* context, uint32_t level, rvd_text message);
  /* The host's checker, for a plan that a driver took from a saved executable: RVD_OK, RVD_INCOMPATIBLE (the log says what is
   * wrong), RVD_OUT_OF_MEMORY. `plan` is aligned to RVD_PLAN_ALIGN. */
  rvd_status (*check_plan)(void* context, const void* plan, uint64_t length);
} rvd_host;

typedef struct rvd_session_args {
  uint32_t struct_size;
  uint32_t lanes;      /* >= 1: independent copies of the network */
  uint64_t first_lane; /* sample number of lane 0, for random numbers */
  uint64_t seed;
  uint64_t clock; /* number of the first step */
} rvd_session_args;

#define RVD_LAYOUT_EVENTS 1u /* step, lane, id, values: arrays of `count` */
#define RVD_LAYOUT_DENSE 2u  /* values [steps][lanes][width], row-major, from first_step on */

/* Events or a dense block of one population, in or out.
 * In (write): all fields are the host's. type is the population's value_type. Events are sorted by (step, lane, id), ids
 *   unique within one step and lane; values may be NULL: all 1. Steps before the clock are late: counted, not delivered.
 * Out (read, probe_read): layout, population and capacity (elements) and the arrays are the host's; the driver sets the rest.
 *   `type` becomes what the session computes in, which may be wider than the plan's (precision=f64), so `values` has 8 bytes for
 *   each element of `capacity`. `remaining` says how many elements did not fit: call again. Dense blocks hold whole steps only.
 */
typedef struct rvd_block {
  uint32_t struct_size;
  uint32_t layout;
  uint32_t population;
  uint32_t type;
  uint64_t first_step, steps, lanes, width;
  uint64_t count, capacity, remaining;
  uint64_t every; /* dense, out: steps between two rows */
  uint64_t* step;
  uint32_t* lane;
  uint32_t* id;
  void* values;
} rvd_block;

typedef struct rvd_io { /* events; in a dense block, elements that are not zero */
  uint32_t struct_size;
  uint32_t zero;
  uint64_t accepted, lost, late;
} rvd_io;

/* ---------------------------------------------------------------- the table
 * Every entry returns a status. Out-parameters are written only when it is RVD_OK. No pointer is NULL but `samples` where there are none. Entries
 * with a report say there what was wrong; the others have the host's log.
 * Blocking: run (until done, timeout or cancel) and compile may take long; all others return soon.
 */
typedef struct rvd_api {
  uint32_t struct_size; /* sizeof(rvd_api) */
  uint32_t abi_version; /* RVD_ABI_VERSION */
  const char* name;     /* the device's name in net.to("name"): [a-z][a-z0-9_-]*, static */
  const char* version;  /* of the driver, static */
  const char* vendor;   /* static */

  /* A driver is opened once per process. */
  rvd_status (*open)(const rvd_host* host, rvd_driver_t** driver);
  /* RVD_FAILED_PRECONDITION while devices or executables are open. */
  rvd_status (*close)(rvd_driver_t* driver);
  /* Calls facts->text(index as decimal, description) for every device present; takes nothing in use. What opens only with some
   * settings says so behind its index, as in "0?kind=emulator". */
  rvd_status (*enumerate)(rvd_driver_t* driver, const rvd_facts* facts);
  rvd_status (*device_open)(rvd_driver_t* driver, uint64_t index, const rvd_settings* settings, const rvd_report* report,
                            rvd_device_t** device);
  rvd_status (*device_close)(rvd_device_t* device);
  /* Facts as text: "kind" (hardware, emulator, cpu, none), "grade" (bit-exact, seeded-statistical, none), "isa", "verified"
   * (against what), "hash" (which populations the spike hash covers: all, or a list); limits as numbers: "max_neurons",
   * "weight_bits", "max_delay" ... (lane is 0). */
  rvd_status (*device_info)(rvd_device_t* device, const rvd_facts* facts);

  /* Complete: what it accepts fails later only for memory or loss of the device. RVD_UNSUPPORTED with all reasons, at once.
   * Its report has the figures of `compile` with the same samples; what it accepts does not depend on them. */
  rvd_status (*check)(rvd_driver_t* driver, const void* plan, uint64_t length, const rvd_settings* settings,
                      const rvd_block* samples, uint64_t sample_count, const rvd_report* report);
  /* Copies what it needs of the plan. `samples`: calibration input, NULL where sample_count is 0; one dense block for each
   * input population at most, all of the same steps and lanes (samples), of the population's value_type. */
  rvd_status (*compile)(rvd_driver_t* driver, const void* plan, uint64_t length, const rvd_settings* settings,
                        const rvd_block* samples, uint64_t sample_count, const rvd_report* report, rvd_exec_t** exec);
  rvd_status (*exec_save)(rvd_exec_t* exec, const rvd_sink* sink);
  /* `bytes` may be anything: validate. RVD_INCOMPATIBLE for another version's. */
  rvd_status (*exec_load)(rvd_driver_t* driver, const void* bytes, uint64_t length, const rvd_report* report,
                          rvd_exec_t** exec);
  /* Sessions keep what they need: an executable may be freed while sessions of it are open. */
  rvd_status (*exec_free)(rvd_exec_t* exec);

  rvd_status (*session_open)(rvd_device_t* device, rvd_exec_t* exec, const rvd_session_args* args, rvd_session_t** session);
  rvd_status (*session_free)(rvd_session_t* session);
  /* Input for steps from the clock on; may be called many times before a run. io counts this call. */
  rvd_status (*write)(rvd_session_t* session, const rvd_block* block, rvd_io* io);
  /* Runs steps while clock < until. timeout in nanoseconds, 0: none. On RVD_TIMEOUT and RVD_CANCELLED the session stands
   * after a whole step, which `clock` reports, and may go on. `clock` is always written. */
  rvd_status (*run)(rvd_session_t* session, uint64_t until, uint64_t timeout, uint64_t* clock);
  /* Any thread. Makes a run in progress return RVD_CANCELLED within 100 ms; without one it has no effect. */
  rvd_status (*cancel)(rvd_session_t* session);
  /* Events emitted by a population with a probe on "spikes", since the last read, sorted by (step, lane, id). */
  rvd_status (*read)(rvd_session_t* session, rvd_block* block);
  /* From the next step on record `variable` every `every` steps (0: stop); set again, it starts anew. "spikes" are events, read
   * by `read`, and take every = 1 only. */
  rvd_status (*probe_set)(rvd_session_t* session, uint32_t population, rvd_text variable, uint64_t every);
  rvd_status (*probe_read)(rvd_session_t* session, rvd_text variable, rvd_block* block);
  /* Back to the state and clock of session_open, probes kept, pending input and unread records dropped. */
  rvd_status (*reset)(rvd_session_t* session);
  /* Since the last reset. What a device cannot see is absent, not zero. Numbers per lane:
   *   "spikes"                    events of all populations with RVD_POPULATION_SPIKING
   *   "hash"                      the spike hash
   * and with lane 0, over all lanes:
   *   "steps", "late", "lost"
   *   "spikes.<population>"       events of one population with that flag, by its name
   *   "synaptic_operations"       terms summed of which neither weight nor value is zero. A term counts in the step where it
   *                               arrives; projections without weights are wires and do not count, nor do a program's constants
   *   "effective_acs"             of those: where all events that arrive over the projection in this step, in any lane, are 1 or -1,
   *   "effective_macs"            and where one is not. (NeuroBench's rule; a projection is its layer, the lanes are its batch)
   *   "dense_operations"          synapses of the projections with weights, in every step and lane: what a pass without regard to
   *                               zeros would do
   *   "dense_operations_avoided"  dense_operations - synaptic_operations
   *   "neuron_updates"            neurons of populations that are neither inputs nor stateless, in every step and lane */
  rvd_status (*counters)(rvd_session_t* session, const rvd_facts* facts);
  /* A named table of further entries, or RVD_NOT_FOUND: those below. */
  rvd_status (*extension)(rvd_driver_t* driver, rvd_text name, const void** table);
} rvd_api;

/* Extension "export": an executable in other formats than its own, as a chip's toolchain or a person takes them. */
#define RVD_EXTENSION_EXPORT "export"
typedef struct rvd_export {
  uint32_t struct_size;
  uint32_t zero;
  /* Calls facts->text(format, description) for each: "safetensors", "lava" ... */
  rvd_status (*formats)(rvd_driver_t* driver, const rvd_facts* facts);
  /* RVD_NOT_FOUND for an unknown format, RVD_UNSUPPORTED where the format has no place for what the executable holds. */
  rvd_status (*write)(rvd_exec_t* exec, rvd_text format, const rvd_report* report, const rvd_sink* sink);
} rvd_export;

/* The one exported symbol. Returns NULL for a version it was not built for. The table lives as long as the library. */
RVD_EXPORT const rvd_api* rvd_driver(uint32_t abi_version);
typedef const rvd_api* (*rvd_driver_fn)(uint32_t abi_version);

/* The spike hash of a lane is the sum modulo 2^64, over the events of all populations with RVD_POPULATION_SPIKING, of
 *   m(m(m(m(population) ^ neuron) ^ step) ^ bits)
 * with m(x) = splitmix64's finaliser of x + 0x9E3779B97F4A7C15, and bits those of the value as an IEEE double; every NaN counts
 * as 0x7FF8000000000000, for its bits differ by processor. */

#ifdef __cplusplus
}
#endif
#endif
