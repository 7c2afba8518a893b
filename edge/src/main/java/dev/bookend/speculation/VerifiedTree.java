package dev.bookend.speculation;

import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.TokenScore.Scored;
import java.util.List;
import java.util.OptionalInt;

/** What the model has chosen after the nodes of a {@link DraftTree}, and which it has accepted. */
public final class VerifiedTree {
  private final int[] sentAs;
  private final TokenChoice[] choices;
  private final boolean[] accepted;

  /**
   * The answer to a step.
   *
   * @param sentAs for each node of the tree, its index in the step, or {@link DraftTree#NONE}
   * @param choices the model's choice after each token of the step
   * @param accepted whether each token of the step was accepted
   */
  public VerifiedTree(int[] sentAs, TokenChoice[] choices, boolean[] accepted) {
    this.sentAs = sentAs;
    this.choices = choices;
    this.accepted = accepted;
  }

  /** The token that the model chose to follow a node; empty if the node was not sent. */
  public OptionalInt choiceAfter(int node) {
    int sent = sentAs[node];
    return sent == DraftTree.NONE ? OptionalInt.empty() : OptionalInt.of(choices[sent].token());
  }

  /**
   * The model's most probable tokens after a node, the most probable first: as many as any drafter
   * wants to see, or more; none if the node was not sent.
   */
  public List<Scored> topAfter(int node) {
    int sent = sentAs[node];
    return sent == DraftTree.NONE ? List.of() : choices[sent].top();
  }

  /** Whether a node was sent: of what a drafter proposes, only what pays is. */
  public boolean isSent(int node) {
    return sentAs[node] != DraftTree.NONE;
  }

  /** Whether a node's token was accepted: it is part of the text now. */
  public boolean isAccepted(int node) {
    return isSent(node) && accepted[sentAs[node]];
  }
}
