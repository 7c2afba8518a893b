package dev.bookend.cli.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.OptionSpec;

/** A file to begin with, in which all is a comment. */
public final class ExampleFile {
  private static final int WIDTH = 96;

  private static final Map<String, String> EXAMPLES =
      Map.of(
          "wan", "\"rtt=80ms\"",
          "draft", "\"suffix,retrieval,recycling\"",
          "cloud-timeout", "60",
          "cloud-deadline", "60",
          "cloud-keepalive", "300",
          "top-k", "40",
          "top-p", "0.95",
          "system", "\"Answer briefly.\"");

  private ExampleFile() {}

  /** Its text. */
  public static String text(Flags flags) {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "# What Bookend's flags are when they are not typed. 'bookend config' shows what is in",
                "# force and where it comes from, 'bookend config check' looks for mistakes.",
                "#",
                "# A typed flag goes before an environment variable (BOOKEND_MODEL, BOOKEND_SERVE_PORT),",
                "# that before a profile, and that before what stands here for all. Relative paths begin",
                "# at this file's directory, and ~ is your home directory.",
                "",
                "# The profile to take where --profile and BOOKEND_PROFILE name none:",
                "#profile = \"work\"",
                ""));
    flags.shared().forEach((key, flag) -> lines.addAll(comment(flag)));
    lines.addAll(
        List.of(
            "# Flags of one command stand below its name:",
            "#[serve]",
            "#port = 11435",
            "",
            "# A profile has the same keys and tables:",
            "#[profiles.work]",
            "#cloud = \"grpcs://gpu.example:8001\"",
            "#header = [\"authorization=@token\"]",
            "#",
            "#[profiles.work.serve]",
            "#port = 11436"));
    return String.join("\n", lines) + "\n";
  }

  private static List<String> comment(OptionSpec flag) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder("#");
    String described = Ansi.OFF.string(String.join(" ", flag.description()));
    for (String word : described.split(" ", -1)) {
      if (line.length() + 1 + word.length() > WIDTH) {
        lines.add(line.toString());
        line = new StringBuilder("#");
      }
      line.append(' ').append(word);
    }
    lines.add(line.toString());
    lines.add("#" + Flags.key(flag) + " = " + example(flag));
    lines.add("");
    return lines;
  }

  private static String example(OptionSpec flag) {
    Class<?> type = flag.type();
    if (type == boolean.class || type == Boolean.class) {
      return "false";
    }
    if (flag.isMultiValue()) {
      return "[\"" + flag.paramLabel() + "\"]";
    }
    String text = flag.defaultValue();
    if (text != null) {
      return FlagText.isNumber(type) ? text : "\"" + text + "\"";
    }
    return EXAMPLES.getOrDefault(
        Flags.key(flag), FlagText.isNumber(type) ? "1" : "\"" + flag.paramLabel() + "\"");
  }
}
