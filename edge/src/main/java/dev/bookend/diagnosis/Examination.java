package dev.bookend.diagnosis;

import dev.bookend.error.ErrorCode;
import dev.bookend.model.contract.Contract;
import dev.bookend.remote.CloudException;
import dev.bookend.remote.CloudServer;
import dev.bookend.remote.RemoteSequence;
import dev.bookend.remote.ServedMiddle;
import dev.bookend.remote.ServerMiddles;
import dev.bookend.split.SessionMemory;
import dev.bookend.triton.InferRequest;
import dev.bookend.triton.ModelConfiguration;
import dev.bookend.triton.ModelConfiguration.SequenceBatching;
import dev.bookend.triton.ModelIndexEntry;
import dev.bookend.triton.ModelStatistics;
import dev.bookend.triton.ServerMetadata;
import dev.bookend.triton.Tensor;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The checks of one server, in the order in which a session would depend on what is checked. */
final class Examination {
  private static final int CALLS = 20;
  private static final int UPLOADS = 3;
  private static final int UPLOAD_FLOATS = 64 << 10; // 256 KiB
  private static final double FASTEST_MBIT = 1000; // above this, the clock is too coarse
  private static final double SLOW_MILLIS = 150;
  private static final long SHORT_IDLE_MILLIS = 60_000;
  private static final Duration METRICS_LIMIT = Duration.ofSeconds(2);
  private static final int END_SECONDS = 2;

  private final CloudServer server;
  private final TritonConnection connection;
  private final Optional<Contract> contract;
  private final Optional<SessionMemory> memory;
  private final ServerStatistics statistics;
  private final List<CheckResult> results = new ArrayList<>();
  private String check = "connection";
  private final Set<KnownFault> faults = EnumSet.noneOf(KnownFault.class);
  private String version = "";
  private double medianMillis;

  /**
   * @param contract what the middle is to fit; empty: any middle will do
   * @param memory what a session takes; empty: not known
   * @param metricsPort where the server's metrics are, on the same host
   */
  Examination(
      CloudServer server,
      TritonConnection connection,
      Optional<Contract> contract,
      Optional<SessionMemory> memory,
      int metricsPort) {
    this.server = server;
    this.connection = connection;
    this.contract = contract;
    this.memory = memory;
    this.statistics = new ServerStatistics(server, connection, metricsPort);
  }

  /** The result where there can be no connection at all. */
  static CheckResult unusable(CloudException failure) {
    return new CheckResult(
        "connection", Severity.FAILURE, failure.getMessage(), hint(failure), Map.of());
  }

  /**
   * Runs the checks up to the first that fails.
   *
   * @return what a session on this server would fail with; empty where it would run
   */
  Optional<CloudException> run() {
    try {
      CloudException.crossing(
          () -> {
            connection();
            server();
            roundTrip();
            models();
            return null;
          });
      return Optional.empty();
    } catch (CloudException e) {
      add(Severity.FAILURE, e.getMessage(), wayOut(e), Map.of());
      return Optional.of(e);
    }
  }

  List<CheckResult> results() {
    return results;
  }

  private void connection() {
    long start = System.nanoTime();
    boolean live = connection.serverLive();
    double millis = millisSince(start);
    boolean tls = server.endpoint().tls();
    boolean open = server.isExposed();
    Map<String, Object> values =
        values("tls", tls, "ssh", server.sshHost().isPresent(), "first_call_ms", millis);
    String detail =
        text(
            "answers %s, the first call in %.0f ms",
            server.sshHost().isPresent() ? "through SSH" : tls ? "over TLS" : "without TLS",
            millis);
    if (!live) {
      add(
          Severity.WARNING,
          detail + ", but says that it is not live",
          "look at the server's log",
          values);
    } else if (open) {
      add(
          Severity.WARNING,
          detail,
          "anyone on the network path can read along; use grpcs:// or ssh://",
          values);
    } else {
      ok(detail, values);
    }
  }

  private void server() {
    check = "server";
    ServerMetadata metadata = connection.serverMetadata();
    boolean ready = connection.serverReady();
    version = metadata.name().equals("triton") ? metadata.version() : "";
    String detail = (metadata.name() + " " + metadata.version()).strip();
    Map<String, Object> values =
        values("name", metadata.name(), "version", metadata.version(), "ready", ready);
    if (!metadata.extensions().contains("sequence")) {
      add(
          Severity.WARNING,
          detail + " does not state the sequence extension",
          "the middle layers need Triton's sequences; is this another kind of server, or a proxy?",
          values);
    } else if (!ready) {
      add(
          Severity.WARNING,
          detail + " is not ready",
          "a model of its repository is not loaded, or not yet: look at the server's log",
          values);
    } else {
      ok(detail, values);
    }
  }

  private void roundTrip() {
    check = "round trip";
    double[] millis = new double[CALLS];
    for (int i = 0; i < CALLS; i++) {
      long start = System.nanoTime();
      boolean unused = connection.serverLive(); // only the time counts
      millis[i] = millisSince(start);
    }
    Arrays.sort(millis);
    medianMillis = (millis[CALLS / 2 - 1] + millis[CALLS / 2]) / 2;
    double p95 = millis[CALLS * 95 / 100 - 1];
    String detail =
        text("%.1f ms in the median, %.1f ms at the 95th percentile", medianMillis, p95);
    Map<String, Object> values = values("median_ms", medianMillis, "p95_ms", p95);
    if (medianMillis > SLOW_MILLIS) {
      add(
          Severity.WARNING,
          detail,
          text(
              "decoding token by token gives at most %.0f tokens a second over this link; a nearer"
                  + " server would help",
              1000 / medianMillis),
          values);
    } else {
      ok(detail, values);
    }
  }

  private void models() {
    check = "models";
    for (ModelIndexEntry model : index()) {
      if (!model.state().isEmpty() && !model.state().equals("READY")) {
        add(
            Severity.WARNING,
            text("%s is %s: %s", model.name(), model.state(), model.reason()),
            "the model cannot be used; the server's log says why",
            values("name", model.name(), "state", model.state()));
      }
    }
    ServerMiddles middles = new ServerMiddles(connection);
    List<String> reasons = new ArrayList<>();
    int fitting = 0;
    for (ModelConfiguration model : middles.all()) {
      check = "model " + model.name();
      Map<String, String> stated = model.parameters();
      List<String> differences = ServerMiddles.differences(contract, model);
      if (differences.isEmpty()) {
        fitting++;
        model(model, Contract.parse(stated));
      } else {
        reasons.add(ServerMiddles.reason(model, differences));
        ok("does not fit: " + String.join("; ", differences), values("fits", false));
      }
    }
    if (fitting == 0) {
      check = "models";
      throw middles.noneFits(reasons);
    }
  }

  /** The models in the repository, also those that are not loaded, where users may know them. */
  private List<ModelIndexEntry> index() {
    try {
      return connection.repositoryIndex();
    } catch (TritonException e) {
      if (e.kind() != TritonException.Kind.REFUSED) {
        throw e;
      }
      return List.of();
    }
  }

  private void model(ModelConfiguration model, Contract stated) {
    ServedMiddle served = ServedMiddle.of(connection.name(), model);
    Map<String, Object> values =
        values(
            "contract",
            Contract.VERSION,
            "from",
            stated.from(),
            "to",
            stated.to(),
            "layers",
            stated.layers(),
            "hidden_size",
            stated.hiddenSize(),
            "precision",
            served.precision().orElse("not stated"),
            "hidden_states",
            served.halfPrecision() ? "fp16" : "fp32",
            "max_tokens_per_step",
            served.maxTokensPerStep());
    String context = "";
    if (served.maxContext() < Integer.MAX_VALUE) {
      values.put("max_context", served.maxContext());
      context = ", " + served.maxContext() + " a session";
    }
    contract.ifPresent(own -> values.put("fits", true));
    ok(
        text(
            "%slayers [%d,%d) of %d, contract version %d, %s, at most %d tokens a step%s",
            contract.isPresent() ? "fits: " : "",
            stated.from(),
            stated.to(),
            stated.layers(),
            Contract.VERSION,
            served.arithmetic(),
            served.maxTokensPerStep(),
            context),
        values);
    memory.ifPresent(known -> memory(known, model, served));
    sequences(model);
    faults(model);
    check = "steps of " + model.name();
    steps(model, served, stated.hiddenSize());
    check = "upload";
    upload(model.name(), stated.hiddenSize());
  }

  private void sequences(ModelConfiguration model) {
    check = "sessions of " + model.name();
    if (model.platform().equals("ensemble")) {
      ok("kept by its stages, each with limits of its own", values("ensemble", true));
      return;
    }
    if (model.sequenceBatching().isEmpty()) {
      add(
          Severity.WARNING,
          "its configuration has no sequence_batching",
          "without it the server keeps no session; use config.pbtxt as the export writes it",
          Map.of());
      return;
    }
    SequenceBatching batching = model.sequenceBatching().get();
    long idle = Occupancy.idleMillis(batching);
    String detail = text("dropped after %.0f s without a request", idle / 1e3);
    Map<String, Object> values = values("idle_seconds", idle / 1e3);
    String hint =
        idle >= SHORT_IDLE_MILLIS
            ? ""
            : "a user who pauses for longer pays for a replay; set max_sequence_idle_microseconds to"
                + " 600000000";
    if (batching.oldest().isPresent()) {
      int places = Math.max(1, batching.oldest().get().maxCandidateSequences());
      values.put("max_candidate_sequences", places);
      detail = text("%d at a time, %s", places, detail);
      if (places == 1 && hint.isEmpty()) {
        hint = "a second session waits until the first ends; raise max_candidate_sequences";
      }
    }
    if (hint.isEmpty()) {
      ok(detail, values);
    } else {
      add(Severity.WARNING, detail, hint, values);
    }
  }

  private void memory(SessionMemory known, ModelConfiguration model, ServedMiddle served) {
    check = "memory";
    int tokens = Math.min(known.config().contextLength(), served.maxContext());
    long edge = known.edgeBytes(tokens, Float.BYTES);
    long cloud = known.cloudBytes(tokens, served.halfPrecision() ? 2 : Float.BYTES);
    boolean inPlace = model.backend().equals("python");
    ok(
        text(
            "a session of %d tokens takes %.1f MB here, and %.1f MB on the server%s",
            tokens, edge / 1e6, cloud / 1e6, inPlace ? "" : ", there twice as implicit state"),
        values("session_tokens", tokens, "edge_bytes", edge, "cloud_bytes", cloud));
  }

  /** What is known of this version of Triton; each fault is told once. */
  private void faults(ModelConfiguration model) {
    check = "known faults";
    for (KnownFault fault : KnownFault.of(version, model.backend())) {
      if (faults.add(fault)) {
        add(
            Severity.WARNING,
            version + ": " + fault.text(),
            fault.hint(),
            values("version", version, "fault", fault.name().toLowerCase(Locale.ROOT)));
      }
    }
  }

  /** Times two steps: one that begins a sequence, and one that sees the first and ends it. */
  private void steps(ModelConfiguration model, ServedMiddle served, int hiddenSize) {
    Optional<ModelStatistics> before = statistics.of(model);
    RemoteSequence middle =
        new RemoteSequence(
            () -> connection.openStream(served.largestAnswer(hiddenSize)),
            served,
            hiddenSize,
            RemoteSequence.newId(),
            connection.deadline(),
            false);
    Trial trial = new Trial(served, hiddenSize);
    boolean complete = false;
    try {
      double first = step(trial, middle, 0);
      double second = step(trial, middle, 1);
      ok(
          text(
              "the first takes %.1f ms, the second %.1f ms, of which about %.1f ms are the link's",
              first, second, Math.min(second, medianMillis)),
          values("first_ms", first, "second_ms", second));
      complete = true;
    } catch (TritonException e) {
      throw e.kind() == TritonException.Kind.DEADLINE ? late(model, before) : e;
    } finally {
      if (!complete) { // it must not keep its place, or wait for one
        middle.end(Trial.CAPACITY).completeOnTimeout(null, END_SECONDS, TimeUnit.SECONDS).join();
      }
      middle.leave();
    }
  }

  private CloudException late(ModelConfiguration model, Optional<ModelStatistics> before) {
    Occupancy occupancy = statistics.occupancy(model, before, connection.deadline(), METRICS_LIMIT);
    return new CloudException(
        ErrorCode.CLOUD_TIMEOUT,
        text(
            "%s: no answer in %.0f s, %s",
            server, connection.deadline().toNanos() / 1e9, occupancy.reason()));
  }

  private static double step(Trial trial, RemoteSequence middle, int position) {
    long start = System.nanoTime();
    trial.await(middle, trial.send(middle, position, 1, position > 0), 1);
    return millisSince(start);
  }

  /*
   * Measures the bandwidth up. A step with many tokens would be timed together with its
   * computation. So this sends a request that the server has to read whole before it can refuse it:
   * the tensor 'hidden' alone, without a sequence. The fastest of a few counts. TCP is still in its
   * slow start then, so a long link may carry more than this says.
   *
   * The bandwidth down is not measured, because there is no sound way. Only a step has a large
   * answer, and the time of a larger step consists of both directions and of more computation, which
   * the contract does not tell apart. The server's statistics count computation, but for all clients
   * together.
   */
  private void upload(String model, int hiddenSize) {
    int rows = Math.max(1, UPLOAD_FLOATS / hiddenSize);
    float[] noise = new float[rows * hiddenSize]; // zeros might be compressed on the way
    Random random = new Random(1);
    for (int i = 0; i < noise.length; i++) {
      noise[i] = random.nextFloat();
    }
    Tensor large = Tensor.of(Contract.HIDDEN, List.of((long) rows, (long) hiddenSize), noise);
    Tensor small =
        Tensor.of(
            Contract.HIDDEN, List.of(1L, (long) hiddenSize), Arrays.copyOf(noise, hiddenSize));
    double more = Double.MAX_VALUE;
    double less = Double.MAX_VALUE;
    for (int i = 0; i < UPLOADS; i++) {
      less = Math.min(less, refused(model, small));
      more = Math.min(more, refused(model, large));
    }
    double bits = 8.0 * Float.BYTES * (noise.length - hiddenSize);
    double mbit = bits / 1e3 / Math.max(more - less, bits / 1e3 / FASTEST_MBIT);
    ok(
        text("%s %s Mbit/s", mbit >= FASTEST_MBIT ? "more than" : "at least", threeDigits(mbit)),
        values("mbit_per_second", mbit));
  }

  private static String threeDigits(double number) {
    return new BigDecimal(number).round(new MathContext(3)).toPlainString();
  }

  private double refused(String model, Tensor hidden) {
    long start = System.nanoTime();
    try {
      connection.infer(new InferRequest(model, List.of(hidden), Optional.empty()));
    } catch (TritonException e) {
      switch (e.kind()) {
        case UNREACHABLE, BROKEN, REFUSED, DEADLINE, CANCELLED -> throw e;
        default -> {} // as it should be
      }
    }
    return millisSince(start);
  }

  private String wayOut(CloudException failure) {
    boolean onTheWay =
        failure.code() == ErrorCode.CLOUD_UNREACHABLE || failure.code() == ErrorCode.CLOUD_REFUSED;
    return server
        .sshHost()
        .filter(host -> onTheWay)
        .map(host -> "does ssh reach " + host + " by itself, without asking anything?")
        .orElse(hint(failure));
  }

  private static String hint(CloudException failure) {
    return switch (failure.code()) {
      case CLOUD_UNREACHABLE ->
          "is the server running, is this its gRPC port (Triton's is 8001), and does a firewall let"
              + " it through?";
      case CLOUD_REFUSED ->
          "check the certificates that are trusted, the client's own certificate and key, and its"
              + " token";
      case CLOUD_DISAGREES ->
          "export the middle of the same model and split, or open the model and split that the"
              + " server has";
      case CLOUD_TIMEOUT ->
          "where it was a step, all places for sessions may be taken: raise"
              + " max_candidate_sequences, or wait until one ends; else the link or the server"
              + " hangs";
      case CLOUD_MIDDLE_UNAVAILABLE ->
          "unload the model and load it again, or start the server anew; its log says why";
      case CLOUD_EXHAUSTED -> "the server has no memory left: fewer sessions, or a shorter context";
      default -> "look at the server's log";
    };
  }

  private void ok(String detail, Map<String, Object> values) {
    add(Severity.OK, detail, "", values);
  }

  private void add(Severity severity, String detail, String hint, Map<String, Object> values) {
    results.add(new CheckResult(check, severity, detail, hint, values));
  }

  private static double millisSince(long start) {
    return (System.nanoTime() - start) / 1e6;
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private static Map<String, Object> values(Object... pairs) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      values.put((String) pairs[i], pairs[i + 1]);
    }
    return values;
  }
}
