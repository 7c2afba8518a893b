package dev.bookend.model.store;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The checksum that the hub gives of a file: SHA-256 of what is in large file storage, else the
 * object id that git has for it.
 *
 * @param isGit which of the two
 */
record Checksum(boolean isGit, String hex) {
  private static final int BUFFER = 1 << 20;

  /** Whether a file has this checksum. */
  boolean fits(Path file) throws IOException {
    Hasher hasher = function().newHasher();
    if (isGit) {
      hasher.putString("blob " + Files.size(file) + '\0', StandardCharsets.US_ASCII);
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[BUFFER];
      for (int count; (count = in.read(buffer)) > 0; ) {
        hasher.putBytes(buffer, 0, count);
      }
    }
    return hasher.hash().toString().equals(hex);
  }

  @SuppressWarnings("deprecation") // git's own choice
  private HashFunction function() {
    return isGit ? Hashing.sha1() : Hashing.sha256();
  }
}
