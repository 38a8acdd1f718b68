/// The events of one node as a structured array of NumPy: fields step (u8), lane (u4), i (u4), value (f8).
#pragma once

#include <filesystem>

#include <ranvier/session.h>

namespace ranvier::repeat {

/// Writes in place. @throws Error bad_file.
void write_events(const std::filesystem::path& path, const SpikeTrain& train);

/// The columns alone; the rest of the train is the caller's to fill. @throws Error bad_file for what write_events did not write.
SpikeTrain read_events(const std::filesystem::path& path);

}  // namespace ranvier::repeat
