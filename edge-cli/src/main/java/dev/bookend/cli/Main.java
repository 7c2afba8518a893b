package dev.bookend.cli;

import dev.bookend.cli.config.Configuration;
import dev.bookend.model.runtime.Decoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code bookend} command. */
@Command(
    name = "bookend",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Version.class,
    description = {
      "Run a large language model whose middle layers live in the cloud.",
      "Without a command, on a terminal, it opens the shell, as 'bookend chat' does."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failure, e.g. an unknown model or a prompt longer than the context",
      "2:wrong usage: an unknown flag, a wrong value, an empty prompt, a configuration that cannot"
          + " be read",
      "3:the cloud cannot be reached",
      "4:the cloud refused: TLS or authentication",
      "5:edge and cloud disagree on the model, the split or the contract",
      "6:'doctor --probe' only: a server lives, but has no place for a session free",
      "130:interrupted"
    })
public final class Main implements Callable<Integer> {
  private static final String PROFILE = "--profile";

  @Spec private CommandSpec spec;

  @Option(
      names = PROFILE,
      paramLabel = "NAME",
      scope = ScopeType.INHERIT,
      description = "Take what this profile of the configuration file says ('bookend config').")
  private String profile;

  private static final Set<String> OPEN_A_MODEL = Set.of("generate", "chat", "serve");
  private static final Set<String> ASK_FOR_HELP = Set.of("-h", "--help", "-V", "--version");

  private final Map<String, String> variables;
  private final boolean whole;

  private Main(Map<String, String> variables, boolean whole) {
    this.variables = variables;
    this.whole = whole;
  }

  /** Exits with one of the documented codes. */
  public static void main(String[] args) {
    // On some cloud machines DJL reports its use to its makers unless it is told not to.
    System.setProperty("OPT_OUT_TRACKING", "true");
    // The texts are English, and programs read numbers: no other digits, points or letters.
    Locale.setDefault(Locale.ROOT);
    if (!Path.of(System.getProperty("user.home", "?")).isAbsolute()) {
      // DJL would load its native libraries from a directory of that name, right here.
      System.err.println("bookend: there is no home directory; set HOME");
      System.exit(Failures.FAILURE);
    }
    try {
      Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
      NativeLibraries.directory(
              System.getenv(), Path.of(System.getProperty("user.home")), temporary)
          .ifPresent(path -> System.setProperty("DJL_CACHE_DIR", path.toString()));
    } catch (IOException e) {
      System.err.println(
          "bookend: there is no safe place for native libraries: "
              + e.getMessage()
              + "; set HOME or DJL_CACHE_DIR to a directory of yours");
      System.exit(Failures.FAILURE);
    }
    prepare(System.getenv(), args);
    ProcessEnd.install();
    StandardOutput output = StandardOutput.install();
    StandardStreams.showControlCharacters();
    int code = commandLine(System.getenv(), args).execute(args);
    Optional<String> problem = output.problem();
    problem.ifPresent(why -> System.err.println("bookend: cannot write to stdout: " + why));
    System.exit(code == 0 && problem.isPresent() ? Failures.FAILURE : code);
  }

  /**
   * Has PyTorch load while the arguments are read, which takes nearly as long, where they will need
   * it: before one answer, that is a tenth of the time to its first token.
   */
  private static void prepare(Map<String, String> variables, String... args) {
    List<String> words = List.of(args);
    if (words.isEmpty()
        || !OPEN_A_MODEL.contains(words.get(0))
        || words.stream().anyMatch(ASK_FOR_HELP::contains)
        || Configuration.mayBeThere(variables)) {
      return;
    }
    Logging.configure(words.contains("--verbose")); // libraries read it when they are first used
    Decoder.prepare();
  }

  /** The environment of the program that a command belongs to. */
  static Map<String, String> variables(CommandSpec command) {
    return ((Main) command.root().userObject()).variables;
  }

  /** The profile that was typed. */
  static Optional<String> profile(CommandSpec command) {
    return Optional.ofNullable(((Main) command.root().userObject()).profile);
  }

  /** Whether a program has all of its commands. */
  static boolean isWhole(CommandSpec command) {
    return ((Main) command.root().userObject()).whole;
  }

  static CommandLine commandLine() {
    return commandLine(System.getenv());
  }

  /** With other environment variables, as far as they are about flags and the configuration. */
  static CommandLine commandLine(Map<String, String> variables) {
    return commandLine(new Main(variables, true), Commands.ALL);
  }

  /**
   * As much of the program as these arguments need. All commands and flags together take longer to
   * look at than many a command to run.
   */
  static CommandLine commandLine(Map<String, String> variables, String... args) {
    boolean configured =
        Configuration.mayBeThere(variables)
            || Stream.of(args).anyMatch(word -> word.startsWith(PROFILE));
    Optional<Class<?>> only =
        args.length == 0 || configured ? Optional.empty() : Commands.alone(args[0]);
    return only.map(command -> commandLine(new Main(variables, false), List.of(command)))
        .orElseGet(() -> commandLine(variables));
  }

  private static CommandLine commandLine(Main main, List<Class<?>> commands) {
    Map<String, String> variables = main.variables;
    CommandLine commandLine = new CommandLine(main);
    commands.forEach(commandLine::addSubcommand);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    // Colours would be shown as the characters that they are, as whatever else a terminal obeys.
    commandLine.setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF));
    commandLine.setExpandAtFiles(false); // a prompt may begin with '@'
    // The shell leaves the home alone in --tls-ca=~/ca.pem.
    commandLine.registerConverter(Path.class, text -> HomePath.path(text, variables));
    commandLine.setExecutionStrategy(
        typed -> {
          ParseResult parsed = ConfiguredFlags.of(typed, variables);
          Logging.configure(Failures.isVerbose(parsed));
          try {
            return new CommandLine.RunLast().execute(parsed);
          } catch (OutOfMemoryError e) { // no exception, so picocli would let it through
            throw new CommandLine.ExecutionException(parsed.commandSpec().commandLine(), "", e);
          }
        });
    commandLine.setParameterExceptionHandler(Failures::usage);
    commandLine.setExecutionExceptionHandler(Failures::execution);
    return commandLine;
  }

  /** Without a command: the shell, where there is somebody to talk with. */
  @Override
  public Integer call() {
    if (StandardStreams.inputIsTerminal() && StandardStreams.outputIsTerminal()) {
      String[] args =
          profile == null ? new String[] {"chat"} : new String[] {"chat", PROFILE, profile};
      return commandLine(variables, args).execute(args);
    }
    throw new ParameterException(
        spec.commandLine(), "a command is missing; 'bookend generate' answers a prompt");
  }
}
