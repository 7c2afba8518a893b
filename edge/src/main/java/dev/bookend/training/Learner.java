package dev.bookend.training;

/** A draft head that is being trained. */
interface Learner {
  /**
   * Learns from a text.
   *
   * @param rate the learning rate
   * @return the loss before
   */
  double learn(TrainingText text, double rate);

  /** How often its most probable token is the model's: for the first draft token and two behind. */
  float[] agreement(TrainingText text);

  /** Writes what it has learned so far. */
  void save();
}
