package dev.bookend.diagnosis;

import dev.bookend.error.ErrorCode;
import dev.bookend.model.contract.Contract;
import dev.bookend.remote.CloudException;
import dev.bookend.remote.CloudServer;
import dev.bookend.remote.RemoteSequence;
import dev.bookend.remote.ServedMiddle;
import dev.bookend.remote.ServerMiddles;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.InferResult;
import dev.bookend.triton.ModelConfiguration;
import dev.bookend.triton.ModelStatistics;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import dev.bookend.tunnel.SshTunnel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Lets each middle of a server compute one step, and says whether it does, and how fast. A health
 * endpoint does not tell: a server whose backend has died says that it is ready. What a step must
 * look like is in the model's configuration, so that no checkpoint is needed.
 *
 * <p>The step is a sequence of its own, with START and END in one request, so that it never keeps a
 * place. No user's data is sent.
 */
public final class Probe {
  private static final int TOKENS = 4;
  private static final int REASON_PART = 3; // of the time: to find out why there is no answer
  private static final long LONGEST_REASON_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final CloudServer server;
  private final TritonConnection connection;
  private final ServerStatistics statistics;
  private final Limits limits;
  private final long end;

  /**
   * How to probe.
   *
   * @param total the longest time for one server
   * @param metricsPort where the server's metrics are, on the same host
   */
  public record Limits(Duration total, int metricsPort) {
    public static final Limits DEFAULT = new Limits(Duration.ofSeconds(10), 8002);
  }

  /** A step under way. */
  private record Sent(
      ModelConfiguration model,
      Trial trial,
      int tokens,
      RemoteSequence sequence,
      Optional<ModelStatistics> before,
      long start,
      CompletableFuture<InferResult> answer) {}

  private Probe(CloudServer server, TritonConnection connection, Limits limits, long end) {
    this.server = server;
    this.connection = connection;
    this.statistics = new ServerStatistics(server, connection, limits.metricsPort());
    this.limits = limits;
    this.end = end;
  }

  /**
   * Probes servers, all at the same time.
   *
   * @param contract what their middles are to fit; empty: all middles are probed
   * @return the results, in the order of the servers
   */
  public static List<ProbeResult> all(
      List<CloudServer> servers,
      ConnectionOptions options,
      Optional<Contract> contract,
      Limits limits) {
    List<CompletableFuture<List<ProbeResult>>> results = new ArrayList<>();
    for (CloudServer server : servers) {
      CompletableFuture<List<ProbeResult>> result = new CompletableFuture<>();
      results.add(result);
      Thread thread =
          new Thread(
              () -> {
                try {
                  result.complete(of(server, options, contract, limits));
                } catch (RuntimeException e) {
                  result.completeExceptionally(e);
                }
              },
              "bookend-probe");
      thread.setDaemon(true);
      thread.start();
    }
    return results.stream().flatMap(result -> result.join().stream()).toList();
  }

  /**
   * Probes a server.
   *
   * @param contract what its middles are to fit; empty: all middles are probed
   * @return a result for each middle, or one that says why there is none
   */
  public static List<ProbeResult> of(
      CloudServer server, ConnectionOptions options, Optional<Contract> contract, Limits limits) {
    long end = System.nanoTime() + limits.total().toNanos();
    Optional<SshTunnel> tunnel = server.openTunnel();
    try (TritonConnection connection =
        server.connect(options.withDeadline(limits.total()), tunnel)) {
      Probe probe = new Probe(server, connection.within(limits.total()), limits, end);
      return CloudException.crossing(() -> probe.run(contract));
    } catch (CloudException e) {
      return List.of(ProbeResult.fails(server, Optional.empty(), e));
    } finally {
      tunnel.ifPresent(SshTunnel::close);
    }
  }

  private List<ProbeResult> run(Optional<Contract> contract) {
    List<Sent> sent = new ArrayList<>();
    List<String> reasons = new ArrayList<>();
    ServerMiddles middles = new ServerMiddles(connection);
    for (ModelConfiguration model : middles.all()) {
      List<String> differences = ServerMiddles.differences(contract, model);
      if (differences.isEmpty()) {
        sent.add(send(model));
      } else {
        reasons.add(ServerMiddles.reason(model, differences));
      }
    }
    if (sent.isEmpty()) {
      throw middles.noneFits(reasons);
    }
    return sent.stream().map(this::result).toList();
  }

  private Sent send(ModelConfiguration model) {
    Optional<ModelStatistics> before = statistics.of(model);
    ServedMiddle served = ServedMiddle.of(connection.name(), model);
    int hiddenSize = Contract.parse(model.parameters()).hiddenSize();
    int tokens = Math.min(TOKENS, served.maxTokensPerStep());
    RemoteSequence sequence =
        new RemoteSequence(
            () -> connection.openStream(served.largestAnswer(hiddenSize)),
            served,
            hiddenSize,
            RemoteSequence.newId(),
            Duration.ofNanos(Math.max(1, left() - reasonNanos())),
            false);
    Trial trial = new Trial(served, hiddenSize);
    long start = System.nanoTime();
    return new Sent(
        model, trial, tokens, sequence, before, start, trial.send(sequence, 0, tokens, true));
  }

  private long left() {
    return end - System.nanoTime();
  }

  private long reasonNanos() {
    return Math.min(LONGEST_REASON_NANOS, limits.total().toNanos() / REASON_PART);
  }

  private ProbeResult result(Sent step) {
    String model = step.model().name();
    try {
      step.trial().await(step.sequence(), step.answer(), step.tokens());
      double millis = millisSince(step.start());
      return ProbeResult.computes(
          server,
          model,
          String.format(Locale.ROOT, "%d rows in %.1f ms", step.tokens(), millis),
          millis);
    } catch (TritonException e) {
      return e.kind() == TritonException.Kind.DEADLINE
          ? late(step)
          : ProbeResult.fails(server, Optional.of(model), CloudException.of(e));
    } catch (CloudException e) {
      return ProbeResult.fails(server, Optional.of(model), e);
    } finally {
      step.sequence().leave();
    }
  }

  private ProbeResult late(Sent step) {
    String model = step.model().name();
    Duration waited = Duration.ofNanos(System.nanoTime() - step.start());
    Occupancy occupancy =
        statistics.occupancy(
            step.model(), step.before(), waited, Duration.ofNanos(Math.min(left(), reasonNanos())));
    String detail =
        String.format(
            Locale.ROOT, "no answer in %.1f s, %s", waited.toNanos() / 1e9, occupancy.reason());
    return occupancy.full()
        ? ProbeResult.full(server, model, detail)
        : ProbeResult.fails(
            server,
            Optional.of(model),
            new CloudException(
                ErrorCode.CLOUD_TIMEOUT, server + ": model '" + model + "': " + detail));
  }

  private static double millisSince(long start) {
    return (System.nanoTime() - start) / 1e6;
  }
}
