package dev.bookend.model.checkpoint;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.WindowRule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads how far each layer sees, as the transformers library does: {@code layer_types} says it
 * layer by layer, and outranks {@code max_window_layers}. A step here has one set of cached slots
 * for all layers, so layers that differ are refused.
 */
record LayerWindows(JsonFields json, int layers) {
  private static final String FULL = "full_attention";
  private static final String SLIDING = "sliding_attention";

  /** The window of all layers; empty: each token sees all before it. */
  OptionalInt read(WindowRule rule) {
    OptionalInt window = window(rule);
    Optional<List<String>> stated = types();
    List<String> types = stated.orElseGet(() -> types(rule, window));
    for (String type : types) {
      if (!type.equals(types.get(0))) {
        throw json.unsupported(
            "a sliding window in some of the layers ("
                + stated.map(unused -> "layer_types").orElse(fullLayersField())
                + ")",
            "a model whose layers are all alike");
      }
    }
    boolean sliding = types.get(0).equals(SLIDING);
    if (sliding && window.isEmpty()) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
          json.file()
              + ": layer_types names "
              + SLIDING
              + ", but there is no sliding_window in use");
    }
    if (!sliding && window.isPresent() && rule == WindowRule.WHERE_STATED) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
          json.file() + ": layer_types names " + FULL + ", but sliding_window is set as well");
    }
    return sliding ? window : OptionalInt.empty();
  }

  private String fullLayersField() {
    return "max_window_layers "
        + json.element("max_window_layers").map(Object::toString).orElse("");
  }

  private OptionalInt window(WindowRule rule) {
    return rule == WindowRule.WHERE_SWITCHED_ON && !json.flag("use_sliding_window", false)
        ? OptionalInt.empty()
        : json.integer("sliding_window", Integer.MAX_VALUE)
            .map(OptionalInt::of)
            .orElse(OptionalInt.empty());
  }

  /** What follows from the other fields where {@code layer_types} is not there. */
  private List<String> types(WindowRule rule, OptionalInt window) {
    int full = 0;
    if (window.isEmpty()) {
      full = layers;
    } else if (rule == WindowRule.WHERE_SWITCHED_ON) {
      full =
          json.integer("max_window_layers", 0, Integer.MAX_VALUE)
              .orElseThrow(() -> json.missing("max_window_layers"));
    }
    List<String> types = new ArrayList<>(Collections.nCopies(Math.min(full, layers), FULL));
    types.addAll(Collections.nCopies(layers - types.size(), SLIDING));
    return types;
  }

  private Optional<List<String>> types() {
    Optional<JsonElement> field = json.element("layer_types");
    if (field.isEmpty()) {
      return Optional.empty();
    }
    if (!(field.get() instanceof JsonArray array) || array.size() != layers) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
          json.file()
              + ": layer_types must be a list of one name for each of "
              + layers
              + " layers");
    }
    List<String> types = new ArrayList<>();
    for (JsonElement element : array) {
      String type =
          element instanceof JsonPrimitive name && name.isString() ? name.getAsString() : "";
      if (!type.equals(FULL) && !type.equals(SLIDING)) {
        throw json.unsupported(
            "layer_types with " + element, "a model with " + FULL + " or " + SLIDING);
      }
      types.add(type);
    }
    return Optional.of(types);
  }
}
