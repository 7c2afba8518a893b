package dev.bookend.training;

import java.nio.ByteBuffer;

/**
 * A text from which a draft head learns.
 *
 * @param tokens its token ids
 * @param features FP16 [T,H]: the LM head's input after each of them
 * @param from index of the first token after which the head is to predict the next one; the tokens
 *     before it are context
 */
@SuppressWarnings("ArrayRecordComponent") // shared, not compared
record TrainingText(int[] tokens, ByteBuffer features, int from) {}
