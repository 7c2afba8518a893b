package dev.bookend.remote;

import dev.bookend.model.contract.Contract;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import dev.bookend.triton.proto.ModelConfig;
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
  public Iterable<ModelConfig> all() {
    return () ->
        connection.repositoryIndex().stream()
            .filter(entry -> entry.getState().isEmpty() || entry.getState().equals("READY"))
            .map(entry -> connection.modelConfig(entry.getName()))
            .filter(config -> Contract.isStatedIn(ServedMiddle.parameters(config)))
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
    for (ModelConfig config : all()) {
      List<String> differences = contract.differences(ServedMiddle.parameters(config));
      if (differences.isEmpty()) {
        return ServedMiddle.of(connection.endpoint(), config);
      }
      reasons.add(reason(config, differences));
    }
    throw noneFits(reasons);
  }

  /** The words for why a middle does not fit. */
  public static String reason(ModelConfig config, List<String> differences) {
    return "model '" + config.getName() + "': " + String.join("; ", differences);
  }

  /**
   * The error that no middle on this server fits.
   *
   * @param reasons {@link #reason} for each middle on the server
   */
  public DisagreementException noneFits(List<String> reasons) {
    return new DisagreementException(
        connection.endpoint()
            + (reasons.isEmpty()
                ? " serves no middle of a Bookend model; export one for this model and split"
                : " serves no middle that fits: " + String.join(". ", reasons)));
  }
}
