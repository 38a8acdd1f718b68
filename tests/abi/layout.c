/* The layout of every struct that crosses the driver's border or stands in a plan, frozen: version 0 on 64-bit machines.
 *
 * Compiled as C11 and as C++20, by every compiler that is found; nothing runs. A line that fails means that drivers and plans
 * in the field no longer fit: change RVD_ABI_VERSION or RVD_PLAN_MAJOR with it, or take the change back. Records of a plan may
 * grow at their end (RVD_PLAN_MINOR): then their SIZE changes, and no AT.
 */
#include <ranvier/driver.h>

#if defined(__cplusplus)
#define HOLDS(condition, text) static_assert(condition, text)
#else
#define HOLDS(condition, text) _Static_assert(condition, text)
#endif

#define SIZE(type, bytes) HOLDS(sizeof(type) == (bytes), "size of " #type)
#define AT(type, field, bytes) HOLDS(offsetof(type, field) == (bytes), "place of " #type "." #field)

HOLDS(sizeof(void*) == 8, "these numbers are those of 64-bit machines");

SIZE(rvd_plan_header, 32);
AT(rvd_plan_header, magic, 0);
AT(rvd_plan_header, major, 8);
AT(rvd_plan_header, minor, 12);
AT(rvd_plan_header, length, 16);
AT(rvd_plan_header, crc32c, 24);
AT(rvd_plan_header, section_count, 28);

SIZE(rvd_section, 24);
AT(rvd_section, kind, 0);
AT(rvd_section, record_size, 4);
AT(rvd_section, offset, 8);
AT(rvd_section, count, 16);

SIZE(rvd_str, 16);
AT(rvd_str, offset, 0);
AT(rvd_str, length, 8);

SIZE(rvd_array, 24);
AT(rvd_array, offset, 0);
AT(rvd_array, count, 8);
AT(rvd_array, type, 16);
AT(rvd_array, zero, 20);

SIZE(rvd_range, 8);
AT(rvd_range, first, 0);
AT(rvd_range, count, 4);

SIZE(rvd_network, 56);
AT(rvd_network, size, 0);
AT(rvd_network, zero, 4);
AT(rvd_network, dt, 8);
AT(rvd_network, seed, 16);
AT(rvd_network, shared_bytes, 24);
AT(rvd_network, lane_bytes, 32);
AT(rvd_network, name, 40);

SIZE(rvd_population, 184);
AT(rvd_population, size, 0);
AT(rvd_population, flags, 4);
AT(rvd_population, name, 8);
AT(rvd_population, model, 24);
AT(rvd_population, count, 40);
AT(rvd_population, shape, 48);
AT(rvd_population, rank, 112);
AT(rvd_population, value_type, 116);
AT(rvd_population, options, 120);
AT(rvd_population, parameters, 128);
AT(rvd_population, coefficients, 136);
AT(rvd_population, states, 144);
AT(rvd_population, variables, 152);
AT(rvd_population, receptors, 160);
AT(rvd_population, ops, 168);
AT(rvd_population, registers, 176);
AT(rvd_population, zero, 180);

SIZE(rvd_value, 64);
AT(rvd_value, size, 0);
AT(rvd_value, zero, 4);
AT(rvd_value, name, 8);
AT(rvd_value, unit, 24);
AT(rvd_value, values, 40);

SIZE(rvd_state, 48);
AT(rvd_state, size, 0);
AT(rvd_state, type, 4);
AT(rvd_state, name, 8);
AT(rvd_state, initial, 24);

SIZE(rvd_variable, 24);
AT(rvd_variable, size, 0);
AT(rvd_variable, state, 4);
AT(rvd_variable, name, 8);

SIZE(rvd_receptor, 24);
AT(rvd_receptor, size, 0);
AT(rvd_receptor, type, 4);
AT(rvd_receptor, name, 8);

SIZE(rvd_option, 40);
AT(rvd_option, size, 0);
AT(rvd_option, zero, 4);
AT(rvd_option, key, 8);
AT(rvd_option, value, 24);

SIZE(rvd_note, 40);
AT(rvd_note, size, 0);
AT(rvd_note, zero, 4);
AT(rvd_note, where, 8);
AT(rvd_note, text, 24);

SIZE(rvd_window, 64);
AT(rvd_window, channels_in, 0);
AT(rvd_window, channels_out, 4);
AT(rvd_window, groups, 8);
AT(rvd_window, zero, 12);
AT(rvd_window, in, 16);
AT(rvd_window, out, 24);
AT(rvd_window, kernel, 32);
AT(rvd_window, stride, 40);
AT(rvd_window, padding, 48);
AT(rvd_window, dilation, 56);

SIZE(rvd_projection, 192);
AT(rvd_projection, size, 0);
AT(rvd_projection, kind, 4);
AT(rvd_projection, source, 8);
AT(rvd_projection, target, 12);
AT(rvd_projection, receptor, 16);
AT(rvd_projection, delay, 20);
AT(rvd_projection, flags, 24);
AT(rvd_projection, zero, 28);
AT(rvd_projection, weights, 32);
AT(rvd_projection, prior, 56);
AT(rvd_projection, window, 80);
AT(rvd_projection, rows, 144);
AT(rvd_projection, targets, 168);

SIZE(rvd_op, 24);
AT(rvd_op, size, 0);
AT(rvd_op, code, 4);
AT(rvd_op, type, 6);
AT(rvd_op, from, 7);
AT(rvd_op, dst, 8);
AT(rvd_op, a, 10);
AT(rvd_op, b, 12);
AT(rvd_op, c, 14);
AT(rvd_op, imm, 16);

SIZE(rvd_text, 16);
AT(rvd_text, data, 0);
AT(rvd_text, length, 8);

SIZE(rvd_setting, 32);
AT(rvd_setting, key, 0);
AT(rvd_setting, value, 16);

SIZE(rvd_settings, 24);
AT(rvd_settings, struct_size, 0);
AT(rvd_settings, zero, 4);
AT(rvd_settings, count, 8);
AT(rvd_settings, items, 16);

SIZE(rvd_figure, 24);
AT(rvd_figure, name, 0);
AT(rvd_figure, value, 16);

SIZE(rvd_entry, 120);
AT(rvd_entry, struct_size, 0);
AT(rvd_entry, verdict, 4);
AT(rvd_entry, where, 8);
AT(rvd_entry, quantity, 24);
AT(rvd_entry, asked, 40);
AT(rvd_entry, limit, 56);
AT(rvd_entry, unit, 72);
AT(rvd_entry, remedy, 88);
AT(rvd_entry, figures, 104);
AT(rvd_entry, figure_count, 112);

SIZE(rvd_report, 24);
AT(rvd_report, struct_size, 0);
AT(rvd_report, zero, 4);
AT(rvd_report, context, 8);
AT(rvd_report, add, 16);

SIZE(rvd_sink, 24);
AT(rvd_sink, struct_size, 0);
AT(rvd_sink, zero, 4);
AT(rvd_sink, context, 8);
AT(rvd_sink, write, 16);

SIZE(rvd_facts, 32);
AT(rvd_facts, struct_size, 0);
AT(rvd_facts, zero, 4);
AT(rvd_facts, context, 8);
AT(rvd_facts, text, 16);
AT(rvd_facts, number, 24);

SIZE(rvd_host, 32);
AT(rvd_host, struct_size, 0);
AT(rvd_host, abi_version, 4);
AT(rvd_host, context, 8);
AT(rvd_host, log, 16);
AT(rvd_host, check_plan, 24);

SIZE(rvd_export, 24);
AT(rvd_export, struct_size, 0);
AT(rvd_export, zero, 4);
AT(rvd_export, formats, 8);
AT(rvd_export, write, 16);

SIZE(rvd_session_args, 32);
AT(rvd_session_args, struct_size, 0);
AT(rvd_session_args, lanes, 4);
AT(rvd_session_args, first_lane, 8);
AT(rvd_session_args, seed, 16);
AT(rvd_session_args, clock, 24);

SIZE(rvd_block, 112);
AT(rvd_block, struct_size, 0);
AT(rvd_block, layout, 4);
AT(rvd_block, population, 8);
AT(rvd_block, type, 12);
AT(rvd_block, first_step, 16);
AT(rvd_block, steps, 24);
AT(rvd_block, lanes, 32);
AT(rvd_block, width, 40);
AT(rvd_block, count, 48);
AT(rvd_block, capacity, 56);
AT(rvd_block, remaining, 64);
AT(rvd_block, every, 72);
AT(rvd_block, step, 80);
AT(rvd_block, lane, 88);
AT(rvd_block, id, 96);
AT(rvd_block, values, 104);

SIZE(rvd_io, 32);
AT(rvd_io, struct_size, 0);
AT(rvd_io, zero, 4);
AT(rvd_io, accepted, 8);
AT(rvd_io, lost, 16);
AT(rvd_io, late, 24);

SIZE(rvd_api, 208);
AT(rvd_api, struct_size, 0);
AT(rvd_api, abi_version, 4);
AT(rvd_api, name, 8);
AT(rvd_api, version, 16);
AT(rvd_api, vendor, 24);
AT(rvd_api, open, 32);
AT(rvd_api, close, 40);
AT(rvd_api, enumerate, 48);
AT(rvd_api, device_open, 56);
AT(rvd_api, device_close, 64);
AT(rvd_api, device_info, 72);
AT(rvd_api, check, 80);
AT(rvd_api, compile, 88);
AT(rvd_api, exec_save, 96);
AT(rvd_api, exec_load, 104);
AT(rvd_api, exec_free, 112);
AT(rvd_api, session_open, 120);
AT(rvd_api, session_free, 128);
AT(rvd_api, write, 136);
AT(rvd_api, run, 144);
AT(rvd_api, cancel, 152);
AT(rvd_api, read, 160);
AT(rvd_api, probe_set, 168);
AT(rvd_api, probe_read, 176);
AT(rvd_api, reset, 184);
AT(rvd_api, counters, 192);
AT(rvd_api, extension, 200);
