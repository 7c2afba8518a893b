package dev.bookend.model.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.BitSet;

/**
 * Walks the map of a {@code Precompiled} normalizer: the size of a double array (Aoe 1989, as
 * Darts-clone lays it out), the array, and the texts that it leads to. The library looks at places
 * that the map names without asking whether they are there.
 */
final class CharsMapCheck {
  private CharsMapCheck() {}

  /**
   * Walks it.
   *
   * @throws IllegalArgumentException saying what is wrong
   */
  static void check(String base64) {
    ByteBuffer map =
        ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
    if (map.remaining() < 4) {
      throw new IllegalArgumentException("it is too short");
    }
    int size = map.getInt();
    if (size < 4 || size % 4 != 0 || size > map.remaining()) {
      throw new IllegalArgumentException("its array has an impossible size");
    }
    int[] units = new int[size / 4];
    map.asIntBuffer().get(units);
    map.position(map.position() + size);
    String texts = text(map.slice());
    byte[] bytes = texts.getBytes(StandardCharsets.UTF_8);
    BitSet seen = new BitSet();
    int[] open = new int[units.length];
    int count = 0;
    int root = offset(units[0]);
    requireBlock(units, root);
    seen.set(root);
    open[count++] = root;
    while (count > 0) {
      int node = open[--count];
      for (int label = 1; label < 256; label++) {
        int unit = units[node ^ label];
        if ((unit & 0x8000_00ff) != label) {
          continue;
        }
        int child = (node ^ label) ^ offset(unit);
        if ((unit & 0x100) != 0) {
          requireText(bytes, units, child);
        }
        requireBlock(units, child);
        if (!seen.get(child)) {
          seen.set(child);
          open[count++] = child;
        }
      }
    }
  }

  private static int offset(int unit) {
    return (unit >>> 10) << ((unit & 0x200) >>> 6);
  }

  /** All 256 places that can follow a node. */
  private static void requireBlock(int[] units, int node) {
    if (node < 0 || (node | 0xff) >= units.length) {
      throw new IllegalArgumentException("its array leads out of itself");
    }
  }

  private static void requireText(byte[] texts, int[] units, int leaf) {
    if (leaf < 0 || leaf >= units.length) {
      throw new IllegalArgumentException("its array leads out of itself");
    }
    int begin = units[leaf] & 0x7fff_ffff;
    boolean inside = begin < texts.length && (texts[begin] & 0xc0) != 0x80;
    if (!inside) {
      throw new IllegalArgumentException("its array names a text that is not there");
    }
  }

  private static String text(ByteBuffer bytes) {
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(bytes);
      if (text.length() == 0 || text.charAt(text.length() - 1) != 0) {
        throw new IllegalArgumentException("its last text has no end");
      }
      return text.toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("its texts are not UTF-8", e);
    }
  }
}
