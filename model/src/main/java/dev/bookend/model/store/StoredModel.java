package dev.bookend.model.store;

import java.nio.file.Path;

/**
 * A model on this machine.
 *
 * @param name the name that {@link ModelStore#resolve} takes
 * @param path the directory, or the GGUF file
 * @param bytes size of its files
 * @param keeper whose store it is in
 * @param isPart whether only what an edge needs is here
 */
public record StoredModel(String name, Path path, long bytes, Keeper keeper, boolean isPart) {

  /** Programs that keep models. All but the first keep them for themselves, and are read only. */
  public enum Keeper {
    BOOKEND("bookend", "Bookend's store"),
    HUGGING_FACE("huggingface", "Hugging Face's cache"),
    OLLAMA("ollama", "Ollama's store"),
    LM_STUDIO("lmstudio", "LM Studio's store");

    private final String word;
    private final String place;

    Keeper(String word, String place) {
      this.word = word;
      this.place = place;
    }

    /** One word, for names and for other programs. */
    public String word() {
      return word;
    }

    /** For people. */
    public String place() {
      return place;
    }

    /** What the names of models begin with that only this program has. */
    String prefix() {
      return word + ":";
    }
  }

  /** Whether a user who writes this name means this model; Ollama's may be without their tag. */
  public boolean isCalled(String text) {
    return name.equals(text) || (keeper == Keeper.OLLAMA && name.equals(text + ":latest"));
  }
}
