package dev.bookend.model.checkpoint.part;

import java.util.Locale;

/** The format of a model's files, which its parts keep. */
public enum PartFormat {
  SAFETENSORS,
  GGUF;

  /** The format of a file, by its name. */
  public static PartFormat of(String file) {
    return file.toLowerCase(Locale.ROOT).endsWith(".gguf") ? GGUF : SAFETENSORS;
  }

  /** What the name of a file ends with. */
  String ending() {
    return "." + name().toLowerCase(Locale.ROOT);
  }
}
