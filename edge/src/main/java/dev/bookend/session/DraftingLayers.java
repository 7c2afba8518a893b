package dev.bookend.session;

import dev.bookend.model.runtime.DecoderRange;

/**
 * The edge's layers as draft tokens go through them: the same weights, in a form that may be faster
 * and less exact, and that takes the caches of the edge's own layers.
 */
public record DraftingLayers(DecoderRange lower, DecoderRange upper) {}
