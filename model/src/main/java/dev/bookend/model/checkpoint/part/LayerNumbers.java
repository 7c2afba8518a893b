package dev.bookend.model.checkpoint.part;

import java.util.ArrayList;
import java.util.List;

/** Numbers of layers for people. */
public final class LayerNumbers {
  private LayerNumbers() {}

  /**
   * Layers in few words: {@code layers 0 to 3 and 28 to 31}.
   *
   * @param layers in ascending order
   */
  public static String text(List<Integer> layers) {
    if (layers.isEmpty()) {
      return "no layers";
    }
    List<String> ranges = new ArrayList<>();
    int first = 0;
    for (int i = 1; i <= layers.size(); i++) {
      if (i == layers.size() || layers.get(i) != layers.get(i - 1) + 1) {
        int last = layers.get(i - 1);
        ranges.add(first == i - 1 ? "" + last : layers.get(first) + " to " + last);
        first = i;
      }
    }
    String all =
        ranges.size() == 1
            ? ranges.get(0)
            : String.join(", ", ranges.subList(0, ranges.size() - 1))
                + " and "
                + ranges.get(ranges.size() - 1);
    return (layers.size() == 1 ? "layer " : "layers ") + all;
  }
}
