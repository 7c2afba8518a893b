package dev.bookend.model.checkpoint;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Computes {@link Checkpoint#fingerprint} from tensors that are given in the order of names. */
public final class Fingerprint {
  /** How many bytes of each tensor count. */
  public static final int HEAD = 4096;

  private final Hasher hasher = Hashing.sha256().newHasher();

  /**
   * Adds a tensor.
   *
   * @param head its first bytes as they are stored, {@link #HEAD} or all of fewer
   */
  public void add(String name, StoredType type, long[] shape, ByteBuffer head) {
    String line = name + ' ' + type + ' ' + Arrays.toString(shape) + '\n';
    hasher.putString(line, StandardCharsets.UTF_8);
    hasher.putBytes(head);
  }

  /** The fingerprint of what was added; nothing can be added afterwards. */
  public String hex() {
    return hasher.hash().toString();
  }
}
