package dev.bookend.cli;

import dev.bookend.Bookend;
import dev.bookend.SessionLimits;
import dev.bookend.cli.config.Flags;
import dev.bookend.server.BookendServer;
import dev.bookend.server.ServerOptions;
import dev.bookend.split.SplitOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bookend serve}: the split model as an endpoint that OpenAI's clients can talk to. */
@Command(
    name = "serve",
    description =
        "Answer clients of OpenAI's and Ollama's APIs, and show a page for people, until interrupted.",
    footer = {
      "",
      "Clients are pointed to the address that it prints (Ollama's to the one without /v1), with any"
          + " API key where there is no --api-key."
    })
final class ServeCommand implements Callable<Integer> {
  private static final String KEY = "BOOKEND_API_KEY";

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private SpeculationOptions speculation;
  @Mixin private LearningOptions history;

  /** Reads an origin as browsers write it; any other text would match none. */
  private static final class Origin extends FlagValue<String> {
    private static final Pattern FORM = Pattern.compile("[a-z][a-z0-9+.-]*://[^/?#\\s]+");

    Origin() {
      super(Origin::parse);
    }

    private static String parse(String text) {
      if (text.equals("*") || text.equals("null") || FORM.matcher(text).matches()) {
        return text;
      }
      throw new IllegalArgumentException(
          "'" + text + "' is not an origin, as https://chat.example or http://localhost:3000");
    }
  }

  @Option(
      names = "--host",
      paramLabel = "HOST",
      defaultValue = "127.0.0.1",
      description = "The address to listen on (default: ${DEFAULT-VALUE}, for this machine alone).")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "11435",
      converter = PortNumber.class,
      description = "The port; 0: any that is free (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--served-model-name",
      paramLabel = "NAME",
      split = Flags.SEPARATOR,
      hideParamSyntax = true,
      description = "A name by which clients ask for the model (default: that of --model).")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      split = Flags.SEPARATOR,
      hideParamSyntax = true,
      description =
          "A key that clients must give; the environment's BOOKEND_API_KEY is one too, and does"
              + " not stand in the list of processes.")
  private List<String> keys = new ArrayList<>();

  @Option(
      names = "--no-api-key",
      fallbackValue = "true",
      description = "Listen beyond this machine although anyone may ask.")
  private boolean noKey;

  @Option(
      names = "--ssl-cert-file",
      paramLabel = "FILE",
      description = "The server's certificate, to listen with TLS (PEM).")
  private Path certificate;

  @Option(
      names = "--ssl-key-file",
      paramLabel = "FILE",
      description = "The certificate's private key (PEM, PKCS #8).")
  private Path key;

  @Option(
      names = "--allow-origin",
      paramLabel = "ORIGIN",
      split = Flags.SEPARATOR,
      hideParamSyntax = true,
      converter = Origin.class,
      description = "A web page's origin that may ask, as https://chat.example; with * any may.")
  private List<String> origins = new ArrayList<>();

  @Option(
      names = "--parallel",
      paramLabel = "N",
      defaultValue = "4",
      converter = PositiveNumber.class,
      description =
          "How many answers run side by side, each with a session of its own (default:"
              + " ${DEFAULT-VALUE}).")
  private int parallel;

  @Option(
      names = "--queue",
      paramLabel = "N",
      defaultValue = "100",
      converter = WholeNumber.class,
      description =
          "How many requests may wait for a session; one more gets status 429 (default:"
              + " ${DEFAULT-VALUE}).")
  private int queue;

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      defaultValue = "30",
      converter = WholeNumber.class,
      description =
          "How long answers that are under way may take when the server ends (default:"
              + " ${DEFAULT-VALUE}).")
  private int drain;

  @Option(
      names = "--quiet",
      fallbackValue = "true",
      description = "Do not log each request on stderr.")
  private boolean quiet;

  @Override
  public Integer call() {
    ServerOptions options = Flag.usage(spec, this::options);
    speculation.check();
    BookendServer.requireFree(options);
    SessionLimits limits =
        Flag.usage(
            spec, () -> new SessionLimits(parallel, SessionLimits.DEFAULT.idleTime(), queue));
    history.onImprovement(
        better ->
            StandardStreams.remark(
                String.format(
                    Locale.ROOT,
                    "the draft head has learned: %.1f %% of its draft tokens are right, of %.1f %%;"
                        + " used from the next start on",
                    100 * better.now(),
                    100 * better.before())));
    try (Bookend bookend = model.open(ServeCommand::split, speculation::apply, history, limits);
        BookendServer server = BookendServer.start(bookend, options)) {
      StandardStreams.remark(
          "bookend serves %s at %s/v1 (OpenAI) and %s (Ollama, and a page to chat); stop it with Ctrl-C"
              .formatted(String.join(", ", options.names()), server.url(), server.url()));
      awaitInterruption(server, bookend);
    }
    return CommandLine.ExitCode.OK;
  }

  /** Whoever looks at the page can make the way to an embedded cloud longer. */
  private static SplitOptions split(SplitOptions options) {
    return options.cloud().isEmbedded() ? options.withChangeableLink() : options;
  }

  /** The JVM waits for its shutdown hooks: answers that are under way end in one. */
  private static void awaitInterruption(BookendServer server, Bookend bookend) {
    CountDownLatch closed = new CountDownLatch(1);
    ProcessEnd.first(
        new Thread(
            () -> {
              server.close();
              bookend.close();
              closed.countDown();
            },
            "bookend-interruption"));
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Before the model is loaded, which takes long. */
  private void requireReadable(String flag, Path file) {
    if (file != null && !Files.isReadable(file)) {
      throw new ParameterException(
          spec.commandLine(), flag + ": " + file + " is missing or cannot be read");
    }
  }

  private ServerOptions options() {
    if (names.stream().anyMatch(String::isBlank)) {
      throw new ParameterException(spec.commandLine(), "--served-model-name: is empty");
    }
    List<String> allKeys = new ArrayList<>(keys);
    String fromEnvironment = System.getenv(KEY);
    if (fromEnvironment != null && !fromEnvironment.isBlank()) {
      allKeys.add(fromEnvironment.strip());
    }
    if (!ServerOptions.isLoopback(host) && allKeys.isEmpty() && !noKey) {
      throw new ParameterException(
          spec.commandLine(),
          "--host: anyone who reaches "
              + host
              + " could ask; set BOOKEND_API_KEY, or allow it with --no-api-key");
    }
    ServerOptions options =
        ServerOptions.of(model.modelName())
            .withAddress(host, port)
            .withKeys(allKeys)
            .withOrigins(origins)
            .withDrain(Duration.ofSeconds(drain))
            .withAccessLog(quiet ? line -> {} : StandardStreams::remark);
    if (!names.isEmpty()) {
      options = options.withNames(names);
    }
    if ((certificate == null) != (key == null)) {
      throw new ParameterException(
          spec.commandLine(), "--ssl-cert-file and --ssl-key-file belong together");
    }
    requireReadable("--ssl-cert-file", certificate);
    requireReadable("--ssl-key-file", key);
    return certificate == null ? options : options.withTls(new ServerOptions.Tls(certificate, key));
  }
}
