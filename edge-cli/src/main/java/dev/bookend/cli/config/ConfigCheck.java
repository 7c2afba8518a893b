package dev.bookend.cli.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Looks for all that is wrong with a configuration, of all profiles and commands. */
public final class ConfigCheck {
  /** Variables of this program that are no flags. */
  private static final Set<String> OTHERS =
      Set.of(
          ConfigFile.VARIABLE,
          Configuration.PROFILE_VARIABLE,
          "BOOKEND_TOKEN",
          "BOOKEND_API_KEY",
          "BOOKEND_CLASSPATH",
          "BOOKEND_CRASH_REPORT",
          "BOOKEND_SMOLLM2",
          "BOOKEND_SSH");

  private static final Set<String> OUTPUTS = Set.of("out", "perf-input");
  private static final Set<String> PRIVATE = Set.of("tls-key", "ssl-key-file");

  private static final Pattern LINE = Pattern.compile(":([0-9]{1,9})$");

  private final Configuration configuration;
  private final Set<ConfigProblem> problems = new LinkedHashSet<>();

  private ConfigCheck(Configuration configuration) {
    this.configuration = configuration;
  }

  /** What is wrong; in the file's order, and then with the environment. */
  public static List<ConfigProblem> problems(
      CommandSpec program, Map<String, String> variables, Optional<String> profile) {
    ConfigCheck check;
    try {
      check = new ConfigCheck(Configuration.readLeniently(program, variables, profile));
    } catch (ConfigException e) {
      return e.problems();
    }
    check.problems.addAll(check.configuration.structure());
    check.configuration.settings().settings().forEach(check::check);
    check.checkSecrets();
    check.checkVariables();
    List<ConfigProblem> all = new ArrayList<>(check.problems);
    all.sort(Comparator.comparingInt(ConfigCheck::line));
    return all;
  }

  private static int line(ConfigProblem problem) {
    Matcher line = LINE.matcher(problem.where());
    return line.find() ? Integer.parseInt(line.group(1)) : Integer.MAX_VALUE;
  }

  private void check(Setting setting) {
    try {
      check(setting.flag(), setting.typed());
    } catch (ConfigException e) {
      problems.addAll(e.problems());
    }
  }

  private void check(OptionSpec flag, ConfiguredValue value) {
    Optional<ConfigProblem> wrong = Configuration.problem(flag, value);
    wrong.ifPresent(problems::add);
    if (wrong.isEmpty()) {
      value.texts().forEach(text -> checkFile(flag, text, value.origin().where()));
    }
  }

  private void checkFile(OptionSpec flag, String text, String where) {
    String key = Flags.key(flag);
    if (flag.type() == Path.class && !OUTPUTS.contains(key)) {
      checkFile(key, Path.of(text), PRIVATE.contains(key), where);
    } else if (Flags.isPairs(flag) && text.contains("=@")) {
      Path file = Path.of(text.substring(text.indexOf("=@") + 2));
      checkFile(key, file, true, where);
    } else if ((key.equals("model") && UserPaths.looksLikePath(text))
        || (key.equals("prompts") && !text.matches("[0-9]{1,6}"))) {
      checkFile(key, Path.of(text), false, where);
    }
  }

  private void checkFile(String key, Path file, boolean isPrivate, String where) {
    if (!Files.exists(file)) {
      problems.add(new ConfigProblem(where, key + ": there is no file " + file));
    } else if (!Files.isReadable(file)) {
      problems.add(new ConfigProblem(where, key + ": " + file + " cannot be read by you"));
    } else if (isPrivate && othersRead(file)) {
      problems.add(
          new ConfigProblem(
              where,
              key + ": others can read " + file + ", which is secret; chmod 600 '" + file + "'"));
    }
  }

  private void checkSecrets() {
    Path file = configuration.file();
    if (!configuration.hasFile() || !othersRead(file)) {
      return;
    }
    configuration.settings().settings().stream()
        .filter(setting -> Flags.isSecret(Flags.key(setting.flag())))
        .filter(ConfigCheck::holdsSecret)
        .findFirst()
        .ifPresent(
            setting ->
                problems.add(
                    new ConfigProblem(
                        setting.origin().where(),
                        Flags.key(setting.flag())
                            + ": others can read this file, which holds a secret; chmod 600 '"
                            + file
                            + "'")));
  }

  private static boolean holdsSecret(Setting setting) {
    try {
      return setting.typed().texts().stream()
          .anyMatch(text -> !Flags.isPairs(setting.flag()) || !text.contains("=@"));
    } catch (ConfigException e) {
      return true;
    }
  }

  private static boolean othersRead(Path file) {
    try {
      Set<PosixFilePermission> allowed = Files.getPosixFilePermissions(file);
      return allowed.contains(PosixFilePermission.OTHERS_READ)
          || allowed.contains(PosixFilePermission.GROUP_READ);
    } catch (IOException | UnsupportedOperationException e) {
      return false; // no such permissions here
    }
  }

  private void checkVariables() {
    Map<String, OptionSpec> known = configuration.flags().variables();
    Set<String> names = new LinkedHashSet<>(known.keySet());
    names.addAll(OTHERS);
    for (String name : new TreeMap<>(configuration.variables()).keySet()) {
      if (!name.startsWith(Flags.PREFIX)) {
        continue;
      }
      if (known.containsKey(name)) {
        configuration
            .ofVariable(name, known.get(name))
            .ifPresent(value -> check(known.get(name), value));
      } else if (!OTHERS.contains(name)) {
        Suggestion.ofVariable(name, names)
            .ifPresent(
                near ->
                    problems.add(
                        new ConfigProblem(
                            name, "there is no such variable; did you mean " + near + "?")));
      }
    }
  }
}
