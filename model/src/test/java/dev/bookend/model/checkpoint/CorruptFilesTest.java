package dev.bookend.model.checkpoint;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.bookend.error.BookendException;
import dev.bookend.model.checkpoint.gguf.GgufFixture;
import dev.bookend.model.checkpoint.safetensors.SafetensorsFile;
import dev.bookend.model.checkpoint.safetensors.SafetensorsFixture;
import dev.bookend.model.store.CheckpointFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Damaged files either open or are refused with a BookendException; anything else (an index out of
 * bounds, memory running out, ...) fails the property.
 */
class CorruptFilesTest {
  private static final byte[] GGUF = GgufFixture.llama().write();
  private static final int GGUF_HEADER = GgufFixture.llama().header().length;
  private static final SafetensorsFixture SAFETENSORS =
      SafetensorsFixture.of(new TreeMap<>(Map.of("a", new long[] {2, 3}, "b", new long[] {4})));

  private static Path file;

  /** One byte of a file, and what it becomes. */
  record Damage(int at, byte value) {}

  @BeforeContainer
  static void makeFile() throws IOException {
    file = Files.createTempFile("corrupt", ".gguf");
  }

  @AfterContainer
  static void deleteFile() throws IOException {
    Files.delete(file);
  }

  @Provide
  Arbitrary<Damage> ggufDamage() {
    return damage(GGUF_HEADER);
  }

  @Provide
  Arbitrary<Damage> safetensorsDamage() {
    return damage(SAFETENSORS.header().length);
  }

  private static Arbitrary<Damage> damage(int length) {
    return Arbitraries.integers()
        .between(0, length - 1)
        .flatMap(at -> Arbitraries.bytes().map(value -> new Damage(at, value)));
  }

  @Property(tries = 1000)
  void anyByteOfAGgufHeader(@ForAll("ggufDamage") Damage damage) throws IOException {
    openGguf(damaged(GGUF, damage));
  }

  @Property(tries = 400)
  void anyTwoBytesOfAGgufHeader(
      @ForAll("ggufDamage") Damage first, @ForAll("ggufDamage") Damage second) throws IOException {
    openGguf(damaged(damaged(GGUF, first), second));
  }

  @Property(tries = 200)
  void aTruncatedGguf(@ForAll("ggufDamage") Damage damage) throws IOException {
    openGguf(Arrays.copyOf(GGUF, damage.at));
  }

  @Property(tries = 600)
  void anyByteOfASafetensorsHeader(@ForAll("safetensorsDamage") Damage damage) throws IOException {
    openSafetensors(damaged(SAFETENSORS.write(), damage));
  }

  @Property(tries = 200)
  void aTruncatedSafetensorsFile(@ForAll("safetensorsDamage") Damage damage) throws IOException {
    openSafetensors(Arrays.copyOf(SAFETENSORS.write(), damage.at));
  }

  private static byte[] damaged(byte[] bytes, Damage damage) {
    byte[] copy = bytes.clone();
    copy[damage.at] = damage.value;
    return copy;
  }

  private static void openGguf(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try (Checkpoint checkpoint = CheckpointFiles.open(file)) {
      for (String tensor : checkpoint.tensorNames()) {
        assertNotNull(checkpoint.read(tensor, FloatType.BF16));
      }
      assertNotNull(checkpoint.fingerprint());
      assertNotNull(checkpoint.tokenizer());
    } catch (BookendException refused) {
      assertNotNull(refused.getMessage());
    }
  }

  private static void openSafetensors(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try {
      for (StoredTensor tensor : SafetensorsFile.read(file).readable().values()) {
        assertNotNull(tensor.read(FloatType.BF16, 0, tensor.shape()[0]));
      }
    } catch (BookendException refused) {
      assertNotNull(refused.getMessage());
    }
  }
}
