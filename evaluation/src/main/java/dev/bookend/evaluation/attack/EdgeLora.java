package dev.bookend.evaluation.attack;

import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.safetensors.LowRankAdapter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A low-rank change of the layers at the edge that only the user knows. */
public sealed interface EdgeLora {
  Pattern RANDOM = Pattern.compile("random:([1-9][0-9]{0,3}):([0-9]{1,3}(?:\\.[0-9]{1,4})?)");

  /** The change as an adapter for all layers, of which only the edge's are used. */
  LowRankAdapter adapter(Checkpoint checkpoint);

  /**
   * Reads {@code random:R:SIZE} or a path.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  static EdgeLora parse(String text) {
    if (!text.startsWith("random:")) {
      Path path = Path.of(text);
      if (!Files.exists(path)) {
        throw new IllegalArgumentException(
            "there is no file '" + text + "'; name an adapter, or write random:R:SIZE");
      }
      return new File(path);
    }
    Matcher matcher = RANDOM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not random:R:SIZE, as in random:16:0.1, nor an adapter");
    }
    return new Drawn(Integer.parseInt(matcher.group(1)), Double.parseDouble(matcher.group(2)));
  }

  /** An adapter as PEFT writes it. */
  record File(Path path) implements EdgeLora {
    @Override
    public LowRankAdapter adapter(Checkpoint checkpoint) {
      return LowRankAdapter.read(path, checkpoint);
    }

    @Override
    public String toString() {
      return "an adapter of the user's own";
    }
  }

  /**
   * A random adapter.
   *
   * @param size Frobenius norm of the change of each matrix, divided by that of the matrix
   */
  record Drawn(int rank, double size) implements EdgeLora {
    private static final long SEED = 7;

    @Override
    public LowRankAdapter adapter(Checkpoint checkpoint) {
      return LowRankAdapter.random(checkpoint, rank, size, SEED);
    }

    @Override
    public String toString() {
      return "a random change of rank " + rank + " and relative size " + size;
    }
  }
}
