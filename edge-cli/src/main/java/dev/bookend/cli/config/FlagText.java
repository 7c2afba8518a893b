package dev.bookend.cli.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.tomlj.TomlArray;
import org.tomlj.TomlTable;
import picocli.CommandLine.Model.OptionSpec;

/** A value of the file as the text that would be typed for it. */
final class FlagText {
  private static final Set<Class<?>> NUMBERS =
      Set.of(int.class, Integer.class, long.class, Long.class, double.class, Double.class);

  private FlagText() {}

  /**
   * The texts, several only for a flag that may be repeated.
   *
   * @throws IllegalArgumentException if it is of the wrong type; says what is right
   */
  static List<String> of(OptionSpec flag, Object value) {
    if (!flag.isMultiValue()) {
      return List.of(one(flag, flag.type(), value));
    }
    Class<?>[] types = flag.auxiliaryTypes();
    if (Flags.isPairs(flag) && value instanceof TomlTable table) {
      List<String> texts = new ArrayList<>();
      for (String name : table.keySet()) {
        texts.add(name + "=" + one(flag, types[1], table.get(List.of(name))));
      }
      return texts;
    }
    List<Object> all = value instanceof TomlArray array ? array.toList() : List.of(value);
    Class<?> type = Flags.isPairs(flag) ? String.class : types[0];
    return all.stream().map(element -> one(flag, type, element)).toList();
  }

  static boolean isNumber(Class<?> type) {
    return NUMBERS.contains(type);
  }

  private static String one(OptionSpec flag, Class<?> type, Object value) {
    String key = Flags.key(flag);
    if (type == boolean.class || type == Boolean.class) {
      if (value instanceof Boolean) {
        return value.toString();
      }
      throw new IllegalArgumentException(key + " is true or false, without quotes");
    }
    if (isNumber(type)) {
      if (value instanceof Long || value instanceof Double) {
        return value.toString();
      }
      // An amount with its unit is text.
      if (value instanceof String text && !text.matches("[-+0-9._eE]*")) {
        return text;
      }
      throw new IllegalArgumentException(key + " is a number, without quotes");
    }
    if (value instanceof String text) {
      return text;
    }
    if (value instanceof Long) {
      return value.toString();
    }
    if (value instanceof TomlArray array && isList(flag)) {
      return array.toList().stream()
          .map(element -> one(flag, type, element))
          .collect(Collectors.joining(","));
    }
    throw new IllegalArgumentException(
        flag.isMultiValue()
            ? key + " is text in quotes, or several in brackets: " + key + " = [\"…\", \"…\"]"
            : key + " is text in quotes: " + key + " = \"" + flag.paramLabel() + "\"");
  }

  /** Whether several values stand in one, with commas between them. */
  private static boolean isList(OptionSpec flag) {
    return flag.paramLabel().contains("[,");
  }
}
