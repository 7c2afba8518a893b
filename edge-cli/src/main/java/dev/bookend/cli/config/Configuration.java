package dev.bookend.cli.config;

import dev.bookend.model.store.UserHome;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What flags are that are not typed: the environment's value, else that of the profile, else what
 * the file says for all profiles. What is said for one command goes before what is said for all.
 */
public final class Configuration {
  static final String PROFILE_VARIABLE = "BOOKEND_PROFILE";

  private static final Set<String> YES = Set.of("true", "1", "yes", "on");
  private static final Set<String> NO = Set.of("false", "0", "no", "off");

  private final Flags flags;
  private final Map<String, String> variables;
  private final ConfigFile file;
  private final FileSettings settings;
  private final Optional<Profile> profile;

  /**
   * A profile that somebody has chosen.
   *
   * @param from who: a flag, a variable, or a line of the file
   */
  public record Profile(String name, String from) {}

  private Configuration(
      Flags flags,
      Map<String, String> variables,
      ConfigFile file,
      FileSettings settings,
      Optional<Profile> profile) {
    this.flags = flags;
    this.variables = variables;
    this.file = file;
    this.settings = settings;
    this.profile = profile;
  }

  /**
   * Reads it.
   *
   * @param program whose flags these are
   * @param variables as {@link System#getenv()}
   * @param typed the profile that was typed
   * @throws ConfigException if the file cannot be read, has keys that nobody knows, or not the
   *     profile
   */
  public static Configuration read(
      CommandSpec program, Map<String, String> variables, Optional<String> typed) {
    Configuration configuration = readLeniently(program, variables, typed);
    List<ConfigProblem> problems = configuration.structure();
    if (!problems.isEmpty()) {
      throw new ConfigException(problems, configuration.hasFile() ? ConfigException.CHECK : "init");
    }
    return configuration;
  }

  /** The same, where the file must only be TOML. */
  public static Configuration readLeniently(
      CommandSpec program, Map<String, String> variables, Optional<String> typed) {
    Flags flags = Flags.of(program);
    ConfigFile file = ConfigFile.read(variables);
    FileSettings settings = new FileSettings(file, flags, variables);
    return new Configuration(flags, variables, file, settings, profile(file, variables, typed));
  }

  private static Optional<Profile> profile(
      ConfigFile file, Map<String, String> variables, Optional<String> typed) {
    return typed
        .map(name -> new Profile(name, "--profile"))
        .or(
            () ->
                variable(variables, PROFILE_VARIABLE)
                    .map(name -> new Profile(name, PROFILE_VARIABLE)))
        .or(
            () ->
                file.value(FileSettings.PROFILE)
                    .map(Object::toString)
                    .map(name -> new Profile(name, file.where(FileSettings.PROFILE))));
  }

  /** Whether there may be anything but what is typed. */
  public static boolean mayBeThere(Map<String, String> variables) {
    return variables.keySet().stream().anyMatch(name -> name.startsWith(Flags.PREFIX))
        || !Files.notExists(ConfigFile.path(variables), LinkOption.NOFOLLOW_LINKS);
  }

  /** Where the file is, or would be: what BOOKEND_CONFIG names, or in XDG's directory. */
  public static Path path(Map<String, String> variables) {
    return ConfigFile.path(variables);
  }

  /** What is wrong apart from values. */
  List<ConfigProblem> structure() {
    List<ConfigProblem> problems = new ArrayList<>();
    profile
        .filter(chosen -> !settings.profiles().contains(chosen.name()))
        .ifPresent(chosen -> problems.add(new ConfigProblem(chosen.from(), unknown(chosen))));
    problems.addAll(settings.problems());
    return problems;
  }

  private String unknown(Profile chosen) {
    String what = "there is no profile '" + chosen.name() + "'";
    if (!file.isThere()) {
      return what + ": there is no " + file.path();
    }
    Set<String> known = settings.profiles();
    return Suggestion.of(chosen.name(), known)
        .map(near -> what + " in " + file.path() + "; did you mean '" + near + "'?")
        .orElseGet(
            () ->
                what
                    + " in "
                    + file.path()
                    + "; it has "
                    + (known.isEmpty() ? "none" : String.join(", ", known)));
  }

  /** The value of a flag, or of an argument that stands for one; empty: nothing is configured. */
  Optional<ConfiguredValue> value(ArgSpec argument) {
    String table = Flags.table(argument.command());
    if (argument instanceof OptionSpec flag) {
      return value(table, flag);
    }
    return flags.standsFor(argument).flatMap(flag -> value("", flag));
  }

  /**
   * The value of a flag.
   *
   * @param table the command's; empty: for all commands
   * @throws ConfigException if it is of the wrong type
   */
  public Optional<ConfiguredValue> value(String table, OptionSpec flag) {
    String key = Flags.key(flag);
    List<String> places = places(table, flag);
    for (String place : places) {
      String name = Flags.variable(place, key);
      Optional<String> text = variable(variables, name);
      if (text.isPresent()) {
        return Optional.of(ofVariable(name, flag, text.get()));
      }
    }
    return profile
        .flatMap(chosen -> inFile(Optional.of(chosen.name()), places, key))
        .or(() -> inFile(Optional.empty(), places, key))
        .map(Setting::typed);
  }

  /** Whether something is configured for a command's flag that holds for no other command. */
  boolean isSetFor(String table, OptionSpec flag) {
    String key = Flags.key(flag);
    return variable(variables, Flags.variable(table, key)).isPresent()
        || settings.settings().stream()
            .filter(setting -> setting.table().equals(table))
            .filter(setting -> Flags.key(setting.flag()).equals(key))
            .anyMatch(
                setting ->
                    setting.profile().isEmpty()
                        || setting.profile().equals(profile.map(Profile::name)));
  }

  /** Where a flag's value may stand: in its command's table, and at the top. */
  private List<String> places(String table, OptionSpec flag) {
    List<String> places = new ArrayList<>();
    if (flags.tables().getOrDefault(table, Map.of()).containsKey(Flags.key(flag))) {
      places.add(table);
    }
    if (table.isEmpty() || flags.shared(flag).isPresent()) {
      places.add("");
    }
    return places;
  }

  private Optional<Setting> inFile(Optional<String> ofProfile, List<String> places, String key) {
    return places.stream()
        .flatMap(
            place ->
                settings.settings().stream()
                    .filter(setting -> setting.profile().equals(ofProfile))
                    .filter(setting -> setting.table().equals(place))
                    .filter(setting -> Flags.key(setting.flag()).equals(key)))
        .findFirst();
  }

  /** A variable's value; empty: it has none. */
  Optional<ConfiguredValue> ofVariable(String name, OptionSpec flag) {
    return variable(variables, name).map(text -> ofVariable(name, flag, text));
  }

  private ConfiguredValue ofVariable(String name, OptionSpec flag, String text) {
    UserPaths paths = new UserPaths(Path.of(""), () -> UserHome.directory(variables));
    List<String> texts =
        flag.isMultiValue()
            ? Arrays.stream(text.split("\\R")).filter(line -> !line.isBlank()).toList()
            : List.of(isSwitch(flag) ? yesOrNo(text.strip()) : text);
    return new ConfiguredValue(
        texts.stream().map(one -> paths.resolve(flag, one)).toList(), new Origin.Variable(name));
  }

  private static boolean isSwitch(OptionSpec flag) {
    return flag.type() == boolean.class || flag.type() == Boolean.class;
  }

  private static String yesOrNo(String text) {
    String word = text.toLowerCase(Locale.ROOT);
    return YES.contains(word) ? "true" : NO.contains(word) ? "false" : text;
  }

  private static Optional<String> variable(Map<String, String> variables, String name) {
    return Optional.ofNullable(variables.get(name)).filter(text -> !text.isBlank());
  }

  /**
   * Finds out whether a command's flags take what is configured for them.
   *
   * @throws ConfigException if one does not
   */
  public void requireValid(CommandSpec command) {
    for (OptionSpec flag : command.options()) {
      value(flag).ifPresent(value -> requireValid(flag, value));
    }
  }

  static void requireValid(OptionSpec flag, ConfiguredValue value) {
    problem(flag, value)
        .ifPresent(
            problem -> {
              throw new ConfigException(problem);
            });
  }

  /** What is wrong with a value. */
  static Optional<ConfigProblem> problem(OptionSpec flag, ConfiguredValue value) {
    return TypedFlag.problem(flag, value.texts())
        .map(what -> what.startsWith(Flags.key(flag) + " ") ? what : Flags.key(flag) + ": " + what)
        .map(what -> new ConfigProblem(value.origin().where(), what));
  }

  /** Whether nothing is configured, so that flags need not be read once more. */
  public boolean isEmpty() {
    return settings.settings().isEmpty()
        && flags.variables().keySet().stream().noneMatch(variables::containsKey);
  }

  public Flags flags() {
    return flags;
  }

  /** Where the file is, or would be. */
  public Path file() {
    return file.path();
  }

  public boolean hasFile() {
    return file.isThere();
  }

  public Optional<Profile> profile() {
    return profile;
  }

  FileSettings settings() {
    return settings;
  }

  Map<String, String> variables() {
    return variables;
  }
}
