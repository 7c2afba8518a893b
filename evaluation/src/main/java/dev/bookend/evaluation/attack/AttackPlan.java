package dev.bookend.evaluation.attack;

import java.util.List;
import java.util.Optional;

/**
 * What to attack, and how thoroughly.
 *
 * @param depths each is a number of layers that stay at the edge, at the bottom and at the top
 * @param corpus documents to attack; empty: invented ones
 * @param documents how many documents are attacked, each as a prompt that is answered
 * @param seeds how many random seeds the learned attacks are trained with
 * @param answerTokens most tokens of an answer
 * @param pairs how many pairs of state and token attackers make for themselves
 * @param perceptronPairs how many of those pairs the perceptron learns from
 * @param edge a change of the edge's layers that attackers do not know
 * @param exact whether matching also tries the whole vocabulary at positions where no candidate
 *     fits; this is slow on the control, where none fits anywhere
 */
public record AttackPlan(
    List<Integer> depths,
    List<Wire> wires,
    List<String> corpus,
    int documents,
    int seeds,
    int answerTokens,
    int pairs,
    int perceptronPairs,
    Optional<EdgeLora> edge,
    boolean exact) {
  public AttackPlan {
    depths = depths.stream().distinct().sorted().toList();
    wires = wires.stream().distinct().toList();
    corpus = List.copyOf(corpus);
  }
}
