package dev.bookend.speculation.drafthead;

import ai.djl.Device;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.eagle.EagleHead;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.model.runtime.WeightType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The EAGLE heads of one model that are in use: each is loaded once for all sessions. Safe for use
 * by several threads.
 */
public final class EagleDraftHeads implements AutoCloseable {
  private final ModelConfig model;
  private final Device device;
  private final WeightType type;
  private final OutputHead output;
  private final int[] tokens;
  private final Map<Path, EagleDraftHead> heads = new HashMap<>();

  /**
   * No heads yet.
   *
   * @param model whose heads these are
   * @param device where to compute
   * @param type what weights are held in
   * @param output the model's; stays open until this is closed
   * @param tokens that a head may propose which does not say itself what it was taught, besides
   *     those of the text
   */
  public EagleDraftHeads(
      ModelConfig model, Device device, WeightType type, OutputHead output, int[] tokens) {
    this.model = model;
    this.device = device;
    this.type = type;
    this.output = output;
    this.tokens = tokens.clone();
  }

  /**
   * The head in a directory.
   *
   * @return closed with this
   * @throws BookendException as {@link EagleHead#open}
   */
  public synchronized EagleDraftHead in(Path directory) {
    Path path;
    try {
      path = directory.toRealPath();
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, directory + ": cannot be read: " + e.getMessage(), e);
    }
    return heads.computeIfAbsent(
        path,
        place ->
            new EagleDraftHead(
                EagleHead.open(directory, model),
                device,
                type,
                output,
                EagleHead.shortlist(directory, model.vocabularySize()).orElse(tokens)));
  }

  @Override
  public synchronized void close() {
    heads.values().forEach(EagleDraftHead::close);
    heads.clear();
  }
}
