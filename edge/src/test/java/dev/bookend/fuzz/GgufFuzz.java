package dev.bookend.fuzz;

import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.store.CheckpointFiles;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.io.IOException;
import java.nio.file.Path;

/** A GGUF file, with the tokenizer in it. */
public final class GgufFuzz {
  private static final Scratch SCRATCH = new Scratch();

  private GgufFuzz() {}

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Bounded.run(input, GgufFuzz::read);
  }

  private static void read(byte[] input) throws IOException {
    Path file = SCRATCH.write("model.gguf", input);
    Reading.model(file);
    TokenizerSource source;
    try (Checkpoint checkpoint = CheckpointFiles.open(file)) {
      source = checkpoint.tokenizer();
    }
    Reading.tokenizer(source);
  }
}
