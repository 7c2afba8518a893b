package dev.bookend.cli;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.bookend.TextModel.Answer;
import dev.bookend.decoding.Generation;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.session.BatchInvariantSteps;
import dev.bookend.session.SessionStats;
import dev.bookend.speculation.DraftMerger.Contribution;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The object that {@code generate --json} prints. Names and meaning are stable: other programs read
 * them.
 *
 * @param exactRows with --strict, how many tokens each step has at least; null without
 * @param seed null where tokens are not drawn
 */
record GenerationJson(
    String text,
    List<Integer> tokenIds,
    List<Integer> promptTokenIds,
    String finishReason,
    int promptTokens,
    int completionTokens,
    int roundTrips,
    double tokensPerRoundTrip,
    int nearTies,
    Integer exactRows,
    double tokensPerSecond,
    double ttftMs,
    long bytesSent,
    long bytesReceived,
    TimeMs timeMs,
    Map<String, Drafter> drafters,
    String model,
    String split,
    String decode,
    Long seed,
    String cloud) {

  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .disableHtmlEscaping()
          .setPrettyPrinting()
          .create();

  /**
   * Where the time went, in milliseconds.
   *
   * @param network from sending a step to its answer, less what the cloud says it took
   * @param cloud queue and computation as the cloud counts them
   * @param edge embedding, lower layers, upper layers and LM head
   * @param serialization turning tensors into messages
   * @param draft guessing; 0 in sequential decoding
   */
  record TimeMs(double network, double cloud, double edge, double serialization, double draft) {
    static TimeMs of(SessionStats stats, long cloudNanos, long draftNanos) {
      long cloud = Math.min(cloudNanos, stats.waitingNanos());
      return new TimeMs(
          millis(stats.waitingNanos() - cloud),
          millis(cloud),
          millis(stats.edgeNanos()),
          millis(stats.serializationNanos()),
          millis(draftNanos));
    }
  }

  /**
   * What a drafter has contributed.
   *
   * @param sent guesses sent
   * @param accepted how many of them the model agreed with
   */
  record Drafter(int sent, int accepted) {}

  private static Map<String, Drafter> drafters(Generation generation) {
    Map<String, Drafter> drafters = new LinkedHashMap<>();
    for (Contribution drafter : generation.drafters()) {
      drafters.put(drafter.drafter(), new Drafter(drafter.sent(), drafter.accepted()));
    }
    return drafters;
  }

  static GenerationJson of(
      Answer answer,
      int[] prompt,
      SessionStats stats,
      long cloudNanos,
      long bytesSent,
      long bytesReceived,
      String model,
      DecodeOptions decoding,
      Optional<BatchInvariantSteps> exactSteps,
      SplitModel split) {
    Generation generation = answer.generation();
    Sampling sampling = decoding.sampling();
    return new GenerationJson(
        answer.text(),
        generation.tokens(),
        Arrays.stream(prompt).boxed().toList(),
        generation.finishReason().name().toLowerCase(Locale.ROOT),
        prompt.length,
        generation.tokens().size(),
        stats.roundTrips(),
        round(stats.tokensPerRoundTrip()),
        generation.nearTies(),
        exactSteps.map(BatchInvariantSteps::least).orElse(null),
        round(generation.tokens().size() * 1e9 / generation.total()),
        millis(generation.timeToFirstToken()),
        bytesSent,
        bytesReceived,
        TimeMs.of(stats, cloudNanos, generation.draftNanos()),
        drafters(generation),
        model,
        split.options().split().toString(),
        decoding.mode().toString(),
        sampling.isGreedy() ? null : sampling.seed(),
        split.options().cloud().toString());
  }

  /**
   * What is left of a generation that failed on the way.
   *
   * @param interrupted whether the cause is that the user wanted no more
   */
  static String broken(
      String text,
      RuntimeException cause,
      boolean interrupted,
      String model,
      SplitOptions options) {
    JsonObject object = new JsonObject();
    object.addProperty("text", text);
    if (interrupted) {
      object.addProperty("finish_reason", "interrupted");
    } else {
      object.addProperty("finish_reason", "error");
      object.addProperty("error", Failures.message(cause));
    }
    object.addProperty("model", model);
    object.addProperty("split", options.split().toString());
    object.addProperty("cloud", options.cloud().toString());
    return GSON.toJson(object);
  }

  private static double millis(long nanos) {
    return round(nanos / 1e6);
  }

  /** Three decimals: more would be noise. */
  private static double round(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.3f", value));
  }

  String toJson() {
    return GSON.toJson(this);
  }
}
