package dev.bookend.model.checkpoint;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Compares the tensors in a checkpoint with those that its configuration implies. */
record ExpectedTensors(ModelConfig config) {

  private static final int SHOWN = 6;

  /**
   * Compares them. A weight in a layer that is not expected (a bias, a further norm, experts), or
   * beside a tensor that is, means that something else is computed, so that is refused too.
   *
   * @param tensors the shapes of what the checkpoint has, by Hugging Face name
   * @throws BookendException naming the first tensor that differs
   */
  void check(Path file, StoredTensors<long[]> tensors) {
    Map<String, long[]> shapes = config.tensors().shapes();
    shapes.forEach(
        (name, shape) -> {
          if (tensors.others().containsKey(name)) {
            throw tensors.others().get(name).failure();
          }
          long[] found = tensors.readable().get(name);
          if (found == null) {
            throw missing(file, name, shapes.keySet(), tensors);
          }
          if (!Arrays.equals(found, shape)) {
            throw new BookendException(
                ErrorCode.MODEL_DAMAGED,
                file
                    + ": tensor "
                    + name
                    + " has shape "
                    + Arrays.toString(found)
                    + ", but the configuration implies "
                    + Arrays.toString(shape));
          }
        });
    tensors.readable().keySet().forEach(name -> refuseUnknown(file, name, shapes));
    tensors
        .others()
        .forEach(
            (name, tensor) -> {
              if (tensor.isWeight()) {
                refuseUnknown(file, name, shapes);
              }
            });
  }

  private void refuseUnknown(Path file, String name, Map<String, long[]> shapes) {
    Architecture architecture = config.architecture();
    // Early Llama checkpoints carry the rotary frequencies, which follow from the configuration.
    if (!shapes.containsKey(name)
        && architecture.mayMeanOtherArithmetic(name)
        && !name.endsWith(".rotary_emb.inv_freq")) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          file
              + ": tensor "
              + name
              + " has no place in a "
              + architecture.name()
              + " model as this program knows it; use a checkpoint of the plain architecture");
    }
  }

  /** Says what is there instead: names alike, or the first ones. */
  private static BookendException missing(
      Path file, String name, Set<String> expected, StoredTensors<long[]> tensors) {
    Set<String> there = new TreeSet<>(tensors.readable().keySet());
    there.addAll(tensors.others().keySet());
    boolean otherNames = there.stream().noneMatch(expected::contains);
    String module = name.substring(0, name.lastIndexOf('.'));
    String last = module.substring(module.lastIndexOf('.') + 1);
    List<String> alike =
        there.stream()
            .filter(other -> !expected.contains(other))
            .filter(other -> other.startsWith(module + ".") || other.contains(last + "."))
            .limit(SHOWN)
            .toList();
    List<String> shown = alike.isEmpty() ? there.stream().limit(SHOWN).toList() : alike;
    String what =
        there.isEmpty()
            ? "there is no tensor at all"
            : (alike.isEmpty() ? "there are " + there.size() + " tensors: " : "there is ")
                + String.join(", ", shown)
                + (alike.isEmpty() && there.size() > shown.size() ? ", ..." : "");
    return new BookendException(
        otherNames && !there.isEmpty() ? ErrorCode.MODEL_UNSUPPORTED : ErrorCode.MODEL_DAMAGED,
        file
            + ": tensor "
            + name
            + " is missing; "
            + what
            + (otherNames && !there.isEmpty()
                ? "; these are not the names of the transformers library: convert the model"
                : "; fetch the model again"));
  }
}
