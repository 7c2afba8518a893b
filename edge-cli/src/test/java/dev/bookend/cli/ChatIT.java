package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.cli.Launched.Result;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.triton.Endpoint;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code bookend chat} with its lines piped in. */
class ChatIT {
  private static final String CTRL_C = "\u0003";

  private static Result chat(String lines) throws Exception {
    try (Launched chat = Launched.start(lines, Map.of("TERM", "dumb"), "chat")) {
      return chat.await();
    }
  }

  @Test
  void answersKnowWhatWasSaidBefore() throws Exception {
    Result result =
        chat("What is the capital of France?\nAnd what is the capital of Italy?\n/exit\n");
    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains("Paris"), result.out());
    assertTrue(result.out().contains("Rome"), result.out());
  }

  @Test
  void aMessageThatTheCloudLostMayBeSentAgain() throws Exception {
    Checkpoint checkpoint = SampleModel.open();
    Contract contract = Contract.of(checkpoint, 4, checkpoint.config().layers() - 4);
    try (Decoder decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32)) {
      EmbeddedCloud cloud = EmbeddedCloud.start(decoder, contract);
      Endpoint endpoint = cloud.endpoint();
      try (Launched chat =
          Launched.open(Map.of("TERM", "dumb"), "chat", "--cloud", endpoint.toString())) {
        chat.type("What is the capital of France?");
        chat.awaitOutput("Paris");
        cloud.close();
        chat.type("And what is the capital of Italy?");
        chat.awaitError("send the message again to go on");
        cloud =
            EmbeddedCloud.start(decoder, contract, EmbeddedCloud.Limits.DEFAULT, endpoint.port());
        chat.type("And what is the capital of Italy?");
        chat.awaitOutput("Rome");
        chat.type("/exit");
        assertEquals(0, chat.await().code(), chat.err());
      } finally {
        cloud.close();
      }
    }
    checkpoint.close();
  }

  /** The same in a real terminal is in {@link ShellPtyIT}, with a model that says what it must. */
  @Test
  @Tag("slow")
  void ctrlCEndsTheAnswerAndNotTheChatAndWhatWasSaidStays() throws Exception {
    try (PtyShell chat = PtyShell.start(80, 24, Map.of(), "chat", "--max-tokens", "4000")) {
      chat.awaitPrompt();
      chat.type("What is the capital of France? Tell me its whole history.");
      chat.await("Paris");
      chat.press(CTRL_C);
      chat.await("what came is kept");
      chat.type("And of Italy?"); // means nothing by itself
      chat.await("Rome");
      chat.press(CTRL_C);
      chat.awaitPrompt();
      chat.type("/exit");
      assertEquals(0, chat.exitCode());
    }
  }

  @Test
  void theEndOfInputEndsTheChat() throws Exception {
    Result result = chat("/help\n");
    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains("/clear"), result.out());
  }
}
