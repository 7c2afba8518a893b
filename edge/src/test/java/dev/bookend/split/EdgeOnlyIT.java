package dev.bookend.split;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.store.CheckpointFiles;
import dev.bookend.model.store.EdgeLayers;
import dev.bookend.model.store.FakeHub;
import dev.bookend.model.store.ModelStore;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.remote.CloudAddress;
import dev.bookend.session.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An edge that has nothing but what it needs, and a cloud that has the middle. */
class EdgeOnlyIT {
  private static final int TOKENS = 8;
  private static final SplitOptions OPTIONS = SplitOptions.DEFAULT.withSplit(new Split(2, 2));

  @TempDir private Path home;

  private static List<Integer> answer(Checkpoint checkpoint, SplitOptions options) {
    try (SplitModel model = SplitModel.open(checkpoint, options);
        Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer());
        Session session = model.newSession()) {
      int[] prompt = tokenizer.encode("The three largest cities of France are");
      return SequentialDecoding.GREEDY
          .decode(session, prompt, TOKENS, Set.of(), token -> true)
          .tokens();
    }
  }

  private static String missing(Checkpoint checkpoint, SplitOptions options) {
    BookendException failure =
        assertThrows(BookendException.class, () -> answer(checkpoint, options));
    assertEquals(ErrorCode.MODEL_INCOMPLETE, failure.code());
    return failure.getMessage();
  }

  @Test
  void answersWithTheMiddleElsewhereAsTheWholeModelDoes() throws IOException {
    Path parts;
    try (FakeHub hub = new FakeHub()) {
      hub.files.put("smollm2-Q4_1.gguf", Files.readAllBytes(SampleModel.file()));
      ModelStore store = new ModelStore(Map.of("HF_ENDPOINT", hub.endpoint()), home);
      parts = store.resolveEdge("owner/name", new EdgeLayers(2, 2), (what, done, total) -> {});
      assertTrue(hub.sent.get() < 50_000_000, "of 98 MB: " + hub.sent);
    }
    try (Checkpoint whole = SampleModel.open();
        Checkpoint edge = CheckpointFiles.open(parts);
        Decoder decoder = Decoder.open(whole, Device.cpu(), WeightType.F32);
        EmbeddedCloud cloud = EmbeddedCloud.start(decoder, OPTIONS.split().contract(whole))) {
      SplitOptions remote = OPTIONS.withCloud(CloudAddress.parse(cloud.endpoint().toString()));
      assertEquals(answer(whole, OPTIONS), answer(edge, remote));
      assertTrue(missing(edge, OPTIONS).startsWith("layers 2 to 27 of owner/name"));
      assertTrue(missing(edge, OPTIONS.withSplit(new Split(4, 4))).startsWith("layers 4 to 25"));
    }
  }
}
