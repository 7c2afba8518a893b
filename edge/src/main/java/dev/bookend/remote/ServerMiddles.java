package dev.bookend.remote;

import dev.bookend.model.contract.Contract;
import dev.bookend.triton.ModelConfiguration;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import java.util.ArrayList;
import java.util.List;

/**
 * The middles of Bookend models that one server offers. Safe for use by several threads, as the
 * connection is.
 */
public record ServerMiddles(TritonConnection connection) {
  /**
   * The models that are ready and state a contract. Asks the server for their configurations one by
   * one, as they are iterated over.
   *
   * @return throws {@link TritonException} on iteration if the server does not answer
   */
  public Iterable<ModelConfiguration> all() {
    return () ->
        connection.repositoryIndex().stream()
            .filter(entry -> entry.state().isEmpty() || entry.state().equals("READY"))
            .map(entry -> connection.modelConfig(entry.name()))
            .filter(config -> Contract.isStatedIn(config.parameters()))
            .iterator();
  }

  /**
   * The first middle that fits.
   *
   * @throws TritonException if the server does not answer
   * @throws DisagreementException if no middle fits; the message says why
   */
  ServedMiddle find(Contract contract) {
    List<String> reasons = new ArrayList<>();
    for (ModelConfiguration config : all()) {
      List<String> differences = contract.differences(config.parameters());
      if (differences.isEmpty()) {
        return ServedMiddle.of(connection.name(), config);
      }
      reasons.add(reason(config, differences));
    }
    throw noneFits(reasons);
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
