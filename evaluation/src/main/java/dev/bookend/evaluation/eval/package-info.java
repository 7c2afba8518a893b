/** Scripted runs of a split model: answers, perplexity of texts, likelihood of continuations. */
package dev.bookend.evaluation.eval;
