package dev.bookend.model.checkpoint.pytorch;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.MappedFile;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.checkpoint.StoredTensors.Unreadable;
import dev.bookend.model.checkpoint.StoredType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * A state dict on this machine as {@code torch.save} writes it since PyTorch 1.6: a zip, not
 * compressed, of a pickle that describes the tensors and a file for each storage. The tensors are
 * read where they lie. See {@link StateDictPickle} for why that is safe.
 */
public final class PyTorchFile {
  private static final String PICKLE = "/data.pkl";

  /** Far more than a description of tensors takes; bounds the memory that one can take. */
  private static final int MAX_PICKLE = 1 << 24;

  private static final int MAX_DIMENSIONS = 8;
  private static final int ZIP = 'P' | 'K' << 8 | 3 << 16 | 4 << 24;

  private final MappedFile file;
  private final ZipFile zip;
  private final String root;

  private PyTorchFile(MappedFile file, ZipFile zip) {
    this.file = file;
    this.zip = zip;
    this.root = root();
  }

  /**
   * Maps every tensor of a file.
   *
   * @throws BookendException if the file is not of this format, is damaged, or holds anything but
   *     tensors by name
   */
  public static StoredTensors<StoredTensor> read(Path path) {
    try (MappedFile file = new MappedFile(path)) {
      if (file.size() < Integer.BYTES || file.map(0, Integer.BYTES).getInt() != ZIP) {
        throw new BookendException(
            ErrorCode.MODEL_UNSUPPORTED,
            path
                + ": is no zip, as PyTorch writes since 1.6; use a model.safetensors, or save it"
                + " anew");
      }
      try (ZipFile zip =
          ZipFile.builder().setSeekableByteChannel(Files.newByteChannel(path)).get()) {
        return new PyTorchFile(file, zip).tensors();
      } catch (IOException | IllegalArgumentException e) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED,
            path + ": corrupt or truncated: its zip directory cannot be read; fetch it again",
            e);
      }
    }
  }

  /** The directory that everything in the zip is in, which goes by the file's name when saved. */
  private String root() {
    List<String> pickles =
        Collections.list(zip.getEntries()).stream()
            .map(ZipArchiveEntry::getName)
            .filter(name -> name.endsWith(PICKLE) && name.indexOf('/') == name.length() - 9)
            .toList();
    if (pickles.size() != 1) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          file.path() + ": has no data.pkl, so it is not what torch.save writes");
    }
    return pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
  }

  private StoredTensors<StoredTensor> tensors() {
    Optional<ZipArchiveEntry> order = Optional.ofNullable(zip.getEntry(root + "/byteorder"));
    if (order.isPresent()
        && !StandardCharsets.US_ASCII.decode(bytes(order.get(), 64)).toString().equals("little")) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED, file.path() + ": its numbers are not little-endian");
    }
    ByteBuffer pickle = bytes(zip.getEntry(root + PICKLE), MAX_PICKLE);
    StoredTensors<StoredTensor> tensors = new StoredTensors<>();
    StateDictPickle.read(file.path().toString(), pickle)
        .forEach((name, tensor) -> add(tensors, name, tensor));
    return tensors;
  }

  private void add(StoredTensors<StoredTensor> tensors, String name, PickledTensor tensor) {
    String label = file.path() + ": tensor " + name;
    Optional<StoredType> type = tensor.type().stored();
    boolean isEmpty = tensor.shape().contains(0L);
    if (type.isEmpty() || tensor.shape().isEmpty() || isEmpty || !tensor.isContiguous()) {
      String why =
          isEmpty
              ? " is empty"
              : tensor.shape().isEmpty()
                  ? " has no dimensions"
                  : type.isEmpty()
                      ? " is stored as " + tensor.type() + ", which is not supported"
                      : " is not stored row by row, which is not supported";
      BookendException failure = new BookendException(ErrorCode.MODEL_UNSUPPORTED, label + why);
      tensors.others().put(name, new Unreadable(failure, tensor.type().isWeight() && !isEmpty));
      return;
    }
    tensors
        .readable()
        .put(
            name,
            new StoredTensor(
                file, name, type.get(), tensor.shape(), place(label, type.get(), tensor), 0));
  }

  /** Where in the file a tensor begins. */
  private long place(String label, StoredType type, PickledTensor tensor) {
    if (tensor.shape().size() > MAX_DIMENSIONS) {
      throw corrupt(label + " has too many dimensions");
    }
    long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
    long bytes = StoredTensor.storedBytes(label, type, shape);
    ZipArchiveEntry entry = zip.getEntry(root + "/data/" + tensor.storage());
    if (entry == null) {
      throw corrupt(label + " has no storage");
    }
    long first = tensor.offset() * tensor.type().bytes();
    if (tensor.offset() > entry.getSize() || first > entry.getSize() - bytes) {
      throw corrupt(label + " ends beyond its storage");
    }
    return offset(entry) + first;
  }

  /** Where in the file an entry's bytes begin. */
  private long offset(ZipArchiveEntry entry) {
    if (entry.getMethod() != ZipEntry.STORED || entry.getCompressedSize() != entry.getSize()) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          file.path() + ": is compressed, which what torch.save writes is not");
    }
    long offset = entry.getDataOffset();
    if (offset < 0 || offset > file.size() - entry.getSize()) {
      throw corrupt(file.path() + ": a part of it lies beyond its end");
    }
    return offset;
  }

  private ByteBuffer bytes(ZipArchiveEntry entry, int most) {
    if (entry.getSize() > most) {
      throw corrupt(file.path() + ": the description of its tensors is too long");
    }
    return file.map(offset(entry), entry.getSize());
  }

  private static BookendException corrupt(String what) {
    return new BookendException(
        ErrorCode.MODEL_DAMAGED, what + "; the file is corrupt: fetch it again");
  }
}
