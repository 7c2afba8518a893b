package dev.bookend.fuzz;

import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.store.CheckpointFiles;
import java.io.IOException;
import java.util.List;

/**
 * The JSON files of a model, one behind the other with a byte 0 between them. Its weights are those
 * of the small model, so that few configurations fit them.
 */
public final class ConfigFuzz {
  private static final List<String> FILES =
      List.of(
          "config.json",
          "generation_config.json",
          "tokenizer_config.json",
          "special_tokens_map.json");

  private static final Scratch SCRATCH = new Scratch();

  private ConfigFuzz() {}

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Bounded.run(input, ConfigFuzz::read);
  }

  private static void read(byte[] input) throws IOException {
    TinyModel.writeWeights(SCRATCH);
    TinyModel.writeTokenizer(SCRATCH);
    int from = 0;
    for (String file : FILES) {
      int to = from;
      while (to < input.length && input[to] != 0) {
        to++;
      }
      byte[] part = java.util.Arrays.copyOfRange(input, Math.min(from, input.length), to);
      SCRATCH.write(file, part.length == 0 ? new byte[] {'{', '}'} : part);
      from = Math.min(to + 1, input.length);
    }
    try (Checkpoint checkpoint = CheckpointFiles.open(SCRATCH.directory())) {
      checkpoint.tokenizer();
    }
  }
}
