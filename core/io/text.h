/// Names and strings that come from files: is it UTF-8, and how to show it in a sentence.
#pragma once

#include <string>
#include <string_view>

namespace ranvier::io {

/// Strict: no overlong forms, no surrogates, nothing past U+10FFFF.
bool is_utf8(std::string_view text);

/// 'text' for a message: one line, printable, at most about 80 bytes; what is not printable ASCII or UTF-8 stands as \xNN.
std::string in_quotes(std::string_view text);

/// The same without quotes, for sentences of other programs; at most `limit` bytes.
std::string one_line(std::string_view text, std::size_t limit);

}  // namespace ranvier::io
