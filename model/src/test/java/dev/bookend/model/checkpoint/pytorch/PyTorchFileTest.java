package dev.bookend.model.checkpoint.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.Oracle;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.checkpoint.StoredTensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What torch.save has written is read, and nothing else; nothing in it is run. */
class PyTorchFileTest {
  @TempDir Path directory;

  private static Path others() throws Exception {
    return Oracle.directory("eagle/others.bin");
  }

  private static float[] floats(StoredTensor tensor) {
    float[] values = new float[(int) Arrays.stream(tensor.shape()).reduce(1, (a, b) -> a * b)];
    tensor.read(FloatType.F32, 0, tensor.shape()[0]).asFloatBuffer().get(values);
    return values;
  }

  @Test
  void tensorsAreReadWhereTheyLie() throws Exception {
    StoredTensors<StoredTensor> tensors = PyTorchFile.read(others());
    assertEquals(Set.of("rows", "part"), tensors.readable().keySet());
    StoredTensor rows = tensors.readable().get("rows");
    assertArrayEquals(new long[] {3, 4}, rows.shape());
    assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, floats(rows));
    assertArrayEquals(
        new float[] {4, 5, 6, 7, 8, 9, 10, 11}, floats(tensors.readable().get("part")));
  }

  @ParameterizedTest
  @CsvSource({
    "columns,true,is not stored row by row",
    "doubles,true,is stored as DoubleStorage",
    "numbers,false,is stored as LongStorage",
    "mask,false,is stored as BoolStorage",
    "scalar,true,has no dimensions",
    "empty,false,is empty"
  })
  void whatCannotBeReadSaysWhyWhereItIsNeeded(String name, boolean isWeight, String why)
      throws Exception {
    var unreadable = PyTorchFile.read(others()).others().get(name);
    assertEquals(isWeight, unreadable.isWeight());
    String message = unreadable.failure().getMessage();
    assertTrue(message.contains("others.bin: tensor " + name + " " + why), message);
  }

  /** A file with one storage of so many bytes. */
  private Path file(String pickle, int bytes) throws IOException {
    Path file = directory.resolve("pytorch_model.bin");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      store(zip, "archive/data.pkl", latin(pickle));
      store(zip, "archive/byteorder", latin("little"));
      store(zip, "archive/data/0", new byte[bytes]);
    }
    return file;
  }

  private static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static String text(String text) {
    return "X" + (char) text.length() + "\0\0\0" + text;
  }

  private static final String START = "\u0080\u0002";

  /** A call that puts a tensor together, of a storage of six numbers. */
  private static String tensor(int offset, String shape, String strides) {
    return "ctorch._utils\n_rebuild_tensor_v2\n(("
        + text("storage")
        + "ctorch\nFloatStorage\n"
        + text("0")
        + text("cpu")
        + "K\u0006tQK"
        + (char) offset
        + shape
        + strides
        + "\u0089ccollections\nOrderedDict\n)RtR";
  }

  private static String dictionary(String... namesAndValues) {
    return START + "}(" + String.join("", namesAndValues) + "u.";
  }

  private static BookendException refused(Path file) {
    BookendException failure = assertThrows(BookendException.class, () -> PyTorchFile.read(file));
    assertTrue(failure.getMessage().contains(file.toString()), failure.getMessage());
    return failure;
  }

  @Test
  void aTensorMadeByHandIsRead() throws Exception {
    String pickle = dictionary(text("a"), tensor(0, "K\2K\3\u0086", "K\3K\1\u0086"));
    StoredTensor tensor = PyTorchFile.read(file(pickle, 24)).readable().get("a");
    assertArrayEquals(new long[] {2, 3}, tensor.shape());
    assertArrayEquals(new float[6], floats(tensor));
  }

  @ParameterizedTest
  @CsvSource({"0,23", "1,24", "255,24", "0,0"})
  void aTensorThatEndsBeyondItsStorageIsDamaged(int offset, int bytes) throws Exception {
    String pickle = dictionary(text("a"), tensor(offset, "K\2K\3\u0086", "K\3K\1\u0086"));
    BookendException failure = refused(file(pickle, bytes));
    assertEquals(ErrorCode.MODEL_DAMAGED, failure.code());
    assertTrue(failure.getMessage().contains("tensor a ends beyond"), failure.getMessage());
  }

  /** What a pickle could do to a program that runs it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "cos\nsystem\n(X\4\0\0\0truetR.",
        "cbuiltins\neval\n(X\1\0\0\0001tR.",
        "(X\4\0\0\0trueios\nsystem\n.",
        "}(X\1\0\0\0acposix\nsystem\nX\4\0\0\0true\u0085Ru.",
        "ctorch\nload\n(X\1\0\0\0atR.",
        "ctorch.storage\n_load_from_bytes\n(X\1\0\0\0atR.",
        "\u008c\2os\u008c\6system\u0093X\4\0\0\0true\u0085R.",
        "c__builtin__\ngetattr\n.",
        "}cos\nsystem\nb.",
        "ccollections\nOrderedDict\ncos\nsystem\n\u0085R.",
        "]X\1\0\0\0aa.",
        "N.",
        "}X\1\0\0\0aK\1s.",
        "}K\1Ns.",
        "X\1\0\0\0aQ.",
        "(X\7\0\0\0storageNX\1\0\0\0000X\3\0\0\0cpuK\1tQ.",
      })
  void anythingButTensorsIsRefusedByName(String pickle) throws Exception {
    Path marker = directory.resolve("ran");
    BookendException failure =
        refused(file(START + pickle.replace("true", "true; touch " + marker), 24));
    assertFalse(Files.exists(marker));
    assertTrue(
        failure.code() == ErrorCode.MODEL_UNSUPPORTED || failure.code() == ErrorCode.MODEL_DAMAGED);
  }

  @Test
  void whatIsNamedIsSaid() throws Exception {
    BookendException failure = refused(file(START + "cos\nsystem\n(X\1\0\0\0atR.", 24));
    assertEquals(ErrorCode.MODEL_UNSUPPORTED, failure.code());
    assertTrue(failure.getMessage().contains("(os.system)"), failure.getMessage());
    assertTrue(failure.getMessage().contains("nothing in it is run"), failure.getMessage());
    String control = refused(file(START + "cos\33[2J\nsystem\n.", 24)).getMessage();
    assertFalse(control.contains("\33"), control);
  }

  /** Cut off anywhere, or with any byte changed, it is told as a failure of the file at most. */
  @Test
  void damagedDescriptionsAreTold() throws Exception {
    byte[] pickle = latin(dictionary(text("a"), tensor(0, "K\2K\3\u0086", "K\3K\1\u0086")));
    for (int length = 0; length < pickle.length; length++) {
      ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(pickle, length));
      assertThrows(BookendException.class, () -> StateDictPickle.read("file", cut));
    }
    for (int at = 0; at < pickle.length; at++) {
      byte[] changed = pickle.clone();
      changed[at] ^= 0x15;
      try {
        StateDictPickle.read("file", ByteBuffer.wrap(changed));
      } catch (BookendException e) {
        // as it should
      }
    }
  }

  @Test
  void aWholeFileThatIsCutOffIsTold() throws Exception {
    byte[] whole = Files.readAllBytes(others());
    Path file = directory.resolve("cut.bin");
    for (int length : List.of(0, 3, 4, 100, whole.length / 2, whole.length - 1)) {
      Files.write(file, Arrays.copyOf(whole, length));
      refused(file);
    }
  }

  @Test
  void compressedPartsAndOtherByteOrdersAreRefused() throws Exception {
    Path file = directory.resolve("compressed.bin");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      zip.write(latin(START + "}."));
    }
    assertTrue(refused(file).getMessage().contains("compressed"));
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      store(zip, "archive/data.pkl", latin(START + "}."));
      store(zip, "archive/byteorder", latin("big"));
    }
    assertTrue(refused(file).getMessage().contains("little-endian"));
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      store(zip, "some.txt", latin("text"));
    }
    assertTrue(refused(file).getMessage().contains("data.pkl"));
  }

  /** PyTorch's own form of before 1.6 begins with a pickle. */
  @Test
  void theFormOfOldIsRefused() throws Exception {
    ByteArrayOutputStream old = new ByteArrayOutputStream();
    old.write(latin(START + "\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\31."));
    Path file = directory.resolve("old.bin");
    Files.write(file, old.toByteArray());
    assertTrue(refused(file).getMessage().contains("since 1.6"));
  }
}
