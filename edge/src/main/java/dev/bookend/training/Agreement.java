package dev.bookend.training;

/**
 * How good a draft head is, in texts from which it does not learn.
 *
 * @param texts how many it has learned from so far
 * @param loss on average over the texts since the last time; 0 where it has learned from none
 * @param first how often its most probable token is the model's
 * @param second the same for the token behind, if it goes on from its own prediction
 * @param third the same once more
 */
public record Agreement(int texts, double loss, double first, double second, double third) {
  /** On average over the three places. */
  double mean() {
    return (first + second + third) / 3;
  }
}
