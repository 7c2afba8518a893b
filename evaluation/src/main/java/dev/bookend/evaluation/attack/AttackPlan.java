package dev.bookend.evaluation.attack;

import java.util.List;
import java.util.Optional;

/**
 * How much to attack.
 *
 * @param depths k: cut k layers from both ends
 * @param corpus documents to attack; empty: invented ones
 * @param documents of them whose prompts and answers are attacked
 * @param seeds that the learned attack is trained with
 * @param answerTokens most tokens of an answer
 * @param pairs of state and token that the attacker makes for himself
 * @param perceptronPairs how many of them the perceptron learns from
 * @param edge a change of the edge's layers that the attackers do not know
 * @param exact whether matching also tries the whole vocabulary where no guess fits, which takes a
 *     while on the control
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
