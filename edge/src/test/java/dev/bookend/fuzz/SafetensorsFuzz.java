package dev.bookend.fuzz;

import java.io.IOException;

/** A file {@code model.safetensors} beside the configuration of a small model. */
public final class SafetensorsFuzz {
  private static final Scratch SCRATCH = new Scratch();

  private SafetensorsFuzz() {}

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Bounded.run(input, SafetensorsFuzz::read);
  }

  private static void read(byte[] input) throws IOException {
    TinyModel.writeConfig(SCRATCH);
    SCRATCH.write("model.safetensors", input);
    Reading.model(SCRATCH.directory());
  }
}
