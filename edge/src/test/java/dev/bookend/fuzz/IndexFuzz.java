package dev.bookend.fuzz;

import java.io.IOException;

/** A file {@code model.safetensors.index.json} beside the two files of a small model. */
public final class IndexFuzz {
  private static final Scratch SCRATCH = new Scratch();

  private IndexFuzz() {}

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Bounded.run(input, IndexFuzz::read);
  }

  private static void read(byte[] input) throws IOException {
    TinyModel.writeConfig(SCRATCH);
    TinyModel.writeShards(SCRATCH);
    SCRATCH.write("model.safetensors.index.json", input);
    Reading.model(SCRATCH.directory());
  }
}
