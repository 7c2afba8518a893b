package dev.bookend.speculation.lookahead;

import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.DrafterFactory;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.VerifiedTree;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/**
 * Lookahead decoding (Fu et al., Break the Sequential Dependency of LLM Inference Using Lookahead
 * Decoding, ICML 2024): lets the model itself make n-grams of the text to come, and guesses those
 * that begin with the last token.
 */
public final class LookaheadDrafter implements Drafter {
  private static final String NAME = "lookahead";

  /*
   * The lookahead branch is a window of W columns and N-1 rows of tokens. Column c, row r guesses
   * the token 1 + c + r after the root; each row was made by the model out of the row before it (the
   * first from random tokens), which is Jacobi iteration. A token sees its own column above it and
   * the first row to the left of the column:
   *
   *   root - a0 - a1 - a2 ...      first row: a chain below the root
   *          |    |    |
   *          b0   b1   b2          further rows: a chain below each token of the first row
   *          |    |    |
   *          c0   c1   c2
   *
   * a tree, so it travels like any other, beside the guesses (the verification branch). What the
   * model says after the last row makes an n-gram a b c d of every column. Then the rows move up by
   * one, as the root moves on by one token.
   */
  private final int columns;
  private final int n;
  private final NgramPool pool;
  private final Random random = new Random(1);
  private final int[][] rows;
  private final int[][] nodes;
  private int filledRows;
  private int[] text = new int[256];
  private int length;

  /**
   * @param columns W: how many n-grams are in the making
   * @param n N: how long they are
   * @param guesses G: how many of those that begin with the same token are kept
   */
  public LookaheadDrafter(int columns, int n, int guesses) {
    this.columns = columns;
    this.n = n;
    this.pool = new NgramPool(guesses);
    this.rows = new int[n - 1][columns];
    this.nodes = new int[n - 1][columns];
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void observe(ObservedTokens committed) {
    boolean goesOn = committed.position() == length;
    length = committed.position();
    for (int token : committed.tokens()) {
      append(token);
    }
    if (goesOn && filledRows > 0) {
      advance(committed.tokens().length - 1);
    } else {
      filledRows = 1;
      fill(rows[0], 0);
    }
  }

  private void append(int token) {
    if (length == text.length) {
      text = Arrays.copyOf(text, 2 * length);
    }
    text[length++] = token;
    if (length >= n) {
      pool.add(Arrays.copyOfRange(text, length - n, length));
    }
  }

  /** Moves the window on by some tokens. */
  private void advance(int tokens) {
    int kept = Math.max(0, columns - tokens);
    for (int row = 0; row < filledRows; row++) {
      System.arraycopy(rows[row], columns - kept, rows[row], 0, kept);
      fill(rows[row], kept);
    }
  }

  /** Fills a row from a column on: with tokens of the text, likelier to come than any others. */
  private void fill(int[] row, int from) {
    for (int column = from; column < columns; column++) {
      row[column] = text[random.nextInt(length)];
    }
  }

  @Override
  public void propose(DraftTree tree) {
    pool.guess(tree);
    int first = DraftTree.ROOT;
    for (int column = 0; column < columns; column++) {
      first = tree.probe(first, rows[0][column]);
      int node = first;
      for (int row = 0; row < filledRows; row++) {
        node = row == 0 ? first : tree.probe(node, rows[row][column]);
        nodes[row][column] = node;
      }
    }
  }

  @Override
  public void verified(VerifiedTree verdict) {
    int[] next = new int[columns];
    for (int column = 0; column < columns; column++) {
      int last = nodes[filledRows - 1][column];
      if (last == DraftTree.NONE || !verdict.isSent(last)) {
        return;
      }
      next[column] = verdict.choiceAfter(last).getAsInt();
    }
    if (filledRows < n - 1) {
      rows[filledRows++] = next;
      return;
    }
    for (int column = 0; column < columns; column++) {
      int[] ngram = new int[n];
      for (int row = 0; row < n - 1; row++) {
        ngram[row] = rows[row][column];
      }
      ngram[n - 1] = next[column];
      pool.add(ngram);
    }
    System.arraycopy(rows, 1, rows, 0, n - 2);
    rows[n - 2] = next;
  }

  /** The drafter {@code lookahead}, of the size with which the paper runs a 7B model. */
  public static final class Factory implements DrafterFactory {
    private static final int COLUMNS = 15;
    private static final int N = 5;

    @Override
    public String name() {
      return NAME;
    }

    @Override
    public Drafter open(DrafterContext context, Optional<String> argument) {
      return new LookaheadDrafter(COLUMNS, N, COLUMNS);
    }
  }
}
