package dev.bookend.cli.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The flags that can be configured. Those of the shell are keys at the top of the file and of a
 * profile, and hold for all commands that have the same flag. All flags of a command are keys of
 * its table.
 */
public final class Flags {
  /** Between the values of a flag that may be repeated. No value has it. */
  public static final String SEPARATOR = "\u001e";

  static final String PREFIX = "BOOKEND_";

  private static final String SHELL = "chat";

  /** The commands about the configuration are not configured. */
  private static final String OWN = "config";

  /** What is about a single run only. */
  private static final Set<String> SHELL_ONLY = Set.of("load");

  /** Values of these are shown to nobody. */
  private static final Set<String> SECRET = Set.of("header", "api-key");

  private final Map<String, OptionSpec> shared = new LinkedHashMap<>();
  private final Map<String, Map<String, OptionSpec>> tables = new TreeMap<>();
  private final Map<String, Set<String>> typed = new TreeMap<>();

  private Flags() {}

  /** Those of a program. */
  public static Flags of(CommandSpec root) {
    Flags flags = new Flags();
    flags.add(root.root());
    flags.tables.get(SHELL).forEach(flags.shared::put);
    flags.shared.keySet().removeAll(SHELL_ONLY);
    return flags;
  }

  private void add(CommandSpec command) {
    Map<String, OptionSpec> own = new LinkedHashMap<>();
    command.options().stream()
        .filter(Flags::canBeConfigured)
        .forEach(option -> own.put(key(option), option));
    typed.put(
        table(command),
        command.options().stream()
            .filter(OptionSpec::required)
            .map(Flags::key)
            .collect(Collectors.toSet()));
    if (!own.isEmpty()) {
      tables.put(table(command), own);
    }
    for (Map.Entry<String, CommandLine> sub : command.subcommands().entrySet()) {
      if (!sub.getKey().equals(OWN)) {
        add(sub.getValue().getCommandSpec());
      }
    }
  }

  private static boolean canBeConfigured(OptionSpec option) {
    return option.names()[0].startsWith("--")
        && !option.usageHelp()
        && !option.versionHelp()
        && !option.required()
        && !option.inherited()
        && option.scopeType() == CommandLine.ScopeType.LOCAL;
  }

  /** The keys at the top. */
  public Map<String, OptionSpec> shared() {
    return Collections.unmodifiableMap(shared);
  }

  /** The keys of each command's table. */
  public Map<String, Map<String, OptionSpec>> tables() {
    return Collections.unmodifiableMap(tables);
  }

  /** Whether a command has a flag that must be typed each time. */
  boolean isTyped(String table, String key) {
    return typed.getOrDefault(table, Set.of()).contains(key);
  }

  /** A command's table: its name, of a subcommand both names, as {@code model-pull}. */
  public static String table(CommandSpec command) {
    List<String> names = new ArrayList<>();
    for (CommandSpec at = command; at.parent() != null; at = at.parent()) {
      names.add(0, at.name());
    }
    return String.join("-", names);
  }

  /** A flag's key: its name. */
  public static String key(OptionSpec flag) {
    return flag.names()[0].substring(2);
  }

  /** The variable of a key; of a table's key with the table's name. */
  static String variable(String table, String key) {
    return (PREFIX + (table.isEmpty() ? "" : table + "_") + key)
        .replace('-', '_')
        .toUpperCase(Locale.ROOT);
  }

  /** The flag of each variable. */
  Map<String, OptionSpec> variables() {
    Map<String, OptionSpec> variables = new TreeMap<>();
    tables.forEach(
        (table, keys) -> keys.forEach((key, flag) -> variables.put(variable(table, key), flag)));
    shared.forEach((key, flag) -> variables.put(variable("", key), flag));
    return variables;
  }

  /** The shell's flag that a command's flag is the same as. */
  Optional<OptionSpec> shared(OptionSpec flag) {
    return Optional.ofNullable(shared.get(key(flag)))
        .filter(same -> same.type() == flag.type())
        .filter(same -> Objects.equals(same.defaultValue(), flag.defaultValue()));
  }

  /** The flag that an argument without a name stands for, as the model that is to be planned. */
  Optional<OptionSpec> standsFor(ArgSpec argument) {
    return argument.defaultValue() == null
        ? Optional.empty()
        : shared.values().stream()
            .filter(flag -> flag.paramLabel().equals(argument.paramLabel()))
            .filter(flag -> argument.defaultValue().equals(flag.defaultValue()))
            .findFirst();
  }

  /** Whether a flag's values are pairs of a name and a text. */
  static boolean isPairs(OptionSpec flag) {
    return Map.class.isAssignableFrom(flag.type());
  }

  /** Whether a flag's values are shown to nobody. */
  public static boolean isSecret(String key) {
    return SECRET.contains(key);
  }
}
