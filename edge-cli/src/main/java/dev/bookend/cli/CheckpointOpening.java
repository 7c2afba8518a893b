package dev.bookend.cli;

import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.store.CheckpointFiles;
import java.nio.file.Path;

/** Opens checkpoints, and passes on to stderr what the user should know about their files. */
final class CheckpointOpening {
  private CheckpointOpening() {}

  static Checkpoint open(Path path) {
    Decoder.prepare();
    Checkpoint checkpoint = CheckpointFiles.open(path);
    for (String remark : checkpoint.remarks()) {
      StandardStreams.remark("note: " + remark);
    }
    return checkpoint;
  }
}
