#include "core/io/nir_program/layout.h"

#include <array>

#include "core/io/nir_program/dataset.h"
#include "core/io/nir_program/lzf.h"
#include "core/io/safetensors.h"
#include "core/io/text.h"

namespace ranvier::nir_program {
namespace {

constexpr const char* kOwnData = "Store the data in the NIR file itself.";

std::string filter_name(H5Z_filter_t id, const std::string& stored_name) {
  switch (id) {
    case H5Z_FILTER_SHUFFLE: return "shuffle";
    case H5Z_FILTER_FLETCHER32: return "fletcher32";
    case H5Z_FILTER_SZIP: return "szip";
    case H5Z_FILTER_NBIT: return "nbit";
    case H5Z_FILTER_SCALEOFFSET: return "scaleoffset";
    default: return "number " + std::to_string(id) + (stored_name.empty() ? "" : " " + io::in_quotes(stored_name));
  }
}

Handle creation_list(const Handle& dataset, const std::string& place) {
  return own(H5Dget_create_plist(dataset.get()), "The storage of " + place + " cannot be read");
}

void check_filters(const Handle& list, const std::string& place) {
  const int filters = H5Pget_nfilters(list.get());
  if (filters < 0) refuse_with_reason("The filters of " + place + " cannot be read");
  for (unsigned i = 0; i < static_cast<unsigned>(filters); ++i) {
    std::array<char, 64> name{};
    unsigned flags = 0, config = 0;
    std::size_t values = 0;
    const H5Z_filter_t id = H5Pget_filter2(list.get(), i, &flags, &values, nullptr, name.size() - 1, name.data(), &config);
    if (id == H5Z_FILTER_DEFLATE || id == kLzf) continue;
    refuse("The storage of " + place + " uses the filter " + filter_name(id, name.data()) +
               "; only gzip (deflate), lzf and uncompressed data are read.",
           "Write the file again with gzip, or without compression.");
  }
}

// The filter trusts the size that stands in its values, so that must be a chunk's.
void check_lzf(const Handle& list, std::uint64_t chunk_bytes, const std::string& place) {
  std::array<unsigned, 3> values{};
  std::size_t count = values.size();
  unsigned flags = 0, config = 0;
  if (H5Pget_filter_by_id2(list.get(), kLzf, &flags, &count, values.data(), 0, nullptr, &config) < 0) return;
  if (count < values.size() || values[2] != chunk_bytes) {
    refuse("The filter lzf of " + place + " is for chunks of " + std::to_string(values[2]) + " bytes; they have " +
           std::to_string(chunk_bytes) + ".");
  }
}

// Chunks are read whole, so each must be believable by itself; and none may be missing, as in a file whose writing stopped.
void check_chunks(const Handle& dataset, const Handle& list, const Shape& shape, std::uint64_t element_bytes,
                  const std::string& place, const Budget& budget) {
  std::array<hsize_t, io::kMaxDimensions> chunk{};
  const int rank = H5Pget_chunk(list.get(), static_cast<int>(chunk.size()), chunk.data());
  if (rank < 0 || static_cast<std::size_t>(rank) != shape.size()) refuse("The chunks of " + place + " do not fit its shape.");
  std::uint64_t chunk_bytes = element_bytes;
  std::uint64_t needed = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (chunk[i] == 0 || __builtin_mul_overflow(chunk_bytes, chunk[i], &chunk_bytes) || chunk_bytes > budget.left()) {
      refuse("The chunks of " + place + " are larger than the " + std::to_string(budget.left()) +
             " bytes that the file may hold.");
    }
    needed *= (shape[i] - 1) / chunk[i] + 1;
  }
  check_lzf(list, chunk_bytes, place);
  hsize_t there = 0;
  const Handle space = own(H5Dget_space(dataset.get()), "The shape of " + place + " cannot be read");
  if (H5Dget_num_chunks(dataset.get(), space.get(), &there) < 0)
    refuse_with_reason("The chunks of " + place + " cannot be counted");
  if (there < needed) {
    refuse("The data of " + place + " are not there: of " + std::to_string(needed) + " chunks the file holds " +
           std::to_string(there) + ", so its writing was cut short.");
  }
}

}  // namespace

void check_layout(const Handle& dataset, const std::string& place) {
  const Handle list = creation_list(dataset, place);
  if (H5Pget_external_count(list.get()) != 0)
    refuse("The data of " + place + " lie in another file (external storage); that is not read.", kOwnData);
  switch (H5Pget_layout(list.get())) {
    case H5D_COMPACT:
    case H5D_CONTIGUOUS:
    case H5D_CHUNKED: break;
    case H5D_VIRTUAL:
      refuse("The data of " + place + " lie in other datasets (a virtual dataset); that is not read.", kOwnData);
    default: refuse_with_reason("The storage of " + place + " is of an unknown kind");
  }
  check_filters(list, place);
}

void check_storage(const Handle& dataset, const Shape& shape, std::uint64_t element_bytes, const std::string& place,
                   const Budget& budget) {
  const Handle list = creation_list(dataset, place);
  if (H5Pget_layout(list.get()) == H5D_CHUNKED) return check_chunks(dataset, list, shape, element_bytes, place, budget);
  const std::uint64_t bytes = element_count(shape) * element_bytes;
  const hsize_t stored = H5Dget_storage_size(dataset.get());
  const bool allocated = H5Pget_layout(list.get()) == H5D_COMPACT || H5Dget_offset(dataset.get()) != HADDR_UNDEF;
  if (!allocated || stored < bytes || bytes > budget.file_bytes()) {
    refuse("The data of " + place + " are not there: it declares " + std::to_string(bytes) +
           " bytes, of which the file holds " +
           std::to_string(allocated ? std::min<std::uint64_t>(stored, budget.file_bytes()) : 0) +
           ", so its writing was cut short.");
  }
}

}  // namespace ranvier::nir_program
