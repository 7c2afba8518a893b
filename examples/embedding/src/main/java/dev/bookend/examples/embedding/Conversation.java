package dev.bookend.examples.embedding;

import dev.bookend.Bookend;
import dev.bookend.BookendOptions;
import dev.bookend.Completion;
import dev.bookend.CompletionRequest;
import dev.bookend.RunningCompletion;

/** A conversation with a split model: the program of the repository's README. */
public final class Conversation {
  private Conversation() {}

  /** Asks two questions, and stops the answer to the second one after two seconds. */
  public static void main(String[] args) throws InterruptedException {
    // README begins
    BookendOptions options = BookendOptions.of("smollm2"); // .withCloud("grpcs://HOST:8001")
    try (Bookend bookend = Bookend.open(options)) {
      CompletionRequest question = CompletionRequest.chat("What is the capital of France?");
      Completion answer = bookend.complete(question, System.out::print);

      CompletionRequest more = question.followedBy(answer, "Tell me a long story about it.");
      RunningCompletion story = bookend.start(more, System.out::print);
      Thread.sleep(2_000);
      story.cancel(); // the conversation can go on from here
      System.out.println("\n" + story.result().join().tokens().size() + " tokens of a story");
    }
    // README ends
  }
}
