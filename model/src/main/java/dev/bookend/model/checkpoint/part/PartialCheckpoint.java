package dev.bookend.model.checkpoint.part;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A model of which only some parts are here. It is described as the whole, with the whole's
 * fingerprint; reading what is not here fails with {@link ErrorCode#MODEL_INCOMPLETE}.
 */
final class PartialCheckpoint implements Checkpoint {
  private final PartialModel model;
  private final Checkpoint here;
  private final Set<Integer> layers;

  /**
   * @param here the parts that are
   */
  PartialCheckpoint(PartialModel model, Checkpoint here) {
    this.model = model;
    this.here = here;
    this.layers = Set.copyOf(model.layers());
  }

  @Override
  public ModelConfig config() {
    return here.config();
  }

  @Override
  public TokenizerSource tokenizer() {
    return here.tokenizer();
  }

  @Override
  public List<String> remarks() {
    return here.remarks();
  }

  @Override
  public void requireLayers(int from, int to) {
    List<Integer> missing =
        IntStream.range(from, to).filter(layer -> !layers.contains(layer)).boxed().toList();
    if (!missing.isEmpty()) {
      throw missing(LayerNumbers.text(missing));
    }
  }

  private BookendException missing(String what) {
    return new BookendException(
        ErrorCode.MODEL_INCOMPLETE,
        what
            + " of "
            + model.note().model()
            + (what.startsWith("layer ") ? " is" : " are")
            + " not on this machine; of its "
            + config().layers()
            + " layers there are only "
            + LayerNumbers.text(model.layers()).replaceFirst("^layers? ", ""));
  }

  @Override
  public Set<String> tensorNames() {
    return here.tensorNames();
  }

  private Checkpoint with(String tensor) {
    if (!here.tensorNames().contains(tensor)
        && model.header().tensors().readable().containsKey(tensor)) {
      throw missing("the numbers of " + tensor);
    }
    return here;
  }

  @Override
  public long[] shape(String tensor) {
    return with(tensor).shape(tensor);
  }

  @Override
  public ByteBuffer read(String tensor, FloatType type) {
    return with(tensor).read(tensor, type);
  }

  @Override
  public ByteBuffer readRows(String tensor, FloatType type, long first, int count) {
    return with(tensor).readRows(tensor, type, first, count);
  }

  @Override
  public void readRows(String tensor, FloatType type, long first, int count, ByteBuffer target) {
    with(tensor).readRows(tensor, type, first, count, target);
  }

  @Override
  public boolean isStoredAs(String tensor, FloatType type) {
    return with(tensor).isStoredAs(tensor, type);
  }

  @Override
  public void release(String tensor) {
    with(tensor).release(tensor);
  }

  @Override
  public String fingerprint() {
    return model.note().fingerprint();
  }

  @Override
  public void close() {
    here.close();
  }
}
