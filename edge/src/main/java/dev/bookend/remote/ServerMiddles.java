package dev.bookend.remote;

import dev.bookend.model.contract.Contract;
import dev.bookend.triton.ModelConfiguration;
import dev.bookend.triton.ModelIndexEntry;
import dev.bookend.triton.ModelStatistics;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The middles of Bookend models that one server offers. For one thread at a time. */
public final class ServerMiddles {
  private final TritonConnection connection;
  private long fastestCallNanos = Long.MAX_VALUE;

  /**
   * @param connection whose limits of time hold for all calls
   */
  public ServerMiddles(TritonConnection connection) {
    this.connection = connection;
  }

  /**
   * The models that are ready and state a contract. Asks the server for their configurations one by
   * one, as they are iterated over.
   *
   * @return throws {@link TritonException} on iteration if the server does not answer
   */
  public Iterable<ModelConfiguration> all() {
    return () ->
        timed("the list of its models", this::names).stream()
            .map(
                name ->
                    timed(
                        "the configuration of one of its models",
                        () -> connection.modelConfig(name)))
            .filter(config -> Contract.isStatedIn(config.parameters()))
            .iterator();
  }

  /**
   * The models that are ready. Who may read the index of a server's models may also load and unload
   * them, so an operator may keep it from users; the statistics have the same names.
   */
  private List<String> names() {
    try {
      return connection.repositoryIndex().stream()
          .filter(entry -> entry.state().isEmpty() || entry.state().equals("READY"))
          .map(ModelIndexEntry::name)
          .toList();
    } catch (TritonException e) {
      if (e.kind() != TritonException.Kind.REFUSED) {
        throw e;
      }
      List<String> names = namesInStatistics();
      if (names.isEmpty()) {
        throw e; // what could be missing is the secret, and not the models
      }
      return names;
    }
  }

  private List<String> namesInStatistics() {
    try {
      return connection.modelStatistics("").stream().map(ModelStatistics::name).distinct().toList();
    } catch (TritonException alsoRefused) {
      return List.of();
    }
  }

  private <T> T timed(String awaited, Supplier<T> call) {
    long start = System.nanoTime();
    try {
      T answer = call.get();
      fastestCallNanos = Math.min(fastestCallNanos, System.nanoTime() - start);
      return answer;
    } catch (TritonException e) {
      if (e.kind() != TritonException.Kind.DEADLINE) {
        throw e;
      }
      throw new TritonException(
          e.kind(),
          connection.name() + ": the server has been asked for " + awaited + " and is mute",
          e);
    }
  }

  /** How long the fastest call has taken so far, which is about a round trip. */
  long fastestCallNanos() {
    return fastestCallNanos;
  }

  /**
   * The first middle that fits.
   *
   * @param like of those that fit, the one that computes like this; empty: any
   * @throws TritonException if the server does not answer
   * @throws DisagreementException if no middle fits; the message says why
   */
  ServedMiddle find(Contract contract, Optional<ServedMiddle> like) {
    List<String> reasons = new ArrayList<>();
    for (ModelConfiguration config : all()) {
      List<String> differences = contract.differences(config.parameters());
      if (differences.isEmpty()) {
        ServedMiddle found = ServedMiddle.of(connection.name(), config);
        String arithmetic = found.arithmetic();
        if (like.isEmpty() || like.get().arithmetic().equals(arithmetic)) {
          return found;
        }
        differences =
            List.of("precision " + like.get().arithmetic() + " in use, " + arithmetic + " there");
      }
      reasons.add(reason(config, differences));
    }
    throw noneFits(reasons);
  }

  /**
   * How a middle differs from what is wanted, each difference in a few words; empty if it fits.
   *
   * @param contract what it is to fit; empty: any contract that can be read will do
   */
  public static List<String> differences(Optional<Contract> contract, ModelConfiguration config) {
    if (contract.isPresent()) {
      return contract.get().differences(config.parameters());
    }
    try {
      Contract.parse(config.parameters());
      return List.of();
    } catch (IllegalArgumentException e) {
      return List.of(e.getMessage());
    }
  }

  /** The words for why a middle does not fit. */
  public static String reason(ModelConfiguration config, List<String> differences) {
    return "model '" + config.name() + "': " + String.join("; ", differences);
  }

  /**
   * The error that no middle on this server fits.
   *
   * @param reasons {@link #reason} for each middle on the server
   */
  public DisagreementException noneFits(List<String> reasons) {
    return new DisagreementException(
        connection.name()
            + (reasons.isEmpty()
                ? " serves no middle of a Bookend model; export one for this model and split"
                : " serves no middle that fits: " + String.join(". ", reasons)));
  }
}
