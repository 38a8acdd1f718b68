/// How a dataset lies in the file, and whether that can be true.
#pragma once

#include <cstdint>
#include <string>

#include <ranvier/tensor.h>

#include "core/io/nir_program/hdf5.h"

namespace ranvier::nir_program {

class Budget;

/// Refuses external storage, virtual datasets, and every filter but deflate, by name. @throws Error bad_file.
void check_layout(const Handle& dataset, const std::string& place);

/// For a dataset that declares at least one element: is its data there, and can the file hold so much? @throws Error bad_file.
void check_storage(const Handle& dataset, const Shape& shape, std::uint64_t element_bytes, const std::string& place,
                   const Budget& budget);

}  // namespace ranvier::nir_program
