package dev.bookend.model.tokenizer;

import java.util.Optional;

/**
 * What a checkpoint says about text. Immutable.
 *
 * @param tokenizerJson the content of a Hugging Face {@code tokenizer.json}; made from the
 *     vocabulary and merges where the checkpoint is a GGUF file
 * @param chatTemplate the Jinja chat template, where the model has one
 * @param bosToken the text of the begin-of-sequence token, where there is one
 * @param eosToken the text of the end-of-sequence token, where there is one
 */
public record TokenizerSource(
    String tokenizerJson,
    Optional<String> chatTemplate,
    Optional<String> bosToken,
    Optional<String> eosToken) {}
