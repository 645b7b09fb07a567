#include "base/language.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace coppice {
namespace {

Language Detect(std::string_view path, std::string_view content = {}, bool cpp_headers = false) {
  return DetectLanguage(path, HintFromContent(content), cpp_headers);
}

TEST(LanguageTest, NamesAndValuesAreUniqueAndReadBack) {
  std::set<std::string_view> names;
  std::set<std::int16_t> values;
  for (const LanguageInfo& info : AllLanguages()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_TRUE(values.insert(static_cast<std::int16_t>(info.language)).second) << info.name;
    EXPECT_EQ(LanguageName(info.language), info.name);
    if (info.language == Language::kUnknown) continue;
    EXPECT_EQ(ParseLanguage(info.name), info.language);
  }
  EXPECT_EQ(LanguageName(static_cast<Language>(9999)), "unknown");
}

TEST(LanguageTest, AliasesAreUnderstoodWhateverTheirCase) {
  EXPECT_EQ(ParseLanguage("C++"), Language::kCpp);
  EXPECT_EQ(ParseLanguage("py"), Language::kPython);
  EXPECT_EQ(ParseLanguage("Shell-Script"), Language::kBash);
  EXPECT_EQ(ParseLanguage("C#"), Language::kCSharp);
  EXPECT_EQ(ParseLanguage("rb"), Language::kRuby);
  EXPECT_EQ(ParseLanguage("Objective-C"), Language::kObjectiveC);
  EXPECT_EQ(ParseLanguage("pwsh"), Language::kPowerShell);
  EXPECT_EQ(ParseLanguage("gradle"), Language::kGroovy);
  EXPECT_EQ(ParseLanguage("makefile"), Language::kMake);
  EXPECT_EQ(ParseLanguage("Terraform"), Language::kHcl);
  EXPECT_EQ(ParseLanguage("SystemVerilog"), Language::kVerilog);
  EXPECT_EQ(ParseLanguage("f#"), Language::kFsharp);
  EXPECT_EQ(ParseLanguage("unknown"), std::nullopt);
  EXPECT_EQ(ParseLanguage("cobol"), std::nullopt);
  EXPECT_EQ(ParseLanguage(""), std::nullopt);
}

TEST(LanguageTest, ContentNamesReadBack) {
  for (const Content content : {Content::kCode, Content::kDoc, Content::kText}) {
    EXPECT_EQ(ParseContent(ContentName(content)), content);
  }
  EXPECT_EQ(ParseContent("prose"), std::nullopt);
  EXPECT_EQ(ContentOf(Language::kMarkdown), Content::kDoc);
  EXPECT_EQ(ContentOf(Language::kUnknown), Content::kText);
}

TEST(LanguageTest, ByNameAndExtension) {
  EXPECT_EQ(LanguageOfPath("src/db/db_impl.cc"), Language::kCpp);
  EXPECT_EQ(LanguageOfPath("a.C"), Language::kCpp);
  EXPECT_EQ(LanguageOfPath("A.PY"), Language::kPython);
  EXPECT_EQ(LanguageOfPath("x/y.d.ts"), Language::kTypeScript);
  EXPECT_EQ(LanguageOfPath("App.tsx"), Language::kTsx);
  EXPECT_EQ(LanguageOfPath("Cargo.lock"), Language::kToml);
  EXPECT_EQ(LanguageOfPath(".bashrc"), Language::kBash);
  EXPECT_EQ(LanguageOfPath("src/Program.cs"), Language::kCSharp);
  EXPECT_EQ(LanguageOfPath("public/index.php"), Language::kPhp);
  EXPECT_EQ(LanguageOfPath("lib/garden.rb"), Language::kRuby);
  EXPECT_EQ(LanguageOfPath("Gemfile"), Language::kRuby);
  EXPECT_EQ(LanguageOfPath("build.gradle.kts"), Language::kKotlin);
  EXPECT_EQ(LanguageOfPath("build.gradle"), Language::kGroovy);
  EXPECT_EQ(LanguageOfPath("Jenkinsfile"), Language::kGroovy);
  EXPECT_EQ(LanguageOfPath("Sources/App.swift"), Language::kSwift);
  EXPECT_EQ(LanguageOfPath("init.lua"), Language::kLua);
  EXPECT_EQ(LanguageOfPath("build.sbt"), Language::kScala);
  EXPECT_EQ(LanguageOfPath("lib/main.dart"), Language::kDart);
  EXPECT_EQ(LanguageOfPath("AppDelegate.mm"), Language::kObjectiveC);
  EXPECT_EQ(LanguageOfPath("Tools.PSM1"), Language::kPowerShell);
  EXPECT_EQ(LanguageOfPath("R/plot.R"), Language::kR);
  EXPECT_EQ(LanguageOfPath("Makefile.PL"), Language::kPerl);
  EXPECT_EQ(LanguageOfPath("build.zig.zon"), Language::kZig);
  EXPECT_EQ(LanguageOfPath("blur.cuh"), Language::kCpp);
  EXPECT_EQ(LanguageOfPath("styles/Panel.CSS"), Language::kCss);
  EXPECT_EQ(LanguageOfPath("_tokens.scss"), Language::kScss);
  EXPECT_EQ(LanguageOfPath("docs/Makefile"), Language::kMake);
  EXPECT_EQ(LanguageOfPath("rules.mk"), Language::kMake);
  EXPECT_EQ(LanguageOfPath("infra/main.tf"), Language::kHcl);
  EXPECT_EQ(LanguageOfPath("src/Main.elm"), Language::kElm);
  EXPECT_EQ(LanguageOfPath("flake.nix"), Language::kNix);
  EXPECT_EQ(LanguageOfPath("index.html"), Language::kHtml);
  EXPECT_EQ(LanguageOfPath("App.vue"), Language::kVue);
  EXPECT_EQ(LanguageOfPath("App.svelte"), Language::kSvelte);
  EXPECT_EQ(LanguageOfPath("pom.xml"), Language::kXml);
  EXPECT_EQ(LanguageOfPath("db/0001.sql"), Language::kSql);
  EXPECT_EQ(LanguageOfPath("src/Main.hs"), Language::kHaskell);
  EXPECT_EQ(LanguageOfPath("lib/cache.ml"), Language::kOcaml);
  EXPECT_EQ(LanguageOfPath("lib/cache.mli"), Language::kOcamlInterface);
  EXPECT_EQ(LanguageOfPath("lib/cart.exs"), Language::kElixir);
  EXPECT_EQ(LanguageOfPath("src/Orbits.jl"), Language::kJulia);
  EXPECT_EQ(LanguageOfPath("rtl/fifo.sv"), Language::kVerilog);
  EXPECT_EQ(LanguageOfPath("rtl/alu.v"), Language::kVerilog);
  EXPECT_EQ(LanguageOfPath("src/ledger.pas"), Language::kPascal);
  EXPECT_EQ(LanguageOfPath("contracts/Vault.sol"), Language::kSolidity);
  EXPECT_EQ(LanguageOfPath("source/cache.d"), Language::kD);
  EXPECT_EQ(LanguageOfPath("src/Queue.fs"), Language::kFsharp);
  EXPECT_EQ(LanguageOfPath("dir.py/file"), Language::kUnknown);
  EXPECT_EQ(LanguageOfPath(".py"), Language::kUnknown);  // a hidden file, not an extension
  EXPECT_EQ(LanguageOfPath("py"), Language::kUnknown);
  EXPECT_EQ(LanguageOfPath(""), Language::kUnknown);
  EXPECT_EQ(LanguageOfPath("\xFF\xFE.rs"), Language::kRust);
}

TEST(LanguageTest, PatternsSayHowFilesAreNamed) {
  const std::vector<std::string> make = FilePatternsOf(Language::kMake);
  EXPECT_NE(std::find(make.begin(), make.end(), "Makefile"), make.end());
  EXPECT_NE(std::find(make.begin(), make.end(), "*.mk"), make.end());
  for (const LanguageInfo& info : AllLanguages()) {
    for (std::string pattern : FilePatternsOf(info.language)) {
      if (pattern.starts_with('*')) pattern.replace(0, 1, "file");
      EXPECT_EQ(DetectLanguage(pattern, {}, false), info.language) << pattern;
    }
  }
}

TEST(LanguageTest, HeadersFollowTheTree) {
  EXPECT_EQ(LanguageOfPath("include/x.h"), Language::kC);
  EXPECT_EQ(Detect("include/x.h", "", false), Language::kC);
  EXPECT_EQ(Detect("include/x.h", "", true), Language::kCpp);
  EXPECT_EQ(Detect("src/x.c", "", true), Language::kC);
  EXPECT_EQ(Detect("include/x.h", "/* -*- mode: C -*- */\n", true), Language::kC);
}

TEST(LanguageTest, AHeaderIsObjectiveCIfItsTextSaysSo) {
  constexpr std::string_view kClass = "#import <A.h>\n\n@interface Radio : NSObject\n@end\n";
  EXPECT_EQ(Detect("include/Radio.h", kClass, false), Language::kObjectiveC);
  EXPECT_EQ(Detect("include/Radio.h", kClass, true), Language::kObjectiveC);
  EXPECT_EQ(Detect("Radio.h", "@protocol Tuned\n- (void)tune;\n@end"), Language::kObjectiveC);
  EXPECT_EQ(Detect("Radio.h", "/**\n@interface Radio\n@endcode\n*/\n"), Language::kC);
  EXPECT_EQ(Detect("Radio.h", " * @interface Radio\n * @end\n"), Language::kC);
  // Elsewhere it is an example in another text.
  EXPECT_EQ(Detect("guide.md", kClass), Language::kMarkdown);
  EXPECT_EQ(Detect("Radio.java", kClass), Language::kJava);
  EXPECT_EQ(Detect("README", kClass), Language::kUnknown);
}

TEST(LanguageTest, XmlIsToldByItsText) {
  const LanguageHint xml = HintFromContent("\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<TS/>\n");
  EXPECT_EQ(DetectLanguage("po/app_de.ts", xml, false), Language::kXml);
  EXPECT_EQ(DetectLanguage("layout", xml, false), Language::kXml);
  EXPECT_EQ(DetectLanguage("plan.mm", HintFromContent("<map version=\"1.1\">\n"), false),
            Language::kXml);
  EXPECT_EQ(DetectLanguage("page.html", xml, false), Language::kHtml);
  EXPECT_EQ(DetectLanguage("app.ts", HintFromContent("const a = `<?xml ?>`;"), false),
            Language::kTypeScript);
}

TEST(LanguageTest, ShebangsNameTheInterpreter) {
  EXPECT_EQ(Detect("tool", "#!/bin/sh\n"), Language::kBash);
  EXPECT_EQ(Detect("tool", "#! /usr/bin/env bash\n"), Language::kBash);
  EXPECT_EQ(Detect("tool", "#!/usr/bin/python3.11 -u\n"), Language::kPython);
  EXPECT_EQ(Detect("tool", "#!/usr/bin/env -S FOO=1 node --harmony\r\n"), Language::kJavaScript);
  EXPECT_EQ(Detect("tool", "#!/usr/bin/perl -w\n"), Language::kPerl);
  EXPECT_EQ(Detect("tool", "#!/usr/bin/env ruby\n"), Language::kRuby);
  EXPECT_EQ(Detect("tool", "#!/usr/bin/php8.2\n"), Language::kPhp);
  EXPECT_EQ(Detect("tool", "#!/usr/bin/lua5.4\n"), Language::kLua);
  EXPECT_EQ(Detect("tool", "#!/usr/bin/env Rscript\n"), Language::kR);
  EXPECT_EQ(Detect("tool", "#!/usr/bin/env pwsh\n"), Language::kPowerShell);
  EXPECT_EQ(Detect("tool", "#!/usr/bin/awk -f\n"), Language::kUnknown);
  EXPECT_EQ(Detect("tool", "#!\n"), Language::kUnknown);
  EXPECT_EQ(Detect("tool", "#!"), Language::kUnknown);
  EXPECT_EQ(Detect("tool", "\xEF\xBB\xBF#!/bin/bash\n"), Language::kBash);
  EXPECT_EQ(Detect("rules", "#!/usr/bin/make -f\n"), Language::kMake);
  EXPECT_EQ(Detect("tool", "#!/usr/bin/env runhaskell\n"), Language::kHaskell);
  EXPECT_EQ(Detect("tool", "#!/usr/bin/env elixir\n"), Language::kElixir);
  EXPECT_EQ(Detect("tool", "#!/usr/bin/env julia\n"), Language::kJulia);
  EXPECT_EQ(Detect("tool", "#!/usr/bin/env ocaml\n"), Language::kOcaml);
  EXPECT_EQ(Detect("tool.go", "#!/bin/sh\n"), Language::kGo);  // the extension says more
}

TEST(LanguageTest, ModelinesComeFirst) {
  EXPECT_EQ(Detect("x.txt", "// -*- C++ -*-\n"), Language::kCpp);
  EXPECT_EQ(Detect("x.py", "# -*- mode: rust; tab-width: 4 -*-\n"), Language::kRust);
  EXPECT_EQ(Detect("x.py", "# -*- coding: utf-8 -*-\n"), Language::kPython);
  EXPECT_EQ(Detect("x.h", "// -*- ObjC -*-\n"), Language::kObjectiveC);
  EXPECT_EQ(Detect("x.pl", "# -*- cperl -*-\n"), Language::kPerl);
  EXPECT_EQ(Detect("Steps", "# vim: ft=ruby\n"), Language::kRuby);
  EXPECT_EQ(Detect("rules", "all:\n\n# vim: set ft=python ts=4 :\n"), Language::kPython);
  EXPECT_EQ(Detect("rules", "# vim:ft=sh\n"), Language::kBash);
  EXPECT_EQ(Detect("rules", "the vim:ft=sh of a sentence\n"), Language::kBash);
  EXPECT_EQ(Detect("rules", "navim:ft=sh\n"), Language::kUnknown);
  EXPECT_EQ(Detect("rules", "# vim: set soft=sh :\n"), Language::kUnknown);
}

TEST(LanguageTest, ModelinesInTheMiddleOfAFileAreText) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "line\n";
  EXPECT_EQ(Detect("rules", text + "# vim: ft=sh\n" + text), Language::kUnknown);
}

TEST(LanguageTest, AHintIsAFunctionOfTheBytes) {
  const LanguageHint hint = HintFromContent("#!/usr/bin/env python3\n# vim: ft=sh\n");
  EXPECT_EQ(hint, (LanguageHint{Language::kBash, Language::kPython}));
  EXPECT_EQ(HintFromContent(""), LanguageHint{});
}

}  // namespace
}  // namespace coppice
