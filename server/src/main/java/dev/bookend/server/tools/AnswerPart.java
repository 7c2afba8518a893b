package dev.bookend.server.tools;

/** A part of what a model says, as soon as it is certain. */
public sealed interface AnswerPart {
  /**
   * Text for the reader.
   *
   * @param text never empty
   */
  record Text(String text) implements AnswerPart {}

  /**
   * What the model thinks before it answers.
   *
   * @param text never empty
   */
  record Reasoning(String text) implements AnswerPart {}

  /**
   * A tool is being called.
   *
   * @param index of the call in the answer, from 0
   * @param id a new one
   * @param name the tool's
   */
  record CallBegin(int index, String id, String name) implements AnswerPart {}

  /**
   * More of the call's arguments.
   *
   * @param index of the call
   * @param json a piece of the JSON object that they are
   */
  record CallArguments(int index, String json) implements AnswerPart {}

  /**
   * A call is whole: its arguments are a JSON object.
   *
   * @param index of the call
   */
  record CallEnd(int index) implements AnswerPart {}

  /**
   * What had begun as a call is none: the answer ends within it, or it is no JSON.
   *
   * @param index of the call
   * @param text all of it as the model wrote it, with its mark
   * @param untold the end of it that no part has told
   */
  record CallBroken(int index, String text, String untold) implements AnswerPart {}
}
