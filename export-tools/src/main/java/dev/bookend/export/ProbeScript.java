package dev.bookend.export;

import dev.bookend.model.architecture.ModelConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The {@code probe.sh} of an exported model, which lets it compute a step by stock tools. */
final class ProbeScript {
  /** Its name in the model's directory, where Triton does not look at it. */
  static final String FILE = "probe.sh";

  private static final int TOKENS = 4;

  private ProbeScript() {}

  /** The script for a model of that name. */
  static String of(String name, ModelConfig model, ExportOptions options) throws IOException {
    int tokens = Math.min(TOKENS, options.tokensPerStep(model));
    Map<String, String> values =
        Map.of(
            "MODEL", name,
            "TOKENS", Integer.toString(tokens),
            "WIDTH", Integer.toString(model.hiddenSize()),
            "TYPE", options.precision().tensorType(),
            "BYTES",
                Long.toString(
                    (long) tokens * model.hiddenSize() * options.precision().stored().bytes()),
            "PLACES", list(tokens, i -> Integer.toString(i)),
            "CACHED", list(tokens, i -> "false"),
            "TREE", list(tokens * tokens, i -> Boolean.toString(i % tokens <= i / tokens)),
            "IDLE", Integer.toString(TritonConfig.IDLE_SECONDS));
    String script = template();
    for (Map.Entry<String, String> value : values.entrySet()) {
      script = script.replace("@" + value.getKey() + "@", value.getValue());
    }
    return script;
  }

  private static String list(int length, IntFunction<String> element) {
    return IntStream.range(0, length).mapToObj(element).collect(Collectors.joining(","));
  }

  private static String template() throws IOException {
    try (InputStream in = ProbeScript.class.getResourceAsStream(FILE)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
