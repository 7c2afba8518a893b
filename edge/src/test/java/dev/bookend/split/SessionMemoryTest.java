package dev.bookend.split;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.testing.SmallModel;
import org.junit.jupiter.api.Test;

class SessionMemoryTest {
  private static final ModelConfig CONFIG = SmallModel.checkpoint().config();
  private static final SessionMemory MEMORY = new SessionMemory(CONFIG, new Split(1, 1));

  /** Keys and values of two of four layers, and two hidden states a token. */
  @Test
  void cachesGrowInPowersOfTwoAndStatesByToken() {
    long slot = 2L * 2 * CONFIG.kvHeads() * CONFIG.headDim() * Float.BYTES;
    long states = 2L * CONFIG.hiddenSize() * Float.BYTES;
    assertEquals(256 * slot + 10 * states, MEMORY.edgeBytes(10, Float.BYTES));
    assertEquals(1024 * slot + 1000 * states, MEMORY.edgeBytes(1000, Float.BYTES));
    assertEquals(2048 * slot + 1025 * states, MEMORY.edgeBytes(1025, Float.BYTES));
    assertEquals(1024 * slot / 2 + 1000 * states, MEMORY.edgeBytes(1000, 2));
  }

  @Test
  void theServerHasTheOtherLayersInSlotsRoundedTo64() {
    long slot = 2L * 2 * CONFIG.kvHeads() * CONFIG.headDim() * 2;
    assertEquals(64 * slot, MEMORY.cloudBytes(10, 2));
    assertEquals(1088 * slot, MEMORY.cloudBytes(1025, 2));
  }
}
