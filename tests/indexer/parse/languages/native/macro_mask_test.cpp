#include "indexer/parse/languages/native/macro_mask.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace coppice::indexer {
namespace {

/// What is left, with runs of blanks as one.
std::string Masked(const std::string& text) {
  const std::string masked = MaskMacros(text);
  EXPECT_EQ(masked.size(), text.size());
  std::string result;
  for (const char c : masked) {
    if (c == ' ' && (result.empty() || result.back() == ' ')) continue;
    result += c;
  }
  while (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

TEST(MacroMaskTest, ExportMacrosOfTypes) {
  EXPECT_EQ(Masked("class LEVEL_EXPORT Table {"), "class Table {");
  EXPECT_EQ(Masked("class my_export Table : public Base {"), "class Table : public Base {");
  EXPECT_EQ(Masked("struct ALIGNED(16) Point final {"), "struct Point final {");
  EXPECT_EQ(Masked("class EXPORT ns::Table {"), "class ns::Table {");
  EXPECT_EQ(Masked("enum class API Color : int {"), "enum class Color : int {");
}

TEST(MacroMaskTest, PlainTypesStay) {
  for (const std::string text :
       {"class Table {", "class Table final {", "class Table : public Base {", "struct FTW buffer;",
        "enum class Color : int { kRed };", "enum { AA, BB, CC };"}) {
    EXPECT_EQ(Masked(text), text);
  }
}

TEST(MacroMaskTest, MacrosBeforeAndInsideDeclarations) {
  EXPECT_EQ(Masked("API int f(void);"), "int f(void);");
  EXPECT_EQ(Masked("LIB_API Foo* make(int a);"), "Foo* make(int a);");
  EXPECT_EQ(Masked("ZEXTERN int ZEXPORT inflate(int a);"), "int inflate(int a);");
  EXPECT_EQ(Masked("void printf_like(1, 2) log(char* s);"), "void log(char* s);");
  EXPECT_EQ(Masked("pure_function bool empty() const;"), "bool empty() const;");
  EXPECT_EQ(Masked("int f OF((int a, int b));"), "int f (int a, int b) ;");
  EXPECT_EQ(Masked("void f(unused int a, int* restrict_ b) {}"), "void f( int a, int* b) {}");
}

TEST(MacroMaskTest, AnnotationsBehindADeclarator) {
  EXPECT_EQ(Masked("int n GUARDED_BY(mutex_);"), "int n ;");
  EXPECT_EQ(Masked("void f() LIB_NOEXCEPT;"), "void f() ;");
  EXPECT_EQ(Masked("void f() const REQUIRES(mutex_) { g(); }"), "void f() const { g(); }");
  EXPECT_EQ(Masked("Lock(Mutex& m) ACQUIRE(m) : mutex_(m) {}"), "Lock(Mutex& m) : mutex_(m) {}");
}

TEST(MacroMaskTest, CodeStays) {
  for (const std::string text :
       {"if (x) RETURN_ERROR;", "TEST(Suite, Case) { EXPECT_EQ(1, 2); }", "HANDLE open(int a);",
        "return MAX(a, b);", "foo = BAR;", "const int kSize = LIMIT;", "LOG(INFO) << x;",
        "Foo BAR(1);", "x = a ? B : C;", "case AA: f(); break;", "int a = BB, *p = CC;",
        "static const Foo TABLE[] = {1};", "unsigned long f(void);"}) {
    EXPECT_EQ(Masked(text), text);
  }
}

TEST(MacroMaskTest, LiteralsCommentsAndDirectivesStay) {
  for (const std::string text :
       {"// class EXPORT Table {\n", "/* API int f(void); */", "s = \"API int f(\";",
        "#define API int f(void)\n", "#define X \\\n  API int f(void)\n",
        "s = R\"(API int f(void);)\";", "c = '\\''; s = \"\\\"\";"}) {
    EXPECT_EQ(MaskMacros(text), text);
  }
}

TEST(MacroMaskTest, NewlinesStay) {
  const std::string text = "void f() REQUIRES(a,\n   b);\nint g();\n";
  const std::string masked = MaskMacros(text);
  EXPECT_EQ(std::count(masked.begin(), masked.end(), '\n'), 3);
  EXPECT_EQ(masked.find("REQUIRES"), std::string::npos);
}

TEST(MacroMaskTest, BrokenTextIsNoProblem) {
  for (const std::string text : {"", "(", ")", "\"", "'", "/*", "R\"x(", "#", "#\\", "class", "API",
                                 "class API", "API(", "f(()", "\\", "\xFF\xFE"}) {
    EXPECT_EQ(MaskMacros(text).size(), text.size()) << text;
  }
}

}  // namespace
}  // namespace coppice::indexer
