package dev.bookend.cli.config;

import dev.bookend.model.store.UserHome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.tomlj.TomlTable;
import picocli.CommandLine.Model.OptionSpec;

/** What stands in the file: settings, and what is none. */
final class FileSettings {
  static final String PROFILE = "profile";
  private static final String PROFILES = "profiles";

  private final ConfigFile file;
  private final Flags flags;
  private final UserPaths paths;
  private final List<Setting> settings = new ArrayList<>();
  private final List<ConfigProblem> problems = new ArrayList<>();
  private final Set<String> profiles = new TreeSet<>();

  FileSettings(ConfigFile file, Flags flags, Map<String, String> variables) {
    this.file = file;
    this.flags = flags;
    this.paths = new UserPaths(file.directory(), () -> UserHome.directory(variables));
    file.content().ifPresent(this::readAll);
  }

  private void readAll(TomlTable content) {
    read(content, Optional.empty());
    Object all = content.get(List.of(PROFILES));
    if (all instanceof TomlTable table) {
      for (String name : table.keySet()) {
        if (table.get(List.of(name)) instanceof TomlTable profile) {
          profiles.add(name);
          read(profile, Optional.of(name));
        } else {
          problem(table, name, "a profile is a table: [" + PROFILES + ".NAME]");
        }
      }
    } else if (all != null) {
      problem(content, PROFILES, "profiles are tables: [" + PROFILES + ".NAME]");
    }
  }

  List<Setting> settings() {
    return settings;
  }

  List<ConfigProblem> problems() {
    return problems;
  }

  Set<String> profiles() {
    return profiles;
  }

  private void read(TomlTable table, Optional<String> profile) {
    for (String key : table.keySet()) {
      Object value = table.get(List.of(key));
      if (profile.isEmpty() && Set.of(PROFILE, PROFILES).contains(key)) {
        continue;
      }
      OptionSpec shared = flags.shared().get(key);
      Map<String, OptionSpec> own = flags.tables().get(key);
      if (shared != null) {
        add(table, profile, "", key, shared);
      } else if (own == null) {
        problem(table, key, unknown(key, profile));
      } else if (value instanceof TomlTable inner) {
        readCommand(inner, profile, key, own);
      } else {
        problem(table, key, "'" + key + "' is a command, whose flags stand below [" + key + "]");
      }
    }
  }

  private void readCommand(
      TomlTable table, Optional<String> profile, String command, Map<String, OptionSpec> own) {
    for (String key : table.keySet()) {
      OptionSpec flag = own.get(key);
      if (flag != null) {
        add(table, profile, command, key, flag);
      } else if (flags.isTyped(command, key)) {
        problem(table, key, "'" + key + "' is given with each run, not here");
      } else {
        problem(
            table,
            key,
            "'%s' has no --%s%s".formatted(command, key, Suggestion.after(key, own.keySet())));
      }
    }
  }

  private void add(
      TomlTable table, Optional<String> profile, String command, String key, OptionSpec flag) {
    Origin.Line origin = new Origin.Line(file.path(), line(table, key), profile);
    Object value = table.get(List.of(key));
    settings.add(new Setting(profile, command, flag, value, origin, paths));
  }

  private String unknown(String key, Optional<String> profile) {
    List<String> commands =
        flags.tables().keySet().stream()
            .filter(command -> flags.tables().get(command).containsKey(key))
            .map(command -> profile.map(name -> PROFILES + "." + name + ".").orElse("") + command)
            .map(command -> "[" + command + "]")
            .toList();
    if (!commands.isEmpty()) {
      return "'"
          + key
          + "' is a flag of some commands; put it below "
          + String.join(" or ", commands);
    }
    Set<String> known = new TreeSet<>(flags.shared().keySet());
    known.addAll(flags.tables().keySet());
    if (profile.isEmpty()) {
      known.addAll(Set.of(PROFILE, PROFILES));
    }
    String meant = Suggestion.after(key, known);
    return "there is no '"
        + key
        + "'"
        + (meant.isEmpty() ? "; 'bookend config' lists what there is" : meant);
  }

  private void problem(TomlTable table, String key, String what) {
    problems.add(ConfigProblem.at(file.path(), line(table, key), what));
  }

  private static int line(TomlTable table, String key) {
    return table.inputPositionOf(List.of(key)).line();
  }
}
