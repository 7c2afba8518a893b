package dev.bookend.model.runtime;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a TorchScript archive: a zip of one class's source text and a pickle of its attributes,
 * the format of {@code torch.jit.save} (torch/csrc/jit/serialization). With it the decoder is plain
 * source in this repository, and Java calls PyTorch once for a whole range of layers rather than
 * once for each operation.
 */
final class ScriptArchive {
  private static final int PICKLE_PROTOCOL = 2;

  private ScriptArchive() {}

  /**
   * @param className the class that the source declares
   * @param attributes values of its attributes: Boolean, Integer, Double or an empty Map
   */
  static InputStream write(String className, String source, Map<String, ?> attributes) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      store(zip, "data.pkl", pickle(className, attributes));
      store(zip, "code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
      store(zip, "constants.pkl", new byte[] {(byte) 0x80, PICKLE_PROTOCOL, ')', '.'});
      store(zip, "version", "3\n".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
    return new ByteArrayInputStream(bytes.toByteArray());
  }

  /** PyTorch reads entries in place, so they must be stored, not deflated. */
  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry("decoder/" + name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  /** An object of the class: GLOBAL, no arguments, NEWOBJ, a dict of attributes, BUILD. */
  private static byte[] pickle(String className, Map<String, ?> attributes) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(0x80);
    out.write(PICKLE_PROTOCOL);
    out.writeBytes("c__torch__\n" + className + "\n)");
    out.write(0x81);
    out.writeBytes("}(");
    for (Map.Entry<String, ?> attribute : attributes.entrySet()) {
      byte[] name = attribute.getKey().getBytes(StandardCharsets.US_ASCII);
      out.write('X');
      out.writeInt(Integer.reverseBytes(name.length));
      out.write(name);
      Object value = attribute.getValue();
      if (value instanceof Boolean flag) {
        out.write(flag ? 0x88 : 0x89);
      } else if (value instanceof Integer number) {
        out.write('J');
        out.writeInt(Integer.reverseBytes(number));
      } else if (value instanceof Map) {
        out.write('}');
      } else {
        out.write('G');
        out.writeDouble((Double) value);
      }
    }
    out.writeBytes("ub.");
    return bytes.toByteArray();
  }
}
