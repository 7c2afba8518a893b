package dev.bookend.remote;

import dev.bookend.model.contract.Contract;
import dev.bookend.split.SplitModel;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.ModelConfiguration;
import dev.bookend.triton.ModelStatistics.StatisticDuration;
import dev.bookend.triton.TensorMetadata;
import dev.bookend.triton.TensorType;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * One or more servers that hold the middle of the model. Finds, by the contract that each model on
 * a server states, the one that fits this edge. Where a server is lost, the next session or replay
 * goes to the next one.
 *
 * <p>Safe for use by several threads.
 */
public final class MiddleLocator {
  private static final int DEFAULT_TOKENS_PER_STEP = 256;

  private final List<TritonConnection> connections;
  private final Contract contract;
  private final SecureRandom random = new SecureRandom();
  private int current;
  private boolean lost;
  private Served served;

  public MiddleLocator(List<TritonConnection> connections, Contract contract) {
    this.connections = List.copyOf(connections);
    this.contract = contract;
  }

  /**
   * The middle as a server states it.
   *
   * @param model its name there
   * @param halfPrecision whether hidden states travel as FP16 rather than FP32
   * @param maxTokensPerStep most new tokens in one step
   * @param maxContext most slots of a session
   */
  public record Served(String model, boolean halfPrecision, int maxTokensPerStep, int maxContext) {}

  /**
   * The middle on the server in use, or on the last one while that is lost; asks the servers the
   * first time.
   *
   * @throws CloudException if no server can be reached, or none has a middle for this model and
   *     split
   */
  public synchronized Served served() {
    return served == null ? CloudException.crossing(this::reach) : served;
  }

  /**
   * Begins a sequence, not yet known to the server.
   *
   * @param proven whether the session has had right answers before
   * @throws TritonException if no server can be reached or, of kind MODEL_UNAVAILABLE, none has the
   *     middle that was in use before: it may be loaded again
   * @throws DisagreementException as {@link #served}, the first time
   */
  synchronized RemoteSequence openSequence(boolean proven) {
    Served model = lost || served == null ? reach() : served;
    long id = random.nextLong() & Long.MAX_VALUE;
    return new RemoteSequence(
        connections.get(current).openStream(),
        model,
        contract.hiddenSize(),
        Math.max(1, id),
        proven);
  }

  /** Tells that the server in use has failed a session. */
  synchronized void lost() {
    current = (current + 1) % connections.size();
    lost = true;
  }

  /**
   * Takes the first server, from the current one on, that has the middle. At the first contact one
   * that fits nowhere is a mistake that is told at once. Later it has been there, and is away.
   */
  private Served reach() {
    RuntimeException failure = null;
    for (int tried = 0; tried < connections.size(); tried++) {
      try {
        served = find(connections.get(current));
        lost = false;
        return served;
      } catch (TritonException e) {
        failure = e;
      } catch (DisagreementException e) {
        failure = failure == null ? e : failure; // the one that may pass is the one to tell
      }
      current = (current + 1) % connections.size();
    }
    throw served != null && failure instanceof DisagreementException ? away(failure) : failure;
  }

  private static TritonException away(RuntimeException failure) {
    return new TritonException(
        TritonException.Kind.MODEL_UNAVAILABLE,
        "the middle in use is no longer served, and has not come back: " + failure.getMessage(),
        failure);
  }

  /** Bytes of the messages sent so far. */
  public long bytesSent() {
    return connections.stream().mapToLong(TritonConnection::bytesSent).sum();
  }

  /** Bytes of the messages received so far. */
  public long bytesReceived() {
    return connections.stream().mapToLong(TritonConnection::bytesReceived).sum();
  }

  /**
   * The server's own count of what the middle has run, over all sessions; asks the server. Zero
   * where the server keeps no statistics.
   */
  public SplitModel.CloudTime computeTime() {
    Served model = served();
    TritonConnection connection;
    synchronized (this) {
      connection = connections.get(current);
    }
    try {
      long requests = 0;
      long nanos = 0;
      for (var statistics : connection.modelStatistics(model.model())) {
        var inference = statistics.inferenceStats();
        requests += inference.success().count();
        for (StatisticDuration part :
            List.of(
                inference.queue(),
                inference.computeInput(),
                inference.computeInfer(),
                inference.computeOutput())) {
          nanos += part.nanoseconds();
        }
      }
      return new SplitModel.CloudTime(requests, nanos);
    } catch (TritonException e) {
      return new SplitModel.CloudTime(0, 0);
    }
  }

  private Served find(TritonConnection connection) {
    List<String> reasons = new ArrayList<>();
    for (ModelConfiguration config : middles(connection)) {
      List<String> differences = contract.differences(config.parameters());
      if (differences.isEmpty()) {
        return read(connection.endpoint(), config);
      }
      reasons.add(reason(config, differences));
    }
    throw noneFits(connection.endpoint(), reasons);
  }

  /** The models on a server that are ready and state a contract; asks for them one by one. */
  public static Iterable<ModelConfiguration> middles(TritonConnection connection) {
    return () ->
        connection.repositoryIndex().stream()
            .filter(entry -> entry.state().isEmpty() || entry.state().equals("READY"))
            .map(entry -> connection.modelConfig(entry.name()))
            .filter(config -> Contract.isStatedIn(config.parameters()))
            .iterator();
  }

  /** What is told of a middle that does not fit. */
  public static String reason(ModelConfiguration config, List<String> differences) {
    return "model '" + config.name() + "': " + String.join("; ", differences);
  }

  /**
   * The error that no middle on a server fits.
   *
   * @param reasons {@link #reason} for each middle on the server
   */
  public static DisagreementException noneFits(Endpoint endpoint, List<String> reasons) {
    return new DisagreementException(
        endpoint
            + (reasons.isEmpty()
                ? " serves no middle of a Bookend model; export one for this model and split"
                : " serves no middle that fits: " + String.join(". ", reasons)));
  }

  /**
   * Reads what a server states of a middle.
   *
   * @throws DisagreementException if the model states what no edge can use
   */
  public static Served read(Endpoint endpoint, ModelConfiguration config) {
    String type =
        config.inputs().stream()
            .filter(input -> input.name().equals(Contract.HIDDEN))
            .map(TensorMetadata::datatype)
            .findFirst()
            .orElse("INVALID");
    boolean halfPrecision = type.equals(TensorType.FP16.name());
    if (!halfPrecision && !type.equals(TensorType.FP32.name())) {
      throw new DisagreementException(
          endpoint
              + ": model '"
              + config.name()
              + "' takes "
              + Contract.HIDDEN
              + " as "
              + type
              + ", not as FP32 or FP16");
    }
    return new Served(
        config.name(),
        halfPrecision,
        limit(endpoint, config, Contract.MAX_TOKENS_PER_STEP, DEFAULT_TOKENS_PER_STEP),
        limit(endpoint, config, Contract.MAX_CONTEXT, Integer.MAX_VALUE));
  }

  private static int limit(Endpoint endpoint, ModelConfiguration config, String key, int missing) {
    String text = config.parameters().getOrDefault(key, Integer.toString(missing));
    try {
      int limit = Integer.parseInt(text);
      if (limit > 0) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new DisagreementException(
        endpoint
            + ": model '"
            + config.name()
            + "' states "
            + key
            + " as '"
            + text
            + "', which is not a positive number");
  }
}
