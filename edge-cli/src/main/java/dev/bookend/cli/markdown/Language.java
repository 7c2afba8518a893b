package dev.bookend.cli.markdown;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What is coloured in the code of a language: words, comments and strings. Enough to read by, not a
 * grammar.
 *
 * @param names after a fence, in lower case
 * @param keywords in lower case if the language does not care
 * @param lineComments what begins a comment up to the end of the line
 * @param blockBegin what begins a comment of several lines; empty: nothing does
 * @param blockEnd what ends it
 * @param quotes the characters around strings
 * @param longQuotes the marks around strings of several lines
 * @param anyCase whether keywords may be written in capitals
 */
record Language(
    Set<String> names,
    Set<String> keywords,
    List<String> lineComments,
    String blockBegin,
    String blockEnd,
    String quotes,
    List<String> longQuotes,
    boolean anyCase) {
  private static final String BRACES_COMMON =
      "if else for while do switch case default break continue return true false null new this"
          + " class enum interface static const void try catch finally throw import in";

  private static final List<Language> ALL =
      List.of(
          braces(
              "java kotlin kt scala groovy",
              "package public private protected final abstract extends implements super instanceof"
                  + " record sealed permits var val fun object when throws synchronized int long"
                  + " double float boolean byte char short yield def match override trait given",
              List.of("\"\"\"")),
          braces(
              "javascript js jsx typescript ts tsx mjs",
              "function let var const async await of typeof instanceof export from extends super"
                  + " yield delete undefined type readonly implements public private protected as"
                  + " declare namespace keyof",
              List.of("`")),
          braces(
              "c cpp c++ cc h hpp objc cuda",
              "int long short char float double unsigned signed struct union typedef sizeof auto"
                  + " extern register volatile goto inline template typename namespace using public"
                  + " private protected virtual override operator delete nullptr bool constexpr"
                  + " include define ifdef ifndef endif",
              List.of()),
          braces(
              "csharp cs c#",
              "using namespace public private protected internal string int long double bool var"
                  + " async await override virtual abstract sealed get set foreach out ref is as"
                  + " record struct base readonly",
              List.of()),
          braces(
              "go golang",
              "func package type struct map chan go defer select range var nil string int error"
                  + " fallthrough goto make",
              List.of("`")),
          braces(
              "rust rs",
              "fn let mut pub struct impl trait mod use crate self super match loop move ref where"
                  + " as dyn async await unsafe extern type u8 u32 u64 i32 i64 usize f32 f64 bool"
                  + " str some none ok err",
              List.of()),
          braces(
              "swift dart php",
              "func let var guard where as is self super init deinit protocol extension struct"
                  + " nil echo function public private protected namespace use foreach final late"
                  + " required async await override",
              List.of("\"\"\"")),
          words(
              "python py python3",
              "False None True and as assert async await break class continue def del elif else"
                  + " except finally for from global if import in is lambda nonlocal not or pass"
                  + " raise return try while with yield match case self",
              List.of("#"),
              "\"'",
              List.of("\"\"\"", "'''"),
              false),
          words(
              "bash sh shell zsh console fish",
              "if then else elif fi for while until do done case esac function in return exit"
                  + " export local readonly set unset shift echo cd source alias trap",
              List.of("#"),
              "\"'",
              List.of(),
              false),
          words(
              "ruby rb elixir ex",
              "def end if elsif else unless while until for in do class module return yield begin"
                  + " rescue ensure self nil true false and or not require include attr_reader"
                  + " puts then case when defmodule fn",
              List.of("#"),
              "\"'",
              List.of(),
              false),
          words(
              "sql mysql postgresql sqlite plsql",
              "select from where and or not insert into values update set delete create table drop"
                  + " alter add primary key foreign references join left right inner outer full on"
                  + " as group by order having limit offset distinct union all case when then else"
                  + " end null is in exists between like index view with asc desc",
              List.of("--"),
              "'\"",
              List.of(),
              true),
          words("json json5 jsonc", "true false null", List.of("//"), "\"", List.of(), false),
          words(
              "yaml yml toml ini properties dockerfile makefile make conf",
              "true false null yes no on off FROM RUN COPY CMD ENTRYPOINT ENV WORKDIR ARG EXPOSE",
              List.of("#"),
              "\"'",
              List.of(),
              false),
          words(
              "lua",
              "and break do else elseif end false for function if in local nil not or repeat"
                  + " return then true until while",
              List.of("--"),
              "\"'",
              List.of(),
              false),
          words(
              "haskell hs",
              "module import where let in if then else case of do data type newtype class instance"
                  + " deriving qualified as",
              List.of("--"),
              "\"",
              List.of(),
              false),
          words(
              "r julia jl perl pl",
              "function if else for while in repeat break next return TRUE FALSE NULL end begin my"
                  + " our sub use struct mutable using import true false nothing library",
              List.of("#"),
              "\"'",
              List.of(),
              false));

  private static Language braces(String names, String keywords, List<String> longQuotes) {
    return new Language(
        split(names),
        split(BRACES_COMMON + " " + keywords),
        List.of("//"),
        "/*",
        "*/",
        "\"'",
        longQuotes,
        false);
  }

  private static Language words(
      String names,
      String keywords,
      List<String> comments,
      String quotes,
      List<String> longQuotes,
      boolean anyCase) {
    return new Language(
        split(names), split(keywords), comments, "", "", quotes, longQuotes, anyCase);
  }

  private static Set<String> split(String words) {
    return Set.copyOf(Stream.of(words.split(" ")).distinct().toList());
  }

  /** The language of a name; empty: not known, so that nothing is coloured. */
  static Optional<Language> named(String name) {
    return ALL.stream().filter(language -> language.names().contains(name)).findFirst();
  }

  boolean isKeyword(String word) {
    return keywords.contains(anyCase ? word.toLowerCase(Locale.ROOT) : word);
  }
}
