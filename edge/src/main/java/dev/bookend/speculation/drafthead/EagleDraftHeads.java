package dev.bookend.speculation.drafthead;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.eagle.EagleHead;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.model.runtime.Shortlist;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * The EAGLE heads of one model that are in use: each is loaded once for all sessions. Safe for use
 * by several threads.
 */
public final class EagleDraftHeads implements AutoCloseable {
  private final ModelConfig model;
  private final Function<Checkpoint, Decoder> decoders;
  private final OutputHead output;
  private final Function<int[], Shortlist> shortlists;
  private final int[] tokens;
  private final Map<Path, EagleDraftHead> heads = new HashMap<>();

  /**
   * No heads yet.
   *
   * @param model whose heads these are
   * @param decoders opens the checkpoint of a head
   * @param output the model's; stays open until this is closed
   * @param shortlists the same for some tokens only
   * @param tokens that a head may propose which does not say itself what it was taught, besides
   *     those of the text
   */
  public EagleDraftHeads(
      ModelConfig model,
      Function<Checkpoint, Decoder> decoders,
      OutputHead output,
      Function<int[], Shortlist> shortlists,
      int[] tokens) {
    this.model = model;
    this.decoders = decoders;
    this.output = output;
    this.shortlists = shortlists;
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
          ErrorCode.IO_FAILED, directory + ": cannot be read: " + FileProblem.of(e), e);
    }
    return heads.computeIfAbsent(path, this::load);
  }

  private EagleDraftHead load(Path directory) {
    EagleHead files = EagleHead.open(directory, model);
    Decoder decoder = decoders.apply(files.checkpoint());
    return files.isThird()
        ? new ThreeFeatureHead(files, decoder)
        : new FeatureHead(
            files,
            decoder,
            output,
            shortlists.apply(
                EagleHead.shortlist(directory, model.vocabularySize()).orElse(tokens)));
  }

  @Override
  public synchronized void close() {
    heads.values().forEach(EagleDraftHead::close);
    heads.clear();
  }
}
