package dev.bookend.speculation;

import java.util.OptionalInt;

/** What the model made of a {@link DraftTree}. */
public final class VerifiedTree {
  private final int[] sentAs;
  private final int[] choices;
  private final boolean[] accepted;

  /**
   * @param sentAs where each node of the tree was sent, or {@link DraftTree#NONE}
   * @param choices the model's choice after each token sent
   * @param accepted which tokens sent have become part of the text
   */
  public VerifiedTree(int[] sentAs, int[] choices, boolean[] accepted) {
    this.sentAs = sentAs;
    this.choices = choices;
    this.accepted = accepted;
  }

  /** The token that the model chose to follow a node; empty if the node was not sent. */
  public OptionalInt choiceAfter(int node) {
    int sent = sentAs[node];
    return sent == DraftTree.NONE ? OptionalInt.empty() : OptionalInt.of(choices[sent]);
  }

  /** Whether a node was sent. */
  public boolean isSent(int node) {
    return sentAs[node] != DraftTree.NONE;
  }

  /** Whether a node has become part of the text. */
  public boolean isAccepted(int node) {
    return isSent(node) && accepted[sentAs[node]];
  }
}
