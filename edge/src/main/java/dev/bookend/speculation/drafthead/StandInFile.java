package dev.bookend.speculation.drafthead;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.store.UserData;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The file of a stand-in head that was trained in advance: a magic number, the version, the
 * contract of the middle that the head stands in for, {@link StandInWeights} as bytes, and a CRC-32
 * of everything before it.
 *
 * @param path where the file is, or is to be written
 * @param contract identifies the weights and the split that the head is for
 */
public record StandInFile(Path path, Contract contract) {
  private static final byte[] MAGIC = {'B', 'K', 'S', 'T', 'A', 'N', 'D', 'I'};
  private static final int VERSION = 2;

  /** The user's own head for a model and split, in the user's data directory (XDG). */
  public static StandInFile of(Contract contract) {
    String name =
        contract.fingerprint().substring(0, Math.min(16, contract.fingerprint().length()))
            + "-"
            + contract.from()
            + "-"
            + contract.to()
            + ".standin";
    return new StandInFile(UserData.directory("standins").resolve(name), contract);
  }

  /**
   * The weights of the head for a model and split: of the user's own, or else of the one that comes
   * with Bookend. Empty if there is neither.
   */
  public static Optional<byte[]> find(Contract contract) {
    StandInFile own = of(contract);
    if (own.exists()) {
      return Optional.of(own.read());
    }
    StandInFile ours = new StandInFile(Path.of("standins", own.name()), contract);
    try (InputStream in = StandInFile.class.getResourceAsStream("standins/" + own.name())) {
      return in == null ? Optional.empty() : Optional.of(ours.read(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether {@link #find} would find a head; reads no file. */
  public static boolean isThere(Contract contract) {
    StandInFile own = of(contract);
    return own.exists() || StandInFile.class.getResource("standins/" + own.name()) != null;
  }

  private String name() {
    return path.getFileName().toString();
  }

  boolean exists() {
    return Files.exists(path);
  }

  private byte[] header() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(MAGIC);
    out.writeInt(VERSION);
    out.writeUTF(contract.fingerprint());
    out.writeInt(contract.layers());
    out.writeInt(contract.from());
    out.writeInt(contract.to());
    out.writeInt(contract.hiddenSize());
    return bytes.toByteArray();
  }

  /**
   * Writes the file. Where that fails, the file stays as it was.
   *
   * @param content {@link StandInWeights} as bytes
   */
  public void write(byte[] content) {
    try {
      Path directory = path.toAbsolutePath().getParent();
      Files.createDirectories(directory);
      Path partial = Files.createTempFile(directory, "standin", ".partial");
      try {
        try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(partial))) {
          byte[] header = header();
          CRC32 crc = new CRC32();
          crc.update(header);
          crc.update(content);
          out.write(header);
          out.write(content);
          out.writeLong(crc.getValue());
        }
        Files.move(partial, path, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write " + path + ": " + FileProblem.of(e), e);
    }
  }

  /**
   * Reads the weights.
   *
   * @throws BookendException if the file is damaged, or is for another model or split
   */
  public byte[] read() {
    try (InputStream in = Files.newInputStream(path)) {
      return read(in);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read " + path + ": " + FileProblem.of(e), e);
    }
  }

  private byte[] read(InputStream in) throws IOException {
    byte[] header = header();
    byte[] found = in.readNBytes(header.length);
    int known = MAGIC.length + Integer.BYTES;
    if (found.length < known || !Arrays.equals(found, 0, known, header, 0, known)) {
      throw wrong("is not a draft head of file version " + VERSION);
    }
    if (!Arrays.equals(found, header)) {
      throw wrong("is the draft head of another model or split");
    }
    ByteBuffer rest = ByteBuffer.wrap(in.readAllBytes());
    byte[] content = new byte[Math.max(0, rest.remaining() - Long.BYTES)];
    CRC32 crc = new CRC32();
    crc.update(header);
    if (rest.remaining() < Long.BYTES) {
      throw wrong("is damaged");
    }
    rest.get(content);
    crc.update(content);
    if (rest.getLong() != crc.getValue()) {
      throw wrong("is damaged");
    }
    return content;
  }

  private BookendException wrong(String what) {
    return new BookendException(ErrorCode.DRAFT_HEAD_DAMAGED, path + " " + what);
  }
}
