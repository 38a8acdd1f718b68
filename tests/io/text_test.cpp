#include "core/io/text.h"

#include <gtest/gtest.h>

#include <string>

namespace ranvier::io {
namespace {

TEST(Utf8, AcceptsAllLengths) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("lif1.lif"));
  EXPECT_TRUE(is_utf8("\u00e4\u20ac\U0001F9E0"));
  EXPECT_TRUE(is_utf8("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"));  // around the surrogates, and the last code point
}

TEST(Utf8, RefusesWhatIsNone) {
  for (const char* text : {"\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80",
                           "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xe2\x82", "\xe2\x28\xa1"}) {
    EXPECT_FALSE(is_utf8(text)) << in_quotes(text);
  }
}

TEST(Quotes, ShowControlCharactersAndBadBytesAsHex) {
  EXPECT_EQ(in_quotes("lif"), "'lif'");
  EXPECT_EQ(in_quotes("a\x1b[31m\n\x7f"), "'a\\x1b[31m\\x0a\\x7f'");
  EXPECT_EQ(in_quotes("\u00e4\xff"), "'\u00e4\\xff'");
  EXPECT_EQ(in_quotes("\xc2\x9b"), "'\\xc2\\x9b'");  // a control sequence in eight bits
  EXPECT_EQ(in_quotes(std::string_view("\0", 1)), "'\\x00'");
}

TEST(Quotes, CutLongTextsBetweenCharacters) {
  EXPECT_EQ(one_line("abcdef", 3), "abc...");
  EXPECT_EQ(one_line("\u00e4\u00e4", 3), "\u00e4...");
  EXPECT_LT(in_quotes(std::string(100'000, 'x')).size(), 100u);
}

}  // namespace
}  // namespace ranvier::io
