package dev.bookend.speculation.lookahead;

import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.DrafterFactory;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.TokenBuffer;
import dev.bookend.speculation.VerifiedTree;
import java.util.Optional;
import java.util.Random;

/**
 * Lookahead decoding (Fu et al., Break the Sequential Dependency of LLM Inference Using Lookahead
 * Decoding, ICML 2024): lets the model itself make n-grams of the text to come, and proposes those
 * that begin with the last token. Not thread-safe.
 */
public final class LookaheadDrafter implements Drafter {
  private static final String NAME = "lookahead";

  /*
   * The lookahead branch is a window of W columns and N-1 rows of tokens. Column c, row r is a draft
   * of the token 1 + c + r after the root; each row was made by the model out of the row before it
   * (the first from random tokens), which is Jacobi iteration. A token sees its own column above it
   * and the first row to the left of the column:
   *
   *   root - a0 - a1 - a2 ...      first row: a chain below the root
   *          |    |    |
   *          b0   b1   b2          further rows: a chain below each token of the first row
   *          |    |    |
   *          c0   c1   c2
   *
   * This is a tree, so it is sent like any other, as probes beside the draft tokens, which are the
   * paper's verification branch. What the model chooses after the last row completes an n-gram a b c
   * d in every column. Then the rows move up by one, as the root moves on by one token.
   */
  private final int columns;
  private final int n;
  private final NgramPool pool;
  private final Random random = new Random(1);
  private final int[][] rows;
  private final int[][] nodes;
  private int filledRows;
  private final TokenBuffer text = new TokenBuffer();

  /**
   * A window of the given size.
   *
   * @param columns W: how many n-grams are in the making
   * @param n N: how long they are
   * @param perToken G: how many n-grams that begin with the same token are kept
   */
  public LookaheadDrafter(int columns, int n, int perToken) {
    this.columns = columns;
    this.n = n;
    this.pool = new NgramPool(perToken);
    this.rows = new int[n - 1][columns];
    this.nodes = new int[n - 1][columns];
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void observe(ObservedTokens observed) {
    boolean goesOn = observed.position() == text.length();
    text.truncate(observed.position());
    int[] tokens = observed.tokens();
    for (int token : tokens) {
      append(token);
    }
    if (goesOn && filledRows > 0) {
      advance(tokens.length - 1);
    } else {
      filledRows = 1;
      fill(rows[0], 0);
    }
  }

  private void append(int token) {
    text.add(token);
    int length = text.length();
    if (length >= n) {
      pool.add(text.range(length - n, length));
    }
  }

  /** Moves the window on by a number of tokens. */
  private void advance(int tokens) {
    int kept = Math.max(0, columns - tokens);
    for (int row = 0; row < filledRows; row++) {
      System.arraycopy(rows[row], columns - kept, rows[row], 0, kept);
      fill(rows[row], kept);
    }
  }

  /** Fills a row from a column on with tokens of the text, which are likelier than other tokens. */
  private void fill(int[] row, int from) {
    for (int column = from; column < columns; column++) {
      row[column] = text.get(random.nextInt(text.length()));
    }
  }

  @Override
  public void propose(DraftTree tree) {
    pool.propose(tree);
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
  public void verified(VerifiedTree verified) {
    int[] next = new int[columns];
    for (int column = 0; column < columns; column++) {
      int last = nodes[filledRows - 1][column];
      if (last == DraftTree.NONE || !verified.isSent(last)) {
        return;
      }
      next[column] = verified.choiceAfter(last).getAsInt();
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
