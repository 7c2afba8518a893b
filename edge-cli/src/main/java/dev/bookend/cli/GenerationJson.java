package dev.bookend.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.bookend.Completion;
import dev.bookend.decoding.MetricsMap;
import dev.bookend.remote.CloudAddress;
import dev.bookend.split.SplitOptions;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The object that {@code generate --json} prints. Names and meaning are stable: other programs read
 * them.
 */
final class GenerationJson {
  private static final Gson GSON =
      new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();

  private GenerationJson() {}

  /**
   * How an answer was generated.
   *
   * @param seed empty if tokens are not sampled
   * @param exactRows with {@code --strict}, how many tokens each step has at least
   */
  record Settings(
      String model,
      SplitOptions split,
      SpeculationOptions.Mode mode,
      Optional<Long> seed,
      OptionalInt exactRows) {}

  /** A complete answer. */
  static String of(Completion answer, Settings settings) {
    int tokens = answer.tokens().size();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("text", answer.text());
    json.put("token_ids", answer.tokens());
    json.put("prompt_token_ids", answer.promptTokens());
    json.put("finish_reason", answer.finishReason().name().toLowerCase(Locale.ROOT));
    json.put("prompt_tokens", answer.promptTokens().size());
    json.put("completion_tokens", tokens);
    putRounded(json, MetricsMap.counts(answer.metrics()));
    settings.exactRows().ifPresent(rows -> json.put("exact_rows", rows));
    json.put("tokens_per_second", round(tokens * 1e3 / answer.metrics().times().total()));
    putRounded(json, MetricsMap.costs(answer.metrics()));
    json.put("model", settings.model());
    json.put("split", settings.split().split().toString());
    json.put("weights", settings.split().type().toString().toLowerCase(Locale.ROOT));
    json.put("decode", settings.mode().toString());
    settings.seed().ifPresent(seed -> json.put("seed", seed));
    CloudAddress cloud = settings.split().cloud();
    json.put("cloud", cloud.toString());
    json.put("served_by", cloud.isEmbedded() ? cloud.toString() : answer.generation().servedBy());
    return GSON.toJson(json);
  }

  /**
   * What is left of an answer that broke off.
   *
   * @param interrupted whether the user wanted no more of it; otherwise it failed
   */
  static String broken(
      String text,
      RuntimeException cause,
      boolean interrupted,
      String model,
      SplitOptions options) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("text", text);
    if (interrupted) {
      json.put("finish_reason", "interrupted");
    } else {
      json.put("finish_reason", "error");
      json.put("error", Failures.message(cause));
    }
    json.put("model", model);
    json.put("split", options.split().toString());
    json.put("cloud", options.cloud().toString());
    return GSON.toJson(json);
  }

  private static void putRounded(Map<String, Object> to, Map<?, ?> from) {
    from.forEach((name, figure) -> to.put((String) name, rounded(figure)));
  }

  private static Object rounded(Object figure) {
    if (figure instanceof Map<?, ?> figures) {
      Map<String, Object> all = new LinkedHashMap<>();
      putRounded(all, figures);
      return all;
    }
    return figure instanceof Double number ? round(number) : figure;
  }

  /** Rounds to three decimals; more would be noise. */
  private static double round(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.3f", value));
  }
}
