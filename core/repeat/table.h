/// Tables of text.
#pragma once

#include <string>
#include <vector>

namespace ranvier::repeat {

using Row = std::vector<std::string>;

/// Rows of equal length, each indented by two blanks and ended by a line feed; columns are as wide as their widest entry.
std::string table(const std::vector<Row>& rows);

}  // namespace ranvier::repeat
