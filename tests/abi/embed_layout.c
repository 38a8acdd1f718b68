/* The layout of the structs of <ranvier/embed.h>, frozen for libranvier_embed.so.0 on 64-bit machines. As layout.c. */
#include <ranvier/embed.h>

#if defined(__cplusplus)
#define HOLDS(condition, text) static_assert(condition, text)
#else
#define HOLDS(condition, text) _Static_assert(condition, text)
#endif

#define SIZE(type, bytes) HOLDS(sizeof(type) == (bytes), "size of " #type)
#define AT(type, field, bytes) HOLDS(offsetof(type, field) == (bytes), "place of " #type "." #field)

SIZE(rv_error, 2048);
AT(rv_error, code, 0);
AT(rv_error, message, 4);

SIZE(rv_options, 16);
AT(rv_options, lanes, 0);
AT(rv_options, first_lane, 8);

SIZE(rv_node, 104);
AT(rv_node, name, 0);
AT(rv_node, type, 8);
AT(rv_node, rank, 12);
AT(rv_node, shape, 16);
AT(rv_node, neurons, 96);

SIZE(rv_events, 40);
AT(rv_events, count, 0);
AT(rv_events, step, 8);
AT(rv_events, lane, 16);
AT(rv_events, id, 24);
AT(rv_events, value, 32);

SIZE(rv_array, 96);
AT(rv_array, data, 0);
AT(rv_array, type, 8);
AT(rv_array, rank, 12);
AT(rv_array, shape, 16);
