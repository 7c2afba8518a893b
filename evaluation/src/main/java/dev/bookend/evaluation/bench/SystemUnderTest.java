package dev.bookend.evaluation.bench;

import dev.bookend.TextModel;
import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.speculation.DraftModels;
import dev.bookend.speculation.DraftSpec;
import dev.bookend.speculation.Drafter;
import dev.bookend.split.SplitModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * A split model that is measured.
 *
 * @param encode the tokens of a prompt
 * @param drafters new drafters for one session
 * @param knowledge a hash of what the drafter with a name knows before a session begins; empty if
 *     it knows nothing
 * @param release frees the model
 */
public record SystemUnderTest(
    SplitModel model,
    Function<String, int[]> encode,
    Function<DraftSpec, List<Drafter>> drafters,
    Function<String, Optional<String>> knowledge,
    Runnable release)
    implements AutoCloseable {

  /**
   * A model that gets each prompt as a user's message, or as plain text if it has no chat template.
   *
   * @param text closed with this
   * @param models finds draft models and published draft heads
   */
  public static SystemUnderTest of(TextModel text, DraftModels models) {
    return new SystemUnderTest(
        text.model(),
        prompt ->
            text.hasChatTemplate()
                ? text.chatPrompt(List.of(new Message(Role.USER, prompt)))
                : text.rawPrompt(prompt),
        spec -> text.drafters(spec, models),
        drafter -> DraftSpec.knowledge(drafter, text.drafterContext(models)),
        text::close);
  }

  /** Whether the configuration needs a draft head that has not been trained for this split. */
  boolean lacksDraftHead(DecoderConfiguration configuration) {
    return configuration.usesStandin() && !model.draftHeads().hasTrainedStandIn();
  }

  /**
   * A greedy decoding for one session.
   *
   * @param draftTokens most draft tokens in a round trip; empty: as many as pay
   */
  Decoding decoding(DecoderConfiguration configuration, OptionalInt draftTokens) {
    return configuration.isSequential()
        ? SequentialDecoding.GREEDY
        : new SpeculativeDecoding(
            Sampling.GREEDY,
            drafters.apply(configuration.drafters()),
            draftTokens,
            configuration.pipeline());
  }

  /**
   * Hashes of what the drafters of each configuration know before a session begins. Each drafter's
   * knowledge, which may be megabytes, is read once.
   */
  Map<DecoderConfiguration, List<String>> knowledge(List<DecoderConfiguration> configurations) {
    Map<String, Optional<String>> hashes = new HashMap<>();
    Map<DecoderConfiguration, List<String>> known = new HashMap<>();
    for (DecoderConfiguration configuration : configurations) {
      known.put(
          configuration,
          configuration.drafters().names().stream()
              .map(drafter -> hashes.computeIfAbsent(drafter, knowledge))
              .flatMap(Optional::stream)
              .toList());
    }
    return known;
  }

  @Override
  public void close() {
    release.run();
  }
}
